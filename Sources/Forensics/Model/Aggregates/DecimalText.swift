/// Writes and reads numbers in decimal, on bytes.
package enum DecimalText {
    /// Appends the digits of `value`.
    package static func append(_ value: UInt64, to out: inout [UInt8]) {
        if value < 10 {
            out.append(0x30 &+ UInt8(truncatingIfNeeded: value))
            return
        }
        var text = ReversedText()
        text.prepend(value)
        text.append(to: &out)
    }

    /// Appends the digits of `value`, with a sign if it is negative.
    package static func append(_ value: Int64, to out: inout [UInt8]) {
        if value < 0 { out.append(0x2D) }
        append(value.magnitude, to: &out)
    }

    /// Returns the digits of `value` with a comma after every third from the right, as people read them.
    package static func grouped(_ value: UInt64) -> String {
        let digits = Array(String(value).utf8)
        var text: [UInt8] = []
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(0x2C) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Returns the grouped digits of `value`, with a sign if it is negative.
    package static func grouped(_ value: Int64) -> String { (value < 0 ? "-" : "") + grouped(value.magnitude) }

    /// Returns the digits of `value`, with zeros before them where they are fewer than `width`.
    package static func padded(_ value: Int, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
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
