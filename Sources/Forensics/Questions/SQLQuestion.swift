import ForensicsModel
import ForensicsQueries
import ForensicsStore

/// What `query` is asked: a named query or one SQL statement.
public struct SQLQuestion: Sendable {
    /// The name of a query, or SQL.
    public var text: String
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// `name=value` each.
    public var parameters: [String] = []
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(text: String, restrictions: Restrictions) {
        self.text = text
        self.restrictions = restrictions
    }

    /// Runs the statement read-only and writes the rows as they come.
    ///
    /// - Parameters:
    ///   - note: takes what the user should know beside the answer.
    ///   - warn: takes what the user must know: a filter that was not applied.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, warn: (String) -> Void = { _ in },
        to sink: (String) throws -> Void
    ) throws {
        let given = try Self.texts(parameters)
        var values = given.mapValues(Self.value)
        guard let named = NamedQuery(text) else {
            guard text.contains(where: \.isWhitespace) else {
                throw ForensicsError(.usage, "\(text): is no named query; see `query --list`, or give SQL.")
            }
            if let text = restrictions.passedOver(nil, for: "SQL") { warn(text) }
            // Reads the times, so that what is none is refused.
            if restrictions.from != nil || restrictions.to != nil { _ = try CaseSession(restrictions) }
            let session = try CaseSession(unrestricted)
            session.standingTexts(inViews: true).forEach(warn)
            session.tellLeftOutRows(of: text, in: "query", warn)
            try Self.run(text, session.store, parameters: values, limit: limit, style: style, to: sink)
            return
        }
        if let text = restrictions.passedOver(Self.passedOver, for: "named queries") { warn(text) }
        let (bounds, session) = try bounds(given)
        for (name, time) in bounds { values[name] = .text(RFC3339.string(time)) }
        if let kind = given["kind"] {
            if named.takes("kind"), EvidenceKind(name: kind) == nil { throw Restrictions.notKind("kind=\(kind)") }
        } else if let kind = restrictions.kinds.first {
            values["kind"] = .text(named.takes("kind") ? try self.kind(query: named.name) : kind)
        }
        if let limit, values["limit"] == nil { values["limit"] = .integer(Int64(limit)) }
        if restrictions.includesHealthChecks, values["health_checks"] == nil { values["health_checks"] = .integer(1) }
        let isLimited = values["limit"] != nil
        try named.complete(&values, texts: given, warn)
        if let text = Self.text(of: bounds.filter { named.takes($0.key) }) { note("query \(named.name): \(text).") }
        let asked = try session ?? CaseSession(unrestricted)
        asked.standingTexts(inViews: true).forEach(warn)
        asked.tellLeftOutRows(of: named.sql, in: "query \(named.name)", warn)
        let tally = try Self.run(
            named.sql, asked.store, parameters: values, limit: nil, style: style, to: sink)
        if !isLimited, let text = named.stop(after: tally) { warn(text) }
        if Self.times.contains(where: named.takes) { try session?.tellUncovered(isEmpty: tally.all == 0, warn) }
    }

    /// The case with the list of owners, which the views look up, and no filter.
    private var unrestricted: Restrictions {
        var own = Restrictions(store: restrictions.store)
        own.ownersFile = restrictions.ownersFile
        return own
    }

    /// The times that were given, by parameter or by option.
    private func bounds(
        _ given: [String: String]
    ) throws(ForensicsError) -> (bounds: [String: Timestamp], session: CaseSession?) {
        let names = Self.times.filter { given[$0] != nil }
        guard restrictions.from != nil || restrictions.to != nil || !names.isEmpty else { return ([:], nil) }
        let session = try CaseSession(restrictions)
        var bounds: [String: Timestamp] = [:]
        for name in names { bounds[name] = try session.times.resolve(given[name] ?? "", option: name) }
        if let window = session.window {
            if restrictions.from != nil { bounds["from"] = window.start }
            if restrictions.to != nil { bounds["to"] = window.end }
        }
        if let from = bounds["from"], let to = bounds["to"], from >= to {
            let texts = [from, to].map(RFC3339.shortestString)
            throw ForensicsError(.usage, "query \(text): no time lies between \(texts[0]) and \(texts[1]); check them.")
        }
        return (bounds, session)
    }

    /// The time that a query looks at, in UTC; `nil` where nobody restricted it.
    private static func text(of bounds: [String: Timestamp]) -> String? {
        let texts = bounds.mapValues(RFC3339.shortestString)
        switch (texts["from"], texts["to"]) {
        case (let from?, let to?): return "\(from) to \(to)"
        case (let from?, nil): return "from \(from) on"
        case (nil, let to?): return "before \(to)"
        case (nil, nil): return nil
        }
    }

    /// The kind of evidence that `--kind` leaves: a named query takes one.
    private func kind(query name: String) throws(ForensicsError) -> String {
        let entries = try restrictions.filter().kinds
        let admitted = EvidenceKind.allCases.filter { kind in CaseSession.matches(entries) { $0 == kind.name } }
        guard admitted.count == 1, let kind = admitted.first else {
            throw ForensicsError(
                .usage,
                "query \(name): takes one kind of evidence, or all; name one with --kind, or ask one after the other.")
        }
        return kind.name
    }

    /// Filters that named queries do not take.
    private static let passedOver: Set = [
        "load balancer", "client", "domain", "target", "target port", "path", "status", "vantage", "ignoring",
    ]

    /// Parameters of named queries that are times.
    private static let times = ["from", "to"]

    /// What was given, by name.
    private static func texts(_ parameters: [String]) throws(ForensicsError) -> [String: String] {
        var texts: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "="), equals != parameter.startIndex else {
                throw ForensicsError(.usage, "\(parameter): is no name=value; give parameters as from=09:35.")
            }
            texts[String(parameter[..<equals])] = String(parameter[parameter.index(after: equals)...])
        }
        return texts
    }

    /// A number, an address as the views write it, or the text as it is.
    private static func value(_ text: String) -> SQLValue {
        if let number = Int64(text) { return .integer(number) }
        if let number = Double(text) { return .real(number) }
        return .text(IPAddress(text)?.description ?? text)
    }

    /// Runs one statement on a case and writes what it gives; returns how many rows there were.
    @discardableResult
    static func run(
        _ sql: String, _ store: CaseStore, parameters: [String: SQLValue] = [:], limit: Int? = nil,
        pathColumn: String? = nil, style: OutputStyle, to sink: (String) throws -> Void
    ) throws -> RowTally {
        let output = RowOutput(style: style, limit: limit, pathColumn: pathColumn)
        var tally = RowTally()
        do {
            try store.query(
                sql, parameters: parameters,
                header: {
                    tally = RowTally(columns: $0)
                    output.begin($0)
                },
                row: {
                    tally.add($0)
                    return try output.row($0, sink)
                })
            try output.end(sink)
        } catch let error as StoreError {
            throw ForensicsError(error)
        }
        return tally
    }
}

