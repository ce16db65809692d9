/// Reads the packed forms of roll-ups, byte by byte: the case may hold millions of entries.
///
/// The bytes come from a file that anyone may have edited, so every step is checked; whatever is not exactly the packed
/// form ends the reading.
package struct RollupReader: Sendable {
    /// One entry of a packed dimension.
    package struct Entry: Sendable {
        package enum Value: Sendable {
            case v4(UInt32)
            /// A place in the packed bytes.
            case text(Range<Int>)
            /// The reader's `scratch`: the text had escapes.
            case unescaped
        }

        package var value: Value
        package var activity: Activity
    }

    private var position = 0
    /// Whether the end of the list was reached, as opposed to something that is not the packed form.
    package private(set) var isComplete = false
    /// The text of the latest entry, where it had escapes.
    package private(set) var scratch: [UInt8] = []

    package init() {}

    /// Returns the next entry of a packed dimension, or `nil` at its end or at a defect.
    package mutating func next(_ bytes: Span<UInt8>) -> Entry? {
        guard open(bytes) else { return nil }
        guard take(0x5B, bytes), let value = value(bytes) else { return nil }
        var activity = Activity()
        guard let requests = field(bytes), let connections = field(bytes), let size = field(bytes),
            let errors = field(bytes), let longest = field(bytes), take(0x5D, bytes)
        else { return nil }
        activity.requests = requests
        activity.connections = connections
        activity.bytes = size
        activity.errors = errors
        activity.longest = longest
        return Entry(value: value, activity: activity)
    }

    /// Returns the next cell of a packed distribution, or `nil` at its end or at a defect.
    package mutating func nextCell(_ bytes: Span<UInt8>) -> (index: Int, count: UInt64)? {
        guard open(bytes), take(0x5B, bytes), let index = number(bytes), let count = field(bytes), take(0x5D, bytes)
        else { return nil }
        return (Int(index), UInt64(count))
    }

    /// Returns packed totals, or `nil` if the bytes are none. Fields past the known ones are left out, missing ones 0.
    package static func totals(_ bytes: Span<UInt8>) -> TrafficTotals? {
        var reader = RollupReader()
        var totals = TrafficTotals()
        guard reader.take(0x5B, bytes) else { return nil }
        var index = 0
        while let value = reader.number(bytes) {
            if let field = TotalsField(rawValue: index) { totals[field] = value }
            index += 1
            if reader.take(0x5D, bytes) { return reader.position == bytes.count ? totals : nil }
            guard reader.take(0x2C, bytes) else { return nil }
        }
        return nil
    }

    /// Steps over the list's bracket or the comma between entries; `false` at its end or at a defect.
    @inline(__always)
    private mutating func open(_ bytes: Span<UInt8>) -> Bool {
        if isComplete || position >= bytes.count { return false }
        let byte = bytes[position]
        if byte == 0x5D, position > 0 || bytes.count == 1 {
            position += 1
            isComplete = position == bytes.count
            return false
        }
        if position == 0 {
            guard byte == 0x5B else { return false }
            position = 1
            if bytes.count == 2, bytes[1] == 0x5D {
                position = 2
                isComplete = true
                return false
            }
            return true
        }
        guard byte == 0x2C else { return false }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position &+= 1
        return true
    }

    /// A comma and a number.
    @inline(__always)
    private mutating func field(_ bytes: Span<UInt8>) -> Int64? { take(0x2C, bytes) ? number(bytes) : nil }

    /// A number that is not negative and fits.
    @inline(__always)
    private mutating func number(_ bytes: Span<UInt8>) -> Int64? {
        let start = position
        var value: UInt64 = 0
        while position < bytes.count {
            let digit = bytes[position] &- 0x30
            if digit > 9 { break }
            value = value &* 10 &+ UInt64(digit)
            position &+= 1
        }
        let length = position - start
        if length == 0 || length > 19 || value > UInt64(Int64.max) { return nil }
        return Int64(value)
    }

    @inline(__always)
    private mutating func value(_ bytes: Span<UInt8>) -> Entry.Value? {
        guard position < bytes.count else { return nil }
        if bytes[position] != 0x22 {
            guard let number = number(bytes), number <= Int64(UInt32.max) else { return nil }
            return .v4(UInt32(number))
        }
        position &+= 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x22 {
                position &+= 1
                return .text(start..<(position - 1))
            }
            if byte == 0x5C { return unescape(bytes, from: start) ? .unescaped : nil }
            position &+= 1
        }
        return nil
    }

    /// Reads the rest of a string that has an escape into `scratch`.
    private mutating func unescape(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        for index in start..<position { scratch.append(bytes[index]) }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 0x22 { return true }
            guard byte == 0x5C else {
                scratch.append(byte)
                continue
            }
            guard position < bytes.count else { return false }
            let escaped = bytes[position]
            position += 1
            if escaped == 0x75 {
                guard position + 4 <= bytes.count, bytes[position] == 0x30, bytes[position + 1] == 0x30,
                    let high = bytes[position + 2].hexadecimalDigit, let low = bytes[position + 3].hexadecimalDigit,
                    high < 8
                else { return false }
                scratch.append(high << 4 | low)
                position += 4
            } else {
                guard escaped == 0x22 || escaped == 0x5C else { return false }
                scratch.append(escaped)
            }
        }
        return false
    }
}
