import ForensicsAnalyze
import ForensicsModel
import ForensicsStore

/// What `findings` is asked.
public struct FindingsQuestion: Sendable {
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// Which of them, in which order.
    public var choice = FindingChoice()
    /// One finding, with its evidence.
    public var id: Int64?
    /// Whether the checks themselves are wanted.
    public var listsChecks = false
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the findings, one of them, or the checks.
    ///
    /// - Parameters:
    ///   - note: takes what the user should know beside the answer.
    ///   - warn: takes what the user must know: a filter that was passed over.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, warn: (String) -> Void = { _ in },
        to sink: (String) throws -> Void
    ) throws {
        if listsChecks { return try listChecks(style, note, warn, sink) }
        let session = try CaseSession(restrictions)
        session.standingTexts().forEach(note)
        if let id {
            if let text = restrictions.passedOver(nil, choice.idle(ofChecks: false), for: "a single finding") {
                warn(text)
            }
            try one(id, session, style, note, sink)
            return
        }
        var selection = try FindingSelection(session)
        try selection.choose(choice)
        for text in selection.notes { note(text) }
        let found = selection.found
        try session.tellUncovered(isEmpty: found.isEmpty, note)
        try CaptureCaveats.tell(of: found.map(\.finding), session, note)
        let shown = found.prefix(max(0, limit ?? .max))
        var table = FindingsReport.table(
            shown.map { ($0.number, $0.finding) }, vantages: session.vantages, more: found.count - shown.count)
        table.title = title(session)
        try style.write(table, note: note, to: sink)
    }

    private func title(_ session: CaseSession) -> String {
        let parts = [session.window.map(session.text), restrictions.description, choice.description].compactMap { $0 }
        return parts.isEmpty ? "" : "Findings (\(parts.joined(separator: "; ")))"
    }

    /// One finding: what was seen, what the check means by it, and the records that show it.
    private func one(
        _ id: Int64, _ session: CaseSession, _ style: OutputStyle, _ note: (String) -> Void,
        _ sink: (String) throws -> Void
    ) throws {
        guard let stored = try session.reading({ try session.store.finding(number: id) }) else {
            throw ForensicsError(.usage, "findings \(id): there is none with this id; see `findings`.")
        }
        if let text = FindingSelection.sampleText(of: [stored.finding], session.sampleRates) { note(text) }
        let paths = Dictionary(uniqueKeysWithValues: session.sources.map { ($0.id, $0.path) })
        let vantages = session.vantages
        let told = FindingsReport.table([(stored.number, stored.finding)], vantages: vantages)
        var evidence = FindingsReport.evidence(
            stored.finding, unit: CheckRegistry.entry(stored.finding.check)?.unit ?? .none,
            namesUnit: !style.isForPeople
        ) { paths[$0] ?? "" }
        evidence.limit(to: limit)
        if style.format == .json {
            let document = ReportDocument(sections: [told, evidence].map { .table($0) })
            return try sink(String(decoding: document.rendered(as: .json, style: style.style), as: UTF8.self))
        }
        guard style.format == .table else {
            // A file of rows holds rows of one sort: the finding itself is a row of `findings`.
            if style.format == .markdown {
                try style.write(told, note: note, to: sink)
                // Markdown takes a row right below a table for one of it.
                try sink("\n")
            }
            try style.write(evidence, note: note, to: sink)
            return
        }
        var page = TerminalPage(style: style.style)
        page.table(told)
        page.blank()
        // Whatever the table has no room for.
        page.fact("blame:", stored.finding.blame.name ?? "nobody")
        let vantage = vantages[stored.finding.id.source].map { ", vantage \($0)" } ?? ""
        page.fact("seen in:", stored.finding.kind.name + vantage)
        page.blank()
        page.paragraph(stored.finding.summary, .strong)
        if let entry = CheckRegistry.entry(stored.finding.check) {
            page.blank()
            page.paragraph(entry.documentation)
        }
        page.table(evidence, title: "Evidence")
        try sink(String(decoding: page.bytes, as: UTF8.self))
    }

    // MARK: The checks themselves

    private func listChecks(
        _ style: OutputStyle, _ note: (String) -> Void, _ warn: (String) -> Void, _ sink: (String) throws -> Void
    ) throws {
        if let id {
            throw ForensicsError(
                .usage, "findings \(id) --checks: are two questions; `findings \(id)` tells what its check means.")
        }
        if let text = restrictions.passedOver(nil, choice.idle(ofChecks: true), for: "checks") { warn(text) }
        let chosen = try choice.chosenChecks()
        guard style.format == .table else {
            var table = Self.table(chosen)
            table.limit(to: limit)
            return try style.write(table, note: note, to: sink)
        }
        try sink(String(decoding: page(chosen, style.style), as: UTF8.self))
    }

    /// Each check with the whole of its text.
    private func page(_ checks: [CheckDescription], _ style: ReportStyle) -> [UInt8] {
        var page = TerminalPage(style: style)
        let shown = checks.prefix(max(0, limit ?? .max))
        for entry in shown {
            page.heading("\(entry.name) (\(entry.severity.name))")
            page.paragraph(entry.documentation)
        }
        if shown.count < checks.count {
            page.blank()
            page.paragraph("\(checks.count - shown.count) more")
        }
        return page.bytes
    }

    private static func table(_ checks: [CheckDescription]) -> ReportTable {
        ReportTable(
            name: "checks",
            columns: [
                ReportColumn("check", "Check"), ReportColumn("severity", "Severity"),
                ReportColumn("documentation", "Meaning"),
            ],
            rows: checks.map { [.text($0.name), .text($0.severity.name), .text($0.documentation)] })
    }
}
