import ForensicsModel

/// The nine bytes before an HTTP/2 frame's payload. RFC 9113, section 4.1.
///
///     | length (3) | type (1) | flags (1) | reserved bit, stream identifier (4) |
package struct HTTP2FrameHead: Sendable {
    /// What a frame is for. RFC 9113, section 6.
    package enum FrameType: UInt8, Sendable {
        case data = 0
        case headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    /// The payload's length.
    package var length = 0
    /// `nil` for a type that is not known: such frames are stepped over.
    package var type: FrameType?
    package var flags: UInt8 = 0
    package var stream: UInt32 = 0

    package init() {}

    /// Whether its sender says nothing more on the stream. RFC 9113, sections 6.1 and 6.2.
    package var endsStream: Bool { (type == .data || type == .headers) && flags & 0x01 != 0 }
    /// Whether the header block ends with it: no CONTINUATION follows. RFC 9113, section 6.2.
    package var endsHeaders: Bool {
        (type == .headers || type == .pushPromise || type == .continuation) && flags & 0x04 != 0
    }

    /// Reads the nine bytes; `complete` says nothing about the payload.
    ///
    /// `malformed` where the length or the stream cannot be: the framing is lost, or this is not HTTP/2.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into head: inout HTTP2FrameHead
    ) -> HeadResult {
        guard range.count >= 9 else { return .incomplete }
        let start = range.lowerBound
        head.length = Int(bytes.uint24(at: start))
        head.type = FrameType(rawValue: bytes[start + 3])
        head.flags = bytes[start + 4]
        head.stream = bytes.uint32(at: start + 5) & 0x7FFF_FFFF
        return head.isPlausible ? .complete(length: 9) : .malformed
    }

    private var isPlausible: Bool {
        switch type {
        case .data, .headers, .continuation, .pushPromise: stream != 0
        case .priority: stream != 0 && length == 5
        case .resetStream: stream != 0 && length == 4
        case .settings: stream == 0 && length % 6 == 0 && (flags & 1 == 0 || length == 0)
        case .ping: stream == 0 && length == 8
        case .goAway: stream == 0 && length >= 8
        case .windowUpdate: length == 4
        case nil: true
        }
    }

    /// Returns the part of a HEADERS, PUSH_PROMISE or CONTINUATION payload that is header block, as far as the payload was
    /// captured, or `nil` if padding or priority do not fit. RFC 9113, sections 6.2, 6.6 and 6.10.
    package func headerBlock(_ bytes: Span<UInt8>, _ payload: Range<Int>) -> Range<Int>? {
        guard type != .continuation else { return payload }
        var start = payload.lowerBound
        var end = start + length
        if flags & 0x08 != 0 {
            guard start < end else { return nil }
            if !payload.isEmpty { end -= Int(bytes[start]) }
            start += 1
        }
        if type == .headers, flags & 0x20 != 0 { start += 5 }
        if type == .pushPromise { start += 4 }
        guard start <= end else { return nil }
        return min(start, payload.upperBound)..<min(end, payload.upperBound)
    }
}

/// HTTP/2 as a whole. RFC 9113.
package enum HTTP2 {
    /// Tells whether a server's first bytes can be its SETTINGS frame. RFC 9113, section 3.4.
    package static func looksLikeServerPreface(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Likelihood {
        var head = HTTP2FrameHead()
        switch HTTP2FrameHead.parse(bytes, range, into: &head) {
        case .incomplete: return .unsure
        case .malformed: return .no
        case .complete: return head.type == .settings && head.flags == 0 && head.length <= 600 ? .yes : .no
        }
    }
}
