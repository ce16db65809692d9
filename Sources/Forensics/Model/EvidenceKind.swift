/// What a source of evidence is. The raw value is stored in the case: values are only ever added.
package enum EvidenceKind: UInt8, Sendable, CaseIterable, Comparable {
    case pcap = 1
    case live = 2
    case alb = 3
    case nlb = 4
    case clb = 5
    case albConnection = 6
    case albHealthCheck = 7
    case vpcFlow = 8

    /// The name in the case file and for `--kind`.
    package var name: String {
        switch self {
        case .pcap: "pcap"
        case .live: "live"
        case .alb: "alb"
        case .nlb: "nlb"
        case .clb: "clb"
        case .albConnection: "alb-connection"
        case .albHealthCheck: "alb-health-check"
        case .vpcFlow: "vpc-flow"
        }
    }

    /// The kind of a name in the case file; `nil` for any other.
    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }

    /// Whether it is packets, read or live, rather than log lines.
    @inlinable
    @inline(__always)
    package var isCapture: Bool {
        switch self {
        case .pcap, .live: true
        default: false
        }
    }

    /// Whether a client may be a load balancer's node: what was recorded behind one, where access logs name clients alone.
    @inlinable
    @inline(__always)
    package var showsPeers: Bool { isCapture || self == .vpcFlow }

    package static func < (left: EvidenceKind, right: EvidenceKind) -> Bool { left.rawValue < right.rawValue }
}
