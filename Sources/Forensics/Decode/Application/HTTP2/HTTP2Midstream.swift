/// Recognizes HTTP/2 in the middle of a connection, where no preface tells it. RFC 9113, section 4.
extension HTTP2 {
    /// Longer frames are not taken for some: most peers allow 16 KiB, some of gRPC a few hundred.
    private static let plausibleLength = 1 << 20

    /// Whether the bytes are frames from the first one on: two heads of frames, the second where the first frame ends; a
    /// single frame that ends where the bytes do, of a type that hardly occurs by chance; or the beginning of a list of headers
    /// whose end was not captured.
    ///
    /// Strict, as anything may stand in the middle of a connection: types that are known, no flag that is not defined, streams
    /// that a client opened, lengths that the type allows.
    ///
    /// - Parameter length: how many bytes were sent, of which the range holds what was captured.
    package static func looksLikeFrames(_ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int) -> Bool {
        var first = HTTP2FrameHead()
        guard reads(bytes, range, &first), first.type != .continuation else { return false }
        let end = range.lowerBound + 9 + first.length
        if end == range.lowerBound + length { return isTelling(first) }
        if end > range.upperBound, end < range.lowerBound + length, first.type == .headers {
            if case .unknown = sender(bytes, range) { return false }
            return true
        }
        guard end < range.upperBound else { return false }
        var second = HTTP2FrameHead()
        return reads(bytes, end..<range.upperBound, &second)
    }

    /// Who sends the frames, from the first list of headers among the first two frames, as far as the pseudo-headers of the
    /// static table tell.
    ///
    /// A request's list begins with `:method`, `:scheme`, `:path` or `:authority`, an answer's with `:status`; entries of the
    /// dynamic table before them tell nothing. RFC 9113, section 8.3; RFC 7541, appendix A.
    package static func sender(_ bytes: Span<UInt8>, _ range: Range<Int>) -> MessageSender {
        var position = range.lowerBound
        for _ in 0..<2 {
            var head = HTTP2FrameHead()
            guard position < range.upperBound, reads(bytes, position..<range.upperBound, &head) else { return .unknown }
            let payload = (position + 9)..<min(position + 9 + head.length, range.upperBound)
            if head.type == .headers, payload.lowerBound < payload.upperBound,
                let block = head.headerBlock(bytes, payload)
            {
                return sender(bytes, block: block)
            }
            position += 9 + head.length
        }
        return .unknown
    }

    private static func sender(_ bytes: Span<UInt8>, block: Range<Int>) -> MessageSender {
        for index in block.prefix(16) {
            switch bytes[index] {
            case 0x82...0x87: return .client
            case 0x88...0x8E: return .server
            // Updates of the table's size, and entries of the table by one byte.
            case 0x20...0x3E, 0xBE...0xFE: continue
            // Literals whose name is one of the static table: remembered, not remembered, never.
            case 0x41...0x47, 0x01...0x07, 0x11...0x17: return .client
            case 0x48...0x4E, 0x08...0x0E, 0x18...0x1E: return .server
            default: return .unknown
            }
        }
        return .unknown
    }

    /// Reads a frame's head that a sender would write so.
    private static func reads(_ bytes: Span<UInt8>, _ range: Range<Int>, _ head: inout HTTP2FrameHead) -> Bool {
        guard case .complete = HTTP2FrameHead.parse(bytes, range, into: &head), let type = head.type else {
            return false
        }
        let hasReservedBit = bytes[range.lowerBound + 5] & 0x80 != 0
        guard !hasReservedBit, head.flags & ~flags(of: type) == 0, head.length <= plausibleLength else { return false }
        guard head.stream == 0 || head.stream & 1 == 1 else { return false }
        switch type {
        case .data: return head.length > 0 || head.endsStream
        case .headers, .continuation, .pushPromise: return head.length > 0
        case .settings: return head.length <= 600
        case .goAway: return head.length <= 1024
        case .priority, .resetStream, .ping, .windowUpdate: return true
        }
    }

    /// The flags that a type defines. RFC 9113, section 6.
    private static func flags(of type: HTTP2FrameHead.FrameType) -> UInt8 {
        switch type {
        case .data: 0x09
        case .headers: 0x2D
        case .settings, .ping: 0x01
        case .pushPromise: 0x0C
        case .continuation: 0x04
        case .priority, .resetStream, .goAway, .windowUpdate: 0
        }
    }

    /// Whether a frame alone, that fills its segment, tells HTTP/2.
    private static func isTelling(_ head: HTTP2FrameHead) -> Bool {
        switch head.type {
        case .headers: head.endsHeaders
        case .ping, .settings: true
        default: false
        }
    }
}
