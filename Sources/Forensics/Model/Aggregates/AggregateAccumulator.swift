/// Gathers one window from facts, from roll-ups, or from both, into a `WindowAggregate`.
///
/// Roll-ups answer whole minutes without a filter; facts answer everything. For a window whose edges lie inside a
/// minute, fold the roll-ups of `wholeMinutes(of:)` and add the facts of `edges(of:)`.
///
/// How facts are counted is here; `+Rollups` adds what was counted before, `+Result` makes the window of it all.
package struct AggregateAccumulator: Sendable {
    /// At most this many distinct values per dimension; see `narrow`.
    package static let valueLimit = 1 << 21

    package let question: Question
    var mapper: DimensionMapper
    var table: ValueSeriesTable
    var totals = TotalsTable(bucketLimit: 1 << 20)
    /// Of the whole window: everything is at place 0.
    var distributions: DistributionTable
    var shapes = MinuteShapes()
    var longs = LongConnectionTable()
    let firstMinute: Int64
    private let valueLimit: Int
    var block = FactBlock()
    /// Of the rows of the block, where they come from a roll-up.
    var addresses: [UInt32] = []
    private var profiles = ProfileTable()
    private var column = MeasureColumn()
    var combinations: CombinationCounter?
    /// Requests of the window that are health checks, whether they are counted or left out.
    var healthCheckRequests: Int64 = 0
    /// Of those, the ones that failed.
    var failedHealthCheckRequests: Int64 = 0
    /// Whether the filter in force passes exchanges alone: their connections count nothing that could count twice.
    private var countsExchangesAlone = false

    /// Creates an accumulator of nothing; `seed` keeps hostile evidence from choosing collisions.
    package init(
        _ question: Question, valueLimit: Int = Self.valueLimit, seed: UInt64 = 0x1319_8A2E_0370_7344
    ) {
        self.question = question
        self.valueLimit = valueLimit
        mapper = DimensionMapper(dimensions: question.dimensions, seed: seed)
        table = ValueSeriesTable(measure: question.measure)
        distributions = DistributionTable(cellLimit: 1 << 17, seed: seed)
        firstMinute = BucketKey.minute(of: question.window.start)
        combinations = question.combined.isEmpty ? nil : CombinationCounter(question.combined, seed: seed)
    }

    // MARK: - Facts

    /// Counts the facts of a batch that belong to the window and pass the filter; long connections apart, see
    /// `addLong`.
    ///
    /// - Parameter span: leaves out what is not also inside this part of the window (by the anchor's time).
    package mutating func add(
        _ batch: borrowing FactBatch, filter: CompiledFilter? = nil, within span: TimeWindow? = nil
    ) {
        var filter = filter
        filter?.begin(batch.texts)
        countsExchangesAlone = !(filter?.admitsConnections ?? true)
        mapper.begin(batch.texts)
        combinations?.begin(batch.texts)
        var part = question.window
        if let span {
            guard let both = part.intersection(span) else { return }
            part = both
        }
        addExchanges(batch, &filter, part)
        addConnections(batch, &filter, part)
        for check in batch.healthChecks where part.contains(check.time) {
            if filter?.admits(check, batch.texts) ?? true { count(check) }
        }
        narrow()
    }

    /// Keeps the number of distinct values of each dimension within `valueLimit`: those that were foremost in nothing so far make
    /// way, and are `(other)`.
    ///
    /// Half of the room is left free. A value that comes again begins anew, so that it may lack what it did before, which is less
    /// than what each of half as many values did as `valueLimit` says. Of clients the network is remembered.
    mutating func narrow() {
        while let dimension = mapper.values.dimension(over: valueLimit) {
            let old = mapper.values
            let isKept = foremost(dimension)
            mapper.values = old.emptied
            table = table.renumbered { ordinal in
                if isKept[Int(ordinal)] { return mapper.values.adopt(ordinal, of: old) }
                guard dimension == Dimension.client.rawValue, let client = old.address(ordinal) else {
                    return mapper.values.other(dimension)
                }
                return mapper.values.ordinal(IPNetwork(around: client).address, .clientNetwork)
            }
            mapper.forget()
        }
    }

    /// By ordinal: whether a value stays apart if those of a dimension have to make way.
    private func foremost(_ dimension: UInt8) -> [Bool] {
        let values = mapper.values
        // Of those that did as much the last ones stay: they may go on.
        let members = (0..<UInt32(values.count)).reversed().filter {
            values.dimension(of: $0) == dimension && !values.isOther($0)
        }
        var isKept = [Bool](repeating: true, count: values.count)
        let isForemost = Activity.foremost(valueLimit / 2, of: members.map { table.activity($0) })
        for (place, ordinal) in members.enumerated() { isKept[Int(ordinal)] = isForemost[place] }
        return isKept
    }

    private mutating func addExchanges(
        _ batch: borrowing FactBatch, _ filter: inout CompiledFilter?, _ part: TimeWindow
    ) {
        let exchanges = batch.exchanges.span
        let dimensions = mapper.ofExchanges(profiled: false)
        let profiled = mapper.ofExchanges(profiled: true)
        profiles.removeAll()
        var next = 0
        while next < exchanges.count {
            block.removeAll()
            while next < exchanges.count, !block.isFull {
                stage(exchanges[next], next, batch.texts, &filter, part)
                next &+= 1
            }
            if block.rows.isEmpty { continue }
            if !profiled.isEmpty { profiles.add(exchanges, block) }
            combinations?.add(exchanges, block, batch.texts)
            for (dimension, share) in dimensions {
                mapper.fill(dimension, exchanges, block, batch.texts)
                table.add(mapper.ordinals, block, share, values: mapper.values.count)
            }
            for measure in question.includesDistributions ? MeasureColumn.ofExchanges : [] {
                column.fill(measure, exchanges, block)
                distributions.add(column.values, measure, block)
                shapes.add(column.values, measure, block)
            }
        }
        var first = 0
        while first < profiles.count {
            profiles.fill(&block, from: first)
            for (dimension, share) in profiled {
                mapper.fill(dimension, exchanges, block, batch.texts)
                table.add(mapper.ordinals, block, share, values: mapper.values.count)
            }
            first += FactBlock.size
        }
    }

    private mutating func addConnections(
        _ batch: borrowing FactBatch, _ filter: inout CompiledFilter?, _ part: TimeWindow
    ) {
        let connections = batch.connections.span
        let dimensions = mapper.ofConnections
        var next = 0
        while next < connections.count {
            block.removeAll()
            while next < connections.count, !block.isFull {
                stage(connections[next], next, batch.texts, &filter, part)
                next &+= 1
            }
            if block.rows.isEmpty { continue }
            combinations?.add(connections, block, batch.texts)
            for dimension in dimensions {
                mapper.fill(dimension, connections, block, batch.texts)
                table.add(mapper.ordinals, block, .own, values: mapper.values.count)
            }
            for measure in question.includesDistributions ? MeasureColumn.ofConnections : [] {
                column.fill(measure, connections, block)
                distributions.add(column.values, measure, block)
                shapes.add(column.values, measure, block)
            }
        }
    }

    /// Counts an exchange in the totals and puts it into the block, if the window and the filter admit it.
    @inline(__always)
    private mutating func stage(
        _ exchange: borrowing Exchange, _ fact: Int, _ texts: borrowing TextTable, _ filter: inout CompiledFilter?,
        _ part: TimeWindow
    ) {
        guard let time = time(Self.start(of: exchange), exchange.time, part) else { return }
        if exchange.isHealthCheck {
            note(healthCheck: exchange, texts, &filter)
            if !question.includesHealthChecks { return }
        }
        if filter == nil ? exchange.isSecondLeg : !Self.admits(&filter, exchange, texts) { return }
        guard let place = totals.index(of: BucketKey(time, healthChecks: false)) else { return }
        let activity = FactCounts.activity(of: exchange)
        FactCounts.add(exchange, activity, isAlone: countsExchangesAlone, to: &totals.totals[place])
        block.append(
            exchange, activity, isAlone: countsExchangesAlone, fact: fact, place: 0, period: minute(of: time))
    }

    @inline(never)
    private mutating func note(
        healthCheck exchange: borrowing Exchange, _ texts: borrowing TextTable, _ filter: inout CompiledFilter?
    ) {
        if filter != nil, !(filter?.admitsAnyCheck(exchange, texts) ?? true) { return }
        healthCheckRequests += 1
        if exchange.isError { failedHealthCheckRequests += 1 }
    }

    @inline(__always)
    private mutating func stage(
        _ connection: borrowing Connection, _ fact: Int, _ texts: borrowing TextTable,
        _ filter: inout CompiledFilter?, _ part: TimeWindow
    ) {
        let time = time(connection.start, connection.end, part)
        var opens = false
        if connection.flags.contains(.startSeen) { opens = part.contains(connection.start) }
        if time == nil, !opens { return }
        if connection.isHealthCheck, !question.includesHealthChecks { return }
        if filter == nil ? connection.isSecondLeg : !Self.admits(&filter, connection, texts) { return }
        if opens, let place = totals.index(of: BucketKey(connection.start, healthChecks: false)) {
            totals.totals[place].opened += 1
        }
        guard let time, let place = totals.index(of: BucketKey(time, healthChecks: false)) else { return }
        let activity = FactCounts.activity(of: connection)
        FactCounts.add(connection, activity, to: &totals.totals[place])
        block.append(activity, fact: fact, place: 0, period: minute(of: time))
    }

    @inline(__always)
    private static func admits(
        _ filter: inout CompiledFilter?, _ exchange: borrowing Exchange, _ texts: borrowing TextTable
    ) -> Bool {
        filter?.admits(exchange, texts) ?? true
    }

    @inline(__always)
    private static func admits(
        _ filter: inout CompiledFilter?, _ connection: borrowing Connection, _ texts: borrowing TextTable
    ) -> Bool {
        filter?.admits(connection, texts) ?? true
    }

    private mutating func count(_ check: HealthCheck) {
        guard let place = totals.index(of: BucketKey(check.time, healthChecks: false)) else { return }
        totals.totals[place].healthChecks += 1
        if check.outcome != .success { totals.totals[place].failedHealthChecks += 1 }
    }

    @inline(__always)
    private static func start(of exchange: borrowing Exchange) -> Timestamp {
        if let start = exchange.start { return start }
        return exchange.time
    }

    /// The time at which a fact that lasted from `start` to `end` counts, or `nil` if `part` does not hold it.
    ///
    /// A fact that overlaps counts at its start, or at the start of the window if it is older.
    @inline(__always)
    private func time(_ start: Timestamp, _ end: Timestamp, _ part: TimeWindow) -> Timestamp? {
        switch question.anchor {
        case .record: return part.contains(end) ? end : nil
        case .start: return part.contains(start) ? start : nil
        case .overlap:
            guard start < question.window.end, end >= question.window.start else { return nil }
            let seen = max(start, question.window.start)
            return part.contains(seen) ? seen : nil
        }
    }

    @inline(__always)
    private func minute(of time: Timestamp) -> Int32 {
        offset(ofMinute: BucketKey.minute(of: time))
    }

    /// Where a minute is in the series of values.
    @inline(__always)
    func offset(ofMinute minute: Int64) -> Int32 {
        question.includesSeries ? Int32(truncatingIfNeeded: minute &- firstMinute) : 0
    }

    // MARK: - Long connections

    /// Looks only at the connections of a batch that are longer than `--long`, of any record time.
    ///
    /// Hand in every long connection that overlaps the window, exactly once, whatever else is counted from roll-ups.
    ///
    /// - Parameter countsInTotals: false where the batch holds those of some clients alone.
    package mutating func addLong(
        _ batch: borrowing FactBatch, filter: CompiledFilter? = nil, countsInTotals: Bool = true
    ) {
        var filter = filter
        filter?.begin(batch.texts)
        let connections = batch.connections.span
        for index in connections.indices where connections[index].isLonger(than: question.long) {
            addLong(connections[index], batch.texts, &filter, countsInTotals)
        }
    }

    /// Adds a connection of a client that is not long, if the window counts it: only how long the longest was is kept.
    package mutating func addShorter(_ client: IPAddress, from start: Timestamp, to end: Timestamp, isCensored: Bool) {
        guard time(start, end, question.window) != nil else { return }
        longs.addShorter(client, duration: end.since(start), isCensored: isCensored)
    }

    private mutating func addLong(
        _ connection: borrowing Connection, _ texts: borrowing TextTable, _ filter: inout CompiledFilter?,
        _ countsInTotals: Bool
    ) {
        if connection.isHealthCheck, !question.includesHealthChecks { return }
        if filter == nil ? connection.isSecondLeg : !Self.admits(&filter, connection, texts) { return }
        let window = question.window
        let member = time(connection.start, connection.end, window)
        let (start, end) = (connection.start, connection.end)
        let isOpen = window.overlaps(start, end)
        if member == nil, !isOpen { return }
        if countsInTotals, let member, let place = totals.index(of: BucketKey(member, healthChecks: false)) {
            totals.totals[place].long += 1
        }
        if !connection.namesClient { return }
        let earlier = question.earlier.flatMap { $0.overlaps(start, end) ? $0 : nil }
        longs.add(
            connection.client.address, duration: connection.duration ?? 0, isCensored: connection.isCensored,
            isMember: member != nil, isOpen: isOpen, isOpenEarlier: earlier != nil,
            isLongEarlier: earlier.map { $0.end.since(start) > question.long } ?? false)
    }
}
