import ForensicsModel

/// How unevenly a change may be spread over the values of a dimension: that nothing stands out shows nothing.
enum EvenSpread {
    /// Returns a bound, of one side, of the part of the change that any one value has beyond moving as everything did, with what is
    /// left beside the values as one more.
    ///
    /// The part is (share during − share before) · total during / change of the total; the variances of both shares are
    /// those of `ShareVariance`. Infinite where nothing tells how much the values vary.
    static func largestExcess(
        _ explanations: [Explanation], total: ComparisonResult.Total, confidence: Double
    ) -> Double {
        guard total.direction != .same, total.change != 0, total.before > 0 else { return .infinity }
        let critical = NormalDistribution.upperQuantile(1 - confidence)
        let scale = Double(total.during) / total.change
        func bound(_ before: Int64, _ during: Int64, _ dispersion: Double) -> Double {
            var difference = 0.0
            var variance = 0.0
            for (count, all, sign) in [(before, total.before, -1.0), (during, total.during, 1)] {
                guard all > 0 else { continue }
                let share = min(1, max(0.5, Double(count)) / Double(all))
                let spread = ShareVariance(
                    value: Double(count), total: Double(all), dispersion: dispersion,
                    restDispersion: total.dispersion)
                difference += sign * Double(count) / Double(all)
                variance += share * share * spread.ofLogarithm
            }
            guard variance.isFinite else { return .infinity }
            return difference * scale + critical * abs(scale) * variance.squareRoot()
        }
        let left = explanations.reduce((total.before, total.during)) {
            ($0.0.subtractingSaturated($1.before), $0.1.subtractingSaturated($1.during))
        }
        let rest = left.0 > 0 || left.1 > 0 ? bound(max(0, left.0), max(0, left.1), total.dispersion) : 0
        return explanations.map { bound($0.before, $0.during, $0.dispersion) }.reduce(rest, max)
    }
}
