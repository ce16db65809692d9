import ForensicsModel

/// The long header of a QUIC packet, as far as it is in the clear. RFC 9000, section 17.2.
///
///     | flags (1) | version (4) | length, destination id | length, source id | [token] | length | packet number |
package struct QUICLongHeader: Sendable {
    /// The types of long headers, numbered as in version 1. RFC 9000, section 17.2.
    package enum PacketType: UInt8, Sendable {
        case initial = 0
        case zeroRTT, handshake, retry
    }

    package var version: UInt32 = 0
    package var type: PacketType = .initial
    package var destinationID = 0..<0
    package var sourceID = 0..<0
    package var token = 0..<0
    /// Where the packet number begins; header protection hides its length.
    package var numberPosition = 0
    /// The end of this packet: others may follow in the datagram.
    package var end = 0

    package init() {}

    /// Reads a long header from the start of the range.
    ///
    /// `malformed` for a short header and for versions whose layout is not known; `incomplete` where the captured
    /// bytes end inside the header. A packet longer than the range ends with the range.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into header: inout QUICLongHeader
    ) -> HeadResult {
        header = QUICLongHeader()
        guard range.count >= 7 else { return .incomplete }
        let flags = bytes[range.lowerBound]
        guard flags & 0xC0 == 0xC0 else { return .malformed }
        header.version = bytes.uint32(at: range.lowerBound + 1)
        guard QUIC.isKnown(header.version) else { return .malformed }
        let bits = flags >> 4 & 3
        // Version 2 numbers the types one further. RFC 9369, section 3.2.
        let number = header.version == QUIC.version2 ? (bits &+ 3) & 3 : bits
        header.type = PacketType(rawValue: number) ?? .retry
        var cursor = TLSCursor((range.lowerBound + 5)..<range.upperBound)
        guard let destination = cursor.vector8(bytes), let source = cursor.vector8(bytes) else { return .incomplete }
        guard destination.count <= 20, source.count <= 20 else { return .malformed }
        header.destinationID = destination
        header.sourceID = source
        header.end = range.upperBound
        return header.readRest(bytes, cursor, range)
    }

    private mutating func readRest(_ bytes: Span<UInt8>, _ start: TLSCursor, _ range: Range<Int>) -> HeadResult {
        var cursor = start
        if type == .retry { return .complete(length: range.count) }
        if type == .initial {
            guard let length = QUIC.integer(bytes, &cursor) else { return .incomplete }
            guard length <= UInt64(cursor.remaining), let found = cursor.take(Int(length)) else { return .incomplete }
            token = found
        }
        guard let length = QUIC.integer(bytes, &cursor) else { return .incomplete }
        numberPosition = cursor.position
        if length <= UInt64(cursor.remaining) { end = cursor.position + Int(length) }
        return .complete(length: end - range.lowerBound)
    }
}

/// QUIC as a whole. RFC 9000.
package enum QUIC {
    /// RFC 9000.
    package static let version1: UInt32 = 1
    /// RFC 9369.
    package static let version2: UInt32 = 0x6B33_43CF

    /// Whether the layout of packets of this version is known: 1, 2 and the last drafts.
    package static func isKnown(_ version: UInt32) -> Bool {
        version == version1 || version == version2 || (version >= 0xFF00_001D && version <= 0xFF00_0022)
    }

    /// Tells whether a datagram can be the start of a QUIC connection.
    package static func looksLikeInitial(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var header = QUICLongHeader()
        guard case .complete = QUICLongHeader.parse(bytes, range, into: &header) else { return false }
        return header.type == .initial && !header.destinationID.isEmpty
    }

    /// Reads an integer of one, two, four or eight bytes. RFC 9000, section 16.
    static func integer(_ bytes: Span<UInt8>, _ cursor: inout TLSCursor) -> UInt64? {
        guard let first = cursor.uint8(bytes) else { return nil }
        let count = (1 << Int(first >> 6)) - 1
        guard let rest = cursor.take(count) else { return nil }
        var value = UInt64(first & 0x3F)
        for index in rest { value = value << 8 | UInt64(bytes[index]) }
        return value
    }
}
