/// Writes and reads numbers in decimal, on bytes.
package enum DecimalText {
    /// Appends the digits of `value`.
    package static func append(_ value: UInt64, to out: inout [UInt8]) {
        if value < 10 {
            out.append(0x30 &+ UInt8(truncatingIfNeeded: value))
            return
        }
        var count = 1
        var power: UInt64 = 10
        while value >= power {
            count &+= 1
            if count == 20 { break }
            power &*= 10
        }
        let start = out.count
        out.append(contentsOf: repeatElement(0x30, count: count))
        var digits = out.mutableSpan
        var place = start &+ count
        var rest = value
        while rest > 0 {
            place &-= 1
            digits[place] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    package static func append(_ value: Int64, to out: inout [UInt8]) {
        if value < 0 { out.append(0x2D) }
        append(value.magnitude, to: &out)
    }

    /// Returns the number of at most five digits in `bytes[range]`, or `nil`.
    package static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        guard !range.isEmpty, range.count <= 5 else { return nil }
        var value = 0
        for index in range {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            value = value * 10 + Int(digit)
        }
        return UInt16(exactly: value)
    }
}
