/// What a series usually does, minute by minute, and how much it varies around that.
///
/// Works on logarithms, since traffic varies by factors; on square roots for counts of a few per minute, whose noise is
/// Poisson's and even on that scale (Anscombe, Biometrika 35, 1948). Medians throughout, so that a spike does not lift what it is held
/// against. From three days on, each minute of the day is held against that minute of the other days.
struct SpikeBaseline {
    /// Deviation from the usual in standard deviations of the noise; 0 where nothing was measured.
    let deviations: [Double]
    /// The minutes that were measured.
    private let isKnown: [Bool]
    /// The usual value per minute, in the series' own unit.
    let usual: [Double]

    private static let day = 1440
    /// A stretch longer than this is no longer held against one median.
    private static let globalMinutes = 360
    private static let halfWidth = 120
    private static let step = 10

    init(_ series: SpikeSeries) {
        let scale = Scale(series)
        let scaled = series.values.map { $0.isNaN ? Double.nan : scale.forward($0) }
        let base = Self.base(scaled)
        let rest = zip(scaled, base).map { $0 - $1 }
        var steps: [Double] = []
        for index in rest.indices.dropFirst() where !rest[index].isNaN && !rest[index - 1].isNaN {
            steps.append(abs(rest[index] - rest[index - 1]))
        }
        let spread = 1.4826 * Self.median(rest.filter { !$0.isNaN }.map { abs($0) })
        let noise = 1.4826 * Self.median(steps) / 1.414_213_562_373_095_1
        let deviation = max(spread, noise, scale.smallestDeviation)
        deviations = rest.map { $0.isNaN ? 0 : $0 / deviation }
        isKnown = rest.map { !$0.isNaN }
        usual = base.map { scale.backward($0) }
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

    /// Where deviations of a series are measured.
    private struct Scale {
        private let isRoot: Bool
        private let offset: Double
        /// What Poisson noise alone would be, or the smallest worth believing.
        let smallestDeviation: Double

        /// Below so many events per minute the noise is Poisson's.
        private static let fewEvents = 10.0

        init(_ series: SpikeSeries) {
            let middle = SpikeBaseline.median(series.values.filter { !$0.isNaN })
            isRoot = series.isCount && middle < Self.fewEvents
            offset = isRoot ? 0.375 : series.isCount ? 0.1 * middle : max(1e-9, 1e-3 * middle)
            let poisson = series.isCount ? 1 / max(1, middle + offset).squareRoot() : 0
            smallestDeviation = isRoot ? 1 : max(poisson, 0.03)
        }

        func forward(_ value: Double) -> Double {
            let shifted = max(0, value) + offset
            return isRoot ? 2 * shifted.squareRoot() : ElementaryFunctions.log(shifted)
        }

        func backward(_ value: Double) -> Double {
            max(0, (isRoot ? value * value / 4 : ElementaryFunctions.exp(value)) - offset)
        }
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

    /// The usual value of each minute on the scale.
    private static func base(_ values: [Double]) -> [Double] {
        if values.count >= 3 * day { return seasonal(values) }
        if values.count <= globalMinutes {
            return [Double](repeating: median(values.filter { !$0.isNaN }), count: values.count)
        }
        return running(values)
    }

    /// A median over four hours around every tenth minute, joined by straight lines.
    private static func running(_ values: [Double]) -> [Double] {
        let knots = stride(from: 0, through: values.count + step, by: step).map { center in
            median(
                values[max(0, min(values.count, center - halfWidth))..<min(values.count, center + halfWidth)]
                    .filter { !$0.isNaN })
        }
        return values.indices.map { index in
            let part = Double(index % step) / Double(step)
            return knots[index / step] * (1 - part) + knots[index / step + 1] * part
        }
    }

    /// The median over the days at the same time of day, each taken over half an hour.
    private static func seasonal(_ values: [Double]) -> [Double] {
        let days = (values.count + day - 1) / day
        var profile = [Double](repeating: .nan, count: day)
        for minute in stride(from: 0, to: day, by: step) {
            let medians = (0..<days).compactMap { number -> Double? in
                let center = number * day + minute
                let part = values[min(values.count, max(0, center - 15))..<min(values.count, center + 15)]
                let known = part.filter { !$0.isNaN }
                return known.isEmpty ? nil : median(known)
            }
            let value = median(medians)
            for offset in 0..<step where minute + offset < day { profile[minute + offset] = value }
        }
        return values.indices.map { profile[$0 % day] }
    }

    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    }
}
