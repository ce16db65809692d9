import CPrefetch

/// Asks for memory that is about to be read. The one file of the stage that hands out addresses.
///
/// No byte is read and nothing but time changes, so that it does not matter whether the guess was right.
enum Prefetch {
    private static let lineLength = 64

    /// Fetches an element of an array.
    @inline(__always)
    static func element<Element>(_ index: Int, of elements: [Element]) {
        // SAFETY: the address is that of an element and is not kept.
        unsafe elements.withUnsafeBufferPointer { unsafe fetch(index, of: $0) }
    }

    /// Fetches an element of a span.
    @inline(__always)
    static func element<Element>(_ index: Int, of elements: Span<Element>) {
        // SAFETY: as of the other.
        unsafe elements.withUnsafeBufferPointer { unsafe fetch(index, of: $0) }
    }

    /// Fetches bytes.
    @inline(__always)
    static func bytes(_ range: Range<Int>, of bytes: Span<UInt8>) {
        // SAFETY: the addresses are those of bytes of the span and are not kept.
        unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress, range.lowerBound >= 0, range.upperBound <= bytes.count else { return }
            var place = range.lowerBound
            while place < range.upperBound {
                unsafe prefetch_line(first + place)
                place &+= lineLength
            }
        }
    }

    @inline(__always)
    private static func fetch<Element>(_ index: Int, of elements: UnsafeBufferPointer<Element>) {
        guard let first = elements.baseAddress, index >= 0, index < elements.count else { return }
        let start = unsafe UnsafeRawPointer(first + index)
        var offset = 0
        while offset < MemoryLayout<Element>.stride {
            unsafe prefetch_line(start + offset)
            offset &+= lineLength
        }
    }
}
