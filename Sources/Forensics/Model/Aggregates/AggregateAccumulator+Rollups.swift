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
        if healthChecks, !question.includesHealthChecks { return true }
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

    private mutating func foldTotals(_ minute: Int64, _ json: Span<UInt8>, _ healthChecks: Bool) -> Bool {
        guard var more = RollupReader.totals(json) else { return false }
        if healthChecks {
            healthCheckRequests = healthCheckRequests.addingSaturated(more.activity.requests)
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
