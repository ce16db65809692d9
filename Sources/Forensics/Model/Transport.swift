/// The protocol above IP that a connection speaks.
package enum TransportProtocol: UInt8, Sendable, CaseIterable {
    case other = 0
    case tcp = 6
    case udp = 17
    case icmp = 1

    /// The name in the case file: `tcp`, `udp`, `icmp` or `other`.
    package var name: String {
        switch self {
        case .tcp: "tcp"
        case .udp: "udp"
        case .icmp: "icmp"
        case .other: "other"
        }
    }
}

/// The control bits of a TCP header. RFC 9293, section 3.1.
package struct TCPFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16
    @inline(__always)
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Its sender says nothing more.
    package static let fin = TCPFlags(rawValue: 0x01)
    /// Sequence numbers are made known: a connection begins.
    package static let syn = TCPFlags(rawValue: 0x02)
    /// The connection is torn down.
    package static let rst = TCPFlags(rawValue: 0x04)
    /// The acknowledgment number counts.
    package static let ack = TCPFlags(rawValue: 0x10)
}

/// Which endpoint of a connection sent a packet.
package enum Direction: UInt8, Sendable {
    /// From the endpoint that opened the connection, or is taken to have opened it.
    case originator = 0
    case responder = 1
}
