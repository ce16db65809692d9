import ForensicsModel

/// The header and the first question of a DNS message: names only. RFC 1035, section 4.1.
package struct DNSMessage: Sendable {
    package var id: UInt16 = 0
    package var isResponse = false
    /// The answer was cut to fit a datagram.
    package var isTruncated = false
    /// 0 no error, 2 server failure, 3 no such name. RFC 1035, section 4.1.1.
    package var responseCode: UInt8 = 0
    package var questionCount: UInt16 = 0
    package var answerCount: UInt16 = 0
    /// 1 A, 28 AAAA, 65 HTTPS …
    package var questionType: UInt16 = 0
    /// The name asked for, in lower case, dots between labels, without the last dot; `.` for the root. Bytes that are
    /// not printable are written as `\DDD`. RFC 4343, section 2.1.
    package var name: [UInt8] = []

    /// Bytes of a name. RFC 1035, section 2.3.4.
    package static let nameLimit = 255

    package init() {}

    /// Reads a message that fills the range; over TCP, without its length.
    ///
    /// `malformed` where counts or the name cannot be those of DNS, so that other protocols on port 53 are told apart.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into message: inout DNSMessage
    ) -> HeadResult {
        message = DNSMessage()
        guard range.count >= 12 else { return .incomplete }
        let start = range.lowerBound
        let flags = bytes.uint16(at: start + 2)
        message.id = bytes.uint16(at: start)
        message.isResponse = flags & 0x8000 != 0
        message.isTruncated = flags & 0x0200 != 0
        message.responseCode = UInt8(flags & 15)
        message.questionCount = bytes.uint16(at: start + 4)
        message.answerCount = bytes.uint16(at: start + 6)
        guard message.questionCount <= 8, flags & 0x7800 <= 0x3000 else { return .malformed }
        guard message.questionCount > 0 else { return .complete(length: range.count) }
        var position = start + 12
        switch message.readName(bytes, range, &position) {
        case .complete: break
        case let other: return other
        }
        guard range.upperBound - position >= 4 else { return .incomplete }
        message.questionType = bytes.uint16(at: position)
        return .complete(length: range.count)
    }

    /// Reads the labels of the first question; a pointer has no place there.
    private mutating func readName(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ position: inout Int
    ) -> HeadResult {
        var encoded = 0
        while position < range.upperBound {
            let length = Int(bytes[position])
            position += 1
            if length == 0 {
                if name.isEmpty { name.append(0x2E) }
                return .complete(length: 0)
            }
            encoded += length + 1
            guard length < 64, encoded < Self.nameLimit else { return .malformed }
            guard length <= range.upperBound - position else { return .incomplete }
            if !name.isEmpty { name.append(0x2E) }
            for index in position..<(position + length) { append(bytes[index]) }
            position += length
        }
        return .incomplete
    }

    private mutating func append(_ byte: UInt8) {
        switch byte {
        case 0x41...0x5A: name.append(byte | 0x20)
        case 0x2E, 0x5C: name += [0x5C, byte]
        case 0x21...0x7E: name.append(byte)
        default: name += [0x5C, 0x30 + byte / 100, 0x30 + byte / 10 % 10, 0x30 + byte % 10]
        }
    }
}
