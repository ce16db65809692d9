import ForensicsModel

/// Recognizes HTTP/1 by its first bytes. RFC 9112.
package enum HTTP1 {
    /// The longest method that is taken for one.
    static let methodLimit = 24
    /// How many line ends before a request line are stepped over. RFC 9112, section 2.2 asks for at least one.
    static let leadingLineLimit = 8

    /// Tells whether the bytes can be the start of a request: a token of capital letters, a blank, and the first
    /// byte of a target.
    ///
    /// Looks at 34 bytes at most. The request line's version is not looked at: RTSP and SIP are told apart by
    /// `HTTPRequestHead.parse`.
    package static func looksLikeRequest(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Likelihood {
        let start = firstLine(bytes, range)
        let limit = min(range.upperBound, start + methodLimit + 1)
        var index = start
        while index < limit, isMethodByte(bytes[index]) { index += 1 }
        guard index < range.upperBound else { return index - start <= methodLimit ? .unsure : .no }
        guard index - start >= 3, bytes[index] == 0x20 else { return .no }
        guard index + 1 < range.upperBound else { return .unsure }
        return bytes[index + 1] > 0x20 && bytes[index + 1] < 0x7F ? .yes : .no
    }

    /// Whether the first line names HTTP/1: a request that is garbled, as scanners and broken clients send them, and
    /// that an HTTP server answers with 400. Looks at 512 bytes at most.
    package static func firstLineNamesVersion(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let start = firstLine(bytes, range)
        let limit = min(range.upperBound, start + 512)
        var index = start
        while index + 6 <= limit, bytes[index] != 0x0A {
            if bytes[index] == 0x48, bytes.uint32(at: index + 1) == 0x5454_502F, bytes[index + 5] == 0x31 {
                return true
            }
            index += 1
        }
        return false
    }

    /// Tells whether the bytes can be the start of a response: `HTTP/1.x`, a blank and a digit.
    package static func looksLikeResponse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Likelihood {
        let start = firstLine(bytes, range)
        let count = min(range.upperBound - start, 10)
        if count == 10 {
            let word = bytes.uint64(at: start)
            let major = UInt8(truncatingIfNeeded: word >> 16) &- 0x30
            let minor = UInt8(truncatingIfNeeded: word) &- 0x30
            let isVersion = word >> 24 == 0x48_5454_502F && word >> 8 & 0xFF == 0x2E && major <= 9 && minor <= 9
            return isVersion && bytes[start + 8] == 0x20 && bytes[start + 9] &- 0x30 <= 9 ? .yes : .no
        }
        for offset in 0..<count {
            let byte = bytes[start + offset]
            switch offset {
            case 0: if byte != 0x48 { return .no }
            case 1, 2: if byte != 0x54 { return .no }
            case 3: if byte != 0x50 { return .no }
            case 4: if byte != 0x2F { return .no }
            case 6: if byte != 0x2E { return .no }
            case 8: if byte != 0x20 { return .no }
            default: if byte &- 0x30 > 9 { return .no }
            }
        }
        return .unsure
    }

    /// Returns the position just after the blank line that ends a head, or `nil` if the range holds none.
    ///
    /// - Parameter from: where to begin, so that a head that comes in pieces is not searched from its start each
    ///   time: at most three bytes before the end of what was searched, and not before the range.
    /// - Complexity: O(bytes after `from`).
    package static func headEnd(_ bytes: Span<UInt8>, _ range: Range<Int>, from: Int) -> Int? {
        var index = max(from, range.lowerBound)
        while index < range.upperBound {
            index = HTTPFieldScanner.lineEnd(bytes, from: index, end: range.upperBound) + 1
            guard index < range.upperBound else { return nil }
            if bytes[index] == 0x0A { return index + 1 }
            if bytes[index] == 0x0D, index + 1 < range.upperBound, bytes[index + 1] == 0x0A { return index + 2 }
        }
        return nil
    }

    /// Returns the place of the first byte that is not part of a leading empty line.
    @inline(__always)
    static func firstLine(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        var index = range.lowerBound
        let limit = min(range.upperBound, index &+ leadingLineLimit &* 2)
        while index < limit, bytes[index] == 0x0D || bytes[index] == 0x0A { index &+= 1 }
        return index
    }

    /// Capital letters, `-` and `_`: what registered methods are made of.
    @inline(__always)
    static func isMethodByte(_ byte: UInt8) -> Bool {
        byte &- 0x41 <= 25 || byte == 0x2D || byte == 0x5F
    }

    /// Reads `HTTP/d.d` of eight bytes; `nil` for another protocol.
    @inline(__always)
    static func version(_ bytes: Span<UInt8>, _ position: Int) -> HTTPVersion? {
        let word = bytes.uint64(at: position)
        switch word {
        case 0x4854_5450_2F31_2E31: return .http11
        case 0x4854_5450_2F31_2E30: return .http10
        case 0x4854_5450_2F32_2E30: return .http2
        case 0x4854_5450_2F30_2E39: return .http09
        default: return word >> 24 == 0x48_5454_502F ? .unknown : nil
        }
    }
}
