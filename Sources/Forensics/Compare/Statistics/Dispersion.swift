/// How much more a count varies than a Poisson count of the same mean would, and how well that is known.
///
/// Traffic comes in bursts that last: the variance of a count is `factor` times its mean. The factor is Pearson's
/// estimate over blocks of minutes, long enough that successive blocks are nearly uncorrelated, times what correlation
/// still adds. McCullagh and Nelder, Generalized Linear Models, section 6.2.
package struct Dispersion: Sendable, Equatable {
    /// Variance over mean, at least the floor given (1, or the sampling rate); infinite where nothing tells.
    package var factor: Double
    /// Degrees of freedom of the estimate; infinite where the factor is assumed.
    package var degrees: Double

    package init(factor: Double, degrees: Double) {
        self.factor = factor
        self.degrees = degrees
    }

    /// The dispersion of independent events.
    package static let poisson = Dispersion(factor: 1, degrees: .infinity)
    /// That of amounts which nothing tells about: without it there is no interval.
    package static let unknown = Dispersion(factor: .infinity, degrees: .infinity)

    /// Whether it says anything.
    package var isKnown: Bool { factor.isFinite }

    /// Whether the same counts get a narrower interval with it: by its factor and by how well that is known.
    func isNarrower(than other: Dispersion, confidence: Double) -> Bool {
        func width(_ dispersion: Dispersion) -> Double {
            let critical = StudentDistribution.upperQuantile((1 - confidence) / 2, degrees: dispersion.degrees)
            return critical * dispersion.factor.squareRoot()
        }
        return width(self) < width(other)
    }

    /// What is assumed of counts that no series tells about, on the cautious side.
    package struct Assumption: Sendable {
        /// Events come in groups of this size, as the requests of a page do.
        package let groupSize: Double
        /// The standard deviation of the rate itself from one window to the next, as a share of it.
        package let rateDeviation: Double

        /// What is assumed of totals.
        package static let ofTotals = Assumption(groupSize: 3, rateDeviation: 0.15)
        /// What is assumed of a single value, which is more restless than all together.
        package static let ofValues = Assumption(groupSize: 4, rateDeviation: 0.5)
        /// Of how many values exceed a limit: latencies of all requests move together.
        package static let ofShares = Assumption(groupSize: 1, rateDeviation: 0.7)

        /// Returns what is assumed of a count that so many clients make, each on his own: what they share remains.
        package func spread(over clients: Double) -> Assumption {
            let shared = min(rateDeviation, Self.ofTotals.rateDeviation)
            return Assumption(
                groupSize: groupSize, rateDeviation: max(shared, rateDeviation / max(1, clients).squareRoot()))
        }

        /// Returns the dispersion of two counts: with it the logarithm of their ratio has the variance
        /// `groups · (1/before + 1/during) + 2 · rateDeviation²`, where none is 0.
        ///
        /// - Parameter floor: what one event counted stands for.
        package func dispersion(before: Double, during: Double, floor: Double) -> Dispersion {
            let harmonicMean = 2 / (1 / max(0.5, before) + 1 / max(0.5, during))
            return Dispersion(
                factor: groupSize * floor + rateDeviation * rateDeviation * harmonicMean, degrees: .infinity)
        }
    }

    /// Fewer buckets than this say nothing about one value alone.
    package static let minimumBuckets = 10
    /// What the pooled factor counts for, in buckets, beside a value's own.
    private static let priorBuckets = 10.0
    private static let blockLengths = [1, 2, 3, 5, 10, 15, 20, 30, 60]
    /// Blocks are long enough when what correlation adds to their variance is below this.
    private static let negligibleInflation = 1.15

    /// What many series of one dimension have in common.
    package struct Pool: Sendable {
        /// Minutes per block.
        package var blockLength: Int
        /// What correlation between blocks multiplies the variance by.
        package var inflation: Double
        package var dispersion: Dispersion
        /// Whether no series was long enough: the factor is the floor and says nothing.
        package var isAssumed: Bool
        /// Degrees of freedom of all series, before what correlation takes from them.
        fileprivate var blockDegrees: Double
        /// The average count per block of the series.
        fileprivate var meanSize: Double
        fileprivate var floor: Double

        /// Returns the dispersion of one value: its own estimate shrunk to what its size lets expect.
        ///
        /// Bursts grow with what they burst from: the excess over independent events is taken proportional to the mean, as in a
        /// negative binomial, and at least that of the average series. `meanOverall` is the mean per minute over both
        /// windows: a value that happened to be quiet before is not taken for a steady one. The pooled estimate alone
        /// where there are fewer than ten buckets, or for a value without events. What the series itself brought to the
        /// pool does not count twice: a pool of one series says nothing beside it.
        package func shrunk(_ series: MinuteSeries, meanOverall: Double) -> Dispersion {
            guard !isAssumed, series.minutes >= Dispersion.minimumBuckets else { return dispersion }
            let moments = series.moments(block: blockLength)
            guard moments.mean > 0, moments.blocks > 1 else { return dispersion }
            let size = (moments.mean * max(0, meanOverall) * Double(blockLength)).squareRoot()
            let expected = floor + (dispersion.factor - floor) * max(1, meanSize > 0 ? size / meanSize : 1)
            let own = moments.squares / moments.mean / Double(moments.blocks - 1) * inflation
            let weight = Double(moments.blocks - 1) / inflation
            let others = max(0, blockDegrees - Double(moments.blocks - 1)) / inflation
            let prior = min(Dispersion.priorBuckets, others)
            let factor = (prior * expected + weight * own) / (prior + weight)
            return Dispersion(factor: max(floor, factor), degrees: prior + weight)
        }
    }

    /// Returns what series have in common.
    ///
    /// The block length is the smallest at which successive blocks are nearly uncorrelated, as long as ten blocks are left.
    package static func pool(_ series: [MinuteSeries], floor: Double) -> Pool {
        let minutes = BlockSums(series, block: 1)
        var chosen: (length: Int, inflation: Double, sums: BlockSums)?
        for length in blockLengths {
            let sums = length == 1 ? minutes : BlockSums(series, block: length)
            guard sums.degrees > 0, sums.squares > 0 else { break }
            if chosen != nil, sums.longest < minimumBuckets { break }
            let inflation = max(minutes.inflation(ofBlocks: length), sums.observedInflation)
            chosen = (length, inflation, sums)
            if inflation < negligibleInflation { break }
        }
        guard let chosen else {
            // Minutes that are all alike are an estimate as well.
            let isAssumed = minutes.degrees == 0
            let least = Dispersion(factor: floor, degrees: isAssumed ? .infinity : minutes.degrees)
            return Pool(
                blockLength: 1, inflation: 1, dispersion: least, isAssumed: isAssumed,
                blockDegrees: minutes.degrees, meanSize: minutes.meanSize, floor: floor)
        }
        let factor = chosen.sums.squares / chosen.sums.degrees * chosen.inflation
        let dispersion = Dispersion(
            factor: max(floor, factor), degrees: max(1, chosen.sums.degrees / chosen.inflation))
        return Pool(
            blockLength: chosen.length, inflation: chosen.inflation, dispersion: dispersion, isAssumed: false,
            blockDegrees: chosen.sums.degrees, meanSize: chosen.sums.meanSize, floor: floor)
    }
}
