import CByteMarks
import ForensicsModel

/// Splits paths into their templates and what those leave out.
struct LogPath: Sendable {
    private var plain = log_path()
    private var scratch: [UInt8] = []
    private var decoded: [UInt8] = []

    /// Splits the path in `bytes[range]`, its escapes undone, into its template and what the template left out.
    ///
    /// A path that is its own template is looked up in `memo`, because such a path comes again.
    @inline(__always)
    mutating func split(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ memo: inout LogTextMemo, _ texts: inout TextTable,
        _ anomalies: inout LogAnomalies
    ) -> (template: TextID, argument: PathArgument) {
        guard PlainForm.read(&plain, bytes, range) else { return read(bytes, range, &texts, &anomalies) }
        if plain.folds == 0 { return (memo.intern(bytes, range, .plain, &texts, &anomalies), .none) }
        let template = PlainForm.intern(plain, &texts)
        if plain.folds > 1 { return (template, .whole(texts.append(bytes, range))) }
        if plain.is_number != 0 { return (template, .number(Int64(truncatingIfNeeded: plain.number))) }
        return (template, .text(texts.append(bytes, plain.fold_start..<plain.fold_end)))
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
