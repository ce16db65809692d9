/// What a series usually does, minute by minute (`SpikeCourse`), and how much it varies around that (`SpikeScale`).
struct SpikeBaseline {
    /// Deviation from the usual in standard deviations of the noise; 0 where nothing was measured.
    let deviations: [Double]
    /// The minutes that were measured.
    private let isKnown: [Bool]
    /// The usual value per minute, in the series' own unit.
    let usual: [Double]

    init(_ series: SpikeSeries) {
        let scale = SpikeScale(series)
        let scaled = series.values.map { $0.isNaN ? Double.nan : scale.forward($0) }
        let base = SpikeCourse.usual(scaled)
        let rest = zip(scaled, base).map { $0 - $1 }
        usual = base.map { scale.backward($0) }
        let noise = scale.deviations(of: rest, usual: usual, samples: series.samples)
        deviations = zip(rest, noise).map { $0.isNaN ? 0 : $0 / $1 }
        isKnown = rest.map { !$0.isNaN }
    }

    /// How much further than noise the minutes outside a stretch reach upwards (of a fall, downwards), at least 1: large
    /// for who comes and goes.
    ///
    /// Told by the 95th percentile above the median, as if they were normal. What is inside does not count: an incident
    /// that makes a quarter of the evidence must not pass for a habit.
    func restlessness(outside stretch: Range<Int>, isRise: Bool) -> Double {
        let sorted = deviations.indices.filter { isKnown[$0] && !stretch.contains($0) }
            .map { isRise ? deviations[$0] : -deviations[$0] }.sorted()
        guard sorted.count >= 5 else { return 1 }
        return max(1, (sorted[sorted.count * 95 / 100] - sorted[sorted.count / 2]) / 1.645)
    }

    /// Whether a stretch makes more than a fifth of what was measured.
    func isLongPart(_ stretch: Range<Int>) -> Bool {
        5 * stretch.count { isKnown[$0] } > isKnown.count { $0 }
    }

    /// Returns what correlation between minutes multiplies the standard error of a mean by, judged outside a stretch.
    ///
    /// - Parameter unit: the standard deviation, in those of the noise.
    func inflation(outside stretch: Range<Int>, unit: Double) -> Double {
        var squares = 0.0
        var lagged = 0.0
        for index in deviations.indices where !stretch.contains(index) {
            let value = max(-3, min(3, deviations[index] / unit))
            squares += value * value
            if index > 0, !stretch.contains(index - 1) {
                lagged += value * max(-3, min(3, deviations[index - 1] / unit))
            }
        }
        let r = squares > 0 ? min(0.8, max(0, lagged / squares)) : 0
        let length = Double(stretch.count)
        var power = 1.0
        for _ in stretch { power *= r }
        // The variance of the mean of so many minutes of a first-order autoregression.
        return ((1 + r) / (1 - r) - 2 * r * (1 - power) / (length * (1 - r) * (1 - r))).squareRoot()
    }
}
