import ForensicsModel

/// Splits paths, and remembers how those of this stretch of bytes were split; see `LogTextMemo`.
struct LogPathMemo: Sendable {
    private struct Slot {
        var start = 0
        var count = 0
        var template = TextID.none
        var anomalies = LogAnomalies()
        var argument = PathArgument.none
    }

    private var slots = [Slot](repeating: Slot(), count: 1024)
    private var scratch: [UInt8] = []
    private var decoded: [UInt8] = []
    /// Off while the bytes are a copy of one line's values.
    var isEnabled = true

    mutating func removeAll() {
        for index in 0..<slots.count { slots[index].count = 0 }
    }

    /// Splits the path in `bytes[range]`, its escapes undone, into its template and what the template left out.
    @inline(__always)
    mutating func split(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable, _ anomalies: inout LogAnomalies
    ) -> (template: TextID, argument: PathArgument) {
        let count = range.upperBound &- range.lowerBound
        guard count > 8, isEnabled else { return read(bytes, range, &texts, &anomalies) }
        let start = range.lowerBound
        var hash = ByteWord.load(bytes, start) ^ UInt64(truncatingIfNeeded: count)
        hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ ByteWord.load(bytes, start &+ count &- 8)
        hash = (hash ^ hash &>> 29) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ ByteWord.load(bytes, start &+ count &>> 1)) &* 0xD6E8_FEB8_6659_FD93
        let index = Int(truncatingIfNeeded: hash &>> 54)
        if slots[index].count == count, LogTextMemo.areEqual(bytes, slots[index].start, start, count) {
            anomalies.formUnion(slots[index].anomalies)
            return (slots[index].template, slots[index].argument)
        }
        var found = LogAnomalies()
        let parts = read(bytes, range, &texts, &found)
        anomalies.formUnion(found)
        slots[index] = Slot(
            start: start, count: count, template: parts.template, anomalies: found, argument: parts.argument)
        return parts
    }

    @inline(never)
    private mutating func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable, _ anomalies: inout LogAnomalies
    ) -> (template: TextID, argument: PathArgument) {
        guard LogEscapes.contains(0x5C, bytes, range) else {
            if !LogEscapes.isUTF8(bytes, range) { anomalies.insert(.notUTF8) }
            return PathTemplate.split(bytes, range, scratch: &scratch, texts: &texts)
        }
        var text: [UInt8] = []
        swap(&text, &decoded)
        defer { swap(&text, &decoded) }
        text.removeAll(keepingCapacity: true)
        if !LogEscapes.appendDecoded(bytes, range, to: &text) { anomalies.insert(.badEscape) }
        if !LogEscapes.isUTF8(text.span, 0..<text.count) { anomalies.insert(.notUTF8) }
        return PathTemplate.split(text.span, 0..<text.count, scratch: &scratch, texts: &texts)
    }
}
