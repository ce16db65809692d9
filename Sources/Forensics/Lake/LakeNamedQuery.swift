import ForensicsLakeQueries
import ForensicsModel
import ForensicsReport
import ForensicsStore

/// A question of `Queries/lake/questions`, or the user's own SQL.
struct LakeNamedQuery {
    let statement: String
    private(set) var effects: [String] = []
    private let limit: Int?

    init(_ session: LakeSession, _ text: String, _ parameters: [String], _ limit: Int?) throws(ForensicsError) {
        self.limit = limit
        guard let named = LakeQueries.questions.first(where: { $0.name == text }) else {
            guard text.contains(where: \.isWhitespace) else {
                throw ForensicsError(.usage, "\(text): is no named question; see `query --list`, or give SQL.")
            }
            statement = try Self.single(text)
            if let span = try Self.span(parameters, session) { effects = try session.effects(span) }
            return
        }
        let template = LakeTemplate(named.text)
        let kinds = template.comment("kinds")?.split(separator: " ").map(String.init) ?? []
        guard kinds.contains(session.scope.log.kind.name) else {
            throw ForensicsError(
                .usage, "\(text): does not fit --kind \(session.request.kind); use \(kinds.joined(separator: ", ")).")
        }
        let values = try Self.values(parameters, of: template, named: text, limit: limit)
        var places: [String: String] = [:]
        var windows: [TimeWindow] = []
        for (name, value) in values {
            switch name {
            case "before", "during":
                let window = try session.window(value, option: name)
                windows.append(window)
                places["\(name)_start"] = LakeStatements.microseconds(window.start)
                places["\(name)_end"] = LakeStatements.microseconds(window.end)
            case "long": places[name] = "\(try session.duration(value, option: name))"
            case "from", "to": break
            default: places[name] = try Self.count(value, name)
            }
        }
        if let from = values["from"], let to = values["to"] {
            let window = try session.window(from: from, to: to)
            windows.append(window)
            places["from"] = LakeStatements.microseconds(window.start)
            places["to"] = LakeStatements.microseconds(window.end)
        }
        guard let first = windows.map(\.start).min(), let last = windows.map(\.end).max() else {
            throw ForensicsError(.usage, "\(text): names no window; give from= and to=.")
        }
        let span = TimeWindow(start: first, end: last)
        places.merge(try session.scope.reading(span)) { own, _ in own }
        statement = template.filled(places)
        effects = try session.effects(span)
    }

    func write(_ engine: any LakeEngine, _ style: OutputStyle, to sink: (String) throws -> Void) throws {
        let rows = try engine.run(effects, then: statement).rows
        let output = RowOutput(style: style, limit: limit)
        output.begin(rows.columns)
        for row in rows.rows {
            let wantsMore = try output.row(row.map(Self.cell), sink)
            if !wantsMore { break }
        }
        try output.end(sink)
    }

    static func list(_ style: OutputStyle) -> String {
        let rows = LakeQueries.questions.map { question -> ReportRow in
            let template = LakeTemplate(question.text)
            return ReportRow([
                .text(question.name), .optional(template.comment("title")), .optional(template.comment("kinds")),
                .optional(template.comment("parameters")),
            ])
        }
        let table = ReportTable(
            name: "questions",
            columns: [
                ReportColumn("name", "Question"), ReportColumn("title", "Title"), ReportColumn("kinds", "Kinds"),
                ReportColumn("parameters", "Parameters"),
            ],
            rows: rows)
        return String(decoding: table.rendered(as: style.format, style: style.style), as: UTF8.self)
    }

    // MARK: - Details

    /// Engines hand out texts; what reads as a number is one.
    private static func cell(_ text: String?) -> SQLValue {
        guard let text else { return .null }
        if let number = Int64(text) { return .integer(number) }
        let isNumber = text.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2E || $0 == 0x2D || $0 | 0x20 == 0x65
        }
        if isNumber, text.utf8.contains(0x2E), let number = Double(text), number.isFinite { return .real(number) }
        return .text(text)
    }

    /// One statement: what stands after a semicolon would run as another.
    private static func single(_ text: String) throws(ForensicsError) -> String {
        var trimmed = Substring(text)
        while let last = trimmed.last, last.isWhitespace || last == ";" { trimmed.removeLast() }
        guard !trimmed.contains(";") else {
            throw ForensicsError(.usage, "query: holds a semicolon; give one statement.")
        }
        return String(trimmed)
    }

    /// The window that `from=` and `to=` beside the user's own SQL name: the days whose folders Spark is told.
    private static func span(_ parameters: [String], _ session: LakeSession) throws(ForensicsError) -> TimeWindow? {
        var values: [String: String] = [:]
        for text in parameters {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, halves[0] == "from" || halves[0] == "to" else {
                throw ForensicsError(
                    .usage, "\(LakeText.shown(text)): beside SQL only from= and to= are taken; write it into the SQL.")
            }
            values[halves[0]] = halves[1]
        }
        if values.isEmpty { return nil }
        guard let from = values["from"], let to = values["to"] else {
            throw ForensicsError(.usage, "from=, to=: one needs the other.")
        }
        return try session.window(from: from, to: to)
    }

    private static func count(_ value: String, _ name: String) throws(ForensicsError) -> String {
        guard let number = Int64(value), number > 0 else {
            throw ForensicsError(.usage, "\(name)=\(LakeText.shown(value)): is no number above 0.")
        }
        return "\(number)"
    }

    /// The values of all parameters of a question.
    private static func values(
        _ given: [String], of template: LakeTemplate, named name: String, limit: Int?
    ) throws(ForensicsError) -> [String: String] {
        var values: [String: String] = [:]
        var known: [String] = []
        for part in (template.comment("parameters") ?? "").split(separator: ",") {
            let text = part.trimmingPrefix(while: \.isWhitespace)
            let isNeeded = text.hasSuffix(" (needed)")
            let halves = (isNeeded ? text.dropLast(9) : text).split(separator: "=", maxSplits: 1).map(String.init)
            known.append(halves[0])
            if halves.count == 2 { values[halves[0]] = halves[1] }
        }
        if let limit, known.contains("limit") { values["limit"] = "\(limit)" }
        for text in given {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, known.contains(halves[0]) else {
                throw ForensicsError(
                    .usage, "\(LakeText.shown(text)): \(name) takes \(known.joined(separator: ", ")), as name=value.")
            }
            values[halves[0]] = halves[1]
        }
        for name in known where values[name] == nil {
            throw ForensicsError(.usage, "\(name)=: is needed; see `query --list`.")
        }
        return values
    }
}
