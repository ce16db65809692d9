import ForensicsModel

/// Steps through the plain handshake messages at the start of one side of a connection.
///
/// A message inside one record is given as a range of the stream. One that is split over records is copied together,
/// because the record headers lie between its parts; at most `TLS.messageLimit` bytes. RFC 8446, section 5.1.
struct TLSHandshakeWalker {
    enum Step: Equatable {
        /// A whole message; `body` follows its four-byte header.
        case message(type: UInt8, body: Range<Int>)
        /// A whole message that was copied into `joined`; `body` is a range of it.
        case joined(type: UInt8, body: Range<Int>)
        /// The stream ends inside this message, of whose record these body bytes are there.
        case partial(type: UInt8, body: Range<Int>)
        case incomplete
        /// The next record is no plain handshake record.
        case end
        case malformed
    }

    /// The next byte to read: inside a record, or at a record header where it equals `recordEnd`.
    private(set) var position: Int
    private var recordEnd: Int
    private let end: Int
    /// The bytes of the record at hand that have not been read yet.
    var recordRest: Int { recordEnd - position }
    /// The bytes of a split message, header included.
    private(set) var joined: [UInt8] = []

    init(_ range: Range<Int>) {
        position = range.lowerBound
        recordEnd = range.lowerBound
        end = range.upperBound
    }

    mutating func next(_ bytes: Span<UInt8>) -> Step {
        if position == recordEnd {
            let entered = enterRecord(bytes)
            if entered != .message(type: 0, body: 0..<0) { return entered }
        }
        let available = min(recordEnd, end)
        guard available - position >= 4 else { return recordEnd <= end ? join(bytes) : .incomplete }
        let type = bytes[position]
        let length = Int(bytes.uint24(at: position + 1))
        guard length <= TLS.messageLimit else { return .malformed }
        let body = position + 4
        if body + length <= available {
            position = body + length
            return .message(type: type, body: body..<position)
        }
        return recordEnd < end ? join(bytes) : .partial(type: type, body: body..<available)
    }

    /// Moves into the next record; returns an empty message of type 0 where that worked.
    private mutating func enterRecord(_ bytes: Span<UInt8>) -> Step {
        var head = TLSRecordHead()
        switch TLSRecordHead.parse(bytes, position..<end, into: &head) {
        case .incomplete: return .incomplete
        case .malformed: return .malformed
        case .complete:
            guard head.contentType == .handshake else { return .end }
            guard head.length > 0 else { return .malformed }
            position += 5
            recordEnd = position + head.length
            return .message(type: 0, body: 0..<0)
        }
    }

    /// Copies a message together from this record and those after it.
    private mutating func join(_ bytes: Span<UInt8>) -> Step {
        joined.removeAll(keepingCapacity: true)
        var needed = 4
        while joined.count < needed {
            if position == recordEnd {
                let entered = enterRecord(bytes)
                if entered != .message(type: 0, body: 0..<0) { return entered == .end ? .malformed : entered }
            }
            let stop = min(recordEnd, position + needed - joined.count)
            for index in position..<min(stop, end) { joined.append(bytes[index]) }
            guard stop <= end else { return .incomplete }
            position = stop
            if joined.count == 4, needed == 4 {
                needed += Int(joined[1]) << 16 | Int(joined[2]) << 8 | Int(joined[3])
                guard needed <= TLS.messageLimit else { return .malformed }
            }
        }
        return .joined(type: joined[0], body: 4..<needed)
    }
}
