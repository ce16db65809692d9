import ForensicsModel

/// A table and how its files lie: what every statement about it needs.
struct LakeScope: Sendable {
    /// How files lie under the location.
    enum Layout: String, Sendable {
        /// Folders `yyyy/mm/dd`, as AWS delivers.
        case aws
        /// All files in one folder or below it.
        case flat
    }

    let log: LakeLog
    let database: String
    let table: String
    let location: String?
    let layout: Layout

    /// Days that one statement may name.
    static let dayLimit = 400
    /// An object lies in the folder of its delivery, which may be past midnight: the longest interval, and its delay.
    private static let deliveryDelay: Int64 = 7_200_000_000_000

    init(_ request: LakeRequest) throws(ForensicsError) {
        log = try LakeLog(kind: request.kind)
        database = try LakeText.name(request.database, option: "--database")
        table = try LakeText.name(request.table ?? log.table, option: "--log-table")
        location = if let text = request.location { try LakeText.location(text) } else { nil }
        guard let layout = Layout(rawValue: request.layout) else {
            throw ForensicsError(.usage, "--layout \(request.layout): is neither aws nor flat.")
        }
        self.layout = layout
    }

    var names: [String: String] { ["database": database, "table": table] }

    /// The places of a statement that reads what was logged in a span.
    func reading(_ span: TimeWindow) throws(ForensicsError) -> [String: String] {
        var values = names
        values["days"] = try condition(days(of: span))
        let second: Int64 = 1_000_000_000
        let since = Timestamp(nanoseconds: span.start.bucket(width: second))
        let until = Timestamp(nanoseconds: span.end.advanced(by: second - 1).bucket(width: second))
        values["since"] = "'\(RFC3339.secondsString(since).dropLast())'"
        values["until"] = "'\(RFC3339.secondsString(until).dropLast())'"
        values["since_seconds"] = "\(since.nanoseconds / second)"
        values["until_seconds"] = "\(until.nanoseconds / second)"
        values["facts"] = log.facts(values)
        return values
    }

    /// The days in whose folders the lines of a span may lie, as the folders are named.
    func days(of span: TimeWindow) throws(ForensicsError) -> [String] {
        let day: Int64 = 86_400_000_000_000
        let first = span.start.bucket(width: day)
        let last = span.end.advanced(by: Self.deliveryDelay).bucket(width: day)
        guard last >= first, (last - first) / day < Int64(Self.dayLimit) else {
            throw ForensicsError(
                .usage, "The windows span more than \(Self.dayLimit) days; choose windows that are closer.")
        }
        return stride(from: first, through: last, by: Int64.Stride(day)).map { start in
            let text = RFC3339.secondsString(Timestamp(nanoseconds: start)).prefix(10)
            return String(text.map { $0 == "-" ? "/" : $0 })
        }
    }

    private func condition(_ days: [String]) -> String {
        guard layout == .aws, let first = days.first, let last = days.last else { return "day = 'all'" }
        return "day BETWEEN '\(first)' AND '\(last)'"
    }

    // MARK: - Setting up

    /// The statements that make the table.
    ///
    /// - Parameter firstDay: where the projection of days begins, `yyyy/MM/dd`.
    func definition(firstDay: String) throws(ForensicsError) -> [String] {
        guard let location else {
            throw ForensicsError(.usage, "--location: is needed to make a table; name the folder above the years.")
        }
        var values = names
        values["location"] = "'\(location)/'"
        values["location_template"] = "'\(location)/${day}/'"
        values["day_range"] = "'\(firstDay),NOW'"
        return ["CREATE DATABASE IF NOT EXISTS \(database)", log.definition.filled(values)]
    }

    /// Spark knows no projection: the statement that names the folders of some days.
    func partitions(_ days: [String]) throws(ForensicsError) -> String {
        guard let location else {
            throw ForensicsError(.usage, "--location: is needed to name the folders of days.")
        }
        let folders =
            layout == .flat
            ? ["PARTITION (day = 'all') LOCATION '\(location)/'"]
            : days.map { "PARTITION (day = '\($0)') LOCATION '\(location)/\($0)/'" }
        return "ALTER TABLE \(database).\(table) ADD IF NOT EXISTS\n    " + folders.joined(separator: "\n    ")
    }
}
