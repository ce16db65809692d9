import ForensicsModel

/// How the bytes of a field become a text.
enum LogReading: UInt8, Sendable {
    /// As they are: names and codes that AWS never escapes.
    case plain
    /// Its escapes undone: what a client chose.
    case escaped
    /// Its percent encoding undone.
    case percentEncoded
    /// The part of a target group's ARN that names it: `targetgroup/name/id`.
    case targetGroup
}

/// Interns texts, and remembers for this stretch of bytes where each was met, so that one met again costs a comparison.
///
/// Two tables in front of the batch's `TextTable`, one by a few bytes of a text and one by all of them: what both miss
/// asks the table, and an older text in its place gives way. It is emptied for every stretch of bytes and every batch, because it holds positions in the one and ids
/// of the other.
struct LogTextMemo: Sendable {
    private struct Slot {
        var start = 0
        var count: Int32 = 0
        var reading = LogReading.plain
        var anomalies = LogAnomalies()
        var id = TextID.none
    }

    private struct ShortSlot {
        var name: UInt64 = 0
        var id = TextID.none
    }

    /// Off while the bytes are a copy of one line's values.
    var isEnabled = true
    private static let slotCount = 1024
    private static let shortCount = 256
    private var slots = [Slot](repeating: Slot(), count: 2 * slotCount)
    private var shorts = [ShortSlot](repeating: ShortSlot(), count: shortCount)
    private var scratch: [UInt8] = []

    /// Forgets everything: the bytes or the batch are others now.
    mutating func removeAll() {
        for index in 0..<slots.count { slots[index].count = 0 }
        for index in 0..<shorts.count { shorts[index].name = 0 }
    }

    /// The id of the text in `bytes[range]`, which is not empty; `anomalies` gains what is wrong with it.
    @inline(__always)
    mutating func intern(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, _ texts: inout TextTable,
        _ anomalies: inout LogAnomalies
    ) -> TextID {
        let count = range.upperBound &- range.lowerBound
        if count > 8, isEnabled { return internLong(bytes, range, reading, &texts, &anomalies) }
        if count <= 8, reading == .plain || reading == .escaped {
            let name = ByteWord.prefix(ByteWord.load(bytes, range.lowerBound), count)
            let index = Int(truncatingIfNeeded: (name &* 0x9E37_79B9_7F4A_7C15) &>> 56)
            if shorts[index].name == name, name != 0 { return shorts[index].id }
            return internShort(bytes, range, reading, index, name, &texts, &anomalies)
        }
        return read(bytes, range, reading, &texts, &anomalies)
    }

    private mutating func internShort(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, _ index: Int, _ name: UInt64,
        _ texts: inout TextTable, _ anomalies: inout LogAnomalies
    ) -> TextID {
        let id = read(bytes, range, reading, &texts, &anomalies)
        // Only plain printable text has a name that no other text and no other reading has.
        for index in range where bytes[index] <= 0x20 || bytes[index] >= 0x7F || bytes[index] == 0x5C { return id }
        shorts[index] = ShortSlot(name: name, id: id)
        return id
    }

    @inline(__always)
    private mutating func internLong(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, _ texts: inout TextTable,
        _ anomalies: inout LogAnomalies
    ) -> TextID {
        let start = range.lowerBound
        let count = range.upperBound &- start
        let index = Self.slot(bytes, start, count)
        if matches(bytes, index, start, count, reading) {
            anomalies.formUnion(slots[index].anomalies)
            return slots[index].id
        }
        return internOther(bytes, range, reading, index, &texts, &anomalies)
    }

    /// Looks at the place that the whole text tells, then asks the table: user agents that differ in a digit or two
    /// share the first place.
    private mutating func internOther(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, _ index: Int, _ texts: inout TextTable,
        _ anomalies: inout LogAnomalies
    ) -> TextID {
        let start = range.lowerBound
        let count = range.upperBound &- start
        let second = Self.slotCount &+ Self.wholeSlot(bytes, start, count)
        if matches(bytes, second, start, count, reading) {
            anomalies.formUnion(slots[second].anomalies)
            return slots[second].id
        }
        var found = LogAnomalies()
        let id = read(bytes, range, reading, &texts, &found)
        anomalies.formUnion(found)
        let slot = Slot(start: start, count: Int32(clamping: count), reading: reading, anomalies: found, id: id)
        slots[index] = slot
        slots[second] = slot
        return id
    }

