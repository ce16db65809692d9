/// Counts facts per bucket of 60 s of record time and dimension value: what makes questions about a case answer at
/// once.
///
/// One builder per source; the result depends neither on the order of the facts nor on how they were divided. Health
/// checks are counted in a set of their own; only how many there were and how many failed is part of the traffic's
/// totals. Facts are counted once each, whatever their `weight`. Memory is bounded by `Limits`: whoever asks for portions (`takePortion`) keeps every value; else floods of distinct values end in `(other)`.
package struct RollupBuilder: Sendable {
    /// How large the tables may become.
    package struct Limits: Sendable {
        /// Pairs of bucket and value per dimension (a quarter for dimensions that are small by nature); ~70 bytes each.
        package var entries: Int
        /// Buckets; ~400 bytes each.
        package var buckets: Int
        /// Cells of all histograms; ~40 bytes each.
        package var cells: Int
        /// Pairs of all dimensions at which a portion is given out, where portions are asked for; ~300 bytes each. An eighth as many
        /// buckets, or twice as many cells, make one too.
        package var portion: Int

        package init(entries: Int = 1 << 20, buckets: Int = 1 << 19, cells: Int = 1 << 21, portion: Int = 1 << 17) {
            self.entries = max(1, entries)
            self.buckets = max(1, buckets)
            self.cells = max(1, cells)
            self.portion = max(1, portion)
        }

        /// What has its place in so much memory, for each of several builders, beside everything else: less below 512 MiB.
        package init(memory: Int64) {
            self.init(portion: Int(clamping: min(memory, 512 << 20) >> 12))
        }
    }

    /// A connection longer than five minutes is long, wherever nobody says otherwise: so `TrafficTotals.long` of a roll-up counts it.
    /// Nanoseconds.
    package static let longLimit: Int64 = 300_000_000_000

    private(set) var mapper: DimensionMapper
    private(set) var activities: ActivityTable
    private(set) var totals: TotalsTable
    private(set) var distributions: DistributionTable
    private(set) var segments: [Int64: SegmentMinute] = [:]
    private var block = FactBlock()
    private var profiles = ProfileTable()
    private var column = MeasureColumn()
    let limits: Limits
    private let dimensions: [Dimension]
    private let seed: UInt64
    /// Whether a portion was taken.
    var hasPortions = false
    /// Facts that fell into a bucket past `Limits.buckets`: they are counted nowhere else.
    package private(set) var refused: UInt64 = 0

    /// - Parameter dimensions: what values are counted of; of those that are derived at read, nothing.
    package init(
        limits: Limits = Limits(), dimensions: [Dimension] = Dimension.allCases, seed: UInt64 = 0x243F_6A88_85A3_08D3
    ) {
        self.limits = limits
        self.dimensions = dimensions
        self.seed = seed
        mapper = DimensionMapper(dimensions: dimensions, seed: seed)
        activities = ActivityTable(entryLimit: limits.entries)
        totals = TotalsTable(bucketLimit: limits.buckets)
        distributions = DistributionTable(cellLimit: limits.cells, seed: seed)
    }

    /// How many values of all dimensions are held at the moment.
    package var valueCount: Int { mapper.values.count }

    /// Forgets everything and keeps the memory: one builder serves source after source.
    package mutating func removeAll() {
        // Tables that one source has made large are given back: to empty them would cost every later one.
        if max(mapper.values.count, totals.buckets.count, distributions.cellCount) > 1 << 16 {
            self = RollupBuilder(limits: limits, dimensions: dimensions, seed: seed)
            return
        }
        forget()
        hasPortions = false
    }

    /// Forgets everything and keeps the memory, however much it is.
    mutating func forget() {
        mapper.removeAll()
        activities.removeAll()
        totals.removeAll()
        distributions.removeAll()
        segments.removeAll(keepingCapacity: true)
        refused = 0
    }

    /// Counts the facts of a batch.
    ///
    /// - Parameter continues: whether the texts of the batch are those of the one before, and perhaps more.
    package mutating func add(_ batch: borrowing FactBatch, continues: Bool = false) {
        mapper.begin(batch.texts, continues: continues)
        addExchanges(batch)
        addConnections(batch)
        for check in batch.healthChecks { add(check) }
        for minute in batch.segments { add(minute) }
        if activities.settleIfLarge(&mapper.values) { mapper.forget() }
    }

    /// Brings the tables into the form that does not depend on the order of what was added.
    mutating func settle() { if activities.settle(&mapper.values) { mapper.forget() } }

    // MARK: - Facts

    private mutating func addExchanges(_ batch: borrowing FactBatch) {
        let exchanges = batch.exchanges.span
        let dimensions = mapper.ofExchanges(profiled: false)
        let profiled = mapper.ofExchanges(profiled: true)
        profiles.removeAll()
        var next = 0
        while next < exchanges.count {
            block.removeAll()
            while next < exchanges.count, !block.isFull {
                stage(exchanges[next], fact: next)
                next &+= 1
            }
            if !profiled.isEmpty { profiles.add(exchanges, block) }
            for (dimension, share) in dimensions {
                mapper.fill(dimension, exchanges, block, batch.texts)
                activities.add(mapper.ordinals, block, share, values: mapper.values.count)
            }
            for measure in MeasureColumn.ofExchanges {
                column.fill(measure, exchanges, block)
                distributions.add(column.values, measure, block)
            }
        }
        var first = 0
        while first < profiles.count {
            profiles.fill(&block, from: first)
            for (dimension, share) in profiled {
                mapper.fill(dimension, exchanges, block, batch.texts)
                activities.add(mapper.ordinals, block, share, values: mapper.values.count)
            }
            first += FactBlock.size
        }
    }

    @inline(__always)
    private mutating func stage(_ exchange: borrowing Exchange, fact: Int) {
        if exchange.isSecondLeg { return }
        let bucket = BucketKey(exchange.time, healthChecks: exchange.isHealthCheck)
        guard let place = totals.index(of: bucket) else {
            refused += 1
            return
        }
        let activity = FactCounts.activity(of: exchange)
        FactCounts.add(exchange, activity, to: &totals.totals[place])
        block.append(exchange, activity, fact: fact, place: place, period: bucket.rawValue)
    }

    private mutating func addConnections(_ batch: borrowing FactBatch) {
        let connections = batch.connections.span
        let dimensions = mapper.ofConnections
        var next = 0
        while next < connections.count {
            block.removeAll()
            while next < connections.count, !block.isFull {
                stage(connections[next], fact: next)
                next &+= 1
            }
            for dimension in dimensions {
                mapper.fill(dimension, connections, block, batch.texts)
                activities.add(mapper.ordinals, block, .own, values: mapper.values.count)
            }
            for measure in MeasureColumn.ofConnections {
                column.fill(measure, connections, block)
                distributions.add(column.values, measure, block)
            }
        }
    }

    @inline(__always)
    private mutating func stage(_ connection: borrowing Connection, fact: Int) {
        if connection.isSecondLeg { return }
        let healthChecks = connection.isHealthCheck
        let bucket = BucketKey(connection.end, healthChecks: healthChecks)
        guard let place = totals.index(of: bucket) else {
            refused += 1
            return
        }
        let activity = FactCounts.activity(of: connection)
        FactCounts.add(connection, activity, to: &totals.totals[place])
        if connection.isLonger(than: Self.longLimit) { totals.totals[place].long += 1 }
        block.append(activity, fact: fact, place: place, period: bucket.rawValue)
        if connection.flags.contains(.startSeen),
            let opened = totals.index(of: BucketKey(connection.start, healthChecks: healthChecks))
        {
            totals.totals[opened].opened += 1
        }
    }

    private mutating func add(_ minute: SegmentMinute) {
        // As many minutes as there are buckets: what a hostile clock adds beyond is counted nowhere.
        guard segments[minute.minute] != nil || segments.count < limits.buckets else { return }
        segments[minute.minute, default: SegmentMinute(minute: minute.minute)].addOthers(minute)
    }

    private mutating func add(_ check: HealthCheck) {
        guard let place = totals.index(of: BucketKey(check.time, healthChecks: false)) else {
            refused += 1
            return
        }
        totals.totals[place].healthChecks += 1
        if check.outcome != .success { totals.totals[place].failedHealthChecks += 1 }
    }
}
