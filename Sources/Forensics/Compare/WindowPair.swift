import ForensicsModel

/// The two windows with what every part of a comparison derives from them.
struct WindowPair: Sendable {
    let before: WindowAggregate
    let during: WindowAggregate
    let options: CompareOptions
    /// What shares are counted in: the measure, or for `duration` connections (requests where there are none).
    let counted: RankMeasure
    /// Seconds of exposure.
    let secondsBefore: Double
    let secondsDuring: Double
    /// Whole covered minutes.
    let gridBefore: MinuteGrid
    let gridDuring: MinuteGrid

    init(before: WindowAggregate, during: WindowAggregate, options: CompareOptions) {
        self.before = before
        self.during = during
        self.options = options
        let connections = before.totals.activity.connections + during.totals.activity.connections
        counted = options.measure == .duration ? (connections > 0 ? .connections : .requests) : options.measure
        secondsBefore = Double(before.exposure) / 1e9
        secondsDuring = Double(during.exposure) / 1e9
        gridBefore = MinuteGrid(before)
        gridDuring = MinuteGrid(during)
    }

    /// What one unit before would have become during at an unchanged rate.
    var scale: Double { secondsDuring / secondsBefore }
    /// Below this no dispersion is believed: each flow kept stands for so many.
    var dispersionFloor: Double { Double(max(1, options.sampleRate)) }

    /// Returns during minus what the rate before would have given.
    func change(before: Int64, during: Int64) -> Double { Double(during) - Double(before) * scale }

    func outcome(before: Int64, during: Int64, dispersion: Dispersion) -> RateComparison.Outcome {
        RateComparison.compare(
            before: RateComparison.Count(Double(before), exposure: secondsBefore),
            during: RateComparison.Count(Double(during), exposure: secondsDuring), dispersion: dispersion,
            confidence: options.confidence)
    }

    /// Returns how a total varies: from the minutes before, or from both windows where those are too few.
    func dispersion(of count: (TrafficTotals) -> Int64) -> Dispersion.Pool {
        let quiet = gridBefore.series(before.buckets, count)
        if quiet.minutes >= Dispersion.minimumBuckets, quiet.points.contains(where: { $0.count > 0 }) {
            return Dispersion.pool([quiet], floor: dispersionFloor)
        }
        return Dispersion.pool([quiet, gridDuring.series(during.buckets, count)], floor: dispersionFloor)
    }

    /// The change of everything, in the counted measure.
    func total() -> ComparisonResult.Total {
        let measure = counted
        let pool = dispersion { $0.activity.value(of: measure) }
        let countBefore = before.totals.activity.value(of: measure)
        let countDuring = during.totals.activity.value(of: measure)
        let outcome = outcome(before: countBefore, during: countDuring, dispersion: pool.dispersion)
        return ComparisonResult.Total(
            before: countBefore, during: countDuring, change: change(before: countBefore, during: countDuring),
            ratio: outcome.ratio, pValue: outcome.pValue,
            direction: outcome.ratio.isRise ? .rise : outcome.ratio.isFall ? .fall : .same,
            dispersion: pool.dispersion.factor, isUniform: false)
    }
}