    @inline(__always)
    private func matches(
        _ bytes: Span<UInt8>, _ index: Int, _ start: Int, _ count: Int, _ reading: LogReading
    ) -> Bool {
        Int(slots[index].count) == count && slots[index].reading == reading
            && Self.areEqual(bytes, slots[index].start, start, count)
    }

    /// The place of a text of more than eight bytes. Versions and ids, which tell user agents and ARNs apart, stand
    /// past the middle.
    @inline(__always)
    private static func slot(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int {
        var hash = ByteWord.load(bytes, start) ^ UInt64(truncatingIfNeeded: count)
        hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ ByteWord.load(bytes, start &+ count &- 8)
        if count > 16 {
            hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ ByteWord.load(bytes, start &+ count &>> 1)
            hash = (hash ^ hash &>> 29) &* 0x9E37_79B9_7F4A_7C15
            hash ^= ByteWord.load(bytes, start &+ count &- count &>> 2)
        }
        hash = (hash ^ hash &>> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: hash &>> 54)
    }

    /// The place of a text of more than eight bytes by all of them.
    private static func wholeSlot(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int {
        var hash = UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset < count &- 8 {
            hash = (hash ^ ByteWord.load(bytes, start &+ offset)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash &>> 29
            offset &+= 8
        }
        hash = (hash ^ ByteWord.load(bytes, start &+ count &- 8)) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: ((hash ^ hash &>> 32) &* 0x9E37_79B9_7F4A_7C15) &>> 54)
    }

    /// Whether two texts of `count` bytes, more than eight, are the same.
    @inline(__always)
    static func areEqual(_ bytes: Span<UInt8>, _ left: Int, _ right: Int, _ count: Int) -> Bool {
        var difference: UInt64 = 0
        var offset = 0
        let last = count &- 8
        while offset < last {
            difference |= ByteWord.load(bytes, left &+ offset) ^ ByteWord.load(bytes, right &+ offset)
            offset &+= 8
        }
        difference |= ByteWord.load(bytes, left &+ last) ^ ByteWord.load(bytes, right &+ last)
        return difference == 0
    }

    /// Reads the bytes as they are meant and interns what they say.
    @inline(never)
    private mutating func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, _ texts: inout TextTable,
        _ anomalies: inout LogAnomalies
    ) -> TextID {
        scratch.removeAll(keepingCapacity: true)
        var isWhole = true
        switch reading {
        case .escaped where LogEscapes.contains(0x5C, bytes, range):
            isWhole = LogEscapes.appendDecoded(bytes, range, to: &scratch)
        case .percentEncoded where LogEscapes.contains(0x25, bytes, range):
            isWhole = LogEscapes.appendPercentDecoded(bytes, range, to: &scratch)
        case .plain, .escaped, .percentEncoded, .targetGroup:
            let part = reading == .targetGroup ? Self.targetGroup(bytes, range) : range
            if !LogEscapes.isUTF8(bytes, part) { anomalies.insert(.notUTF8) }
            return texts.intern(bytes, part)
        }
        if !isWhole { anomalies.insert(.badEscape) }
        if !LogEscapes.isUTF8(scratch.span, 0..<scratch.count) { anomalies.insert(.notUTF8) }
        return texts.intern(scratch.span, 0..<scratch.count)
    }

    /// `arn:partition:elasticloadbalancing:region:account:targetgroup/name/id`: what stands past five colons, if it names
    /// a target group; else the whole text.
    private static func targetGroup(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var colons = 0
        for index in range where bytes[index] == 0x3A {
            colons += 1
            let resource = (index + 1)..<range.upperBound
            if colons == 5 { return LogValue.begins(bytes, resource, "targetgroup/") ? resource : range }
        }
        return range
    }
}
