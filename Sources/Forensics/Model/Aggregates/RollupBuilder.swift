/// Counts facts per bucket of 60 s of record time and dimension value: what makes questions about a case answer at
/// once.
///
/// One builder per source, or per worker and merged: the result depends neither on the order of the facts nor on how
/// they were divided. Health checks are counted in a set of their own; only how many there were and how many failed
/// is part of the traffic's totals. Facts are counted once each, whatever their `weight`. Memory is bounded by
/// `Limits`; floods of distinct values end in `(other)`.
package struct RollupBuilder: Sendable {
    /// How large the tables may become.
    package struct Limits: Sendable {
        /// Pairs of bucket and value per dimension (a quarter for dimensions that are small by nature); ~70 bytes each.
        package var entries: Int
        /// Buckets; ~400 bytes each.
        package var buckets: Int
        /// Cells of all histograms; ~40 bytes each.
        package var cells: Int

        package init(entries: Int = 1 << 20, buckets: Int = 1 << 19, cells: Int = 1 << 21) {
            self.entries = max(1, entries)
            self.buckets = max(1, buckets)
            self.cells = max(1, cells)
        }
    }

    /// What `TrafficTotals.long` of a roll-up means: connections longer than five minutes.
    package static let longLimit: Int64 = 300_000_000_000

    private(set) var mapper: DimensionMapper
    private(set) var activities: ActivityTable
    private(set) var totals: TotalsTable
    private(set) var distributions: DistributionTable
    private let limits: Limits
    private let seed: UInt64
    /// Facts that fell into a bucket past `Limits.buckets`: they are counted nowhere else.
    package private(set) var refused: UInt64 = 0

    package init(limits: Limits = Limits(), seed: UInt64 = 0x243F_6A88_85A3_08D3) {
        self.limits = limits
        self.seed = seed
        mapper = DimensionMapper(dimensions: DimensionMapper.counted, seed: seed)
        activities = ActivityTable(entryLimit: limits.entries)
        totals = TotalsTable(bucketLimit: limits.buckets)
        distributions = DistributionTable(cellLimit: limits.cells, seed: seed)
    }

    package var isEmpty: Bool { totals.buckets.isEmpty }

    /// Counts the facts of a batch.
    package mutating func add(_ batch: borrowing FactBatch) {
        mapper.begin(batch.texts)
        let exchanges = batch.exchanges.span
        var start = 0
        while start < exchanges.count {
            let end = min(exchanges.count, start + DimensionMapper.blockSize)
            for index in start..<end { mapper.lookUpClient(of: exchanges[index], place: index &- start) }
            for index in start..<end { add(exchanges[index], mapper.client(at: index &- start), batch.texts) }
            start = end
        }
        let connections = batch.connections.span
        start = 0
        while start < connections.count {
            let end = min(connections.count, start + DimensionMapper.blockSize)
            for index in start..<end { mapper.lookUpClient(of: connections[index], place: index &- start) }
            for index in start..<end { add(connections[index], mapper.client(at: index &- start), batch.texts) }
            start = end
        }
        for check in batch.healthChecks { add(check) }
        if activities.settleIfLarge(&mapper.values) { mapper.forget() }
    }

    /// Adds what another builder counted.
    package mutating func merge(_ other: RollupBuilder) {
        var places: [Int?] = []
        for (index, bucket) in other.totals.buckets.enumerated() {
            let place = totals.index(of: bucket)
            if let place {
                totals.totals[place].add(other.totals.totals[index])
            } else {
                let lost = other.totals.totals[index].activity
                refused += UInt64(clamping: lost.requests.addingSaturated(lost.connections))
            }
            places.append(place)
        }
        distributions.merge(other.distributions, places: places)
        activities.merge(other.activities, other.mapper.values, into: &mapper.values)
        refused += other.refused
        if activities.settleIfLarge(&mapper.values) { mapper.forget() }
    }

    /// Brings the tables into the form that does not depend on the order of what was added.
    mutating func settle() { if activities.settle(&mapper.values) { mapper.forget() } }

    // MARK: - One fact

    @inline(__always)
    private mutating func add(_ exchange: borrowing Exchange, _ client: UInt32, _ texts: borrowing TextTable) {
        let bucket = BucketKey(exchange.time, healthChecks: exchange.isHealthCheck)
        guard let place = totals.index(of: bucket) else {
            refused += 1
            return
        }
        var activity = FactCounts.activity(of: exchange)
        let list = mapper.ordinals(of: exchange, texts)
        for index in list.sharedCount..<list.count { activities.add(list[index], bucket, activity) }
        let bytes = activity.bytes
        if exchange.bytesBelongToConnection { activity.bytes = 0 }
        FactCounts.add(exchange, activity, to: &totals.totals[place])
        if client != DimensionMapper.noClient {
            var own = activity
            if !exchange.isOfConnectionClient { own.bytes = bytes }
            activities.add(client, bucket, own)
        }
        for index in 0..<list.sharedCount { activities.add(list[index], bucket, activity) }
        distribute(exchange, at: place)
    }

    @inline(__always)
    private mutating func add(_ connection: borrowing Connection, _ client: UInt32, _ texts: borrowing TextTable) {
        let healthChecks = connection.isHealthCheck
        let bucket = BucketKey(connection.end, healthChecks: healthChecks)
        guard let place = totals.index(of: bucket) else {
            refused += 1
            return
        }
        let activity = FactCounts.activity(of: connection)
        let list = mapper.ordinals(of: connection, texts)
        FactCounts.add(connection, activity, to: &totals.totals[place])
        if connection.isLonger(than: Self.longLimit) { totals.totals[place].long += 1 }
        if client != DimensionMapper.noClient { activities.add(client, bucket, activity) }
        for index in 0..<list.count { activities.add(list[index], bucket, activity) }
        distribute(connection, at: place)
        if connection.flags.contains(.startSeen),
            let opened = totals.index(of: BucketKey(connection.start, healthChecks: healthChecks))
        {
            totals.totals[opened].opened += 1
        }
    }

    private mutating func add(_ check: HealthCheck) {
        guard let place = totals.index(of: BucketKey(check.time, healthChecks: false)) else {
            refused += 1
            return
        }
        totals.totals[place].healthChecks += 1
        if check.outcome != .success { totals.totals[place].failedHealthChecks += 1 }
    }

    @inline(__always)
    private mutating func distribute(_ exchange: borrowing Exchange, at place: Int) {
        if let value = exchange.requestTime { distributions.add(value, .requestTime, at: place) }
        if let value = exchange.targetTime { distributions.add(value, .targetTime, at: place) }
        if let value = exchange.responseTime { distributions.add(value, .responseTime, at: place) }
        if let value = exchange.totalTime { distributions.add(value, .totalTime, at: place) }
        if exchange.bytesBelongToConnection { return }
        if let value = exchange.bytesFromClient {
            distributions.add(Int64(saturating: value), .bytesFromClient, at: place)
        }
        if let value = exchange.bytesFromServer {
            distributions.add(Int64(saturating: value), .bytesFromServer, at: place)
        }
    }

    @inline(__always)
    private mutating func distribute(_ connection: borrowing Connection, at place: Int) {
        if let value = connection.duration, !connection.isCensored {
            distributions.add(value, .connectionDuration, at: place)
        }
        if let value = connection.handshake { distributions.add(value, .handshake, at: place) }
        if let value = connection.tlsHandshake { distributions.add(value, .tlsHandshake, at: place) }
        if connection.bytesBelongToExchanges { return }
        if let value = connection.bytesFromClient {
            distributions.add(Int64(saturating: value), .bytesFromClient, at: place)
        }
        if let value = connection.bytesFromServer {
            distributions.add(Int64(saturating: value), .bytesFromServer, at: place)
        }
    }
}
