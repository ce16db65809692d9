import CByteMarks
import ForensicsModel

/// How the bytes of a field become a text.
enum LogReading: UInt8, Sendable {
    /// As they are: names and codes that AWS never escapes.
    case plain
    /// Its escapes undone: what a client chose.
    case escaped
    /// The part of a target group's ARN that names it: `targetgroup/name/id`.
    case targetGroup
    /// A domain name: its escapes undone, its ASCII letters in lower case (RFC 4343), and without the dot that ends a rooted
    /// one, since either spelling is the same name (RFC 3986, section 3.2.2).
    case domain
    /// A domain name in percent encoding.
    case percentEncodedDomain

    /// Whether names in any case are one name.
    @inline(__always)
    var foldsCase: Bool { self == .domain || self == .percentEncodedDomain }
}

/// Interns texts, and remembers for this stretch of bytes where each was met, so that one met again costs a comparison.
///
/// A table in front of the batch's `TextTable`, which an older text leaves to the one that takes its place. It is emptied for
/// every stretch of bytes and every batch, because it holds positions in the one and ids of the other.
struct LogTextMemo: Sendable {
    private struct ShortSlot {
        var name: UInt64 = 0
        var id = TextID.none
    }

    /// Off while the bytes are a copy of one line's values.
    var isEnabled = true
    private static let slotBits: UInt32 = 11
    private static let shortCount = 256
    private var slots = [log_text_slot](repeating: log_text_slot(), count: 1 << Int(slotBits))
    private var shorts = [ShortSlot](repeating: ShortSlot(), count: shortCount)
    private var scratch: [UInt8] = []

    /// Forgets everything: the bytes or the batch are others now.
    mutating func removeAll() {
        for index in 0..<slots.count { slots[index].length = 0 }
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
        if count <= 8, reading == .plain || reading == .escaped || reading == .domain {
            let name = ByteWord.prefix(ByteWord.load(bytes, range.lowerBound), count)
            // Another text than it says as a name of anything else.
            if reading == .domain, ByteWord.upperCase(name) != 0 || Self.lastByte(name, count) == 0x2E {
                return read(bytes, range, reading, &texts, &anomalies)
            }
            let index = Int(truncatingIfNeeded: (name &* 0x9E37_79B9_7F4A_7C15) &>> 56)
            if shorts[index].name == name, name != 0 { return shorts[index].id }
            return internShort(bytes, range, reading, index, name, &texts, &anomalies)
        }
        return read(bytes, range, reading, &texts, &anomalies)
    }

    @inline(__always)
    private static func lastByte(_ name: UInt64, _ count: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: name &>> (UInt64(truncatingIfNeeded: count &- 1) &* 8))
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
        let index = PlainForm.place(bytes, range, reading, bits: Self.slotBits)
        if index >= 0, PlainForm.matches(slots[index], bytes, range, reading) {
            anomalies.formUnion(LogAnomalies(bits: slots[index].notes))
            return TextID(rawValue: slots[index].id)
        }
        return internOther(bytes, range, reading, index, &texts, &anomalies)
    }

    @inline(never)
    private mutating func internOther(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, _ index: Int, _ texts: inout TextTable,
        _ anomalies: inout LogAnomalies
    ) -> TextID {
        var found = LogAnomalies()
        let id = read(bytes, range, reading, &texts, &found)
        anomalies.formUnion(found)
        guard index >= 0 else { return id }
        slots[index] = log_text_slot(
            notes: found.bits, start: range.lowerBound, length: UInt32(truncatingIfNeeded: range.count),
            id: id.rawValue, reading: UInt32(reading.rawValue))
        return id
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
        case .escaped where LogEscapes.contains(0x5C, bytes, range),
            .domain where LogEscapes.contains(0x5C, bytes, range):
            isWhole = LogEscapes.appendDecoded(bytes, range, to: &scratch)
        case .percentEncodedDomain where LogEscapes.contains(0x25, bytes, range):
            isWhole = LogEscapes.appendPercentDecoded(bytes, range, to: &scratch)
        case .domain, .percentEncodedDomain:
            for index in range { scratch.append(bytes[index]) }
        case .plain, .escaped, .targetGroup:
            let part = reading == .targetGroup ? Self.targetGroup(bytes, range) : range
            if !LogEscapes.isUTF8(bytes, part) { anomalies.insert(.notUTF8) }
            return texts.intern(bytes, part)
        }
        if reading.foldsCase {
            for index in scratch.indices where scratch[index] &- 0x41 < 26 { scratch[index] |= 0x20 }
            if scratch.count > 1, scratch.last == 0x2E { scratch.removeLast() }
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
