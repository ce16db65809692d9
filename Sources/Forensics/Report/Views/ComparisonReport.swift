public import ForensicsCompare

/// A comparison in every format.
public struct ComparisonReport: Sendable {
    package let result: ComparisonResult

    /// Creates the report of a result.
    public init(_ result: ComparisonResult) { self.result = result }

    /// Returns the answer in a format.
    ///
    /// `table` is the whole answer for a terminal, `json` the whole answer for a program. CSV, NDJSON and Markdown hold
    /// one table; Markdown has the sentence and what was compared above it, and the caveats below. `notes` has that for
    /// formats that hold rows alone.
    public func rendered(
        as format: ReportFormat, table: ComparisonTable = .activeLong, style: ReportStyle = ReportStyle()
    ) -> [UInt8] {
        switch format {
        case .table: return terminal(style: style)
        case .json: return json.document()
        case .csv, .ndjson: return self.table(table).rendered(as: format, style: style)
        case .markdown: return markdown(table, style)
        }
    }

    /// What was compared and what weakens the answer, line by line: for beside a format that holds rows alone.
    public func notes(beside format: ReportFormat) -> [String] {
        guard format == .csv || format == .ndjson else { return [] }
        return facts.map { "\($0.label) \($0.text)" } + result.caveats.map { "caveat: \($0.text)" }
    }

    /// The windows, what was counted, and the filters in force.
    var facts: [(label: String, text: String)] {
        let question = result.question
        let source = [question.kind, question.vantage].compactMap { $0 }.joined(separator: ", vantage ")
        let counted = question.countedIn == question.measure ? "" : " (shares of \(question.countedIn))"
        let counting =
            "\(question.measure)\(counted)\(source.isEmpty ? "" : " in \(source)"); facts belong to the window "
            + "of their \(question.anchor == "record" ? "record time" : question.anchor)"
        let filters = question.filters.joined(separator: " ")
        return [("before", window(result.before)), ("during", window(result.during)), ("counting", counting)]
            + (filters.isEmpty ? [] : [("filters", filters)])
    }

    private func window(_ window: ComparisonResult.Window) -> String {
        let covered = NumberText.duration(milliseconds: window.exposureSeconds * 1000)
        let partly = window.coveredShare < 0.995 ? ", \(NumberText.percent(window.coveredShare)) covered" : ""
        return "[\(TimeText.short(window.start)), \(TimeText.short(window.end)))  \(covered)\(partly)"
    }

    /// The answer, a paragraph for each of its sentences.
    var paragraphs: [String] {
        var paragraphs: [String] = [""]
        var previous: [Character] = []
        for character in result.sentence {
            if previous == [".", " "], character.isUppercase || character.isNumber {
                paragraphs[paragraphs.count - 1].removeLast()
                paragraphs.append("")
            }
            paragraphs[paragraphs.count - 1].append(character)
            previous = previous.suffix(1) + [character]
        }
        return paragraphs
    }

    private func markdown(_ table: ComparisonTable, _ style: ReportStyle) -> [UInt8] {
        let evidence = evidence
        var text = MarkdownText.paragraph(result.sentence, evidence: evidence) + "\n\n"
        for fact in facts { text += "- **\(fact.label)** \(MarkdownText.inline(fact.text))\n" }
        text += "\n"
        var out = Array(text.utf8) + self.table(table).rendered(as: .markdown, style: style)
        if !result.caveats.isEmpty {
            text = "\nCaveats:\n\n"
            for caveat in result.caveats {
                text += "- \(MarkdownText.paragraph(caveat.text, evidence: evidence))\n"
            }
            out += Array(text.utf8)
        }
        return out
    }

    /// What of the evidence the sentence may name.
    private var evidence: [String] {
        let slow = result.slowness.map { $0.leading + $0.slowest } ?? []
        let makers = slow + [result.failures, result.failedConnections].flatMap { $0?.leading ?? [] }
        let explained = result.leading + result.dimensions.flatMap(\.values) + makers
        let combined = result.combinations.flatMap(\.parts).map(\.value)
        let owners = explained.compactMap(\.owner) + result.activeLong.compactMap(\.owner)
        return explained.map(\.value) + combined + owners
    }

    /// Returns one table of the answer with the columns that machines rely on.
    public func table(_ table: ComparisonTable) -> ReportTable {
        switch table {
        case .activeLong: activeLong
        case .changes: changes
        case .explanations: explanations
        case .newGone: newGone
        case .remainder: remainder
        case .combinations: combinations
        case .slowness: explanations(result.slowness?.leading ?? [], name: "slowness")
        case .failures: explanations(result.failures?.leading ?? [], name: "failures")
        case .failedConnections:
            explanations(result.failedConnections?.leading ?? [], name: "failed-connections")
        }
    }
}
