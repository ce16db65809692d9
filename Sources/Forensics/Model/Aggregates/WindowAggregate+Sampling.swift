/// How far counts of sampled traffic can be trusted: one flow in `rate` was kept, whole or not at all.
package struct SamplingError: Sendable, Equatable {
    /// One flow in so many was kept; at least 2.
    package var rate: Int64
    /// Requests come in flows, and a flow is kept or lost with all of its requests: the sum of squares of a flow's
    /// requests over their sum, at least 1.
    package var requestsPerFlow: Double

    package init(rate: Int64, requestsPerFlow: Double) {
        self.rate = rate
        self.requestsPerFlow = max(1, requestsPerFlow)
    }

    /// Half of the 95 % interval around a scaled count, or `nil` where nothing tells it.
    ///
    /// A flow is kept with probability 1/N, so the estimate `N · Σ x` has the variance `N (N − 1) Σ x²` (Horvitz and
    /// Thompson); `Σ x²` is what the sample shows.
    package func halfWidth(of count: Int64, _ measure: RankMeasure) -> Double? {
        let spread: Double
        switch measure {
        case .connections: spread = 1
        case .requests, .errors: spread = requestsPerFlow
        case .bytes, .duration: return nil
        }
        return 1.96 * (Double(rate - 1) * Double(max(0, count)) * spread).squareRoot()
    }
}

extension WindowAggregate {
    /// Makes counts of a sample estimates of all traffic: one flow in `rate` was kept. Longest times stay what they are.
    package mutating func scale(by rate: Int64) {
        guard rate > 1 else { return }
        totals.scale(by: rate)
        for index in buckets.indices { buckets[index].totals.scale(by: rate) }
        for dimension in dimensions.keys { dimensions[dimension] = dimensions[dimension]?.map { $0.scaled(by: rate) } }
        for index in longClients.indices {
            longClients[index].long *= rate
            longClients[index].openInWindow *= rate
        }
        for index in combinations.indices {
            combinations[index].activity.scale(by: rate)
            for point in combinations[index].series.indices { combinations[index].series[point].count *= rate }
        }
    }
}

extension WindowAggregate.DimensionValue {
    fileprivate func scaled(by rate: Int64) -> Self {
        var value = self
        value.activity.scale(by: rate)
        for point in value.series.indices { value.series[point].count *= rate }
        return value
    }
}

extension Activity {
    fileprivate mutating func scale(by rate: Int64) {
        requests *= rate
        connections *= rate
        let (product, overflow) = bytes.multipliedReportingOverflow(by: rate)
        bytes = overflow ? .max : product
        errors *= rate
    }
}

extension TrafficTotals {
    fileprivate mutating func scale(by rate: Int64) {
        activity.scale(by: rate)
        opened *= rate
        clientErrors *= rate
        serverErrors *= rate
        timeouts *= rate
        resets *= rate
        long *= rate
        healthChecks *= rate
        failedHealthChecks *= rate
    }
}
