import ForensicsCompare
import ForensicsDecode
package import ForensicsModel
package import ForensicsStore

/// What a case is made for: what nobody will ask of it is not made.
package enum EvidencePurpose: Sendable, Equatable {
    /// It is kept, for every question.
    case keeping
    /// It is a new one that is thrown away after questions of several kinds, as those of a report.
    case questions
    /// It is a new one that is thrown away after one comparison by these dimensions.
    ///
    /// - Parameter rows: what it reads of single requests of logs.
    case comparison(by: [Dimension], rows: RequestRows)

    var isThrownAway: Bool { self != .keeping }

    /// What the case is opened for.
    var access: CaseStore.Access {
        switch self {
        case .keeping: .create
        case .questions: .scratch
        case .comparison: .spooled
        }
    }

    /// What is kept of requests of logs.
    var rows: RequestRows {
        if case .comparison(_, let rows) = self { return rows }
        return .whole
    }

    /// Whether anybody asks what the checks find in logs; in captures they look whenever packets are read.
    var needsFindings: Bool {
        if case .comparison = self { return false }
        return true
    }

    /// What logs are counted by.
    var dimensions: [Dimension] {
        guard case .comparison(let asked, _) = self else { return Dimension.allCases }
        return Comparison.alwaysRead.union(asked).sorted()
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
