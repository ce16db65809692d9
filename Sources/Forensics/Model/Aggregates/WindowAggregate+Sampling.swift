/// How far counts of sampled traffic can be trusted: one flow in `rate` was kept, whole or not at all.
package struct SamplingError: Sendable, Equatable {
    /// What the flows of a sample hold of one measure.
    package struct Spread: Sendable, Equatable {
        /// Σx, Σx² and the largest x, where x is what one flow holds.
        package var sum = 0.0
        package var squares = 0.0
        package var largest = 0.0

        package init() {}

        /// One unit a flow: what nobody counted by flow is taken for.
        package static let even: Spread = {
            var spread = Spread()
            spread.note(1)
            return spread
        }()

        /// Adds a flow. Whole numbers: no order of adding changes the sums.
        package mutating func note(_ count: Double) {
            sum += count
            squares += count * count
            largest = max(largest, count)
        }

        /// As many flows of one size would tell the sum as well.
        var effectiveFlows: Double { squares > 0 ? sum * sum / squares : 0 }
    }

    /// One flow in so many was kept; at least 2.
    package var rate: Int64
    /// Connections that use the same addresses and ports one after another are one flow.
    package var connections: Spread
    /// A flow is kept or lost with all of its requests; `nil` where nothing tells them apart.
    package var requests: Spread?
    /// The same of its bytes.
    package var bytes: Spread?

    package init(rate: Int64, connections: Spread, requests: Spread?, bytes: Spread? = nil) {
        self.rate = rate
        self.connections = connections
        self.requests = requests
        self.bytes = bytes
    }

    /// With fewer, a few large flows decide the sum, and the sample cannot tell how large those are that it missed.
    private static let fewestFlows = 200.0
    /// Standard errors on each side. 1.96 hold for a normal distribution whose spread is known; this one is estimated.
    private static let deviations = 2.5
    /// Flows as large as the largest that the sample may have missed. The rule of three: of what is met on average three
    /// times, nothing is met in one sample of twenty. With two, a sample of seven flows stops just short of the truth.
    private static let missed = 3.0

    /// How far a scaled count may be off, either way, in at least 95 of 100 samples; `nil` where nothing tells it.
    ///
    /// A flow is kept with probability 1/N, so the estimate `N · Σx` has the variance `N (N − 1) Σx²` (Horvitz and
    /// Thompson); `Σx²` is what the sample shows.
    package func halfWidth(of count: Int64, _ measure: RankMeasure) -> Double? {
        let spread: Spread
        switch measure {
        case .connections: spread = connections
        case .requests, .errors:
            guard let requests, requests.effectiveFlows >= Self.fewestFlows else { return nil }
            spread = requests
        case .bytes:
            guard let bytes, bytes.effectiveFlows >= Self.fewestFlows else { return nil }
            spread = bytes
        case .duration: return nil
        }
        let shown = Double(max(0, count)) / Double(rate) * (spread.sum > 0 ? spread.squares / spread.sum : 1)
        let squares = shown + Self.missed * max(1, spread.largest) * max(1, spread.largest)
        return Self.deviations * (Double(rate) * Double(rate - 1) * squares).squareRoot()
    }
}

extension WindowAggregate {
    /// Makes counts of a sample estimates of all traffic: one flow in `rate` was kept. Longest times stay what they are.
    package mutating func scale(by rate: Int64) {
        guard rate > 1 else { return }
        totals.scale(by: rate)
        healthCheckRequests.scale(by: rate)
        failedHealthCheckRequests.scale(by: rate)
        for index in buckets.indices { buckets[index].totals.scale(by: rate) }
        for dimension in dimensions.keys { dimensions[dimension] = dimensions[dimension]?.map { $0.scaled(by: rate) } }
        for index in longClients.indices {
            longClients[index].long.scale(by: rate)
            longClients[index].openInWindow.scale(by: rate)
            longClients[index].openEarlier.scale(by: rate)
            longClients[index].longEarlier.scale(by: rate)
        }
        for index in combinations.indices {
            combinations[index].activity.scale(by: rate)
            for point in combinations[index].series.indices { combinations[index].series[point].count.scale(by: rate) }
        }
    }
}

extension WindowAggregate.DimensionValue {
    fileprivate func scaled(by rate: Int64) -> Self {
        var value = self
        value.activity.scale(by: rate)
        for point in value.series.indices { value.series[point].count.scale(by: rate) }
        return value
    }
}

extension Activity {
    fileprivate mutating func scale(by rate: Int64) {
        requests.scale(by: rate)
        connections.scale(by: rate)
        bytes.scale(by: rate)
        errors.scale(by: rate)
    }
}

extension TrafficTotals {
    fileprivate mutating func scale(by rate: Int64) {
        activity.scale(by: rate)
        opened.scale(by: rate)
        clientErrors.scale(by: rate)
        serverErrors.scale(by: rate)
        timeouts.scale(by: rate)
        resets.scale(by: rate)
        long.scale(by: rate)
        healthChecks.scale(by: rate)
        failedHealthChecks.scale(by: rate)
    }
}

extension Int64 {
    /// Multiplies a count, which stops at the largest value.
    fileprivate mutating func scale(by rate: Int64) { self = multipliedSaturated(by: rate) }
}
