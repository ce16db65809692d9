extension WindowAggregate {
    /// Adds the aggregate of other sources of the same kind over the same window.
    ///
    /// Exposure becomes the larger of both: sources of one kind cover the same time side by side.
    package mutating func merge(_ other: WindowAggregate) {
        exposure = max(exposure, other.exposure)
        totals.add(other.totals)
        healthCheckRequests = healthCheckRequests.addingSaturated(other.healthCheckRequests)
        failedHealthCheckRequests = failedHealthCheckRequests.addingSaturated(other.failedHealthCheckRequests)
        mergeBuckets(other.buckets)
        for (dimension, values) in other.dimensions { mergeValues(values, dimension) }
        for (measure, histogram) in other.distributions {
            distributions[measure, default: LogLinearHistogram()].merge(histogram)
        }
        shapes.merge(other.shapes)
        mergeLongClients(other.longClients)
        for (dimension, count) in other.overflow { overflow[dimension, default: 0] += count }
        mergeCombinations(other.combinations)
    }

    private mutating func mergeBuckets(_ more: [Bucket]) {
        var byStart: [Int64: TrafficTotals] = [:]
        for bucket in buckets + more { byStart[bucket.start, default: TrafficTotals()].add(bucket.totals) }
        buckets = byStart.map { Bucket(start: $0.key, totals: $0.value) }.sorted { $0.start < $1.start }
    }

    private mutating func mergeValues(_ more: [DimensionValue], _ dimension: Dimension) {
        var values = dimensions[dimension] ?? []
        var indices: [String: Int] = [:]
        for (index, value) in values.enumerated() { indices[value.value] = index }
        for value in more {
            guard let index = indices[value.value] else {
                indices[value.value] = values.count
                values.append(value)
                continue
            }
            values[index].activity.add(value.activity)
            values[index].series += value.series
            SeriesPoint.join(&values[index].series)
        }
        dimensions[dimension] = values
    }

    private mutating func mergeLongClients(_ more: [LongClient]) {
        var byClient: [IPAddress: LongClient] = [:]
        for client in longClients + more {
            guard var known = byClient[client.client] else {
                byClient[client.client] = client
                continue
            }
            known.long += client.long
            known.openInWindow += client.openInWindow
            known.openEarlier += client.openEarlier
            known.longEarlier += client.longEarlier
            if client.longest > known.longest {
                known.longest = client.longest
                known.isCensored = client.isCensored
            } else if client.longest == known.longest {
                known.isCensored = known.isCensored || client.isCensored
            }
            byClient[client.client] = known
        }
        longClients = byClient.values.sorted { $0.client < $1.client }
    }

    private mutating func mergeCombinations(_ more: [CombinationValue]) {
        var indices: [[CombinationValue.Part]: Int] = [:]
        for (index, value) in combinations.enumerated() { indices[value.parts] = index }
        for value in more {
            if let index = indices[value.parts] {
                combinations[index].activity.add(value.activity)
                combinations[index].series += value.series
                SeriesPoint.join(&combinations[index].series)
            } else {
                indices[value.parts] = combinations.count
                combinations.append(value)
            }
        }
    }
}
