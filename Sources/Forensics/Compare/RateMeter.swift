import ForensicsModel

/// Compares the rates of the totals.
enum RateMeter {
    /// One rate: its name, its count, and the evidence that can have it.
    private struct Rate {
        var name: String
        var count: @Sendable (TrafficTotals) -> Int64
        var needs: EvidenceKind.Told = []
        /// Whether an event adds more than one.
        var isBytes = false
        /// Whether it counts requests of some outcomes: they vary as values of the dimension status do.
        var isOutcome = false
    }

    private static let rates: [Rate] = [
        Rate(name: "requests", count: { $0.activity.requests }, needs: .requests),
        Rate(name: "connections", count: { $0.activity.connections }, needs: .connections),
        Rate(name: "opened", count: { $0.opened }, needs: .connections),
        Rate(name: "bytes", count: { $0.activity.bytes }, needs: .bytes, isBytes: true),
        Rate(name: "errors", count: { $0.activity.errors }, needs: .errors, isOutcome: true),
        Rate(name: "status_4xx", count: { $0.clientErrors }, needs: .requests, isOutcome: true),
        Rate(name: "status_5xx", count: { $0.serverErrors }, needs: .requests, isOutcome: true),
        Rate(name: "timeouts", count: { $0.timeouts }, needs: .timeouts, isOutcome: true),
        Rate(name: "resets", count: { $0.resets }, needs: [.connections, .resets]),
        Rate(name: "long_connections", count: { $0.long }, needs: [.connections, .connectionLengths]),
        Rate(name: "failed_health_checks", count: { $0.failedHealthChecks }),
    ]

    /// Returns every rate that the kind of evidence can have, in a fixed order.
    static func changes(_ explainer: Explainer) -> [RateChange] {
        let pair = explainer.pair
        let outcomes = explainer.outcomePool()
        let ofServers = explainer.outcomePool(isOfServers: true)
        return rates.compactMap { rate in
            let before = rate.count(pair.before.totals)
            let during = rate.count(pair.during.totals)
            if before == 0, during == 0, !carries(pair, rate) { return nil }
            if rate.name == "long_connections", !pair.options.countsLong { return nil }
            var dispersion: Dispersion?
            if rate.isOutcome, let pool = rate.name == "status_5xx" ? ofServers : outcomes {
                dispersion = explainer.dispersion(of: rate.count, among: pool)
            }
            return change(
                pair, rate, before: before, during: during,
                dispersion ?? pair.dispersion(of: rate.count, isBytes: rate.isBytes))
        }
    }

    private static func change(
        _ pair: WindowPair, _ rate: Rate, before: Int64, during: Int64, _ dispersion: Dispersion
    ) -> RateChange {
        let outcome = pair.outcome(before: before, during: during, dispersion: dispersion)
        return RateChange(
            name: rate.name, before: before, during: during, beforePerSecond: Double(before) / pair.secondsBefore,
            duringPerSecond: Double(during) / pair.secondsDuring, ratio: outcome.ratio,
            pValue: dispersion.isKnown ? outcome.pValue : nil,
            dispersion: dispersion.factor, degrees: dispersion.degrees)
    }

    /// Whether a count of zero says something: the evidence would have shown such events.
    private static func carries(_ pair: WindowPair, _ rate: Rate) -> Bool {
        let before = pair.before.totals
        let during = pair.during.totals
        if rate.name == "failed_health_checks" { return before.healthChecks + during.healthChecks > 0 }
        // Evidence whose connections all began before it, or unseen, tells no beginnings.
        if rate.name == "opened" { return false }
        if let kind = pair.options.kind, !kind.told.subtracting(pair.options.untold).isSuperset(of: rate.needs) {
            return false
        }
        if rate.needs.contains(.requests) { return before.activity.requests + during.activity.requests > 0 }
        if rate.needs.contains(.connections) { return before.activity.connections + during.activity.connections > 0 }
        return true
    }
}
