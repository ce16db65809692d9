/// Compares two counts over two exposures, conditionally on their sum.
///
/// Given the sum, a Poisson count during is binomial with a probability that depends on the rate ratio alone, so the
/// Clopper–Pearson interval of that probability is an interval of the ratio, for zero counts too. Overdispersion divides
/// both counts (their effective number), and an estimated dispersion widens the level as Student's t does.
package enum RateComparison {
    /// A count and the seconds in which it was taken.
    package struct Count {
        /// How many there were.
        package var events: Double
        /// Seconds in which they were counted.
        package var exposure: Double

        package init(_ events: Double, exposure: Double) {
            self.events = events
            self.exposure = exposure
        }
    }

    /// A ratio with its interval and the two-sided p-value of "no change".
    package struct Outcome {
        package var ratio: RateRatio
        package var pValue: Double
    }

    /// Above so many effective events on both sides the logarithm of the ratio is normal for every purpose.
    private static let normalEvents = 5_000.0

    /// Returns the ratio of two rates with its interval; exposures must be above 0. Without a known dispersion there is
    /// no interval and no evidence of a change.
    package static func compare(
        before: Count, during: Count, dispersion: Dispersion, confidence: Double
    ) -> Outcome {
        let scale = before.exposure / during.exposure
        let value = before.events > 0 ? during.events / before.events * scale : nil
        guard dispersion.isKnown else {
            return Outcome(ratio: RateRatio(value: value, lower: nil, upper: nil), pValue: 1)
        }
        let b = before.events / dispersion.factor
        let d = during.events / dispersion.factor
        guard b + d > 0 else {
            return Outcome(ratio: RateRatio(value: nil, lower: nil, upper: nil), pValue: 1)
        }
        let critical = StudentDistribution.upperQuantile((1 - confidence) / 2, degrees: dispersion.degrees)
        if b > normalEvents, d > normalEvents, let value {
            let error = (1 / b + 1 / d).squareRoot()
            let width = ElementaryFunctions.exp(critical * error)
            let z = abs(ElementaryFunctions.log(value)) / error
            let p = min(1, 2 * StudentDistribution.upperTail(z, degrees: dispersion.degrees))
            return Outcome(ratio: RateRatio(value: value, lower: value / width, upper: value * width), pValue: p)
        }
        let tail = NormalDistribution.upperTail(critical)
        let lower = d > 0 ? BetaFunction.quantile(tail, d, b + 1).odds * scale : 0
        let upper = b > 0 ? BetaFunction.quantile(1 - tail, d + 1, b).odds * scale : nil
        let p = pValue(b, d, nullOdds: 1 / scale, degrees: dispersion.degrees)
        return Outcome(ratio: RateRatio(value: value, lower: lower, upper: upper), pValue: p)
    }

    /// Twice the smaller tail of the conditional binomial, taken through Student's t.
    private static func pValue(_ b: Double, _ d: Double, nullOdds: Double, degrees: Double) -> Double {
        let probability = nullOdds / (1 + nullOdds)
        let complement = 1 / (1 + nullOdds)
        let above = d > 0 ? BetaFunction.regularized(probability, complement: complement, d, b + 1) : 1
        let below = b > 0 ? BetaFunction.regularized(complement, complement: probability, b, d + 1) : 1
        let tail = min(above, below)
        if tail >= 0.5 { return 1 }
        guard degrees.isFinite else { return 2 * tail }
        let z = NormalDistribution.upperQuantile(tail)
        return min(1, 2 * StudentDistribution.upperTail(z, degrees: degrees))
    }
}
