extension EvidenceKind {
    /// What records can tell: a zero of anything else would say what nobody looked for, and no record passes a filter by it.
    package struct Told: OptionSet, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Requests, with their paths and statuses.
        package static let requests = Told(rawValue: 1)
        /// Connections.
        package static let connections = Told(rawValue: 2)
        /// Bytes of requests or connections.
        package static let bytes = Told(rawValue: 4)
        /// Which requests or connections failed.
        package static let errors = Told(rawValue: 8)
        /// Requests or connections that waited in vain.
        package static let timeouts = Told(rawValue: 16)
        /// Which connections were reset.
        package static let resets = Told(rawValue: 32)
        /// How long requests or connections took.
        package static let lengths = Told(rawValue: 64)
        /// Addresses of targets.
        package static let targets = Told(rawValue: 128)
        /// How long connections lasted, or for at least how long.
        package static let connectionLengths = Told(rawValue: 512)
        /// Which connections began when.
        package static let opened = Told(rawValue: 1024)
        /// Domain names asked for.
        package static let domains = Told(rawValue: 256)
    }

    /// Whether what is found says at which byte of its source a record begins. Flow logs are joined to connections as rows of
    /// the case, which do not have it.
    package var tellsOffsets: Bool { self != .vpcFlow }

    /// What records of this kind can tell, as their decoders fill them.
    package var told: Told {
        switch self {
        case .pcap, .live:
            [
                .requests, .connections, .bytes, .errors, .timeouts, .resets, .lengths, .connectionLengths, .targets,
                .domains, .opened,
            ]
        // Requests with one trace id tell for how long a connection lasted at least.
        case .alb: [.requests, .bytes, .errors, .timeouts, .lengths, .connectionLengths, .targets, .domains]
        case .clb: [.requests, .connections, .opened, .bytes, .errors, .timeouts, .lengths, .targets, .domains]
        // No flag of the log tells a reset or a time-out, and no column the target behind the load balancer.
        case .nlb: [.connections, .opened, .bytes, .errors, .lengths, .connectionLengths, .domains]
        // The log does not tell when a connection closed, nor what it carried.
        case .albConnection: [.connections, .opened, .errors]
        case .albHealthCheck: [.targets]
        // Without the column `tcp-flags` neither who opened nor a reset (`EvidenceGroup.untold`).
        case .vpcFlow: [.connections, .opened, .bytes, .errors, .resets, .lengths, .connectionLengths, .targets]
        }
    }
}
