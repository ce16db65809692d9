import ForensicsDecode
import ForensicsModel

// Sets and enumerations of other modules are compared here by raw value or by pattern: their generic operators are
// not specialized across modules and would be calls through witness tables, several a packet.

extension Packet {
    @inline(__always)
    var isTCP: Bool { if case .tcp = transport { true } else { false } }
    @inline(__always)
    var isUDP: Bool { if case .udp = transport { true } else { false } }
    /// The control bits as numbers. RFC 9293, section 3.1.
    @inline(__always)
    var hasSYN: Bool { tcpFlags.rawValue & 0x02 != 0 }
    @inline(__always)
    var hasACK: Bool { tcpFlags.rawValue & 0x10 != 0 }

    /// The segment as sequence analysis looks at it.
    @inline(__always)
    var segment: TCPSegment {
        let bits = tcpFlags.rawValue
        return TCPSegment(
            sequence: sequence, acknowledgment: acknowledgment, length: UInt32(bitPattern: max(payloadLength, 0)),
            window: window, syn: bits & 0x02 != 0, fin: bits & 0x01 != 0, rst: bits & 0x04 != 0, ack: bits & 0x10 != 0)
    }

    @inline(__always)
    func place(in source: UInt32) -> PacketPlace {
        PacketPlace(
            time: time.nanoseconds, offset: offset, record: record, source: source, acknowledgment: acknowledgment)
    }
}

extension Likelihood {
    @inline(__always)
    var isNo: Bool { if case .no = self { true } else { false } }
    @inline(__always)
    var isYes: Bool { if case .yes = self { true } else { false } }
    @inline(__always)
    var isUnsure: Bool { if case .unsure = self { true } else { false } }
}

extension HTTPHeadFlags {
    @inline(__always)
    func has(_ other: HTTPHeadFlags) -> Bool { rawValue & other.rawValue != 0 }
}

extension ConnectionCore {
    @inline(__always)
    var isTCP: Bool { if case .tcp = transport { true } else { false } }
    @inline(__always)
    var isServiceUnknown: Bool { if case .unknown = service { true } else { false } }
}

extension TransportProtocol {
    @inline(__always)
    func isSame(as other: TransportProtocol) -> Bool {
        switch (self, other) {
        case (.tcp, .tcp), (.udp, .udp), (.icmp, .icmp), (.other, .other): true
        default: false
        }
    }
}

extension IPAddress {
    /// Equality word by word: the synthesized one is not inlined across modules.
    @inline(__always)
    func isSame(as other: IPAddress) -> Bool { low == other.low && high == other.high }
}
