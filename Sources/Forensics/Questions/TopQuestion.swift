import ForensicsModel
import ForensicsStore

/// What `top` is asked, as the user wrote it.
public struct TopQuestion: Sendable {
    /// What to rank.
    public var dimension: String
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// What to rank and share by; `nil` for what the evidence counts.
    public var by: RankMeasure?
    /// At most this many rows; `nil` for all.
    public var limit = 20

    /// Creates a question.
    public init(dimension: String, restrictions: Restrictions) {
        self.dimension = dimension
        self.restrictions = restrictions
    }

    /// Ranks the values and writes the table.
    ///
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        let session = try CaseSession(restrictions)
        session.standingTexts().forEach(note)
        var table: ReportTable
        if dimension == "connection" {
            table = try connections(session, note)
        } else {
            let value = try restrictions.dimension(named: dimension, orElse: "connection, ")
            table = try values(session, value, note)
            if style.isForPeople { table = table.withoutAbsentColumns }
        }
        // People see a sign beside the value.
        if style.isForPeople { table = table.without([TopReport.cutColumn]) }
        try style.write(table, note: note, to: sink)
    }

    private func values(
        _ session: CaseSession, _ dimension: Dimension, _ note: (String) -> Void
    ) throws(ForensicsError) -> ReportTable {
        let chosen = try session.choose(by: by)
        let (group, window, measure) = (chosen.group, chosen.window, chosen.measure)
        var reading = WindowReading(session: session, group: group, measure: measure)
        reading.dimensions = [dimension]
        switch dimension {
        case .clientNetwork, .owner, .asn, .country: reading.dimensions.append(.client)
        default: break
        }
        reading.includesDistributions = false
        reading.includesSeries = false
        let gathered = try reading.gather(window)
        var aggregate = reading.finish(gathered)
        if dimension == .asn || dimension == .country {
            let shortcomings = session.addressDatabases.shortcomings(of: [dimension])
            if shortcomings.areUnable { throw ForensicsError(.data, shortcomings.texts.joined(separator: "\n")) }
            shortcomings.texts.forEach(note)
        }
        if gathered.isWidened { session.noteMinutes(aggregate.window, note) }
        try FlowLogCaveats(session: session, group: group).note(aggregate.window, measure, note)
        if let text = HealthCheckCaveat.note(group, session, aggregate) { note(text) }
        let durations =
            measure == .duration ? try durations(session, chosen, dimension, gathered, note) : [:]
        if group.kind == .alb { Self.takeLongest(durations, dimension, &aggregate) }
        try session.noteOthers(chosen, note)
        var table = TopReport(
            aggregate, dimension: dimension, measure: measure, limit: limit, owners: session.owners,
            durations: durations, sampling: try session.samplingError(of: group, in: window), kind: group.kind
        ).table
        table.title = Self.title(
            "Top \(dimension.name) by \(measure.rawValue)", group, aggregate.window, session)
        CaptureCaveats(session: session, group: group).tell(note)
        return table
    }

    /// Roll-ups of an access log know the longest request alone: connections that were pieced together are ranked instead.
    private static func takeLongest(
        _ durations: [String: TopReport.Durations], _ dimension: Dimension, _ aggregate: inout WindowAggregate
    ) {
        for index in aggregate.dimensions[dimension, default: []].indices {
            let value = aggregate.dimensions[dimension, default: []][index].value
            guard let known = durations[value] else { continue }
            let longest = aggregate.dimensions[dimension, default: []][index].activity.longest
            // A request may be of a connection that goes on.
            aggregate.dimensions[dimension, default: []][index].activity.longest = max(
                longest, known.maximumNanoseconds)
        }
    }

    static func title(_ what: String, _ group: EvidenceGroup, _ window: TimeWindow, _ session: CaseSession) -> String {
        // A capture point is named by the group: others that were asked for are not in the numbers.
        let told: Set<String> = group.vantage == nil ? [] : ["vantage"]
        let filters = session.restrictions.description(without: told).map { "; \($0)" } ?? ""
        let sample = group.sampleRate > 1 ? "; estimated from 1 flow in \(group.sampleRate)" : ""
        return "\(what) (\(group.name), \(session.text(of: window))\(sample)\(filters))"
    }

    // MARK: - Single connections

    private func connections(_ session: CaseSession, _ note: (String) -> Void) throws(ForensicsError) -> ReportTable {
        let measure = by ?? .duration
        guard ConnectionReport.measures.contains(measure) else {
            let names = ConnectionReport.measures.map(\.rawValue).joined(separator: ", ")
            throw ForensicsError(
                .usage,
                "--by \(measure.rawValue): single connections are ranked by \(names); of clients, `top client --by "
                    + "\(measure.rawValue)`.")
        }
        let chosen = try session.choose(
            by: measure, subject: .connections,
            needed: measure == .duration
                ? .connectionLengths : measure == .bytes ? [.connections, .bytes] : .connections)
        let (group, window) = (chosen.group, chosen.window)
        CaptureCaveats(session: session, group: group).tell(note)
        var report = ConnectionReport(measure: measure, limit: limit, owners: session.owners)
        let rows = session.rows(of: group)
        if rows != .all {
            note(
                "the case does not keep all rows: "
                    + (rows == .none || group.kind == .alb
                        ? "there are no connections to list." : "only notable connections are listed."))
        }
        if group.kind == .alb {
            let (connections, refused) = try pieced(session, group, window)
            for connection in connections { report.add(connection, domain: nil) }
            if refused > 0 { note(PiecedConnections.refusal(refused)) }
        } else {
            try session.forEachConnection(of: group, in: window) { connection, texts in
                report.add(connection, domain: texts.string(connection.domain))
            }
        }
        try session.noteOthers(chosen, note)
        var table = report.table
        table.title = Self.title("Top connections by \(measure.rawValue)", group, window, session)
        return table
    }

    /// Connections of an access log of requests, as far as those name them.
    private func pieced(
        _ session: CaseSession, _ group: EvidenceGroup, _ window: TimeWindow
    ) throws(ForensicsError) -> (connections: [Connection], refused: Int64) {
        if !session.piecesConnections {
            throw ForensicsError(
                .data,
                "\(session.restrictions.place): connections of \(group.name) are put together from all requests of a client; "
                    + "restrict them by --client and --load-balancer alone.")
        }
        if session.rows(of: group) != .all { return ([], 0) }
        var reading = WindowReading(session: session, group: group, measure: .requests)
        reading.dimensions = [.client]
        reading.includesDistributions = false
        reading.includesSeries = false
        return try PiecedConnections(session: session, group: group).all(of: try reading.gather(window))
    }
}
