/// A short text that is written from its end to its beginning, as the digits of numbers come; kept in place.
package struct ReversedText {
    /// The most bytes: what does not fit is a programmer's error.
    package static let capacity = 160

    private var bytes = InlineArray<160, UInt8>(repeating: 0)
    private var start = capacity

    package init() {}

    @inline(__always)
    package mutating func prepend(_ byte: UInt8) {
        start &-= 1
        bytes[start] = byte
    }

    /// Writes the digits of a number before what is written already.
    @inline(__always)
    package mutating func prepend(_ value: UInt64) {
        var rest = value
        while rest >= 100 {
            let pair = rest % 100
            rest /= 100
            prepend(0x30 &+ UInt8(truncatingIfNeeded: pair % 10))
            prepend(0x30 &+ UInt8(truncatingIfNeeded: pair / 10))
        }
        prepend(0x30 &+ UInt8(truncatingIfNeeded: rest % 10))
        if rest >= 10 { prepend(0x30 &+ UInt8(truncatingIfNeeded: rest / 10)) }
    }

    @inline(__always)
    package mutating func prepend(_ value: Int64) {
        prepend(value.magnitude)
        if value < 0 { prepend(0x2D as UInt8) }
    }

    /// Appends the text, from its beginning.
    @inline(__always)
    package func append(to out: inout [UInt8]) { out.append(contentsOf: bytes.span.extracting(start..<Self.capacity)) }
}
