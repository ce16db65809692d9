/// The bursts that values of a dimension have anyway: somebody's retries, a crawler, a page that hangs.
///
/// Where one value in ten bursts once an hour, the dispersion of an average value does not tell that some value will
/// burst in the next hour: rare bursts have a heavy tail. Their number and sizes before say how likely a value is to have
/// one of the size of its change. Sizes are taken as exponentially distributed at a rate that n bursts of the sum S tell, with
/// a flat prior: `P(size ≥ s) = (1 + s / S)^−(n + 1)`. A change has to be unlikely beside that too. Where the window before
/// shows no bursts of others, nothing is added.
struct UsualBursts: Sendable {
    /// The largest burst of each series; 0 where there is none beyond chance.
    private let sizes: [Double]
    private let count: Int
    private let sum: Double
    /// The exposure during over the one before.
    private let scale: Double
    /// Values that might have burst.
    private let candidates: Double

    /// A burst is at least so much of what its value has on average: less is a rhythm, and seen in its dispersion.
    private static let leastMultiple = 2.0
    /// By how many standard deviations of independent events a burst exceeds its mean, and by how many events.
    private static let deviations = 3.0
    private static let leastEvents = 3.0

    /// - Parameters:
    ///   - series: the minutes before of each candidate.
    ///   - scale: the exposure during over the one before.
    ///   - unit: what one event counts.
    init(_ series: [MinuteSeries], scale: Double, unit: Double) {
        sizes = series.map { Self.largest($0, unit: max(1, unit)) }
        count = sizes.count { $0 > 0 }
        sum = sizes.reduce(0, +)
        self.scale = scale
        candidates = Double(max(1, series.count))
    }

    /// Returns a dispersion with which a change is no less likely than as a burst of the usual sort.
    ///
    /// - Parameters:
    ///   - dispersion: what the value's own minutes tell.
    ///   - place: the value's place among the series.
    ///   - change: in events during, of either sign.
    ///   - poisson: the variance of the change if events were independent.
    func widened(_ dispersion: Dispersion, _ place: Int, change: Double, poisson: Double) -> Dispersion {
        let isBursting = sizes[place] > 0
        let others = count - (isBursting ? 1 : 0)
        guard others > 0, dispersion.isKnown, poisson > 0 else { return dispersion }
        let othersSum = sum - sizes[place]
        // A fall is a burst before that is over: it counts there, and by as many during as that would have been.
        let (size, length) = change > 0 ? (change, max(1, scale)) : (-change / scale, 1)
        let isAsLarge = ElementaryFunctions.exp(-Double(others + 1) * ElementaryFunctions.log(1 + size / othersSum))
        let likelihood = min(1, Double(others) / candidates * length * isAsLarge)
        guard let z = Self.deviations(ofTwoSided: likelihood) else { return dispersion }
        let factor = change * change / (poisson * z * z)
        return factor > dispersion.factor ? Dispersion(factor: factor, degrees: dispersion.degrees) : dispersion
    }

    /// How many standard deviations are as unlikely; at least one, `nil` beyond what can be told apart.
    private static func deviations(ofTwoSided likelihood: Double) -> Double? {
        guard likelihood > 1e-300 else { return nil }
        return max(1, NormalDistribution.upperQuantile(likelihood / 2))
    }

    /// The stretch of minutes with the most events beyond the mean, at twice the mean or more; 0 where chance explains it.
    private static func largest(_ series: MinuteSeries, unit: Double) -> Double {
        guard series.minutes >= Dispersion.minimumBuckets else { return 0 }
        let mean = series.points.reduce(0) { $0 + $1.count } / Double(series.minutes)
        guard mean > 0 else { return 0 }
        var best = (score: 0.0, size: 0.0, minutes: 0)
        var run = (score: 0.0, size: 0.0, minutes: 0)
        var previous = -1
        for point in series.points {
            let gap = Double(point.slot - previous - 1)
            run.score -= leastMultiple * mean * gap
            run.size -= mean * gap
            run.minutes += Int(gap)
            if run.score <= 0 { run = (0, 0, 0) }
            run.score += point.count - leastMultiple * mean
            run.size += point.count - mean
            run.minutes += 1
            if run.score > best.score { best = run }
            previous = point.slot
        }
        // What the value has beside the burst: its mean would take a part of the burst for usual.
        let held = best.size + mean * Double(best.minutes)
        let rest = max(0, mean * Double(series.minutes) - held) / Double(max(1, series.minutes - best.minutes))
        let size = held - rest * Double(best.minutes)
        let bar = deviations * (rest * Double(best.minutes) * unit).squareRoot() + leastEvents * unit
        return size >= bar ? size : 0
    }
}
