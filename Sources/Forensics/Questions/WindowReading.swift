import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Gathers what a group did in a window: roll-ups for whole minutes, rows for edges, filters and other anchors.
struct WindowReading {
    let session: CaseSession
    let group: EvidenceGroup
    var measure: RankMeasure
    /// Nanoseconds.
    var long: Int64 = 300_000_000_000
    var anchor = AggregateAccumulator.Anchor.record
    var dimensions: [Dimension] = Dimension.allCases
    var includesDistributions = true
    /// Clients whose connections are pieced together from the requests of an access log.
    var pieceClientsTop = 0

    /// Values whose combinations are counted, from rows; nothing else but totals is gathered then.
    var combined: [WindowAggregate.CombinationValue.Part] = []

    /// Facts that are slower alone are counted; nothing else is.
    var slower: SlownessFinder.Limit?

    /// How far before and after a window an access log is searched for the other requests of a connection: a client's
    /// connection lives an hour at most by default (ALB client keep-alive).
    private static let pieceReach: Int64 = 3_900_000_000_000

    /// Returns the window's aggregate, and whether the window had to be widened to whole minutes.
    func aggregate(_ asked: TimeWindow) throws(ForensicsError) -> (aggregate: WindowAggregate, isWidened: Bool) {
        let rows = session.rows(of: group)
        let needsRows = session.filter.needsRows || anchor != .record || !combined.isEmpty || slower != nil
        if needsRows, rows != .all {
            throw ForensicsError(
                .data,
                "\(session.restrictions.place): keeps no rows that filters or --anchor could look at; ingest with --rows all."
            )
        }
        let window = rows == .all ? asked : Self.widened(asked)
        // The series have to count what shares will be taken of.
        let counted = measure.counted(hasConnections: group.connections > 0)
        var question = AggregateAccumulator.Question(window: window, measure: counted, long: long)
        question.anchor = anchor
        question.dimensions = combined.isEmpty ? dimensions : []
        question.combined = combined
        question.includesHealthChecks = session.filter.includesHealthChecks
        question.takesLongFromRollups = rows == .none
        var accumulator = AggregateAccumulator(question)
        let filter = session.filter.needsRows ? CompiledFilter(session.filter) : nil
        try session.reading {
            if needsRows {
                try addRows(&accumulator, window, filter, within: nil)
            } else {
                try fold(&accumulator, window)
                for edge in AggregateAccumulator.edges(of: window) where rows == .all {
                    try addRows(&accumulator, edge, nil, within: edge)
                }
            }
            if rows != .none, combined.isEmpty, slower == nil {
                let scan = FactScan(window: window, sources: group.sources, membership: .overlap)
                try session.store.longConnections(over: long, scan) { batch in
                    accumulator.addLong(batch, filter: filter)
                    return true
                }
            }
            if group.kind == .alb, pieceClientsTop > 0, rows == .all {
                accumulator.addLong(try pieced(accumulator, window), filter: nil)
            }
        }
        let exposure = group.exposure(of: window)
        var result = accumulator.finish(
            exposure: exposure, owners: session.owners, derive: session.addressDimensions)
        result.scale(by: group.sampleRate)
        return (result, window != asked)
    }

    private static func widened(_ window: TimeWindow) -> TimeWindow {
        let minute: Int64 = 60_000_000_000
        let start = Timestamp(nanoseconds: window.start.bucket(width: minute))
        let end = Timestamp(nanoseconds: window.end.advanced(by: minute - 1).bucket(width: minute))
        return TimeWindow(start: start, end: end)
    }

    private func fold(_ accumulator: inout AggregateAccumulator, _ window: TimeWindow) throws {
        let minutes = AggregateAccumulator.wholeMinutes(of: window)
        guard !minutes.isEmpty else { return }
        try session.store.loadRollups(
            sources: group.sources, minutes: minutes, dimensions: dimensions, includingTotals: true
        ) { place, json in
            _ = accumulator.fold(
                minute: place.minute, dimension: place.dimension, healthChecks: place.healthChecks, json: json)
        }
        guard includesDistributions else { return }
        try session.store.loadDistributions(
            sources: group.sources, minutes: minutes, measures: DistributionMeasure.allCases
        ) { _, packed in _ = accumulator.fold(packed) }
    }

