import ForensicsModel

/// How the counts of values vary.
extension Explainer {
    /// One event that makes more of a change than this could have fallen to anybody.
    private static let largestEventShare = 0.2

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
    func pool(
        _ dimension: Dimension, _ values: [MergedValue], _ candidates: [Int], _ series: [MinuteSeries]
    ) -> Dispersion.Pool {
        let pool = Dispersion.pool(series, floor: pair.dispersionFloor(of: pair.counted))
        return pool.isAssumed ? self.pool(dimension, during: candidates.map { values[$0].indexDuring }) : pool
    }

    /// What the values have in common during: where the window before is too short to tell.
    private func pool(_ dimension: Dimension, during places: [Int]) -> Dispersion.Pool {
        let new = pair.during.dimensions[dimension] ?? []
        let series = places.filter { $0 >= 0 }.map { pair.gridDuring.series(new[$0].series) }
        return Dispersion.pool(series, floor: pair.dispersionFloor(of: pair.counted))
    }

    /// Returns how a value varies; one that is all there is varies as the total does, whoever asks.
    func dispersion(_ value: MergedValue, _ series: MinuteSeries, _ pool: Dispersion.Pool) -> Dispersion {
        if value.before == total.before, value.during == total.during { return totalDispersion }
        var estimate: Dispersion?
        if !pool.isAssumed {
            let minutes = (pair.secondsBefore + pair.secondsDuring) / 60
            estimate = pool.shrunk(series, meanOverall: Double(value.before + value.during) / minutes)
        } else if !isTooShort {
            // Totals that were counted by the minute stand in for values that were not.
            estimate = totalDispersion
        }
        return pair.cautious(
            estimate, .ofValues, before: value.before, during: value.during, isBytes: pair.counted == .bytes)
    }

    /// What the values of the dimension status have in common, where they are what is counted.
    func outcomePool() -> Dispersion.Pool? {
        guard pair.counted == .requests else { return nil }
        let values = MergedValue.merge(pair, .status)
        guard !values.isEmpty else { return nil }
        let candidates = candidates(values)
        return pool(.status, values, candidates, series(.status, values, candidates))
    }

    /// Returns how requests of some outcomes vary: as a value of the dimension with the same counts does.
    func dispersion(of count: (TrafficTotals) -> Int64, among pool: Dispersion.Pool) -> Dispersion {
        let value = MergedValue(value: "", before: count(pair.before.totals), during: count(pair.during.totals))
        return dispersion(value, pair.gridBefore.series(pair.before.buckets, count), pool)
    }
}
