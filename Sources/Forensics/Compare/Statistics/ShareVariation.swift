import ForensicsModel

/// How much more the share of values above a limit varies than that of independent values would.
///
/// Latencies of one minute go together: a slow minute has many slow requests. The excess is estimated as that of counts is
/// (`Dispersion`), from each minute's surplus over the share of its window, so that a shift between the windows is no
/// variation.
struct ShareVariation: Sendable {
    /// Values of a minute: all, and those above the limit.
    private struct Minute {
        var all = 0.0
        var above = 0.0
    }

    let pair: WindowPair

    /// Returns the dispersion of a measure's counts above the bucket of the pooled quantile; cautious where the window before
    /// has few minutes, or where the source tells no minutes at all.
    ///
    /// - Parameter above: counts above the limit, before and during.
    func dispersion(
        _ measure: DistributionMeasure, bucket: Int, share: Double, above: (before: Double, during: Double)
    ) -> Dispersion {
        let estimate = estimate(measure, MinuteShapes.cell(ofBucket: bucket), share)
        if let estimate, pair.gridBefore.count >= Dispersion.minimumBuckets { return estimate }
        let assumed = Dispersion.Assumption.ofShares.dispersion(
            before: above.before, during: above.during, floor: 1)
        guard let estimate, estimate.factor > assumed.factor else { return assumed }
        return estimate
    }

    private func estimate(_ measure: DistributionMeasure, _ cell: Int, _ share: Double) -> Dispersion? {
        let windows = [
            (pair.gridBefore, pair.before.shapes.points(of: measure)),
            (pair.gridDuring, pair.during.shapes.points(of: measure)),
        ]
        let points = windows.flatMap(\.1)
        guard let limit = Self.limit(points, near: cell, share) else { return nil }
        let sides = windows.map { Self.minutes($0.0, $0.1, limit: limit) }
        let all = sides.joined().reduce(0) { $0 + $1.all }
        let pooled = sides.joined().reduce(0) { $0 + $1.above } / max(1, all)
        guard pooled > 0, pooled < 1 else { return nil }
        let pool = Dispersion.pool(sides.map { Self.surplus($0, pooled: pooled) }, floor: 1)
        return pool.isAssumed ? nil : pool.dispersion
    }

    /// The first cell above the limit: that of the border, of the two around the quantile's cell, with the nearest share.
    private static func limit(_ points: [MinuteShapes.Point], near cell: Int, _ share: Double) -> Int32? {
        let all = points.reduce(0.0) { $0 + Double($1.count) }
        let borders = [Int32(cell), Int32(cell) + 1].map { border in
            (border, points.reduce(0.0) { $1.cell >= border ? $0 + Double($1.count) : $0 } / max(1, all))
        }
        return borders.filter { $0.1 > 0 && $0.1 < 1 }.min { abs($0.1 - share) < abs($1.1 - share) }?.0
    }

    private static func minutes(_ grid: MinuteGrid, _ points: [MinuteShapes.Point], limit: Int32) -> [Minute] {
        var minutes = [Minute](repeating: Minute(), count: min(grid.count, Int(MinuteShapes.minuteLimit)))
        for point in points {
            guard let slot = grid.slot(ofMinute: Int(point.minute)), slot < minutes.count else { continue }
            minutes[slot].all += Double(point.count)
            if point.cell >= limit { minutes[slot].above += Double(point.count) }
        }
        return minutes
    }

    /// Each minute's surplus over the share of its own window, on top of the variance that independent values would have:
    /// a series with that mean has the excess as its dispersion.
    private static func surplus(_ minutes: [Minute], pooled: Double) -> MinuteSeries {
        let all = minutes.reduce(0) { $0 + $1.all }
        let share = minutes.reduce(0) { $0 + $1.above } / max(1, all)
        let base = pooled * (1 - pooled) * all / Double(max(1, minutes.count))
        let points = minutes.enumerated().map { slot, minute in
            MinuteSeries.Point(slot: slot, count: base + minute.above - share * minute.all)
        }
        return MinuteSeries(points, minutes: minutes.count)
    }
}