/// The queries that are in the binary.
public enum NamedQueries {
    /// Lists names and titles.
    public static func list(
        style: OutputStyle, limit: Int? = nil, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        let rows = EmbeddedQueries.all.map { query -> ReportRow in
            let text = String(decoding: query.text, as: UTF8.self)
            return [
                .text(query.name), .optional(comment("title", in: text)), .optional(comment("parameters", in: text)),
            ]
        }
        var table = ReportTable(
            name: "queries",
            columns: [
                ReportColumn("name", "Query"), ReportColumn("title", "Title"), ReportColumn("parameters", "Parameters"),
            ],
            rows: rows)
        table.limit(to: limit)
        try style.write(table, note: note, to: sink)
    }

    /// What the head of a query says under a name.
    static func comment(_ name: String, in text: String) -> String? {
        let mark = "-- \(name): "
        return text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(mark) }.map {
            String($0.dropFirst(mark.count))
        }
    }
}

/// Writes rows of any shape as they come. The first ones are held until it is clear which columns hold text.
final class RowOutput {
    private let style: OutputStyle
    private let limit: Int
    private let pathColumn: String?
    private var writer: TableWriter?
    private var names: [String] = []
    private var held: [[SQLValue]] = []
    private var count = 0
    private var bytes: [UInt8] = []

    /// Rows that decide what a column holds.
    private static let heldRows = 200

    /// - Parameter pathColumn: the column of file names, whose end says most.
    init(style: OutputStyle, limit: Int?, pathColumn: String? = nil) {
        self.style = style
        self.pathColumn = pathColumn
        self.limit = limit ?? .max
    }

    func begin(_ names: [String]) { self.names = names }

    /// Takes a row; returns whether more are wanted.
    func row(_ values: [SQLValue], _ sink: (String) throws -> Void) throws -> Bool {
        if count == limit { return false }
        count += 1
        if writer == nil {
            held.append(values)
            if held.count == Self.heldRows { start() }
        } else {
            writer?.row(values.map(Self.cell), into: &bytes)
        }
        if bytes.count > 1 << 16 { try flush(sink) }
        return count < limit
    }

    func end(_ sink: (String) throws -> Void) throws {
        if writer == nil { start() }
        writer?.end(into: &bytes)
        try flush(sink)
    }

    private func start() {
        let columns = names.indices.map { index in
            let isText = held.isEmpty || held.contains { index < $0.count && $0[index].isText }
            let name = names[index]
            let kind: ReportColumn.Kind = isText ? .text : Self.isIdentifier(name) ? .identifier : .number
            return ReportColumn(name, nil, kind, keepsEnd: name == pathColumn)
        }
        var writer = TableWriter(format: style.format, columns: columns, style: style.style)
        writer.begin(into: &bytes)
        for values in held { writer.row(values.map(Self.cell), into: &bytes) }
        held = []
        self.writer = writer
    }

    /// Whether the numbers of a column name something, as the columns of the views are called, and are written as other
    /// commands take them.
    private static func isIdentifier(_ name: String) -> Bool {
        ["id", "status", "record", "offset", "position", "owner", "port"].contains(name)
            || ["_id", "_port", "_ns", "_status", "_record", "_offset"].contains { name.hasSuffix($0) }
    }

    private func flush(_ sink: (String) throws -> Void) throws {
        guard !bytes.isEmpty else { return }
        try sink(String(decoding: bytes, as: UTF8.self))
        bytes.removeAll(keepingCapacity: true)
    }

    private static func cell(_ value: SQLValue) -> ReportCell {
        switch value {
        case .null: .absent
        case .integer(let number): .integer(number)
        case .real(let number): .number(number)
        case .text(let text): .text(text)
        case .blob(let bytes): .rawText(bytes)
        }
    }
}

extension SQLValue {
    fileprivate var isText: Bool {
        switch self {
        case .text, .blob: true
        default: false
        }
    }
}
