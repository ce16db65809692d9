/// What a series usually does, minute by minute (`SpikeCourse`), and how much it varies around that (`SpikeScale`).
///
/// Levels that stay (`LastingLevels`) are told apart from that course, so that it neither drifts towards them nor takes
/// the longer of two for the usual one.
struct SpikeBaseline {
    /// Deviation from the course within each level, in standard deviations of the noise; 0 where nothing was measured.
    let deviations: [Double]
    /// The course without the levels that stay, in the series' own unit.
    let usual: [Double]
    /// The course within each level.
    let local: [Double]
    /// Stretches of levels that stay apart from the usual one, each as a whole.
    let levels: [Range<Int>]
    /// How far each minute's level is apart from the usual one, on the scale of the noise.
    private let offsets: [Double]
    /// The minutes that were measured.
    private let isKnown: [Bool]
    /// The standard deviation of each minute.
    private let noise: [Double]
    private let kind: SpikeCourse.Kind

    /// The part of its minutes that a level of one of many must hold.
    private static let surePart = 0.9

    /// What runs every hour takes no more minutes than this, and shows in at least so many of the hours around.
    private static let longestJob = 20
    private static let leastHours = 3
    private static let hoursAround = 12

    init(_ series: SpikeSeries) {
        let scale = SpikeScale(series)
        let scaled = series.values.map { $0.isNaN ? Double.nan : scale.forward($0) }
        let lasting = Self.mayMatter(series) ? LastingLevels(scaled, scale: scale) : nil
        if let lasting, !lasting.levels.isEmpty {
            self.init(series, scale: scale, scaled: scaled, lasting: lasting)
            // Who comes and goes has no level, and what is usual is told by all minutes.
            if !series.isOneOfMany || levels.allSatisfy({ isApart($0, part: Self.surePart) }) { return }
        }
        self.init(series, scale: scale, scaled: scaled, lasting: nil)
    }

    /// Without levels of its own.
    init(wholeOf series: SpikeSeries) {
        let scale = SpikeScale(series)
        self.init(
            series, scale: scale, scaled: series.values.map { $0.isNaN ? Double.nan : scale.forward($0) }, lasting: nil)
    }

    /// Without levels of its own, told by the minutes outside of a stretch alone.
    init(_ series: SpikeSeries, without stretch: Range<Int>) {
        let scale = SpikeScale(series)
        self.init(
            series, scale: scale, scaled: series.values.map { $0.isNaN ? Double.nan : scale.forward($0) }, lasting: nil,
            apart: stretch)
    }

    private init(
        _ series: SpikeSeries, scale: SpikeScale, scaled: [Double], lasting: LastingLevels?, apart: Range<Int> = 0..<0
    ) {
        var offsets = [Double](repeating: 0, count: scaled.count)
        for level in lasting?.levels ?? [] { for index in level.minutes { offsets[index] = level.offset } }
        let untelling = [apart] + (lasting?.detours ?? [])
        func telling(_ values: [Double]) -> [Double] {
            values.indices.map { index in untelling.contains { $0.contains(index) } ? Double.nan : values[index] }
        }
        let base = SpikeCourse.usual(telling(zip(scaled, offsets).map { $0 - $1 }))
        let course = zip(base, offsets).map { $0 + $1 }
        let rest = zip(scaled, course).map { $0 - $1 }
        usual = base.map { scale.backward($0) }
        local = course.map { scale.backward($0) }
        noise = scale.deviations(of: telling(rest), usual: local, samples: series.samples)
        deviations = zip(rest, noise).map { $0.isNaN ? 0 : $0 / $1 }
        isKnown = rest.map { !$0.isNaN }
        levels = lasting?.stretches ?? []
        self.offsets = offsets
        kind = SpikeCourse.Kind(scaled.count)
    }

    /// One of many whose whole range does not matter has no level to look for.
    private static func mayMatter(_ series: SpikeSeries) -> Bool {
        guard series.isOneOfMany else { return true }
        let known = series.values.filter { !$0.isNaN }
        return (known.max() ?? 0) - (known.min() ?? 0) >= series.smallestChange
    }