    private func addRows(
        _ accumulator: inout AggregateAccumulator, _ window: TimeWindow, _ filter: CompiledFilter?,
        within span: TimeWindow?
    ) throws {
        let membership: FactScan.Membership = anchor == .record ? .recordTime : .overlap
        let scan = FactScan(window: window, sources: group.sources, membership: membership)
        try session.store.scanRequests(scan) { batch in
            accumulator.add(wanted(batch), filter: filter, within: span)
            return true
        }
        try addConnections(&accumulator, window, filter, within: span)
        guard slower == nil else { return }
        try session.store.scanHealthChecks(scan) { batch in
            accumulator.add(batch, filter: filter, within: span)
            return true
        }
    }

    /// Connections whose record time lies in the window, and those that began in it and ended later: they were opened in it.
    ///
    /// Short ones end within a minute after the window; longer ones are listed.
    private func addConnections(
        _ accumulator: inout AggregateAccumulator, _ window: TimeWindow, _ filter: CompiledFilter?,
        within span: TimeWindow?
    ) throws {
        var scan = FactScan(window: window, sources: group.sources, membership: .overlap)
        guard anchor == .record else {
            try session.store.scanConnections(scan) { batch in
                accumulator.add(wanted(batch), filter: filter, within: span)
                return true
            }
            return
        }
        let reach = window.end.advanced(by: CaseStore.listedDuration)
        try session.store.longConnections(over: CaseStore.listedDuration, scan) { batch in
            var late = wanted(batch)
            late.connections.removeAll { $0.end < reach }
            accumulator.add(late, filter: filter, within: span)
            return true
        }
        scan.membership = .recordTime
        scan.window = TimeWindow(start: window.start, end: reach)
        try session.store.scanConnections(scan) { batch in
            accumulator.add(wanted(batch), filter: filter, within: span)
            return true
        }
    }

    private func wanted(_ batch: FactBatch) -> FactBatch {
        guard let slower else { return batch }
        var slow = batch
        slow.exchanges.removeAll { !slower.isExceeded(by: $0) }
        slow.connections.removeAll { !slower.isExceeded(by: $0) }
        return slow
    }

    /// The connections of the most active clients of an access log, pieced together from requests with one trace id.
    ///
    /// A lower bound of their lengths: nothing tells when a connection began before its first request.
    private func pieced(_ accumulator: AggregateAccumulator, _ window: TimeWindow) throws -> FactBatch {
        var clients: Set<IPAddress> = []
        let values = accumulator.finish(exposure: 1).dimensions[.client] ?? []
        let ranked = values.sorted {
            let counts = ($0.activity.value(of: measure), $1.activity.value(of: measure))
            return counts.0 != counts.1 ? counts.0 > counts.1 : $0.value < $1.value
        }
        for value in ranked.prefix(pieceClientsTop) {
            if let address = IPAddress(value.value) { clients.insert(address) }
        }
        let span = TimeWindow(
            start: window.start.advanced(by: -Self.pieceReach), end: window.end.advanced(by: Self.pieceReach))
        var byTrace: [UInt64: Connection] = [:]
        let scan = FactScan(window: span, sources: group.sources, membership: .recordTime)
        try session.store.scanRequests(scan) { batch in
            for exchange in batch.exchanges where exchange.traceKey != 0 && clients.contains(exchange.client.address) {
                Self.join(exchange, into: &byTrace)
            }
            return true
        }
        var batch = FactBatch()
        batch.connections = byTrace.values.sorted { $0.id < $1.id }
        return batch
    }

    private static func join(_ exchange: Exchange, into connections: inout [UInt64: Connection]) {
        let start = exchange.start ?? exchange.time
        var connection =
            connections[exchange.traceKey]
            ?? Connection(
                id: exchange.id, offset: exchange.offset, kind: exchange.kind, start: start, end: exchange.time,
                client: exchange.client, server: exchange.target ?? Endpoint(.unspecified, 0))
        connection.id = min(connection.id, exchange.id)
        connection.start = min(connection.start, start)
        connection.end = max(connection.end, exchange.time)
        connection.duration = connection.end.since(connection.start)
        if exchange.scheme == .ws || exchange.scheme == .wss { connection.flags = [.startSeen, .endSeen] }
        connections[exchange.traceKey] = connection
    }
}
