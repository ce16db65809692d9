import ForensicsDecode
import ForensicsModel

/// What a case is made for: what nobody will ask of it is not made.
package enum EvidencePurpose: Sendable, Equatable {
    /// It is kept, for every question.
    case keeping
    /// It is a new one that is thrown away after questions of several kinds, as those of a report.
    case questions
    /// It is a new one that is thrown away after one comparison by these dimensions.
    case comparison(by: [Dimension])

    var isThrownAway: Bool { self != .keeping }

    /// Whether anybody asks what the checks find in logs; in captures they look whenever packets are read.
    var needsFindings: Bool {
        if case .comparison = self { return false }
        return true
    }

    /// Whether anybody asks for long stretches of time without their minutes.
    var needsHours: Bool { needsFindings }

    /// What logs are counted by. Active and long is about clients, whatever is asked beside.
    var dimensions: [Dimension] {
        guard case .comparison(let asked) = self else { return Dimension.allCases }
        return [.client] + asked.filter { $0 != .client }
    }

    /// The columns of logs that are read.
    var columns: AskedColumns {
        guard case .comparison = self else { return .all }
        return dimensions.reduce(into: []) { columns, dimension in
            switch dimension {
            case .method, .path: columns.insert(.request)
            case .userAgent: columns.insert(.userAgent)
            case .tlsVersion, .tlsCipher: columns.insert(.tls)
            case .client, .clientNetwork, .owner, .asn, .country, .target, .targetPort, .targetGroup, .domain, .status,
                .errorReason, .node, .loadBalancer:
                break
            }
        }
    }
}
