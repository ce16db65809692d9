package import ForensicsModel

/// Compares the quantiles of two distributions.
package enum QuantileMeter {
    private static let quantiles = [0.5, 0.95, 0.99]
    /// Fewer values than this on either side say nothing about a quantile.
    private static let minimumCount: UInt64 = 20
    private static let smallestRatio = 1.2
    private static let smallestMilliseconds = 10.0
    private static let level = 0.05

    static func shifts(_ pair: WindowPair) -> [QuantileShift] {
        var shifts: [QuantileShift] = []
        let variation = ShareVariation(pair: pair)
        for measure in DistributionMeasure.allCases {
            guard let before = pair.before.distributions[measure], let during = pair.during.distributions[measure],
                before.count >= minimumCount, during.count >= minimumCount
            else { continue }
            for quantile in quantiles {
                let dispersion = dispersion(measure, quantile, before, during, variation)
                shifts.append(
                    shift(measure, quantile, before, during, dispersion, confidence: pair.options.confidence))
            }
        }
        let adjusted = BenjaminiHochberg.adjusted(shifts.map(\.pValue))
        for index in shifts.indices {
            shifts[index].adjustedPValue = adjusted[index]
            shifts[index].isNotable = adjusted[index] <= level && isLarge(shifts[index])
        }
        return shifts
    }

    /// Returns the two-sided p-value of equal shares above a common value: that of the pooled quantile.
    ///
    /// Pearson's test of the two-by-two table (the median test, for any quantile). Conover, Practical Nonparametric
    /// Statistics, section 4.3. Values that go together are so many fewer by the dispersion.
    package static func pValue(
        _ before: LogLinearHistogram, _ during: LogLinearHistogram, quantile: Double, dispersion: Dispersion = .poisson
    ) -> Double {
        guard let split = split(before, during, quantile) else { return 1 }
        let (n1, n2) = (Double(before.count), Double(during.count))
        let share = (split.before + split.during) / (n1 + n2)
        guard share > 0, share < 1 else { return 1 }
        let error = (share * (1 - share) * (1 / n1 + 1 / n2) * dispersion.factor).squareRoot()
        let z = abs(split.before / n1 - split.during / n2) / error
        return min(1, 2 * StudentDistribution.upperTail(z, degrees: dispersion.degrees))
    }

    /// Where so much less than the share above a quantile lies above its bucket, the bucket holds what makes the quantile: a
    /// time-out that many ran into, say.
    private static let smallestSplit = 0.5

    /// The bucket of the pooled quantile, or where nearly nothing lies above it the one below, and the counts above that.
    private static func split(
        _ before: LogLinearHistogram, _ during: LogLinearHistogram, _ quantile: Double
    ) -> (bucket: Int, before: Double, during: Double)? {
        var pooled = before
        pooled.merge(during)
        guard let common = pooled.quantile(quantile) else { return nil }
        var limit = LogLinearHistogram.index(of: common)
        let share = Double(above(limit, pooled)) / Double(max(1, pooled.count))
        if share < smallestSplit * (1 - quantile), limit > 0 { limit -= 1 }
        return (limit, Double(above(limit, before)), Double(above(limit, during)))
    }

    private static func dispersion(
        _ measure: DistributionMeasure, _ quantile: Double, _ before: LogLinearHistogram,
        _ during: LogLinearHistogram, _ variation: ShareVariation
    ) -> Dispersion {
        guard let split = split(before, during, quantile) else { return .poisson }
        return variation.dispersion(
            measure, bucket: split.bucket, share: 1 - quantile, above: (split.before, split.during))
    }

    private static func above(_ limit: Int, _ histogram: LogLinearHistogram) -> UInt64 {
        var count: UInt64 = 0
        var index = limit + 1
        while index < histogram.counts.count {
            count += histogram.counts[index]
            index += 1
        }
        return count
    }

    private static func shift(
        _ measure: DistributionMeasure, _ quantile: Double, _ before: LogLinearHistogram,
        _ during: LogLinearHistogram, _ dispersion: Dispersion, confidence: Double
    ) -> QuantileShift {
        let unit = measure.isTime ? 1e6 : 1
        let old = Double(before.quantile(quantile) ?? 0) / unit
        let new = Double(during.quantile(quantile) ?? 0) / unit
        return QuantileShift(
            measure: measure.name, isTime: measure.isTime, quantile: quantile,
            countBefore: Int64(clamping: before.count), countDuring: Int64(clamping: during.count), before: old,
            during: new, ratio: ratio(before, during, quantile: quantile, dispersion, confidence: confidence),
            pValue: pValue(before, during, quantile: quantile, dispersion: dispersion), adjustedPValue: 1,
            isNotable: false)
    }

    /// The ratio of two quantiles; its interval joins the order-statistic intervals of both on the log scale (MOVER),
    /// each as wide as for so many fewer values.
    ///
    /// Donner and Zou, Statistics in Medicine 31 (2012), 3757–3771.
    private static func ratio(
        _ before: LogLinearHistogram, _ during: LogLinearHistogram, quantile: Double, _ dispersion: Dispersion,
        confidence: Double
    ) -> RateRatio {
        let critical = StudentDistribution.upperQuantile((1 - confidence) / 2, degrees: dispersion.degrees)
        let z = critical * dispersion.factor.squareRoot()
        let old = interval(before, quantile, z)
        let new = interval(during, quantile, z)
        guard old.lower > 0, new.lower > 0 else {
            return RateRatio(value: old.middle > 0 ? new.middle / old.middle : nil, lower: nil, upper: nil)
        }
        func square(_ a: Double, _ b: Double) -> Double {
            let difference = ElementaryFunctions.log(a / b)
            return difference * difference
        }
        let value = new.middle / old.middle
        let down = (square(new.middle, new.lower) + square(old.upper, old.middle)).squareRoot()
        let up = (square(new.upper, new.middle) + square(old.middle, old.lower)).squareRoot()
        return RateRatio(
            value: value, lower: value * ElementaryFunctions.exp(-down), upper: value * ElementaryFunctions.exp(up))
    }

    private static func interval(
        _ histogram: LogLinearHistogram, _ quantile: Double, _ z: Double
    ) -> (lower: Double, middle: Double, upper: Double) {
        let error = z * (quantile * (1 - quantile) / Double(histogram.count)).squareRoot()
        func at(_ share: Double) -> Double { Double(histogram.quantile(min(1, max(0, share))) ?? 0) }
        return (at(quantile - error), at(quantile), at(quantile + error))
    }

    private static func isLarge(_ shift: QuantileShift) -> Bool {
        if shift.isTime, abs(shift.during - shift.before) < smallestMilliseconds { return false }
        let low = min(shift.before, shift.during)
        let high = max(shift.before, shift.during)
        return high > 0 && (low == 0 || high / low >= smallestRatio)
    }
}
