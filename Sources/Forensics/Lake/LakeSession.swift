import ForensicsModel

/// A request made ready: its table, its clock, its owners.
struct LakeSession {
    let request: LakeRequest
    let scope: LakeScope
    let owners: OwnerTable
    let projectsDays: Bool
    private let times: TimeContext

    init(_ request: LakeRequest, projectsDays: Bool) throws(ForensicsError) {
        self.request = request
        self.projectsDays = projectsDays
        scope = try LakeScope(request)
        if projectsDays, scope.layout == .flat {
            throw ForensicsError(
                .usage, "--layout flat: is for Spark; Athena takes the folders of days as AWS delivers.")
        }
        if projectsDays, let place = scope.location, !place.hasPrefix("s3://") {
            throw ForensicsError(.usage, "--location \(LakeText.shown(place)): Athena reads s3://bucket/prefix alone.")
        }
        owners = if let path = request.ownersFile { try OwnersFile.read(path) } else { OwnerTable() }
        times = try TimeContext(evidence: nil, zoneName: request.timeZone)
        guard request.values > 0 else {
            throw ForensicsError(.usage, "--values \(request.values): must be at least 1.")
        }
    }

    /// Nanoseconds.
    var reach: Int64 {
        get throws(ForensicsError) { try duration(request.reach, option: "--reach") }
    }

    func duration(_ text: String, option: String) throws(ForensicsError) -> Int64 {
        guard let duration = DurationText.parse(text), duration > 0 else {
            throw ForensicsError(.usage, "\(option) \(text): is no duration; use 5m.")
        }
        return duration
    }

    /// A window written `START/END` or `START/DURATION`; nothing here gives a time its date.
    func window(_ text: String, option: String) throws(ForensicsError) -> TimeWindow {
        guard case .interval(let start, let end) = WindowExpression(text, exists: { _ in false }) else {
            throw ForensicsError(
                .usage,
                "\(option) \(text): is no window; use 2026-03-17T14:05:00Z/15m. Evidence and auto are for `compare`.")
        }
        return try WindowExpression.resolve(start: start, end: end, option: option, in: times)
    }

    func window(from: String, to: String) throws(ForensicsError) -> TimeWindow {
        let start = try times.resolve(from, option: "--from")
        let end = try times.resolve(to, option: "--to")
        guard start < end else {
            throw ForensicsError(
                .usage, "--from \(from) --to \(to): ends before it begins; put the earlier time first.")
        }
        return TimeWindow(start: start, end: end)
    }

    // MARK: - What runs before a question

    /// The statements that make the table, and for Spark name the folders of days.
    func setup(from: String?, to: String?) throws(ForensicsError) -> [String] {
        var first = "2016/01/01"
        var days: [String] = []
        if let from, let to {
            days = try scope.days(of: try window(from: from, to: to))
            first = days.first ?? first
        } else if from != nil || to != nil {
            throw ForensicsError(.usage, "--from, --to: one needs the other.")
        } else if !projectsDays, scope.layout == .aws {
            throw ForensicsError(.usage, "--from, --to: are needed; Spark has to be told the folder of each day.")
        }
        var statements = try scope.definition(firstDay: first)
        if !projectsDays { statements.append(try scope.partitions(days)) }
        return statements
    }

    /// With a location, Spark makes what it lacks first; Athena's tables are there already.
    func effects(_ span: TimeWindow) throws(ForensicsError) -> [String] {
        guard !projectsDays, scope.location != nil else { return [] }
        let days = try scope.days(of: span)
        return try scope.definition(firstDay: days.first ?? "2016/01/01") + [scope.partitions(days)]
    }
}
