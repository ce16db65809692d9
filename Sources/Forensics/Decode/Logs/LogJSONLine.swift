import CByteMarks
import ForensicsModel

/// One JSON object of a vended log, its values copied out by column.
///
/// The object is flat: a value that is an object or an array is kept as its text. `null` and an empty text are absent.
/// RFC 8259.
struct LogJSONLine: Sendable {
    /// All values, one after another, unescaped.
    private(set) var values: [UInt8] = []
    /// For each column where its value begins and ends in `values`.
    private(set) var bounds = [LogTokenizer.Bounds](repeating: .init(), count: LogTokenizer.capacity)
    /// The keys that the format does not know, or knows no place for.
    private(set) var extras: [LogLayout.Extra] = []
    private(set) var known = 0
    private(set) var unknown = 0
    private var key: [UInt8] = []

    private static let depthLimit = 32

    init() {}

    /// Reads the object in `bytes[range]`; returns `false` if it is not one.
    mutating func read(_ bytes: Span<UInt8>, _ range: Range<Int>, kind: EvidenceKind) -> Bool {
        values.removeAll(keepingCapacity: true)
        extras.removeAll(keepingCapacity: true)
        for index in bounds.indices { bounds[index] = .init() }
        known = 0
        unknown = 0
        let names = LogColumns.names(kind)
        var free = 63
        var position = range.lowerBound + 1
        let end = range.upperBound
        skipSpace(bytes, &position, end)
        if position < end, bytes[position] == 0x7D { return isEnd(bytes, position + 1, end) }
        while position < end {
            guard readKey(bytes, &position, end) else { return false }
            skipSpace(bytes, &position, end)
            guard position < end, bytes[position] == 0x3A else { return false }
            position += 1
            skipSpace(bytes, &position, end)
            let start = values.count
            guard readValue(bytes, &position, end) else { return false }
            place(start, names, kind, &free)
            skipSpace(bytes, &position, end)
            guard position < end else { return false }
            let byte = bytes[position]
            position += 1
            if byte == 0x7D { return isEnd(bytes, position, end) }
            guard byte == 0x2C else { return false }
            skipSpace(bytes, &position, end)
        }
        return false
    }

    /// Puts the value that begins at `start` where its key belongs; unknown keys take places from the end.
    private mutating func place(_ start: Int, _ names: [StaticString], _ kind: EvidenceKind, _ free: inout Int) {
        if let column = names.firstIndex(where: { LogHeader.matches(key, $0) }) {
            known += 1
            if LogColumns.isModelled(kind, column) {
                bounds[column] = .init(start: start, end: values.count)
                return
            }
        } else {
            unknown += 1
        }
        guard free >= names.count else { return }
        bounds[free] = .init(start: start, end: values.count)
        extras.append(LogLayout.Extra(place: UInt8(free), name: key))
        free -= 1
    }

    private func isEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var position = start
        skipSpace(bytes, &position, end)
        return position == end
    }

    private func skipSpace(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) {
        while position < end, bytes[position] == 0x20 || bytes[position] == 0x09 || bytes[position] == 0x0D {
            position += 1
        }
    }

    private mutating func readValue(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Bool {
        guard position < end else { return false }
        switch bytes[position] {
        case 0x22: return readString(bytes, &position, end)
        case 0x7B, 0x5B: return readNested(bytes, &position, end)
        default: return readLiteral(bytes, &position, end)
        }
    }

    /// A number, `true`, `false` or `null`.
    private mutating func readLiteral(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Bool {
        let start = position
        while position < end {
            let byte = bytes[position]
            let isLiteral = byte &- 0x30 <= 9 || (byte | 0x20) &- 0x61 <= 25
            guard isLiteral || byte == 0x2D || byte == 0x2B || byte == 0x2E else { break }
            position += 1
        }
        let text = start..<position
        if LogValue.isExactly(bytes, text, "null") { return true }
        let isWord = LogValue.isExactly(bytes, text, "true") || LogValue.isExactly(bytes, text, "false")
        guard isWord || Self.isNumber(bytes, text) else { return false }
        for index in text { values.append(bytes[index]) }
        return true
    }

    /// RFC 8259, section 6.
    private static func isNumber(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        func digits() -> Int {
            let start = index
            while index < range.upperBound, bytes[index] &- 0x30 <= 9 { index += 1 }
            return index - start
        }
        func has(_ byte: UInt8) -> Bool {
            guard index < range.upperBound, bytes[index] | 0x20 == byte else { return false }
            index += 1
            return true
        }
        if index < range.upperBound, bytes[index] == 0x2D { index += 1 }
        let isZero = index < range.upperBound && bytes[index] == 0x30
        let whole = digits()
        if whole == 0 || (isZero && whole > 1) { return false }
        if index < range.upperBound, bytes[index] == 0x2E {
            index += 1
            if digits() == 0 { return false }
        }
        if has(0x65) {
            if index < range.upperBound, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
            if digits() == 0 { return false }
        }
        return index == range.upperBound
    }

    private mutating func readNested(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Bool {
        var depth = 0
        let start = position
        while position < end {
            switch bytes[position] {
            case 0x22:
                let mark = values.count
                guard readString(bytes, &position, end) else { return false }
                values.removeSubrange(mark...)
                continue
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D: depth -= 1
            default: break
            }
            if depth > Self.depthLimit { return false }
            position += 1
            if depth == 0 {
                for index in start..<position { values.append(bytes[index]) }
                return true
            }
        }
        return false
    }

    private mutating func readKey(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Bool {
        let mark = values.count
        guard readString(bytes, &position, end) else { return false }
        key.removeAll(keepingCapacity: true)
        for index in mark..<values.count { key.append(values[index]) }
        values.removeSubrange(mark...)
        return true
    }

    /// Reads a text and appends what it means to `values`.
    private mutating func readString(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Bool {
        guard position < end, bytes[position] == 0x22 else { return false }
        position += 1
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == 0x22 { return true }
            if byte < 0x20 { return false }
            guard byte == 0x5C else {
                values.append(byte)
                continue
            }
            guard position < end else { return false }
            let escape = bytes[position]
            position += 1
            switch escape {
            case 0x22, 0x5C, 0x2F: values.append(escape)
            case 0x62: values.append(0x08)
            case 0x66: values.append(0x0C)
            case 0x6E: values.append(0x0A)
            case 0x72: values.append(0x0D)
            case 0x74: values.append(0x09)
            case 0x75:
                guard let scalar = readScalar(bytes, &position, end) else { return false }
                for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { values.append(unit) }
            default: return false
            }
        }
        return false
    }

    /// The code point of `\uXXXX`, or of two of them that are a surrogate pair; a lone surrogate is U+FFFD.
    private func readScalar(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Unicode.Scalar? {
        guard let first = readUnit(bytes, &position, end) else { return nil }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, position + 1 < end, bytes[position] == 0x5C, bytes[position + 1] == 0x75 else {
            return "\u{FFFD}"
        }
        var next = position + 2
        guard let second = readUnit(bytes, &next, end) else { return nil }
        guard (0xDC00...0xDFFF).contains(second) else { return "\u{FFFD}" }
        position = next
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private func readUnit(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> UInt32? {
        guard end - position >= 4 else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = bytes[position].hexadecimalDigit else { return nil }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
