/// The scale on which deviations of a series are measured, and how much chance alone moves a minute on it.
///
/// Logarithms, since traffic varies by factors; square roots for counts of a few per minute, whose noise is Poisson's and
/// even on that scale (Anscombe, Biometrika 35, 1948).
struct SpikeScale {
    private let isRoot: Bool
    private let isCount: Bool
    private let offset: Double
    /// What Poisson noise alone would be, or the smallest worth believing.
    let smallestDeviation: Double

    /// Below so many events per minute the noise is Poisson's.
    private static let fewEvents = 10.0
    /// The quiet half of the minutes is judged apart from the busy one where chance moves it so much more (variances).
    private static let uneven = 1.5

    init(_ series: SpikeSeries) {
        let middle = SpikeCourse.median(series.values.filter { !$0.isNaN })
        isCount = series.isCount
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
        let plain = (isRoot ? value * value / 4 : ElementaryFunctions.exp(value)) - offset
        // What rounding leaves of nothing is nothing.
        return plain < offset * 1e-9 ? 0 : plain
    }

    /// Returns how far from a value on the scale that lies which is so many times as much.
    func distance(of factor: Double, from value: Double) -> Double { forward(backward(value) * factor) - value }

    /// The standard deviation of each minute around the usual.
    ///
    /// Its variance is a constant and a part that falls with the number of events: Poisson's of a count, that of a quantile of
    /// few values. Both are read off the evidence, from the minutes with few events and those with many. Without that,
    /// quiet nights would pass for restless and busy days for calm.
    ///
    /// - Parameters:
    ///   - rest: what is left of each minute without the usual; not a number where nothing was measured.
    ///   - usual: the usual value, in the series' own unit.
    ///   - samples: the events that the value of a level was measured from; empty if nobody tells.
    func deviations(of rest: [Double], usual: [Double], samples: [Double]) -> [Double] {
        let chance = rest.indices.map { varianceShape(usual: usual[$0], samples: samples.isEmpty ? nil : samples[$0]) }
        let shape = Self.shape(rest, chance, least: isCount && !isRoot ? 1 : 0)
        let scaled = zip(rest, shape).map { $0 / $1 }
        var steps: [Double] = []
        for index in scaled.indices.dropFirst() where !scaled[index].isNaN && !scaled[index - 1].isNaN {
            steps.append(abs(scaled[index] - scaled[index - 1]))
        }
        let spread = 1.4826 * SpikeCourse.median(scaled.filter { !$0.isNaN }.map { abs($0) })
        let noise = 1.4826 * SpikeCourse.median(steps) / 1.414_213_562_373_095_1
        return shape.map { max(max(spread, noise) * $0, smallestDeviation) }
    }

    /// What the variance of a minute is proportional to, as far as its number of events decides.
    private func varianceShape(usual: Double, samples: Double?) -> Double {
        if isRoot { return 1 }
        if isCount { return max(usual, 1) / ((usual + offset) * (usual + offset)) }
        return samples.map { 1 / max(1, $0) } ?? 1
    }

    /// Standard deviations up to a common factor: all one where the minutes are much alike.
    private static func shape(_ rest: [Double], _ chance: [Double], least: Double) -> [Double] {
        let even = [Double](repeating: 1, count: rest.count)
        let known = rest.indices.filter { !rest[$0].isNaN }.sorted { (chance[$0], $0) < (chance[$1], $1) }
        guard known.count >= 20 else { return even }
        let (busy, quiet) = (known.prefix(known.count / 2), known.suffix(known.count / 2))
        func mean(_ part: ArraySlice<Int>) -> Double { part.reduce(0) { $0 + chance[$1] } / Double(part.count) }
        func variance(_ part: ArraySlice<Int>) -> Double {
            let spread = 1.4826 * SpikeCourse.median(part.map { abs(rest[$0]) })
            return spread * spread
        }
        let (low, high) = (mean(busy), mean(quiet))
        guard high >= uneven * low else { return even }
        let slope = max(least, (variance(quiet) - variance(busy)) / (high - low))
        let constant = max(0, variance(busy) - slope * low)
        return chance.map { max(1e-12, constant + slope * $0).squareRoot() }
    }
}
