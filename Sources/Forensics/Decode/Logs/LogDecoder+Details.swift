import ForensicsModel

/// Columns that no property of a fact tells, kept as a JSON object of texts: nothing that a log says is lost.
///
/// Most rows have none: lists that repeat the target and its status, and dashes, are left out.
extension LogDecoder {
    /// Which columns of an ALB row a property of its exchange tells.
    struct ToldColumns {
        var type: Bool
        var protocolVersion: Bool
        var rule: Bool
        var start: Bool
    }

    /// Whether the columns that no property tells hold nothing, and every column that one should tell is told.
    @inline(__always)
    func hasPlainDetails(_ bytes: Span<UInt8>, hasRule: Bool) -> Bool {
        isAbsent(ALBColumn.redirectURL) && isAbsent(ALBColumn.transformedHost) && isAbsent(ALBColumn.transformedURI)
            && isAbsent(ALBColumn.requestTransformStatus) && isAbsent(ALBColumn.targetErrorCode)
            && isAbsent(ALBColumn.elbErrorCode) && isAbsent(ALBColumn.classificationReason) && anomalies.isEmpty
            && (hasRule || isAbsent(ALBColumn.matchedRulePriority))
            && isRepeated(bytes, ALBColumn.targetList, ALBColumn.target)
            && isRepeated(bytes, ALBColumn.targetStatusList, ALBColumn.targetStatusCode)
    }

    /// Whether a list says no more than the column whose items it lists.
    @inline(__always)
    private func isRepeated(_ bytes: Span<UInt8>, _ list: Int, _ item: Int) -> Bool {
        isAbsent(list) || PlainForm.areEqual(bytes, field(list), field(item))
    }

    /// Writes the details of an ALB row whose other columns have been read.
    @inline(never)
    mutating func writeALBDetails(_ bytes: Span<UInt8>, _ told: ToldColumns, _ texts: inout TextTable) -> TextID {
        var details = LogDetails()
        if !told.type { details.add("type", bytes, field(ALBColumn.type)) }
        if !told.protocolVersion { details.add("ssl_protocol", bytes, field(ALBColumn.sslProtocol)) }
        if !told.rule {
            details.add("matched_rule_priority", bytes, field(ALBColumn.matchedRulePriority))
        }
        if !told.start {
            details.add("request_creation_time", bytes, field(ALBColumn.requestCreationTime))
        }
        details.add("redirect_url", bytes, url(bytes, field(ALBColumn.redirectURL)), isEscaped: true)
        if !isRepeated(bytes, ALBColumn.targetList, ALBColumn.target) {
            details.add("target:port_list", bytes, field(ALBColumn.targetList))
        }
        if !isRepeated(bytes, ALBColumn.targetStatusList, ALBColumn.targetStatusCode) {
            details.add("target_status_code_list", bytes, field(ALBColumn.targetStatusList))
        }
        if LogValue.isAbsent(bytes, field(ALBColumn.classification)) {
            details.add("classification_reason", bytes, field(ALBColumn.classificationReason))
        }
        details.add("transformed_host", bytes, field(ALBColumn.transformedHost), isEscaped: true)
        details.add("transformed_uri", bytes, url(bytes, field(ALBColumn.transformedURI)), isEscaped: true)
        details.add("request_transform_status", bytes, field(ALBColumn.requestTransformStatus))
        details.add("target_error_code", bytes, field(ALBColumn.targetErrorCode))
        details.add("elb_error_code", bytes, field(ALBColumn.elbErrorCode))
        return finish(details, &texts)
    }

    /// The priority of the rule, or `nil` where the column holds none that a listener can have.
    @inline(__always)
    func rulePriority(_ bytes: Span<UInt8>) -> Int32? {
        let range = field(ALBColumn.matchedRulePriority)
        let name = LogValue.shortName(bytes, range)
        if name == 0x312D { return -1 }
        guard range.upperBound &- range.lowerBound <= 5, let value = LogValue.unsigned(bytes, range) else { return nil }
        // A leading zero would not come back.
        if name & 0xFF == 0x30, value > 0 || range.upperBound &- range.lowerBound > 1 { return nil }
        return Int32(truncatingIfNeeded: value)
    }

    /// A URL without its query string, unless query strings are kept.
    private func url(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        if options.keepsQueryStrings { return range }
        for index in range where bytes[index] == 0x3F { return range.lowerBound..<index }
        return range
    }

    /// The details of a connection in the columns named, and what stands past the known columns.
    ///
    /// - Parameter list: a column whose items stand in quotes each: they are told without.
    mutating func connectionDetails(
        _ bytes: Span<UInt8>, _ columns: [(name: StaticString, place: Int)],
        list: (name: StaticString, place: Int)? = nil,
        past known: Int, _ texts: inout TextTable
    ) -> TextID {
        var details = LogDetails()
        for column in columns { details.add(column.name, bytes, field(column.place)) }
        if let list {
            var items: [UInt8] = []
            for index in field(list.place) where bytes[index] != 0x22 { items.append(bytes[index]) }
            details.add(list.name, items.span, 0..<items.count)
        }
        let tail = tail(bytes, past: known, &texts)
        if !tail.isNone { details.add("extra", texts.arena.span, texts.range(tail)) }
        return finish(details, &texts)
    }

    private mutating func finish(_ details: LogDetails, _ texts: inout TextTable) -> TextID {
        if details.hasBadEscape { note(.badEscape) }
        guard let json = details.json else { return absent }
        if !LogEscapes.isUTF8(json.span, 0..<json.count) { note(.notUTF8) }
        return texts.intern(json)
    }
}

/// A JSON object of texts by column name, being written.
struct LogDetails {
    private var bytes: [UInt8] = [0x7B]
    /// Whether a text had an escape that is cut: it is kept as it is.
    private(set) var hasBadEscape = false

    /// The object, or `nil` if it is empty.
    var json: [UInt8]? { bytes.count > 1 ? bytes + [0x7D] : nil }

    /// Adds a column unless it is absent.
    mutating func add(_ name: StaticString, _ source: Span<UInt8>, _ range: Range<Int>, isEscaped: Bool = false) {
        if LogValue.isAbsent(source, range) { return }
        add(Array(name.description.utf8), source, range, isEscaped: isEscaped)
    }

    mutating func add(_ name: [UInt8], _ source: Span<UInt8>, _ range: Range<Int>, isEscaped: Bool = false) {
        if LogValue.isAbsent(source, range) { return }
        if bytes.count > 1 { bytes.append(0x2C) }
        JSONText.append(name.span, 0..<name.count, to: &bytes)
        bytes.append(0x3A)
        guard isEscaped, LogEscapes.contains(0x5C, source, range) else {
            return JSONText.append(source, range, to: &bytes)
        }
        var decoded: [UInt8] = []
        if !LogEscapes.appendDecoded(source, range, to: &decoded) { hasBadEscape = true }
        JSONText.append(decoded.span, 0..<decoded.count, to: &bytes)
    }
}