    /// Whether so large a part of the minutes of a level, and of those of the usual one, is nearer to their own than to the
    /// other: who comes and goes has no level.
    func isApart(_ stretch: Range<Int>, part: Double) -> Bool {
        let apart = stretch.filter { isKnown[$0] }
        guard let offset = apart.first.map({ offsets[$0] }) else { return false }
        let usual = offsets.indices.filter { offsets[$0] == 0 && isKnown[$0] }
        func distance(_ minute: Int, from level: Double) -> Double {
            (offsets[minute] + deviations[minute] * noise[minute] - level) * (offset > 0 ? 1 : -1)
        }
        let inside = apart.count { distance($0, from: offsets[$0] / 2) > 0 }
        let outside = usual.count { distance($0, from: offset / 2) < 0 }
        return Double(inside) >= part * Double(apart.count) && Double(outside) >= part * Double(usual.count)
    }

    /// How far a level that stays is apart from the usual one, in standard errors; 0 if it is on the other side.
    ///
    /// Of the difference of two means: few minutes of the usual level tell as little as few of the other. Where the course
    /// is no single level, the step is told by the minutes near it, together with their slope (`StepFit`).
    func strength(ofLevel stretch: Range<Int>, isRise: Bool, unit: Double) -> Double {
        let inside = stretch.filter { isKnown[$0] }
        let outside = offsets.indices.filter { offsets[$0] == 0 && isKnown[$0] }
        guard !inside.isEmpty, !outside.isEmpty else { return 0 }
        let reach = kind == .single ? offsets.count : StepFit.reach
        func variance(_ minutes: [Int]) -> Double {
            let squares = minutes.reduce(0) { $0 + noise[$1] * noise[$1] }
            return squares / Double(minutes.count) / Double(min(reach, minutes.count))
        }
        let sum = inside.reduce(0) { $0 + offsets[$1] + deviations[$1] * noise[$1] }
        let distance = sum / Double(inside.count) * (isRise ? 1 : -1)
        let error = (variance(inside) + variance(outside)).squareRoot() * (kind == .single ? 1 : StepFit.costOfSlope)
        let length = min(reach, inside.count, outside.count)
        return max(0, distance / (error * unit * inflation(outside: 0..<0, length: length, unit: unit)))
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

    /// The same minutes of the hours around, if three of four have what a stretch has: a job that runs every hour.
    func hourly(_ stretch: Range<Int>, isRise: Bool) -> [Range<Int>] {
        guard stretch.count <= Self.longestJob else { return [] }
        func level(_ part: Range<Int>) -> Double {
            part.reduce(0) { $0 + deviations[$1] } / Double(part.count) * (isRise ? 1 : -1)
        }
        let others = (-Self.hoursAround...Self.hoursAround).filter { $0 != 0 }
            .map { stretch.lowerBound + 60 * $0..<stretch.upperBound + 60 * $0 }
            .filter { $0.lowerBound >= 0 && $0.upperBound <= deviations.count && $0.allSatisfy { isKnown[$0] } }
        let alike = others.filter { level($0) >= level(stretch) / 2 }
        return others.count >= Self.leastHours && 4 * alike.count >= 3 * others.count ? alike : []
    }

    /// Whether a stretch makes more than a fifth of what was measured.
    func isLongPart(_ stretch: Range<Int>) -> Bool {
        5 * stretch.count { isKnown[$0] } > isKnown.count { $0 }
    }

    /// Returns what correlation between minutes multiplies the standard error of a mean by, judged outside a stretch.
    ///
    /// - Parameters:
    ///   - length: of the mean, minutes.
    ///   - unit: the standard deviation, in those of the noise.
    func inflation(outside stretch: Range<Int>, length: Int, unit: Double) -> Double {
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
        var power = 1.0
        for _ in 0..<length { power *= r }
        let length = Double(length)
        // The variance of the mean of so many minutes of a first-order autoregression.
        return ((1 + r) / (1 - r) - 2 * r * (1 - power) / (length * (1 - r) * (1 - r))).squareRoot()
    }
}
