import ForensicsModel

/// How the counts of values vary.
extension Explainer {
    /// One event that makes more of a change than this could have fallen to anybody.
    private static let largestEventShare = 0.2
    /// A value with this much of the total leaves too little to move otherwise.
    private static let nearlyAll = 0.9
    /// So many events before, together, tell how those that are not nearly all vary.
    private static let tellingEvents: Int64 = 10

    /// The minutes before of candidates.
    func series(_ dimension: Dimension, _ values: [MergedValue], _ candidates: [Int]) -> [MinuteSeries] {
        let old = pair.before.dimensions[dimension] ?? []
        return candidates.map { index in
            values[index].indexBefore < 0
                ? MinuteSeries([], minutes: pair.gridBefore.count)
                : pair.gridBefore.series(old[values[index].indexBefore].series)
        }
    }

    /// Whether a single event may be a large part of a value's change of bytes: no larger than the largest of the windows,
    /// nor than the value's largest minute.
    func mayBeOneEvent(_ dimension: Dimension, _ value: MergedValue, _ change: Double) -> Bool {
        let window = change > 0 ? pair.during : pair.before
        let index = change > 0 ? value.indexDuring : value.indexBefore
        let minutes = index < 0 ? [] : window.dimensions[dimension]?[index].series ?? []
        let bounds = [pair.sizes.largest, Double(minutes.map(\.count).max() ?? 0)].filter { $0 > 0 }
        return bounds.min().map { $0 > Self.largestEventShare * abs(change) } ?? false
    }

    /// What the values of a dimension have in common: before, or during where the window before is too short to tell.
    ///
    /// One that is nearly all there is varies as the total does, whose rate goes up and down with everybody's; that says
    /// nothing of a value that is little or new. Where it leaves nobody, clients tell: whatever a value is, they make it.
    func pool(
        _ dimension: Dimension, _ values: [MergedValue], _ candidates: [Int], _ series: [MinuteSeries]
    ) -> Dispersion.Pool {
        let others = candidates.indices.filter { !isNearlyAll(values[candidates[$0]]) }
        let isTold = others.lazy.map { values[candidates[$0]].before }.saturatedSum >= Self.tellingEvents
        if others.count < candidates.count, !isTold, dimension != .client {
            let clients = clientPool()
            if !clients.isAssumed { return clients }
        }
        let pool = Dispersion.pool(
            isTold ? others.map { series[$0] } : series, floor: pair.dispersionFloor(of: pair.counted))
        return pool.isAssumed ? self.pool(dimension, during: candidates.map { values[$0].indexDuring }) : pool
    }

    private func clientPool() -> Dispersion.Pool {
        let values = MergedValue.merge(pair, .client)
        let candidates = candidates(values)
        return pool(.client, values, candidates, series(.client, values, candidates))
    }

    /// Whether a value was nearly all there was before.
    private func isNearlyAll(_ value: MergedValue) -> Bool {
        Double(value.before) >= Self.nearlyAll * Double(total.before)
    }

    /// What the values have in common during: where the window before is too short to tell.
    private func pool(_ dimension: Dimension, during places: [Int]) -> Dispersion.Pool {
        let new = pair.during.dimensions[dimension] ?? []
        let series = places.filter { $0 >= 0 }.map { pair.gridDuring.series(new[$0].series) }
        return Dispersion.pool(series, floor: pair.dispersionFloor(of: pair.counted))
    }

    /// Returns how a value varies; one that is nearly all there is varies as the total does, whoever asks.
    func dispersion(_ value: MergedValue, _ series: MinuteSeries, _ pool: Dispersion.Pool) -> Dispersion {
        if isNearlyAll(value) { return totalDispersion }
        return pair.cautious(
            estimate(value, series, pool), .ofValues, before: value.before, during: value.during,
            isBytes: pair.counted == .bytes)
    }

    /// The bursts before of the values of a dimension, where they bear on who is told: while the total did not change, nothing
    /// but such a burst says that anything happened. Where it did, whoever moved with it explains it.
    func usualBursts(_ series: [MinuteSeries]) -> UsualBursts? {
        guard total.direction == .same else { return nil }
        return UsualBursts(series, scale: pair.scale, unit: pair.dispersionFloor(of: pair.counted))
    }

    func widened(
        _ own: Dispersion, _ dimension: Dimension, _ value: MergedValue, _ bursts: UsualBursts, _ place: Int
    ) -> Dispersion {
        let new = value.indexDuring < 0 ? [] : pair.during.dimensions[dimension]?[value.indexDuring].series ?? []
        return bursts.widened(
            own, place, during: pair.gridDuring.series(new),
            change: pair.change(before: value.before, during: value.during),
            poisson: pair.independentVariance(before: value.before, during: value.during))
    }

    /// What the minutes tell of how a value varies; `nil` where they tell nothing.
    private func estimate(_ value: MergedValue, _ series: MinuteSeries, _ pool: Dispersion.Pool) -> Dispersion? {
        guard !pool.isAssumed else { return standIn }
        let minutes = (pair.secondsBefore + pair.secondsDuring) / 60
        return pool.shrunk(series, meanOverall: Double(value.both) / minutes)
    }

    /// What the values of the dimension status have in common, where they are what is counted.
    ///
    /// - Parameter isOfServers: whether those alone are taken that servers decide on: a scanner's minute of 4xx says nothing of how
    ///   5xx vary, and would hide them.
    func outcomePool(isOfServers: Bool = false) -> Dispersion.Pool? {
        guard pair.counted == .requests else { return nil }
        let values = MergedValue.merge(pair, .status).filter { !isOfServers || !$0.value.hasPrefix("4") }
        guard !values.isEmpty else { return nil }
        let candidates = candidates(values)
        return pool(.status, values, candidates, series(.status, values, candidates))
    }

    /// Returns how requests of some outcomes vary: as a value of the dimension with the same counts does.
    func dispersion(of count: (TrafficTotals) -> Int64, among pool: Dispersion.Pool) -> Dispersion {
        dispersion(outcome(count), pair.gridBefore.series(pair.before.buckets, count), pool)
    }

    /// How a count varies, and how its values do that have no minutes of their own.
    struct Variation {
        var ofTotal: Dispersion
        var ofValues: Dispersion?
    }

    /// How requests that fail vary, where requests are counted: they are outcomes, as in the rates.
    ///
    /// Their values vary as all of them do; what is assumed of few minutes is added for each by its size.
    func errorVariation() -> Variation? {
        guard let pool = outcomePool() else { return nil }
        let count: (TrafficTotals) -> Int64 = { $0.activity.errors }
        let series = pair.gridBefore.series(pair.before.buckets, count)
        return Variation(
            ofTotal: dispersion(of: count, among: pool), ofValues: estimate(outcome(count), series, pool))
    }

    private func outcome(_ count: (TrafficTotals) -> Int64) -> MergedValue {
        MergedValue(value: "", before: count(pair.before.totals), during: count(pair.during.totals))
    }
}
