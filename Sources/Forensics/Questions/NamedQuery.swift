import ForensicsAnalyze
import ForensicsModel
import ForensicsQueries
import ForensicsStore

/// A query of `Queries/sql`, with what its head says that it takes.
struct NamedQuery {
    let name: String
    let sql: String
    let parameters: [Parameter]

    /// What a query takes: `name`, `name=usual value`, each perhaps with a remark in parentheses.
    struct Parameter {
        let name: String
        /// What counts where nobody gives a value.
        let usual: String?
        let remark: String

        var isNeeded: Bool { remark.hasPrefix("needed") }
        var isAddress: Bool { remark.hasSuffix("an address") }
        /// Whether a value is a number, as its usual one is.
        var isNumber: Bool { usual.flatMap { Int($0) } != nil || remark.hasSuffix("a number") }
        /// What a value may be where the case has names for it; `nil` for anything.
        var names: [String]? {
            switch name {
            case "severity": Severity.allCases.map(\.name)
            case "check": CheckRegistry.all.map(\.name)
            case "measure": DistributionMeasure.allCases.map(\.name)
            default: nil
            }
        }
    }

    /// The query of a name; `nil` where there is none.
    init?(_ name: String) {
        guard let query = EmbeddedQueries.all.first(where: { $0.name == name }) else { return nil }
        self.name = name
        sql = String(decoding: query.text, as: UTF8.self)
        parameters = Self.parameters(NamedQueries.comment("parameters", in: sql) ?? "")
    }

    func takes(_ parameter: String) -> Bool { parameters.contains { $0.name == parameter } }

    private static func parameters(_ text: String) -> [Parameter] {
        var entries = [""]
        var isRemark = false
        for character in text {
            if character == "(" { isRemark = true }
            if character == ")" { isRemark = false }
            if character == ",", !isRemark { entries.append("") } else { entries[entries.count - 1].append(character) }
        }
        return entries.compactMap { entry in
            let words = entry.split(separator: " ", maxSplits: 1)
            let halves = words.first?.split(separator: "=", maxSplits: 1) ?? []
            guard let name = halves.first, name != "none" else { return nil }
            return Parameter(
                name: String(name), usual: halves.count > 1 ? String(halves[1]) : nil,
                remark: words.count > 1 ? words[1].filter { $0 != "(" && $0 != ")" } : "")
        }
    }

    // MARK: - Values

    /// What other commands have options for: a query that takes it not is run all the same.
    private static let common: Set = ["kind", "limit", "from", "to", "health_checks"]

    /// Checks what was given, leaves out what the query does not take, and gives it NULL for what it takes and nobody gave.
    ///
    /// - Parameter texts: what was given as `name=value`, as it was written.
    func complete(
        _ values: inout [String: SQLValue], texts: [String: String], _ warn: (String) -> Void
    ) throws(ForensicsError) {
        if let limit = values["limit"] { try check(limit) }
        if takes("health_checks"), let value = values["health_checks"], value != .integer(0), value != .integer(1) {
            throw ForensicsError(.usage, "query \(name): health_checks is 0 or 1.")
        }
        for parameter in parameters {
            if let text = texts[parameter.name] { try check(text, of: parameter) }
            if values[parameter.name] != nil { continue }
            if parameter.isNeeded {
                throw ForensicsError(
                    .usage, "query \(name): needs \(parameter.name); add \(parameter.name)=VALUE.")
            }
            values[parameter.name] = .null
        }
        for given in values.keys.sorted() where !takes(given) {
            guard Self.common.contains(given) else {
                let names = parameters.map(\.name).sorted().joined(separator: ", ")
                throw ForensicsError(
                    .usage, "query \(name): takes no \(given); it takes \(names.isEmpty ? "nothing" : names).")
            }
            if given != "limit" { warn("query \(name): takes no \(given): passed over.") }
            values[given] = nil
        }
    }

    /// Refuses a value that no row can have: the query would find nothing.
    private func check(_ text: String, of parameter: Parameter) throws(ForensicsError) {
        let given = "query \(name): \(parameter.name)=\(text):"
        if parameter.isAddress, IPAddress(text) == nil {
            throw ForensicsError(.usage, "\(given) is no single address; use \(parameter.name)=203.0.113.7.")
        }
        if parameter.isNumber, Int64(text).map({ $0 < 0 }) ?? true {
            throw ForensicsError(.usage, "\(given) is no number; use \(parameter.name)=\(parameter.usual ?? "1").")
        }
        if let names = parameter.names, !names.contains(text) {
            throw ForensicsError(.usage, "\(given) no such name; use one of: \(names.joined(separator: ", ")).")
        }
    }

    private func check(_ limit: SQLValue) throws(ForensicsError) {
        if case .integer(let limit) = limit, limit > 0 { return }
        throw ForensicsError(.usage, "query \(name): limit is a number of rows, 1 at least.")
    }

    // MARK: - The usual limit

    /// What to say of rows that a query gave where nobody asked for a number of them: it stops at one. `nil` where it gave less.
    func stop(after tally: RowTally) -> String? {
        guard let limit = parameters.first(where: { $0.name == "limit" }), let usual = limit.usual.flatMap({ Int($0) })
        else { return nil }
        // Its remark says so where each kind is counted apart.
        let isOfEach = limit.remark.hasPrefix("each ")
        guard (isOfEach ? tally.largest : tally.all) >= usual else { return nil }
        return "query \(name): stops at \(usual) rows\(isOfEach ? " of \(limit.remark)" : ""), and there may be more; "
            + "limit=N asks for others."
    }
}

/// Counts rows: all, and those of one fact, kind and capture point, which a query lists one after the other.
struct RowTally {
    private(set) var all = 0
    /// Most rows of one fact, kind and capture point.
    private(set) var largest = 0
    private var places: [Int] = []
    private var last: [SQLValue] = []
    private var run = 0

    init(columns: [String] = []) {
        places = columns.indices.filter { ["fact", "kind", "vantage"].contains(columns[$0]) }
    }

    mutating func add(_ row: [SQLValue]) {
        all += 1
        let key = places.map { row[$0] }
        run = key == last ? run + 1 : 1
        last = key
        largest = max(largest, run)
    }
}
