/// The bursts that values of a dimension have anyway: somebody's retries, a crawler, a page that hangs.
///
/// Where one value in ten bursts once an hour, the dispersion of an average value does not tell that some value will
/// burst in the next hour: rare bursts have a heavy tail. Their number and sizes before say how likely a value is to have
/// one of the size of its change. Sizes are taken as exponentially distributed at a rate that n bursts of the sum S tell, with
/// a flat prior: `P(size ≥ s) = (1 + s / S)^−(n + 1)`. A change that is such a burst has to be unlikely beside that too. Where
/// the window before shows no bursts of others, nothing is added, nor where the change is spread over its window.
struct UsualBursts: Sendable {
    /// A stretch of minutes with more events than usual; of size 0 where none is beyond chance.
    private struct Burst {
        var size = 0.0
        var minutes = 0
    }

    private let series: [MinuteSeries]
    /// The largest burst of each.
    private let bursts: [Burst]
    private let count: Int
    private let sum: Double
    /// The exposure during over the one before.
    private let scale: Double
    /// Of all bursts together.
    private let minutes: Int
    /// Values that might have burst.
    private let candidates: Double

    /// A burst is at least so much of what its value has on average: less is a rhythm, and seen in its dispersion.
    private static let leastMultiple = 2.0
    /// By how many standard deviations of independent events a burst exceeds its mean, and by how many events.
    private static let deviations = 3.0
    private static let leastEvents = 3.0
    /// A change of which the larger half takes more minutes than so many of the usual bursts is none.
    private static let longest = 4.0

    /// - Parameters:
    ///   - series: the minutes before of each candidate.
    ///   - scale: the exposure during over the one before.
    ///   - unit: what one event counts.
    init(_ series: [MinuteSeries], scale: Double, unit: Double) {
        self.series = series
        bursts = series.map { Self.largest($0, unit: max(1, unit)) }
        count = bursts.count { $0.size > 0 }
        sum = bursts.reduce(0) { $0 + $1.size }
        minutes = bursts.reduce(0) { $0 + $1.minutes }
        self.scale = scale
        candidates = Double(max(1, series.count))
    }

    /// Returns a dispersion with which a change is no less likely than as a burst of the usual sort.
    ///
    /// - Parameters:
    ///   - dispersion: what the value's own minutes tell.
    ///   - place: the value's place among the series.
    ///   - during: its minutes during.
    ///   - change: in events during, of either sign.
    ///   - poisson: the variance of the change if events were independent.
    func widened(
        _ dispersion: Dispersion, _ place: Int, during: MinuteSeries, change: Double, poisson: Double
    ) -> Dispersion {
        let own = bursts[place]
        let others = count - (own.size > 0 ? 1 : 0)
        guard others > 0, dispersion.isKnown, poisson > 0 else { return dispersion }
        let othersSum = sum - own.size
        // A fall is a burst before that is over: it counts there, and by as many during as that would have been.
        let (size, length) = change > 0 ? (change, max(1, scale)) : (-change / scale, 1)
        let usualMinutes = Double(minutes - own.minutes) / Double(others)
        let (more, less) = change > 0 ? (during, series[place]) : (series[place], during)
        guard Self.minutes(ofHalf: size, more, beside: less) <= Self.longest * usualMinutes else { return dispersion }
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

    /// In how few minutes a series has half of what it has more than another.
    private static func minutes(ofHalf size: Double, _ series: MinuteSeries, beside other: MinuteSeries) -> Double {
        let usual = other.points.reduce(0) { $0 + $1.count } / Double(max(1, other.minutes))
        var left = size / 2
        var minutes = 0.0
        for count in series.points.map(\.count).sorted(by: >) where left > 0 {
            left -= count - usual
            minutes += 1
        }
        return minutes
    }

    /// The stretch of minutes with the most events beyond the mean, at twice the mean or more; 0 where chance explains it.
    private static func largest(_ series: MinuteSeries, unit: Double) -> Burst {
        guard series.minutes >= Dispersion.minimumBuckets else { return Burst() }
        let mean = series.points.reduce(0) { $0 + $1.count } / Double(series.minutes)
        guard mean > 0 else { return Burst() }
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
        return size >= bar ? Burst(size: size, minutes: best.minutes) : Burst()
    }
}
