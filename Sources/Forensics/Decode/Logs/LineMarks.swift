import CByteMarks

/// Where spaces, quotes and line feeds stand in a window of the bytes of a log, one bit a byte: the tokenizer looks for
/// them a machine word of 64 bytes at a time.
struct LineMarks: Sendable {
    /// The bytes of a window.
    private static let windowLength = 1 << 17

    private var spaces = [UInt64](repeating: 0, count: windowLength / 64)
    private var quotes = [UInt64](repeating: 0, count: windowLength / 64)
    private var lineFeeds = [UInt64](repeating: 0, count: windowLength / 64)
    /// The bytes that are marked.
    private(set) var window = 0..<0

    /// Forgets the window: the bytes are others now.
    mutating func removeAll() { window = 0..<0 }

    /// The place of the line feed that ends the line at `start`, or the end of the bytes; `nil` if the line does not fit
    /// a window. Moves the window if it must.
    @inline(__always)
    mutating func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        if window.contains(start) {
            let end = lineFeed(from: start)
            if end < window.upperBound { return end }
        }
        return lineEndInNext(bytes, from: start)
    }

    @inline(never)
    private mutating func lineEndInNext(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start >= 0, start < bytes.count else { return nil }
        let count = min(Self.windowLength, bytes.count - start)
        mark(bytes, start..<start + count)
        let end = lineFeed(from: start)
        return end < window.upperBound || window.upperBound == bytes.count ? end : nil
    }

    private mutating func mark(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let part = bytes.extracting(range)
        unsafe part.withUnsafeBufferPointer { buffer in
            unsafe spaces.withUnsafeMutableBufferPointer { spaces in
                unsafe quotes.withUnsafeMutableBufferPointer { quotes in
                    unsafe lineFeeds.withUnsafeMutableBufferPointer { lineFeeds in
                        // SAFETY: the arrays have a word for each 64 bytes of a window, and a range is no longer than that.
                        unsafe byte_marks(
                            buffer.baseAddress, min(buffer.count, Self.windowLength), spaces.baseAddress,
                            quotes.baseAddress, lineFeeds.baseAddress)
                    }
                }
            }
        }
        window = range
    }

    /// The first space at or after a place of the window, or the window's end.
    @inline(__always)
    func space(from position: Int) -> Int { Self.next(spaces, from: position, window) }

    /// The first quote at or after a place of the window, or the window's end.
    @inline(__always)
    func quote(from position: Int) -> Int { Self.next(quotes, from: position, window) }

    @inline(__always)
    private func lineFeed(from position: Int) -> Int { Self.next(lineFeeds, from: position, window) }

    @inline(__always)
    private static func next(_ marks: [UInt64], from position: Int, _ window: Range<Int>) -> Int {
        let marks = marks.span
        let place = position &- window.lowerBound
        var index = place &>> 6
        guard index >= 0, index < marks.count else { return window.upperBound }
        let word = marks[index] &>> UInt64(place & 63)
        if word != 0 { return min(position &+ word.trailingZeroBitCount, window.upperBound) }
        index &+= 1
        while index < marks.count {
            let word = marks[index]
            if word != 0 {
                return min(window.lowerBound &+ index &<< 6 &+ word.trailingZeroBitCount, window.upperBound)
            }
            index &+= 1
        }
        return window.upperBound
    }
}
