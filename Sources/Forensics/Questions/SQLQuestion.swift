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
        guard let named = EmbeddedQueries.all.first(where: { $0.name == text }) else {
            guard text.contains(where: \.isWhitespace) else {
                throw ForensicsError(.usage, "\(text): is no named query; see `query --list`, or give SQL.")
            }
            if let text = restrictions.passedOver(nil, for: "SQL") { warn(text) }
            // Reads the times, so that what is none is refused, and the list of owners, which the views look up.
            if restrictions.ownersFile != nil || restrictions.from != nil || restrictions.to != nil {
                _ = try CaseSession(restrictions)
            }
            try Self.run(text, store: restrictions.store, parameters: values, limit: limit, style: style, to: sink)
            return
        }
        let sql = String(decoding: named.text, as: UTF8.self)
        if let text = restrictions.passedOver(Self.passedOver, for: "named queries") { warn(text) }
        // The list of owners and the times work here as on every other command.
        let times = Self.times.filter { values[$0] != nil }
        if restrictions.ownersFile != nil || restrictions.from != nil || restrictions.to != nil || !times.isEmpty {
            let session = try CaseSession(restrictions)
            for name in times {
                guard let text = given[name] else { continue }
                values[name] = .text(RFC3339.string(try session.times.resolve(text, option: name)))
            }
            if let window = session.window {
                if restrictions.from != nil { values["from"] = .text(RFC3339.string(window.start)) }
                if restrictions.to != nil { values["to"] = .text(RFC3339.string(window.end)) }
            }
        }
        let takesKind = sql.contains(":kind")
        if let kind = given["kind"] {
            if takesKind, EvidenceKind(name: kind) == nil { throw Restrictions.notKind("kind=\(kind)") }
        } else if let kind = restrictions.kinds.first {
            values["kind"] = .text(takesKind ? try self.kind(query: named.name) : kind)
        }
        if let limit, values["limit"] == nil { values["limit"] = .integer(Int64(limit)) }
        let isLimited = values["limit"] != nil
        if isLimited { try Self.checkLimit(values["limit"], of: named.name) }
        try Self.complete(&values, of: sql, named: named.name, warn)
        let rows = try Self.run(
            sql, store: restrictions.store, parameters: values, limit: nil, style: style, to: sink)
        if !isLimited, let usual = Self.usualLimit(in: sql), rows >= usual {
            warn("query \(named.name): stops at \(usual) rows, and there may be more; limit=N asks for others.")
        }
    }

    private static func checkLimit(_ value: SQLValue?, of name: String) throws(ForensicsError) {
        if case .integer(let limit) = value, limit > 0 { return }
        throw ForensicsError(.usage, "query \(name): limit is a number of rows, 1 at least.")
    }

    /// How many rows a named query has where nobody asks for a number; `nil` where it does not stop, or counts each kind apart.
    private static func usualLimit(in sql: String) -> Int? {
        let parameters = (NamedQueries.comment("parameters", in: sql) ?? "").split(separator: ",")
        let texts = parameters.map { $0.drop { $0 == " " } }
        return texts.compactMap { $0.hasPrefix("limit=") ? Int($0.dropFirst(6)) : nil }.first
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

    /// Leaves out what a named query does not take, and gives it NULL for what it takes and nobody gave: its head says
    /// which parameters there are (`-- parameters:`) and which are needed.
    private static func complete(
        _ values: inout [String: SQLValue], of sql: String, named name: String, _ warn: (String) -> Void
    ) throws(ForensicsError) {
        var known: Set<String> = []
        for entry in (NamedQueries.comment("parameters", in: sql) ?? "").split(separator: ",") {
            let words = entry.split(separator: " ")
            guard let first = words.first, let parameter = first.split(separator: "=").first.map(String.init),
                parameter != "none", sql.contains(":\(parameter)")
            else { continue }
            known.insert(parameter)
            if values[parameter] == nil {
                if words.dropFirst().first?.hasPrefix("(needed") == true {
                    throw ForensicsError(.usage, "query \(name): needs \(parameter); add \(parameter)=VALUE.")
                }
                values[parameter] = .null
            }
        }
        for given in values.keys.sorted() where !known.contains(given) {
            guard ["kind", "limit", "from", "to"].contains(given) else {
                let names = known.sorted().joined(separator: ", ")
                throw ForensicsError(
                    .usage, "query \(name): takes no \(given); it takes \(names.isEmpty ? "nothing" : names).")
            }
            if given != "limit" { warn("query \(name): takes no \(given): passed over.") }
            values[given] = nil
        }
    }

    /// Parameters of named queries that are times.
    private static let times = ["from", "to"]

    /// What was given, by name.
    private static func texts(_ parameters: [String]) throws(ForensicsError) -> [String: String] {
        var texts: [String: String] = [:]
        for parameter in parameters {
            guard let equals = parameter.firstIndex(of: "="), equals != parameter.startIndex else {
                throw ForensicsError(.usage, "\(parameter): is no name=value.")
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

    /// Runs one statement on a case and writes what it gives; returns the number of rows.
    @discardableResult
    static func run(
        _ sql: String, store path: String, parameters: [String: SQLValue] = [:], limit: Int? = nil,
        pathColumn: String? = nil, style: OutputStyle, to sink: (String) throws -> Void
    ) throws -> Int {
        let store: CaseStore
        do throws(StoreError) { store = try CaseStore(path: path, access: .readOnly) } catch {
            throw ForensicsError(error)
        }
        defer { store.close() }
        let output = RowOutput(style: style, limit: limit, pathColumn: pathColumn)
        var count = 0
        do {
            try store.query(
                sql, parameters: parameters, header: { output.begin($0) },
                row: {
                    count += 1
                    return try output.row($0, sink)
                })
            try output.end(sink)
        } catch let error as StoreError {
            throw ForensicsError(error)
        }
        return count
    }
}

/// The queries that are in the binary.
public enum NamedQueries {
    /// Lists names and titles.
    public static func list(style: OutputStyle, to sink: (String) throws -> Void) throws {
        let rows = EmbeddedQueries.all.map { query -> ReportRow in
            let text = String(decoding: query.text, as: UTF8.self)
            return [
                .text(query.name), .optional(comment("title", in: text)), .optional(comment("parameters", in: text)),
            ]
        }
        let table = ReportTable(
            name: "queries",
            columns: [
                ReportColumn("name", "Query"), ReportColumn("title", "Title"), ReportColumn("parameters", "Parameters"),
            ],
            rows: rows)
        try style.write(table, note: { _ in }, to: sink)
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
