/// Reads and prints times as RFC 3339 does, on bytes, without a formatter.
///
/// RFC 3339, section 5.6. Two relaxations that AWS needs: the zone may be missing (NLB logs; UTC is assumed)
/// and the fraction has 0 to 9 digits (more digits are read and dropped).
package enum RFC3339 {
    /// Returns the time written in `bytes[range]`, or `nil` unless the whole range is one time.
    ///
    /// Form: `YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm]`; `t`, a space and `z` are accepted as well.
    package static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        let start = range.lowerBound
        guard range.count >= 19, range.upperBound <= bytes.count,
            let year = digits(bytes, start, 4), bytes[start + 4] == 0x2D,
            let month = digits(bytes, start + 5, 2), bytes[start + 7] == 0x2D,
            let day = digits(bytes, start + 8, 2), isSeparator(bytes[start + 10]),
            let hour = digits(bytes, start + 11, 2), bytes[start + 13] == 0x3A,
            let minute = digits(bytes, start + 14, 2), bytes[start + 16] == 0x3A,
            let second = digits(bytes, start + 17, 2)
        else { return nil }
        guard day >= 1, day <= CivilDate.days(inMonth: month, year: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        var position = start + 19
        guard let fraction = fraction(bytes, &position, range.upperBound),
            let offset = zone(bytes, position, range.upperBound)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        let seconds = date.daysSinceEpoch * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
        return Timestamp(seconds: seconds, nanoseconds: fraction)
    }

    /// Returns the time written in `text`, or `nil` unless all of it is one time.
    package static func parse(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        return parse(bytes.span, 0..<bytes.count)
    }

    /// Returns the time as `YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ`, always with nine decimals: sorts as it orders.
    package static func string(_ time: Timestamp) -> String { format(time, decimals: 9) }

    /// Returns the time cut to whole seconds, as `YYYY-MM-DDThh:mm:ssZ`.
    package static func secondsString(_ time: Timestamp) -> String { format(time, decimals: 0) }

    /// Returns the time to the last digit that is not 0, as `YYYY-MM-DDThh:mm:ss[.fraction]Z`: for people, and exact.
    package static func shortestString(_ time: Timestamp) -> String {
        if time.nanoseconds % Timestamp.nanosecondsPerSecond == 0 { return secondsString(time) }
        var text = string(time)
        text.removeLast()
        while text.hasSuffix("0") { text.removeLast() }
        return text + "Z"
    }

    /// Returns the time in UTC with a number of decimals, 0 through 9; further ones are cut, not rounded.
    package static func format(_ time: Timestamp, decimals: Int) -> String {
        let billion = Timestamp.nanosecondsPerSecond
        var seconds = time.nanoseconds / billion
        var fraction = time.nanoseconds % billion
        if fraction < 0 {
            fraction += billion
            seconds -= 1
        }
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        let date = CivilDate(daysSinceEpoch: days)
        var out: [UInt8] = []
        out.reserveCapacity(30)
        append(&out, date.year, 4)
        out.append(0x2D)
        append(&out, date.month, 2)
        out.append(0x2D)
        append(&out, date.day, 2)
        out.append(0x54)
        append(&out, Int(rest / 3600), 2)
        out.append(0x3A)
        append(&out, Int(rest / 60 % 60), 2)
        out.append(0x3A)
        append(&out, Int(rest % 60), 2)
        if decimals > 0 {
            out.append(0x2E)
            var scaled = fraction
            for _ in decimals..<9 { scaled /= 10 }
            append(&out, Int(scaled), decimals)
        }
        out.append(0x5A)
        return String(decoding: out, as: UTF8.self)
    }

    @inline(__always)
    private static func digits(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<(start + count) {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    @inline(__always)
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x54 || byte == 0x74 || byte == 0x20 }

    private static func fraction(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Int64? {
        guard position < end, bytes[position] == 0x2E else { return 0 }
        position += 1
        var value: Int64 = 0
        var count = 0
        while position < end, bytes[position] &- 0x30 <= 9 {
            if count < 9 { value = value * 10 + Int64(bytes[position] &- 0x30) }
            count += 1
            position += 1
        }
        if count == 0 { return nil }
        while count < 9 {
            value *= 10
            count += 1
        }
        return value
    }

    /// The zone's offset from UTC in seconds.
    private static func zone(_ bytes: Span<UInt8>, _ position: Int, _ end: Int) -> Int? {
        if position == end { return 0 }
        let first = bytes[position]
        if first == 0x5A || first == 0x7A { return position + 1 == end ? 0 : nil }
        guard first == 0x2B || first == 0x2D, position + 6 == end,
            let hours = digits(bytes, position + 1, 2), bytes[position + 3] == 0x3A,
            let minutes = digits(bytes, position + 4, 2), hours < 24, minutes < 60
        else { return nil }
        let offset = hours * 3600 + minutes * 60
        return first == 0x2B ? offset : -offset
    }

    private static func append(_ out: inout [UInt8], _ value: Int, _ width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            out.append(UInt8(truncatingIfNeeded: 0x30 + value / divisor % 10))
            divisor /= 10
        }
    }
}
