/// What was gathered, once all is.
extension AggregateAccumulator {
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
                    start: totals.buckets[place].minute.multipliedSaturated(by: BucketKey.width),
                    totals: totals.totals[place]))
        }
        for measure in DistributionMeasure.allCases {
            result.distributions[measure] = distributions.histogram(measure, at: 0)
        }
        result.healthCheckRequests = healthCheckRequests
        result.failedHealthCheckRequests = failedHealthCheckRequests
        result.shapes = shapes
        result.longClients = longs.all
        result.unlistedLong = longs.refused
        result.combinations = combinations?.values(question.measure) ?? []
        fillDimensions(&result, owners, derive)
        return result
    }

    private func fillDimensions(
        _ result: inout WindowAggregate, _ owners: OwnerTable, _ derive: [Dimension: (IPAddress) -> String?]
    ) {
        let values = mapper.values
        let series = question.includesSeries ? table.series(count: values.count) : []
        var derived = DerivedDimensions(
            question.measure, owners, derive, includesNetworks: question.dimensions.contains(.clientNetwork))
        var byDimension = [[WindowAggregate.DimensionValue]](repeating: [], count: 32)
        var scratch: [UInt8] = []
        // Of clients that are not kept apart.
        var rest = WindowAggregate.DimensionValue(value: ValueTable.otherName, activity: Activity(), series: [])
        for ordinal in 0..<UInt32(values.count) {
            let activity = table.activity(ordinal)
            if activity == Activity() { continue }
            let raw = values.dimension(of: ordinal)
            let points = series.isEmpty ? [] : series[Int(ordinal)]
            let address = values.address(ordinal)
            switch Dimension(rawValue: raw) {
            case .client: derived.add(address, activity, points)
            case .clientNetwork: derived.add(network: address, activity, points)
            default: break
            }
            if raw == Dimension.clientNetwork.rawValue || raw == Dimension.client.rawValue && address == nil {
                rest.activity.add(activity)
                rest.series += points
                continue
            }
            let name = values.string(ordinal, scratch: &scratch)
            byDimension[Int(raw)].append(
                WindowAggregate.DimensionValue(value: name, activity: activity, series: points))
        }
        if rest.activity != Activity() {
            WindowAggregate.SeriesPoint.join(&rest.series)
            byDimension[Int(Dimension.client.rawValue)].append(rest)
        }
        for dimension in Dimension.allCases where !byDimension[Int(dimension.rawValue)].isEmpty {
            result.dimensions[dimension] = byDimension[Int(dimension.rawValue)]
        }
        derived.fill(&result)
        result.noteOverflow()
    }
}
