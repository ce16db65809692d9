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
        var table: ReportTable
        if dimension == "connection" {
            table = try connections(session)
        } else {
            guard let value = Dimension(name: dimension) else {
                let names = Dimension.allCases.map(\.name)
                throw ForensicsError(
                    .usage, "\(dimension): is no dimension; use connection, \(names.joined(separator: ", ")).")
            }
            if value == .asn || value == .country, restrictions.addressDatabases.isEmpty {
                throw ForensicsError(.usage, "\(dimension): needs --mmdb FILE, a MaxMind DB of networks or countries.")
            }
            table = try values(session, value, note)
            if style.isForPeople { table = table.withoutAbsentColumns }
        }
        if dimension == "connection" {
            let chosen = try session.choose(by: by ?? .duration, subject: .connections)
            CaptureCaveats(session: session, group: chosen.group).tell(note)
        }
        try style.write(table, note: note, to: sink)
    }

    private func values(
        _ session: CaseSession, _ dimension: Dimension, _ note: (String) -> Void
    ) throws(ForensicsError) -> ReportTable {
        let (group, window, measure) = try session.choose(by: by)
        var reading = WindowReading(session: session, group: group, measure: measure)
        reading.dimensions = [dimension]
        switch dimension {
        case .clientNetwork, .owner, .asn, .country: reading.dimensions.append(.client)
        default: break
        }
        reading.includesDistributions = false
        reading.includesSeries = false
        let (aggregate, isWidened) = try reading.aggregate(window)
        if isWidened { session.noteMinutes(aggregate.window, note) }
        try FlowLogCaveats(session: session, group: group).note(aggregate.window, measure, note)
        let durations = measure == .duration ? try self.durations(session, group, window, dimension) : [:]
        var table = TopReport(
            aggregate, dimension: dimension, measure: measure, limit: limit, owners: session.owners,
            durations: durations, sampling: try session.samplingError(of: group, in: window), kind: group.kind
        ).table
        table.title = Self.title(
            "Top \(dimension.name) by \(measure.rawValue)", group, aggregate.window, session)
        CaptureCaveats(session: session, group: group).tell(note)
        return table
    }

    static func title(_ what: String, _ group: EvidenceGroup, _ window: TimeWindow, _ session: CaseSession) -> String {
        let filters = session.restrictions.description.map { "; \($0)" } ?? ""
        let sample = group.sampleRate > 1 ? "; estimated from 1 flow in \(group.sampleRate)" : ""
        return "\(what) (\(group.name), \(session.text(of: window))\(sample)\(filters))"
    }

    /// Count, total, 95th percentile and maximum of the connection durations of every value.
    private func durations(
        _ session: CaseSession, _ group: EvidenceGroup, _ window: TimeWindow, _ dimension: Dimension
    ) throws(ForensicsError) -> [String: TopReport.Durations] {
        var histograms: [String: LogLinearHistogram] = [:]
        var filter = CompiledFilter(session.filter)
        try session.reading {
            try session.store.scanConnections(FactScan(window: window, sources: group.sources)) { batch in
                filter.begin(batch.texts)
                for connection in batch.connections {
                    guard let duration = connection.duration, filter.admits(connection, batch.texts),
                        let value = Self.value(connection, dimension, batch.texts, session.owners)
                    else { continue }
                    histograms[value, default: LogLinearHistogram()].add(duration)
                }
                return true
            }
        }
        return histograms.mapValues {
            TopReport.Durations(
                count: Int64(clamping: $0.count), totalMilliseconds: Double($0.sum) / 1e6,
                p95Milliseconds: Double($0.quantile(0.95) ?? 0) / 1e6, maximumMilliseconds: Double($0.maximum) / 1e6)
        }
    }

    private static func value(
        _ connection: Connection, _ dimension: Dimension, _ texts: TextTable, _ owners: OwnerTable
    ) -> String? {
        switch dimension {
        case .client: connection.namesClient ? connection.client.address.description : nil
        case .owner: connection.namesClient ? owners.owner(of: connection.client.address) : nil
        case .target: connection.target?.description
        case .targetPort: connection.rankedPort.map { String($0) }
        case .domain: texts.string(connection.domain)
        case .loadBalancer: texts.string(connection.loadBalancer)
        case .node: texts.string(connection.node)
        case .tlsVersion: connection.tlsVersion.name
        case .tlsCipher: texts.string(connection.tlsCipher)
        default: nil
        }
    }

    // MARK: - Single connections

    private func connections(_ session: CaseSession) throws(ForensicsError) -> ReportTable {
        let measure = by ?? .duration
        guard ConnectionReport.measures.contains(measure) else {
            let names = ConnectionReport.measures.map(\.rawValue).joined(separator: ", ")
            throw ForensicsError(
                .usage,
                "--by \(measure.rawValue): single connections are ranked by \(names); of clients, `top client --by "
                    + "\(measure.rawValue)`.")
        }
        let (group, window, _) = try session.choose(by: by, subject: .connections)
        var report = ConnectionReport(measure: measure, limit: limit, owners: session.owners)
        var filter = CompiledFilter(session.filter)
        try session.reading {
            try session.store.scanConnections(FactScan(window: window, sources: group.sources)) { batch in
                filter.begin(batch.texts)
                for connection in batch.connections where filter.admits(connection, batch.texts) {
                    report.add(connection, domain: batch.texts.string(connection.domain))
                }
                return true
            }
        }
        var table = report.table
        table.title = Self.title("Top connections by \(measure.rawValue)", group, window, session)
        return table
    }
}
