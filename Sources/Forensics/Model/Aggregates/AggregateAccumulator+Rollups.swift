/// Counts of whole minutes that were made before, as a case keeps them.
extension AggregateAccumulator {
    /// Adds packed counts of a bucket; those that do not lie wholly in the window or are not asked for are left out.
    ///
    /// - Returns: Whether the bytes were the packed form.
    package mutating func fold(_ rollup: PackedRollup) -> Bool {
        fold(
            minute: rollup.minute, dimension: rollup.dimension, healthChecks: rollup.healthChecks,
            json: rollup.json.span)
    }

    package mutating func fold(minute: Int64, dimension: UInt8, healthChecks: Bool, json: Span<UInt8>) -> Bool {
        guard Self.wholeMinutes(of: question.window).contains(minute) else { return true }
        if dimension == 0 { return foldTotals(minute, json, healthChecks) }
        return foldValues(dimension, healthChecks, json, offset(ofMinute: minute))
    }

    /// Adds packed counts of a whole hour, all of whose evidence lies in the window.
    ///
    /// For questions without series, and whose long connections are not taken from roll-ups: an hour tells the longest alone.
    package mutating func foldHour(dimension: UInt8, healthChecks: Bool, json: Span<UInt8>) -> Bool {
        foldValues(dimension, healthChecks, json, 0)
    }

    private mutating func foldValues(
        _ dimension: UInt8, _ healthChecks: Bool, _ json: Span<UInt8>, _ offset: Int32
    ) -> Bool {
        if healthChecks, !question.includesHealthChecks { return true }
        guard let dimension = Dimension(rawValue: dimension), question.dimensions.contains(dimension) else {
            return true
        }
        var reader = RollupReader()
        block.removeAll()
        addresses.removeAll(keepingCapacity: true)
        while let entry = reader.next(json) {
            switch entry.value {
            case .v4(let address):
                addresses.append(address)
                block.append(entry.activity, fact: 0, place: 0, period: offset)
                if block.isFull { foldBlock(dimension) }
            case .text(let range):
                fold(entry.activity, mapper.values.ordinal(printed: json, range, dimension), dimension, offset)
            case .unescaped:
                let text = reader.scratch.span
                fold(entry.activity, mapper.values.ordinal(printed: text, 0..<text.count, dimension), dimension, offset)
            }
        }
        foldBlock(dimension)
        narrow()
        return reader.isComplete
    }

    /// Counts the addresses gathered: many at once, since each is somewhere else in memory.
    private mutating func foldBlock(_ dimension: Dimension) {
        mapper.fill(dimension, v4: addresses)
        table.add(mapper.ordinals, block, .own, values: mapper.values.count)
        if question.takesLongFromRollups, dimension == .client {
            for index in addresses.indices { noteLong(IPAddress(v4: addresses[index]), block.rows[index].activity) }
        }
        block.removeAll()
        addresses.removeAll(keepingCapacity: true)
    }

    private mutating func fold(_ activity: Activity, _ ordinal: UInt32, _ dimension: Dimension, _ offset: Int32) {
        table.add(ordinal, offset, activity)
        if question.takesLongFromRollups, dimension == .client, let client = mapper.values.address(ordinal) {
            noteLong(client, activity)
        }
    }

    private mutating func noteLong(_ client: IPAddress, _ activity: Activity) {
        guard activity.longest > question.long else { return }
        longs.add(client, duration: activity.longest, isCensored: false, isMember: true, isOpen: true)
    }

    private mutating func foldTotals(_ minute: Int64, _ json: Span<UInt8>, _ healthChecks: Bool) -> Bool {
        guard var more = RollupReader.totals(json) else { return false }
        if healthChecks {
            healthCheckRequests = healthCheckRequests.addingSaturated(more.activity.requests)
            failedHealthCheckRequests = failedHealthCheckRequests.addingSaturated(more.activity.errors)
            if !question.includesHealthChecks { return true }
        }
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
}
