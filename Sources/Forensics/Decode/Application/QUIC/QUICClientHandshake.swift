/// Collects the client hello of a QUIC connection from its initial packets. RFC 9001, sections 4 and 5.
///
/// One of these belongs to a connection until the hello is whole. Holds at most `cryptoLimit` bytes of handshake and
/// looks at no more than `packetLimit` packets. The keys follow from the first connection id; a later packet that they
/// do not open is tried with its own, as after a Retry.
package struct QUICClientHandshake: Sendable {
    /// Bytes of handshake that are kept: a client hello fits several times.
    package static let cryptoLimit = 16_384
    /// Packets that are looked at: a hello comes in one or two.
    package static let packetLimit = 16
    /// How many parts that do not touch are kept; browsers send fewer than ten.
    private static let partLimit = 64

    package private(set) var version: UInt32 = 0
    /// What ranges of `hello` point into.
    package private(set) var crypto: [UInt8] = []
    /// The hello, once `take` gave `complete`; before, the fields that came so far.
    package private(set) var hello = TLSClientHello()
    private var keys: QUICInitialKeys?
    private var packets = 0
    /// The parts of `crypto` that have come, by start, not touching each other.
    private var parts: [Range<Int>] = []

    package init() {}

    /// The bytes of the handshake that are held: what a pool may bound.
    package var heldBytes: Int { crypto.count }

    /// Takes a datagram of the client.
    ///
    /// - Returns: `complete` once the hello is whole, `malformed` if the packets cannot be opened or there were too
    ///   many, else `incomplete`.
    package mutating func take(_ bytes: Span<UInt8>, _ datagram: Range<Int>) -> HeadResult {
        var rest = datagram
        while !rest.isEmpty, bytes[rest.lowerBound] & 0x80 != 0 {
            packets += 1
            guard packets <= Self.packetLimit else { return .malformed }
            var header = QUICLongHeader()
            switch QUICLongHeader.parse(bytes, rest, into: &header) {
            case .incomplete: return .incomplete
            case .malformed: return packets == 1 ? .malformed : .incomplete
            case .complete: break
            }
            if header.type == .initial {
                guard open(bytes, header, rest.lowerBound) else { return parts.isEmpty ? .malformed : .incomplete }
                if let first = parts.first, first.lowerBound == 0 {
                    var found = TLSClientHello()
                    let result = TLSClientHello.parseMessage(crypto.span, first, into: &found)
                    hello = found
                    if result != .incomplete { return result }
                }
            }
            rest = max(header.end, rest.lowerBound + 1)..<rest.upperBound
        }
        return .incomplete
    }

    private mutating func open(_ bytes: Span<UInt8>, _ header: QUICLongHeader, _ start: Int) -> Bool {
        version = header.version
        if let keys, let plain = Self.decrypt(bytes, header, start, keys) { return readFrames(plain) }
        var id: [UInt8] = []
        for index in header.destinationID { id.append(bytes[index]) }
        guard let own = QUICInitialKeys(version: header.version, connectionID: id), own != keys,
            let plain = Self.decrypt(bytes, header, start, own)
        else { return false }
        keys = own
        return readFrames(plain)
    }

    /// Takes off header protection and opens the payload. RFC 9001, sections 5.3 and 5.4.
    private static func decrypt(
        _ bytes: Span<UInt8>, _ header: QUICLongHeader, _ start: Int, _ keys: QUICInitialKeys
    ) -> [UInt8]? {
        let number = header.numberPosition
        guard header.end - number >= 20 else { return nil }
        var sample = AES128.Block(repeating: 0)
        for index in 0..<16 { sample[index] = bytes[number + 4 + index] }
        let mask = AES128(key: block(keys.headerProtection)).encrypt(sample)
        var associated: [UInt8] = []
        for index in start..<number { associated.append(bytes[index]) }
        associated[0] ^= mask[0] & 0x0F
        let length = Int(associated[0] & 3) + 1
        var nonce = AESGCM.Nonce(repeating: 0)
        for index in 0..<12 { nonce[index] = keys.iv[index] }
        for index in 0..<length {
            let byte = bytes[number + index] ^ mask[index + 1]
            associated.append(byte)
            nonce[12 - length + index] ^= byte
        }
        var plain: [UInt8] = []
        let sealed = (number + length)..<header.end
        let cipher = AESGCM(key: block(keys.key))
        return cipher.open(bytes, sealed: sealed, header: associated, nonce: nonce, into: &plain) ? plain : nil
    }

    private static func block(_ bytes: [UInt8]) -> AES128.Block {
        var block = AES128.Block(repeating: 0)
        for index in 0..<min(16, bytes.count) { block[index] = bytes[index] }
        return block
    }

    /// Steps through the frames that initial packets may have: padding, ping, acknowledgments, crypto, close.
    private mutating func readFrames(_ plain: [UInt8]) -> Bool {
        let bytes = plain.span
        var cursor = TLSCursor(0..<plain.count)
        while let type = cursor.uint8(bytes) {
            switch type {
            case 0, 1: continue
            case 2, 3: guard skipAcknowledgment(bytes, &cursor, counts: type == 3) else { return false }
            case 6:
                guard let offset = QUIC.integer(bytes, &cursor), let length = QUIC.integer(bytes, &cursor),
                    length <= UInt64(cursor.remaining), let data = cursor.take(Int(length))
                else { return false }
                keep(bytes, data, at: offset)
            default: return true
            }
        }
        return true
    }

    private func skipAcknowledgment(_ bytes: Span<UInt8>, _ cursor: inout TLSCursor, counts: Bool) -> Bool {
        guard QUIC.integer(bytes, &cursor) != nil, QUIC.integer(bytes, &cursor) != nil,
            let ranges = QUIC.integer(bytes, &cursor), QUIC.integer(bytes, &cursor) != nil,
            ranges <= UInt64(cursor.remaining)
        else { return false }
        for _ in 0..<(Int(ranges) * 2 + (counts ? 3 : 0)) where QUIC.integer(bytes, &cursor) == nil { return false }
        return true
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ data: Range<Int>, at offset: UInt64) {
        guard offset <= UInt64(Self.cryptoLimit), !data.isEmpty, parts.count < Self.partLimit else { return }
        let start = Int(offset)
        let end = start + data.count
        guard end <= Self.cryptoLimit else { return }
        while crypto.count < end { crypto.append(0) }
        for index in data { crypto[start + index - data.lowerBound] = bytes[index] }
        parts.append(start..<end)
        parts.sort { $0.lowerBound < $1.lowerBound }
        var merged: [Range<Int>] = []
        for part in parts {
            if let last = merged.last, part.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, part.upperBound)
            } else {
                merged.append(part)
            }
        }
        parts = merged
    }
}
