import ForensicsModel

/// The request line: `method SP request-target SP HTTP-version`. RFC 9112, section 3.
extension HTTPRequestHead {
    /// Reads the line in `start..<lineEnd`, its line end not included.
    ///
    /// A line that is not whole gives the method alone.
    @inline(__always)
    mutating func readRequestLine(_ bytes: Span<UInt8>, _ start: Int, _ lineEnd: Int, isWhole: Bool) -> HeadResult {
        var methodEnd = start
        let limit = min(lineEnd, start &+ HTTP1.methodLimit &+ 1)
        while methodEnd < limit, HTTP1.isMethodByte(bytes[methodEnd]) { methodEnd &+= 1 }
        guard methodEnd < lineEnd, methodEnd &- start >= 3 else {
            return isWhole || methodEnd &- start > HTTP1.methodLimit
                ? .malformed
                : (methodEnd < lineEnd ? .malformed : .incomplete)
        }
        guard bytes[methodEnd] == 0x20 else { return .malformed }
        method = start..<methodEnd
        let word = ASCIIWord(bytes, method)
        isHead = word.equals(4, ASCIIWord.pack("h", "e", "a", "d"))
        isConnect = word.equals(7, ASCIIWord.pack("c", "o", "n", "n", "e", "c", "t"))
        guard isWhole else { return .incomplete }
        var end = lineEnd
        if bytes[end &- 1] == 0x0D { end &-= 1 } else { flags.insert(.bareLF) }
        while end > methodEnd, bytes[end &- 1] == 0x20 { end &-= 1 }
        return readVersion(bytes, methodEnd &+ 1, end)
    }

    @inline(__always)
    private mutating func readVersion(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> HeadResult {
        var targetStart = from
        while targetStart < end, bytes[targetStart] == 0x20 { targetStart &+= 1 }
        guard targetStart < end else { return .malformed }
        if end &- targetStart >= 10, bytes[end &- 9] == 0x20, let found = HTTP1.version(bytes, end &- 8) {
            version = found
            var targetEnd = end &- 9
            while targetEnd > targetStart, bytes[targetEnd &- 1] == 0x20 { targetEnd &-= 1 }
            target = targetStart..<targetEnd
            splitTarget(bytes)
            if case .http2 = found {
                guard method.count == 3, bytes[method.lowerBound] == 0x50, target.count == 1 else { return .malformed }
                flags.insert(.http2Preface)
            }
            return .complete(length: 0)
        }
        for index in targetStart..<end where bytes[index] == 0x20 { return .malformed }
        guard method.count == 3, bytes[method.lowerBound] == 0x47, bytes[targetStart] == 0x2F else { return .malformed }
        version = .http09
        target = targetStart..<end
        splitTarget(bytes)
        return .complete(length: 0)
    }

    /// Splits the target into authority, path and query: origin, absolute, authority or asterisk form.
    /// RFC 9112, section 3.2.
    @inline(__always)
    private mutating func splitTarget(_ bytes: Span<UInt8>) {
        let end = target.upperBound
        var start = target.lowerBound
        if isConnect {
            flags.insert(.authorityForm)
            host = target
            return
        }
        if bytes[start] != 0x2F, let authority = Self.authorityStart(bytes, target) {
            flags.insert(.absoluteForm)
            var index = authority
            var hostStart = authority
            while index < end, bytes[index] != 0x2F, bytes[index] != 0x3F, bytes[index] != 0x23 {
                if bytes[index] == 0x40 { hostStart = index &+ 1 }
                index &+= 1
            }
            host = hostStart..<index
            start = index
        }
        let pathEnd = ByteSearch.first(0x3F, or: 0x23, bytes, from: start, end: end)
        path = start..<pathEnd
        if pathEnd < end, bytes[pathEnd] == 0x3F {
            let queryEnd = ByteSearch.first(0x23, bytes, from: pathEnd &+ 1, end: end)
            query = (pathEnd &+ 1)..<queryEnd
        }
    }

    /// Returns where the authority begins in `scheme://authority/path`, or `nil` for another form.
    private static func authorityStart(_ bytes: Span<UInt8>, _ target: Range<Int>) -> Int? {
        let limit = min(target.upperBound, target.lowerBound + 12)
        var index = target.lowerBound
        while index < limit, bytes[index] | 0x20 >= 0x61, bytes[index] | 0x20 <= 0x7A { index += 1 }
        guard index > target.lowerBound, index + 3 <= target.upperBound else { return nil }
        guard bytes[index] == 0x3A, bytes[index + 1] == 0x2F, bytes[index + 2] == 0x2F else { return nil }
        return index + 3
    }

    /// Checks the whole client connection preface of HTTP/2, 24 bytes.
    func readPreface(_ bytes: Span<UInt8>, _ start: Int, _ range: Range<Int>) -> HeadResult {
        guard start == range.lowerBound else { return .malformed }
        // "\r\n\r\n" ends the line at byte 16; "SM\r\n\r\n" follows it.
        let rest: [6 of UInt8] = [0x53, 0x4D, 0x0D, 0x0A, 0x0D, 0x0A]
        let available = range.upperBound - start
        guard available > 16 else { return .incomplete }
        guard bytes[start + 16] == 0x0D else { return .malformed }
        for offset in 0..<min(7, max(0, available - 17)) {
            if offset == 0 {
                if bytes[start + 17] != 0x0A { return .malformed }
            } else if bytes[start + 17 + offset] != rest[offset - 1] {
                return .malformed
            }
        }
        return available >= 24 ? .complete(length: 24) : .incomplete
    }
}
