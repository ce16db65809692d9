import ForensicsModel

/// What the formats share: texts, phases, ids, tails.
extension LogDecoder {
    /// The id of a text, read as it is meant; `none` where the field is absent.
    @inline(__always)
    mutating func text(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable, _ reading: LogReading = .plain
    ) -> TextID {
        LogValue.isAbsent(bytes, range) ? absent : memo.intern(bytes, range, reading, &texts, &anomalies)
    }

    /// The id of the text of a column.
    @inline(__always)
    mutating func text(
        _ bytes: Span<UInt8>, column: Int, _ texts: inout TextTable, _ reading: LogReading = .plain
    ) -> TextID {
        isAbsent(column) ? absent : memo.intern(bytes, field(column), reading, &texts, &anomalies)
    }

    /// Two texts joined by a colon, or the first alone.
    mutating func joined(
        _ bytes: Span<UInt8>, _ first: Range<Int>, _ second: Range<Int>, _ texts: inout TextTable
    ) -> TextID {
        if LogValue.isAbsent(bytes, second) { return text(bytes, first, &texts) }
        scratch.removeAll(keepingCapacity: true)
        for index in first { scratch.append(bytes[index]) }
        scratch.append(0x3A)
        for index in second { scratch.append(bytes[index]) }
        if !LogEscapes.isUTF8(scratch.span, 0..<scratch.count) { note(.notUTF8) }
        return texts.intern(scratch)
    }

    /// The packed form of `Root=1-<8 hex>-<24 hex>` in lower case, or the text as it is.
    @inline(__always)
    mutating func trace(_ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable) -> TraceID {
        if let (high, low) = PlainForm.traceRoot(bytes, range) { return .root(high, low) }
        return LogValue.isAbsent(bytes, range) ? .none : .text(text(bytes, range, &texts, .escaped))
    }

    /// The key of a connection: the hexadecimal digits after `TID_`, sixteen at a time, folded by exclusive or; 0 for an
    /// absent one.
    @inline(__always)
    mutating func traceKey(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        PlainForm.traceKey(bytes, range) ?? otherTraceKey(bytes, range)
    }

    @inline(never)
    private mutating func otherTraceKey(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        if LogValue.isAbsent(bytes, range) { return 0 }
        var index = range.lowerBound
        if range.count > 4, ByteWord.prefix(ByteWord.load(bytes, index), 4) == ShortName.tidPrefix { index += 4 }
        var key: UInt64 = 0
        var word: UInt64 = 0
        var digits = 0
        while index < range.upperBound {
            guard let digit = bytes[index].hexadecimalDigit else {
                note(.badOptionalField)
                return 0
            }
            word = word << 4 | UInt64(digit)
            digits += 1
            if digits == 16 {
                key ^= word
                (word, digits) = (0, 0)
            }
            index += 1
        }
        return key ^ word
    }

    /// The TLS version of a column that may be absent or unknown.
    @inline(__always)
    mutating func tlsVersion(_ bytes: Span<UInt8>, _ range: Range<Int>) -> TLSVersion {
        if let version = LogValue.tlsVersion(bytes, range) { return version }
        note(.unknownValue)
        return .none
    }

    /// What stands past the format's known columns, as it is, or the unknown columns of a header or object.
    @inline(__always)
    mutating func tail(_ bytes: Span<UInt8>, past known: Int, _ texts: inout TextTable) -> TextID {
        if layout.isDefault {
            if line.count <= known { return absent }
            note(.unknownTailFields)
            return text(bytes, line.rawStart(known, bytes)..<line.lineEnd, &texts)
        }
        return layout.extras.isEmpty ? absent : namedTail(bytes, &texts)
    }

    /// The layout's extra columns as `name=value`, separated by spaces, in the order of the line; absent ones left out.
    mutating func namedTail(_ bytes: Span<UInt8>, _ texts: inout TextTable) -> TextID {
        let isFlow = if case .vpcFlow = kind { true } else { false }
        scratch.removeAll(keepingCapacity: true)
        for extra in layout.extras {
            let value = line[Int(extra.place)]
            if LogValue.isAbsent(bytes, value) { continue }
            if !scratch.isEmpty { scratch.append(0x20) }
            for byte in extra.name { scratch.append(byte) }
            scratch.append(0x3D)
            for index in value { scratch.append(bytes[index]) }
        }
        if !LogEscapes.isUTF8(scratch.span, 0..<scratch.count) { note(.notUTF8) }
        if !scratch.isEmpty, !isFlow { note(.unknownTailFields) }
        return scratch.isEmpty ? absent : texts.intern(scratch)
    }

    /// Whether the line has at least the format's oldest columns, or all that its header names.
    @inline(__always)
    mutating func hasEnoughFields(_ minimum: Int) -> Bool {
        if layout.isDefault { return line.count >= minimum }
        guard let expected = layout.fieldCount else { return true }
        if line.count > expected { note(.unknownTailFields) }
        return line.count >= expected
    }
}
