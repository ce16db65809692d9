import ForensicsModel

/// A short text folded to lower case and packed, to be compared as numbers.
///
/// Holds the first eight and the last eight bytes (they overlap in texts shorter than 16). Two texts of the same
/// length of at most 16 bytes are equal, case ignored, if their words are; the byte 8 of a text of 17 bytes is left
/// out. Folding sets bit 5 of every byte, so control characters are taken for punctuation: good enough to recognize
/// names, not to compare unknown texts.
package struct ASCIIWord: Equatable, Sendable {
    package var first: UInt64
    package var last: UInt64
    package var count: Int

    /// Packs `bytes[range]`; only the first and the last eight bytes are looked at.
    @inline(__always)
    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        count = range.upperBound &- range.lowerBound
        if count >= 8 {
            first = bytes.uint64(at: range.lowerBound) | Self.fold
            last = bytes.uint64(at: range.upperBound &- 8) | Self.fold
        } else if count > 0, range.lowerBound &+ 8 <= bytes.count {
            let shift = UInt64(truncatingIfNeeded: 64 &- count &* 8)
            first = (bytes.uint64(at: range.lowerBound) | Self.fold) &>> shift
            last = 0
        } else {
            var word: UInt64 = 0
            for index in range { word = word << 8 | UInt64(bytes[index]) | 0x20 }
            first = word
            last = 0
        }
    }

    private static let fold: UInt64 = 0x2020_2020_2020_2020

    /// Packs one to eight lower-case letters, written one by one so that the compiler makes them a constant.
    @inline(__always)
    package static func pack(
        _ a: Unicode.Scalar, _ b: Unicode.Scalar = "\0", _ c: Unicode.Scalar = "\0", _ d: Unicode.Scalar = "\0",
        _ e: Unicode.Scalar = "\0", _ f: Unicode.Scalar = "\0", _ g: Unicode.Scalar = "\0",
        _ h: Unicode.Scalar = "\0"
    ) -> UInt64 {
        var word = UInt64(a.value)
        if b != "\0" { word = word << 8 | UInt64(b.value) }
        if c != "\0" { word = word << 8 | UInt64(c.value) }
        if d != "\0" { word = word << 8 | UInt64(d.value) }
        if e != "\0" { word = word << 8 | UInt64(e.value) }
        if f != "\0" { word = word << 8 | UInt64(f.value) }
        if g != "\0" { word = word << 8 | UInt64(g.value) }
        if h != "\0" { word = word << 8 | UInt64(h.value) }
        return word
    }

    /// Whether the text has `count` bytes and these first and last eight.
    @inline(__always)
    package func equals(_ count: Int, _ first: UInt64, _ last: UInt64 = 0) -> Bool {
        self.count == count && self.first == first && (count < 8 || self.last == (count == 8 ? first : last))
    }
}
