extension EvidenceKind {
    /// What records can tell: a zero of anything else would say what nobody looked for.
    package struct Counts: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Requests and their statuses.
        package static let requests = Counts(rawValue: 1)
        /// Connections, and which began.
        package static let connections = Counts(rawValue: 2)
        package static let bytes = Counts(rawValue: 4)
        package static let errors = Counts(rawValue: 8)
        /// Requests or connections that waited in vain.
        package static let timeouts = Counts(rawValue: 16)
        package static let resets = Counts(rawValue: 32)
        /// How long requests or connections took.
        package static let lengths = Counts(rawValue: 64)
        /// How long connections lasted, or for at least how long.
        package static let connectionLengths = Counts(rawValue: 128)
    }

    /// What records of this kind can tell, as their decoders fill them.
    package var counts: Counts {
        switch self {
        case .pcap, .live: [.requests, .connections, .bytes, .errors, .timeouts, .resets, .lengths, .connectionLengths]
        // Requests with one trace id tell for how long a connection lasted at least.
        case .alb: [.requests, .bytes, .errors, .timeouts, .lengths, .connectionLengths]
        case .clb: [.requests, .connections, .bytes, .errors, .timeouts, .lengths]
        // No flag of the log tells a reset or a time-out.
        case .nlb: [.connections, .bytes, .errors, .lengths, .connectionLengths]
        // The log does not tell when a connection closed, nor what it carried.
        case .albConnection: [.connections, .errors]
        case .albHealthCheck: []
        case .vpcFlow: [.connections, .bytes, .errors, .resets, .lengths, .connectionLengths]
        }
    }
}
