/// Dates and times of day in file names, as strftime formats of rotation options write them.
enum RotationDate {
    static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x2D || byte == 0x5F || byte == 0x2E || byte == 0x20 || byte == 0x40 || byte == 0x2B
    }

    /// Returns a name without its dates and times, and without the separators that led up to them.
    static func removed(from name: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        var position = 0
        while position < name.count {
            let isRunStart = isDigit(name, position) && !isDigit(name, position - 1)
            guard isRunStart, let end = match(name, position) else {
                kept.append(name[position])
                position += 1
                continue
            }
            position = end
            while let last = kept.last, isSeparator(last) { kept.removeLast() }
            if kept.isEmpty { while position < name.count, isSeparator(name[position]) { position += 1 } }
        }
        return kept
    }

    /// Returns where a time of day that ends the name begins: two or three numbers of two digits with one separator
    /// between, as `%H-%M-%S` and `%H_%M` write them. As part of a longer row of numbers it is none.
    static func timeAtEnd(_ name: [UInt8]) -> Int? {
        for length in [8, 5] where length <= name.count {
            let start = name.count - length
            guard digits(name, start) == 2, isRowStart(name, start),
                time(name, start, separators: [0x3A, 0x2D, 0x5F, 0x2E]) == name.count
            else { continue }
            return start
        }
        return nil
    }

    /// Whether no digit, nor one with a separator behind it, stands before a place.
    private static func isRowStart(_ name: [UInt8], _ start: Int) -> Bool {
        if start == 0 { return true }
        return !isDigit(name, start - 1) && !(isSeparator(name[start - 1]) && isDigit(name, start - 2))
    }

    /// Returns where a date or time that begins at `start` ends, or `nil` if none does.
    private static func match(_ name: [UInt8], _ start: Int) -> Int? {
        let run = digits(name, start)
        if let end = date(name, start, run) { return bounded(name, end) }
        switch run {
        case 6 where isTime(name, start) || isShortDate(name, start): return bounded(name, start + 6)
        case 10 where isEpoch(name, start): return bounded(name, start + 10)
        case 13 where isEpoch(name, start): return bounded(name, start + 13)
        case 2:
            // A time with colons; other separators could be those of an address.
            guard let end = time(name, start, separators: [0x3A]), end > start + 5 else { return nil }
            return bounded(name, end)
        default: return nil
        }
    }

    /// A letter right behind would make it part of a word or of an identifier.
    private static func bounded(_ name: [UInt8], _ end: Int) -> Int? {
        var end = end
        if end < name.count, name[end] == 0x5A || name[end] == 0x7A { end += 1 }
        if end < name.count, isLetter(name[end]) || isDigit(name, end) { return nil }
        return end
    }

    /// Year, month and day, then perhaps a time: in one run of 8, 12 or 14 digits, or with separators.
    private static func date(_ name: [UInt8], _ start: Int, _ run: Int) -> Int? {
        guard run >= 4, case 1990...2099 = number(name, start, 4) else { return nil }
        switch run {
        case 14 where isDay(name, start + 4) && isTime(name, start + 8): return start + 14
        case 12 where isDay(name, start + 4) && number(name, start + 8, 2) < 24 && number(name, start + 10, 2) < 60:
            return start + 12
        case 8 where isDay(name, start + 4): return timeBehind(name, start + 8)
        case 4:
            guard start + 10 <= name.count, isSeparator(name[start + 4]), digits(name, start + 5) == 2,
                name[start + 7] == name[start + 4], digits(name, start + 8) >= 2,
                case 1...12 = number(name, start + 5, 2), case 1...31 = number(name, start + 8, 2)
            else { return nil }
            return timeBehind(name, start + 10)
        default: return nil
        }
    }

    /// Returns the end of a time of day and zone that follow a date, or the date's own end.
    private static func timeBehind(_ name: [UInt8], _ dateEnd: Int) -> Int {
        guard dateEnd < name.count else { return dateEnd }
        let first = name[dateEnd]
        guard isSeparator(first) || first == 0x54 || first == 0x74 else { return dateEnd }
        guard let end = time(name, dateEnd + 1, separators: [0x3A, 0x2D, 0x5F, 0x2E]) else { return dateEnd }
        guard end + 5 <= name.count, name[end] == 0x2B || name[end] == 0x2D, digits(name, end + 1) == 4 else {
            return end
        }
        return end + 5
    }

    /// Hours, minutes and perhaps seconds: in one run of 4 or 6 digits, or separated.
    private static func time(_ name: [UInt8], _ start: Int, separators: [UInt8]) -> Int? {
        let run = digits(name, start)
        if run == 6 { return isTime(name, start) ? start + 6 : nil }
        if run == 4 { return number(name, start, 2) < 24 && number(name, start + 2, 2) < 60 ? start + 4 : nil }
        guard run == 2, number(name, start, 2) < 24 else { return nil }
        guard start + 5 <= name.count, separators.contains(name[start + 2]), digits(name, start + 3) == 2,
            number(name, start + 3, 2) < 60
        else { return nil }
        guard start + 8 <= name.count, name[start + 5] == name[start + 2], digits(name, start + 6) == 2,
            number(name, start + 6, 2) < 61
        else { return start + 5 }
        return start + 8
    }

    private static func isDay(_ name: [UInt8], _ start: Int) -> Bool {
        guard case 1...12 = number(name, start, 2), case 1...31 = number(name, start + 2, 2) else { return false }
        return true
    }

    private static func isShortDate(_ name: [UInt8], _ start: Int) -> Bool {
        (20...40).contains(number(name, start, 2)) && isDay(name, start + 2)
    }

    private static func isTime(_ name: [UInt8], _ start: Int) -> Bool {
        number(name, start, 2) < 24 && number(name, start + 2, 2) < 60 && number(name, start + 4, 2) < 61
    }

    /// Seconds of the years 2001 through 2039.
    private static func isEpoch(_ name: [UInt8], _ start: Int) -> Bool {
        (1_000_000_000..<2_200_000_000).contains(number(name, start, 10))
    }

    private static func number(_ name: [UInt8], _ start: Int, _ count: Int) -> Int {
        var value = 0
        for index in start..<start + count {
            guard isDigit(name, index) else { return .max }
            value = value * 10 + Int(name[index] - 0x30)
        }
        return value
    }

    private static func digits(_ name: [UInt8], _ start: Int) -> Int {
        var count = 0
        while isDigit(name, start + count) { count += 1 }
        return count
    }

    private static func isDigit(_ name: [UInt8], _ index: Int) -> Bool {
        index >= 0 && index < name.count && name[index] &- 0x30 <= 9
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
