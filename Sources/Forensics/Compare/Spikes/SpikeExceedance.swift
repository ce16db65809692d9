/// How many of the events behind a level lie above what is usual, minute by minute.
///
/// A 95th percentile of few events is the largest of them, and where one request in twenty is slow by itself it jumps between
/// two values: neither is an incident. How many events lie above the usual percentile is a count of successes in
/// that many trials, whatever the distribution, and says whether more of them are slow than elsewhere.
package struct SpikeExceedance: Sendable {
    /// Events per minute.
    package var samples: [Double]
    /// Those above the usual value of their minute.
    package var above: [Double]

    /// No share below this is taken for the usual one: that of the percentile itself.
    private static let smallestShare = 0.05
    /// One minute counts for at most so much in how restless the others are: an incident is no habit.
    private static let wildest = 16.0

    package init(samples: [Double], above: [Double]) {
        self.samples = samples
        self.above = above
    }

    /// Returns how far the share of a stretch is above (of a fall, below) that of the minutes outside, in standard errors;
    /// 0 if it is not.
    ///
    /// The signed root of the likelihood ratio of a binomial count, half an event closer to what is expected, which keeps
    /// to the exact tail where few are expected. Minutes that vary more than that among themselves divide it.
    func strength(of stretch: Range<Int>, isRise: Bool) -> Double {
        let outside = samples.indices.filter { !stretch.contains($0) && samples[$0] > 0 }
        let trials = outside.reduce(0) { $0 + samples[$1] }
        guard trials > 0 else { return 0 }
        let share = outside.reduce(0) { $0 + above[$1] } / trials
        let usual = min(0.5, max(share, Self.smallestShare))
        let count = stretch.reduce(0) { $0 + samples[$1] }
        let met = stretch.reduce(0) { $0 + above[$1] }
        let root = Self.root(of: isRise ? met - 0.5 : met + 0.5, in: count, share: usual)
        return max(0, isRise ? root : -root) / restlessness(outside, share: usual)
    }

    /// How much more the share varies from minute to minute than a binomial one, as a factor of the standard error.
    private func restlessness(_ minutes: [Int], share: Double) -> Double {
        let squares = minutes.reduce(0) { sum, index in
            let distance = above[index] - samples[index] * share
            return sum + min(Self.wildest, distance * distance / (samples[index] * share * (1 - share)))
        }
        return max(1, squares / Double(max(1, minutes.count))).squareRoot()
    }

    private static func root(of met: Double, in count: Double, share: Double) -> Double {
        guard count > 0 else { return 0 }
        let met = min(count, max(0, met))
        let rest = count - met
        var half = 0.0
        if met > 0 { half += met * ElementaryFunctions.log(met / (count * share)) }
        if rest > 0 { half += rest * ElementaryFunctions.log(rest / (count * (1 - share))) }
        return (met > count * share ? 1 : -1) * (2 * max(0, half)).squareRoot()
    }
}
