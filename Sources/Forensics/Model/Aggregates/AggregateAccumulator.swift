/// Gathers one window from facts, from roll-ups, or from both, into a `WindowAggregate`.
///
/// Roll-ups answer whole minutes without a filter; facts answer everything. For a window whose edges lie inside a
/// minute, fold the roll-ups of `wholeMinutes(of:)` and add the facts of `edges(of:)`.
package struct AggregateAccumulator: Sendable {
    /// At most this many distinct values per dimension; see `ValueTable`.
    package static let valueLimit = 1 << 21

    package let question: Question
    private var mapper: DimensionMapper
    private var table: ValueSeriesTable
    private var totals = TotalsTable(bucketLimit: 1 << 20)
    /// Of the whole window: everything is at place 0.
    private var distributions: DistributionTable
    private var shapes = MinuteShapes()
    private var longs = LongConnectionTable()
    private let firstMinute: Int64
    private var block = FactBlock()
    private var profiles = ProfileTable()
    private var column = MeasureColumn()
    private var combinations: CombinationCounter?
    /// Whether the filter in force passes exchanges alone: their connections count nothing that could count twice.
    private var countsExchangesAlone = false

    /// Creates an accumulator of nothing; `seed` keeps hostile evidence from choosing collisions.
    package init(_ question: Question, seed: UInt64 = 0x1319_8A2E_0370_7344) {
        self.question = question
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

    /// Keeps the number of distinct values of each dimension within `valueLimit`.
    private mutating func narrow() {
        while let dimension = mapper.values.dimension(over: Self.valueLimit) {
            let old = mapper.values
            mapper.values = old.narrowed(dimension)
            table = table.renumbered { ordinal in mapper.values.adopt(ordinal, of: old) }
        }
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
        if exchange.isHealthCheck, !question.includesHealthChecks { return }
        if filter != nil, !Self.admits(&filter, exchange, texts) { return }
        guard let place = totals.index(of: BucketKey(time, healthChecks: false)) else { return }
        let activity = FactCounts.activity(of: exchange)
        FactCounts.add(exchange, activity, isAlone: countsExchangesAlone, to: &totals.totals[place])
        block.append(
            exchange, activity, isAlone: countsExchangesAlone, fact: fact, place: 0, period: minute(of: time))
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
        if filter != nil, !Self.admits(&filter, connection, texts) { return }
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
    private func offset(ofMinute minute: Int64) -> Int32 {
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
        if filter != nil, !Self.admits(&filter, connection, texts) { return }
        let window = question.window
        let member = time(connection.start, connection.end, window)
        let (start, end) = (connection.start, connection.end)
        let isOpen = start < window.end && end >= window.start
        if member == nil, !isOpen { return }
        if countsInTotals, let member, let place = totals.index(of: BucketKey(member, healthChecks: false)) {
            totals.totals[place].long += 1
        }
        if !connection.namesClient { return }
        longs.add(
            connection.client.address, duration: connection.duration ?? 0, isCensored: connection.isCensored,
            isMember: member != nil, isOpen: isOpen)
    }

    // MARK: - Roll-ups

    /// Adds packed counts of a bucket; those that do not lie wholly in the window or are not asked for are left out.
    ///
    /// - Returns: Whether the bytes were the packed form.
    package mutating func fold(_ rollup: PackedRollup) -> Bool {
        fold(
            minute: rollup.minute, dimension: rollup.dimension, healthChecks: rollup.healthChecks,
            json: rollup.json.span)
    }

    package mutating func fold(minute: Int64, dimension: UInt8, healthChecks: Bool, json: Span<UInt8>) -> Bool {
        guard Self.wholeMinutes(of: question.window).contains(minute), !healthChecks || question.includesHealthChecks
        else { return true }
        if dimension == 0 { return foldTotals(minute, json) }
        guard let dimension = Dimension(rawValue: dimension), question.dimensions.contains(dimension) else {
            return true
        }
        let offset = offset(ofMinute: minute)
        var reader = RollupReader()
        while let entry = reader.next(json) {
            let ordinal: UInt32
            switch entry.value {
            case .v4(let address): ordinal = mapper.values.ordinal(IPAddress(v4: address), dimension)
            case .text(let range):
                ordinal = mapper.values.ordinal(printed: json, range, dimension)
            case .unescaped:
                ordinal = mapper.values.ordinal(printed: reader.scratch.span, 0..<reader.scratch.count, dimension)
            }
            table.add(ordinal, offset, entry.activity)
            if question.takesLongFromRollups, dimension == .client, entry.activity.longest > question.long,
                let client = mapper.values.address(ordinal)
            {
                longs.add(
                    client, duration: entry.activity.longest, isCensored: false, isMember: true, isOpen: true)
            }
        }
        narrow()
        return reader.isComplete
    }

    private mutating func foldTotals(_ minute: Int64, _ json: Span<UInt8>) -> Bool {
        guard var more = RollupReader.totals(json) else { return false }
        if !question.takesLongFromRollups { more.long = 0 }
        guard let place = totals.index(of: BucketKey(minute: minute, healthChecks: false)) else { return true }
        totals.totals[place].add(more)
        return true
    }

    /// Adds a packed distribution of a bucket, if it lies wholly in the window and is asked for.
    ///
    /// - Returns: Whether the bytes were the packed form.
    package mutating func fold(_ packed: PackedDistribution) -> Bool {
        guard Self.wholeMinutes(of: question.window).contains(packed.minute),
            !packed.healthChecks || question.includesHealthChecks
        else { return true }
        var reader = RollupReader()
        var pairs: [(index: Int, count: UInt64)] = []
        while let cell = reader.nextCell(packed.json.span) { pairs.append(cell) }
        let summary = DistributionTable.Summary(
            count: packed.count, sum: max(0, packed.sum), maximum: max(0, packed.maximum))
        distributions.add(pairs, summary, packed.measure, at: 0)
        let offset = Int32(truncatingIfNeeded: packed.minute &- firstMinute)
        for pair in pairs where pair.index >= 0 {
            shapes.add(pair.count, bucket: pair.index, packed.measure, minute: offset)
        }
        return reader.isComplete
    }

    // MARK: - Result

    /// The clients that did most so far, at most `limit`; ties by their text.
    package func topClients(_ limit: Int, by measure: RankMeasure) -> [IPAddress] {
        let values = mapper.values
        var ranked: [(count: Int64, client: IPAddress)] = []
        for ordinal in 0..<UInt32(values.count) where values.dimension(of: ordinal) == Dimension.client.rawValue {
            let activity = table.activity(ordinal)
            guard activity != Activity(), let client = values.address(ordinal) else { continue }
            ranked.append((activity.value(of: measure), client))
        }
        guard limit > 0, limit < ranked.count else { return ranked.map(\.client) }
        let least = ranked.map(\.count).sorted(by: >)[limit - 1]
        let candidates = ranked.filter { $0.count >= least }.map { ($0.count, $0.client, $0.client.description) }
        return candidates.sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.2 < $1.2 }.prefix(limit).map(\.1)
    }

    /// Returns what was gathered.
    ///
    /// - Parameters:
    ///   - exposure: how much of the window the evidence covers, nanoseconds.
    ///   - owners: fills `owner` for the clients it knows.
    ///   - derive: more dimensions that follow from the client's address, such as its country.
    package func finish(
        exposure: Int64, owners: OwnerTable = OwnerTable(),
        derive: [Dimension: (IPAddress) -> String?] = [:]
    ) -> WindowAggregate {
        var result = WindowAggregate(window: question.window, exposure: exposure)
        for place in totals.ordered {
            result.totals.add(totals.totals[place])
            result.buckets.append(
                WindowAggregate.Bucket(
                    start: totals.buckets[place].minute * BucketKey.width, totals: totals.totals[place]))
        }
        for measure in DistributionMeasure.allCases {
            result.distributions[measure] = distributions.histogram(measure, at: 0)
        }
        result.shapes = shapes
        result.longClients = longs.all
        result.combinations = combinations?.values(question.measure) ?? []
        fillDimensions(&result, owners, derive)
        return result
    }

    private func fillDimensions(
        _ result: inout WindowAggregate, _ owners: OwnerTable, _ derive: [Dimension: (IPAddress) -> String?]
    ) {
        let values = mapper.values
        let series = table.series(count: values.count)
        var derived = DerivedDimensions(
            question.measure, owners, derive, includesNetworks: question.dimensions.contains(.clientNetwork))
        var byDimension = [[WindowAggregate.DimensionValue]](repeating: [], count: 32)
        var scratch: [UInt8] = []
        for ordinal in 0..<UInt32(values.count) {
            let activity = table.activity(ordinal)
            if activity == Activity() { continue }
            let raw = values.dimension(of: ordinal)
            let points = series[Int(ordinal)]
            if values.isOther(ordinal), let dimension = Dimension(rawValue: raw) {
                result.overflow[dimension] = activity.requests.addingSaturated(activity.connections)
            }
            let name = values.string(ordinal, scratch: &scratch)
            byDimension[Int(raw)].append(
                WindowAggregate.DimensionValue(value: name, activity: activity, series: points))
            if raw == Dimension.client.rawValue, let address = values.address(ordinal) {
                derived.add(address, activity, points)
            }
        }
        for dimension in Dimension.allCases where !byDimension[Int(dimension.rawValue)].isEmpty {
            result.dimensions[dimension] = byDimension[Int(dimension.rawValue)]
        }
        derived.fill(&result)
    }
}
