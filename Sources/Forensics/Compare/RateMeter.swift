import ForensicsModel

/// Compares the rates of the totals.
enum RateMeter {
    /// One rate: its name, its count, and the evidence that can have it.
    private struct Rate {
        var name: String
        var count: @Sendable (TrafficTotals) -> Int64
        var needsRequests = false
        var needsConnections = false
        /// Whether an event adds more than one.
        var isBytes = false
    }

    private static let rates: [Rate] = [
        Rate(name: "requests", count: { $0.activity.requests }, needsRequests: true),
        Rate(name: "connections", count: { $0.activity.connections }, needsConnections: true),
        Rate(name: "opened", count: { $0.opened }, needsConnections: true),
        Rate(name: "bytes", count: { $0.activity.bytes }, isBytes: true),
        Rate(name: "errors", count: { $0.activity.errors }),
        Rate(name: "status_4xx", count: { $0.clientErrors }, needsRequests: true),
        Rate(name: "status_5xx", count: { $0.serverErrors }, needsRequests: true),
        Rate(name: "timeouts", count: { $0.timeouts }),
        Rate(name: "resets", count: { $0.resets }, needsConnections: true),
        Rate(name: "long_connections", count: { $0.long }, needsConnections: true),
        Rate(name: "failed_health_checks", count: { $0.failedHealthChecks }),
    ]

    /// Returns every rate that the kind of evidence can have, in a fixed order.
    static func changes(_ pair: WindowPair) -> [RateChange] {
        rates.compactMap { rate in
            let before = rate.count(pair.before.totals)
            let during = rate.count(pair.during.totals)
            if before == 0, during == 0, !carries(pair, rate) { return nil }
            return change(pair, rate, before: before, during: during)
        }
    }

    private static func change(_ pair: WindowPair, _ rate: Rate, before: Int64, during: Int64) -> RateChange {
        let dispersion = pair.dispersion(of: rate.count, isBytes: rate.isBytes)
        let outcome = pair.outcome(before: before, during: during, dispersion: dispersion)
        return RateChange(
            name: rate.name, before: before, during: during, beforePerSecond: Double(before) / pair.secondsBefore,
            duringPerSecond: Double(during) / pair.secondsDuring, ratio: outcome.ratio,
            pValue: dispersion.isKnown ? outcome.pValue : nil,
            dispersion: dispersion.factor)
    }

    /// Whether a count of zero says something: the evidence would have shown such events.
    private static func carries(_ pair: WindowPair, _ rate: Rate) -> Bool {
        let before = pair.before.totals
        let during = pair.during.totals
        if rate.name == "failed_health_checks" { return before.healthChecks + during.healthChecks > 0 }
        if rate.needsRequests { return before.activity.requests + during.activity.requests > 0 }
        if rate.needsConnections { return before.activity.connections + during.activity.connections > 0 }
        return true
    }
}
