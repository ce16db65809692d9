/// What an ingest did: the ledger of the inputs it was given, and what went wrong.
public struct IngestSummary: Sendable {
    /// One line an input that was read, in order.
    public internal(set) var entries: [SourcesReport.Entry] = []
    /// Inputs that the case held already.
    public internal(set) var unchanged = 0
    /// Inputs whose content the case holds under another name.
    public internal(set) var duplicates = 0
    /// Those inputs, with the name under which the case holds what they hold.
    var twins: [Twin] = []
    /// Logs that were not opened, as their names place them outside of the time asked for.
    public internal(set) var leftUnread = 0
    /// Inputs that could not be used whole, as lines for the user: one for each thing that is wrong.
    public internal(set) var problems: [ForensicsError] = []
    /// Problems of an input that had one before.
    var problemsOfOneInput = 0
    /// An input that was left out for another of the same content.
    struct Twin: Sendable {
        var path: String
        var held: String
    }

    /// The user asked for a stop.
    public internal(set) var wasInterrupted = false
    /// The case file.
    public internal(set) var store = ""
    /// Nothing was to be read.
    var isDryRun = false

    /// Why the command ends with another status than 0; the gravest problem counts.
    public var failure: ForensicsError? {
        if wasInterrupted {
            return ForensicsError(
                .interrupted, "stopped; \(store) holds what was whole, run the same command again to go on.")
        }
        let order: [ForensicsError.Code] = [.io, .permission, .unavailable, .noInput, .usage, .data]
        guard let worst = order.first(where: { code in problems.contains { $0.code == code } }) else { return nil }
        let hasRest = !isDryRun && (!entries.isEmpty || unchanged > 0 || duplicates > 0)
        return ForensicsError(worst, unusableInputs + (hasRest ? "; the rest is in \(store)." : "."))
    }

    /// How many inputs could not be used whole, in words.
    var unusableInputs: String {
        let count = problems.count - problemsOfOneInput
        return "\(count) input\(count == 1 ? "" : "s") could not be used whole"
    }

    /// Writes the ledger: each input's records, which are accepted, ignored or rejected, and nothing else. On a terminal many inputs
    /// of a kind stand together (`SourcesDigest`).
    ///
    /// - Parameter limit: at most this many rows; `nil` for all.
    public func write(
        style: OutputStyle, limit: Int? = nil, note tell: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        if style.format == .table, entries.isEmpty {
            // A table without rows would hide the one thing there is to say.
            try sink(note + "\n")
            return
        }
        if style.format == .table, limit == nil, let digest = SourcesDigest(entries) {
            var page = TerminalPage(style: style.style)
            page.table(digest.together)
            page.table(digest.alone)
            page.paragraph(note)
            try sink(String(decoding: page.bytes, as: UTF8.self))
            return
        }
        var table = SourcesReport.table(Array(entries.prefix(max(0, limit ?? .max))))
        table.note = note
        let left = entries.count - table.rows.count
        if left > 0 { tell("\(left) more rows are left out; --limit says how many are told.") }
        let bytes =
            style.format == .table
            ? table.answer(as: .table, style: style.style) : table.rendered(as: style.format, style: style.style)
        try sink(String(decoding: bytes, as: UTF8.self))
    }

    /// What was read, and what was not.
    private var note: String {
        var parts: [String] = []
        let total = entries.reduce((records: Int64(0), rejected: Int64(0))) { sum, entry in
            (sum.records + entry.records, sum.rejected + entry.rejected)
        }
        if isDryRun {
            parts.append("\(entries.count - unchanged - leftUnread) would be read")
            if leftUnread > 0 { parts.append("\(leftUnread) would be left unread by their names") }
        } else {
            parts.append("\(entries.count - leftUnread) read, \(total.records) records, \(total.rejected) rejected")
        }
        if unchanged > 0 { parts.append("\(unchanged) in the case already") }
        if duplicates > 0 { parts.append("\(duplicates) the same as another input") }
        return parts.joined(separator: "; ") + "."
    }
}
