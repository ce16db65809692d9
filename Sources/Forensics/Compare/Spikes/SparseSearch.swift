/// Looks for rises in a series of few events, and for falls of few requests or connections: by how many fall into a stretch
/// altogether. Of its minutes most have one event or none, and tell nothing each by itself.
///
/// A scan for the largest likelihood ratio of a Poisson count (Kulldorff, Communications in Statistics 26, 1997): of each
/// of a few factors the stretch is taken for which a rate that is so many times the usual explains most.
struct SparseSearch {
    private let series: SpikeSeries
    private let minimumRatio: Double
    private let leastMinutes: Int
    /// The first and last minute that were measured.
    private let span: Range<Int>

    /// With so many events per minute its minutes tell what a stretch is.
    private static let manyEvents = 10.0
    private static let searches = 4
    private static let rounds = 5
    private static let risingFactors: [Double] = [1.5, 2, 4, 10, 40, 400]
    private static let fallingFactors = [0.67, 0.5, 0.25, 0.05]
    /// A change of fewer events is no matter for an alarm: one client that tries again and again makes as many.
    private static let leastChange = 40.0
    /// Nor are events of so few minutes: they may be one event that was told several times.
    private static let leastMinutes = 5
    /// The evidence outside is cut into at least so many parts to see how restless it is.
    private static let leastBlocks = 8
    private static let shortBlock = 5
    /// Fewer minutes before or after a stretch are nothing to hold it against.
    private static let leastLeft = 15
    /// The largest part of the evidence that may stand out.
    private static let mostWithin = 0.7
    private static let mostAtStart = 0.5
    private static let mostAtEnd = 0.9

    init?(_ series: SpikeSeries, minimumRatio: Double, minimumMinutes: Int) {
        guard series.countsEvents, !series.isOneOfMany,
            let first = series.values.firstIndex(where: { !$0.isNaN }),
            let last = series.values.lastIndex(where: { !$0.isNaN })
        else { return nil }
        self.series = series
        self.minimumRatio = minimumRatio
        span = first..<last + 1
        leastMinutes = max(minimumMinutes, Self.leastMinutes)
    }

    /// A stretch and what is expected in it.
    private struct Candidate {
        var minutes: Range<Int>
        /// Minutes that were measured, their events, and how many are usual.
        var length = 0.0
        var count = 0.0
        var expected = 0.0
        var strength = 0.0
        /// How many events are usual per minute; 0 where none was seen.
        var usual = 0.0
        var isRise: Bool
    }

    /// The stretches that stand out, the strongest first: what follows a fall must not pass for a rise. Falls are told of
    /// traffic alone; fewer errors are no incident.
    func stretches() -> [SpikeStretch] {
        var values = series.values
        var result: [SpikeStretch] = []
        for _ in 0..<Self.searches {
            let found = [true, false].compactMap { strongest(values, $0) }
            guard let one = found.max(by: { $0.strength < $1.strength }), one.strength >= series.threshold else {
                break
            }
            if one.isRise || series.isTraffic, isLarge(one, values) { result.append(stretch(one)) }
            for minute in one.minutes { values[minute] = .nan }
        }
        return result
    }

    private func stretch(_ one: Candidate) -> SpikeStretch {
        SpikeStretch(
            name: series.name, isCount: true, minutes: one.minutes, strength: one.strength, isRise: one.isRise,
            usual: one.usual, inside: one.count / one.length,
            weight: one.strength / series.threshold * Double(one.minutes.count).squareRoot(), isLevel: false)
    }

    /// The stretch that is least likely by chance, held against what lies outside of it.
    private func strongest(_ values: [Double], _ isRise: Bool) -> Candidate? {
        var minutes = 0..<0
        for _ in 0..<Self.rounds {
            let usual = SparseCourse(values, outside: minutes)
            guard let next = scan(values, usual.rates, isRise), isPart(next) else { return nil }
            if next == minutes { break }
            minutes = next
        }
        return minutes.isEmpty ? nil : judged(minutes, values, isRise)
    }

    /// Whether a stretch leaves enough to hold it against: most of all before it.
    private func isPart(_ minutes: Range<Int>) -> Bool {
        let part =
            minutes.lowerBound <= span.lowerBound
            ? Self.mostAtStart : minutes.upperBound >= span.upperBound ? Self.mostAtEnd : Self.mostWithin
        return Double(minutes.count) <= part * Double(span.count)
    }

    private func judged(_ minutes: Range<Int>, _ values: [Double], _ isRise: Bool) -> Candidate {
        let course = SparseCourse(values, outside: minutes)
        var one = Candidate(minutes: minutes, isRise: isRise)
        for minute in minutes where !values[minute].isNaN {
            one.length += 1
            one.count += values[minute]
            one.expected += course.rates[minute]
        }
        guard one.length > 0 else { return one }
        let rate = one.expected / one.length
        one.usual = rate * course.reference < 1 ? 0 : rate
        let count = one.count + (isRise ? -0.5 : 0.5)
        let root = Self.root(count, one.length, course.reference * rate, course.reference) * (isRise ? 1 : -1)
        one.strength = max(0, root) / restlessness(values, course.rates, outside: minutes).squareRoot()
        return one
    }

    private func isLarge(_ one: Candidate, _ values: [Double]) -> Bool {
        let (low, high) = one.isRise ? (one.expected, one.count) : (one.count, one.expected)
        guard high - low >= Self.leastChange, high >= minimumRatio * low else { return false }
        let inside = one.minutes.map { values[$0] }.filter { !$0.isNaN }
        let step = SparseStep(values, span: span, minutes: one.minutes, isRise: one.isRise, least: minimumRatio)
        guard inside.count >= leastMinutes, step.isOne(of: high) else { return false }
        // What goes on to an end of the evidence has only one side to be held against, and that may be a lull.
        let left = min(one.minutes.lowerBound - span.lowerBound, span.upperBound - one.minutes.upperBound)
        if one.isRise, left < Self.leastLeft,
            one.count < minimumRatio * one.length * meanRate(values, outside: one.minutes)
        {
            return false
        }
        // Evidence that begins with little has not begun yet.
        guard one.isRise else { return one.usual < Self.manyEvents && one.minutes.lowerBound > span.lowerBound }
        return inside.count(where: { $0 > 0 }) >= Self.leastMinutes && SpikeCourse.median(inside) < Self.manyEvents
    }

    private func meanRate(_ values: [Double], outside stretch: Range<Int>) -> Double {
        let others = values.indices.filter { !values[$0].isNaN && !stretch.contains($0) }
        return others.reduce(0) { $0 + values[$1] } / Double(max(1, others.count))
    }

    /// The variance of the events of a part of the evidence in that of independent events, at least 1: large where they
    /// come in bursts.
    private func restlessness(_ values: [Double], _ usual: [Double], outside stretch: Range<Int>) -> Double {
        let minutes = values.indices.filter { !values[$0].isNaN && !stretch.contains($0) }
        func ratio(_ width: Int) -> Double {
            var (squares, sum, count) = (0.0, 0.0, 0.0)
            for first in stride(from: 0, through: minutes.count - width, by: width) {
                let block = minutes[first..<first + width]
                let expected = block.reduce(0) { $0 + usual[$1] }
                let distance = block.reduce(0) { $0 + values[$1] } - expected
                squares += distance * distance
                sum += expected
                count += 1
            }
            // Few parts may look calm by chance: two standard errors more.
            return count > 0 ? squares / sum * (1 + 2 * (2 / count).squareRoot()) : 1
        }
        let long = max(Self.shortBlock, min(stretch.count, minutes.count / Self.leastBlocks))
        return max(1, ratio(1), ratio(Self.shortBlock), ratio(long))
    }

    /// The signed root of the likelihood ratio of two rates.
    private static func root(_ count: Double, _ length: Double, _ usual: Double, _ usualLength: Double) -> Double {
        let (count, all) = (max(0, count), max(0, count) + usual)
        let expected = all * length / (length + usualLength)
        var half = 0.0
        if count > 0 { half += count * ElementaryFunctions.log(count / expected) }
        if usual > 0 { half += usual * ElementaryFunctions.log(usual / (all - expected)) }
        return (count > expected ? 1 : -1) * (2 * max(0, half)).squareRoot()
    }

    /// The stretch that one of the factors explains best; `nil` where none explains anything.
    private func scan(_ values: [Double], _ usual: [Double], _ isRise: Bool) -> Range<Int>? {
        var best = 0.0
        var result: Range<Int>?
        for factor in isRise ? Self.risingFactors : Self.fallingFactors {
            let gain = ElementaryFunctions.log(factor)
            var (sum, start) = (0.0, 0)
            for minute in span where !values[minute].isNaN {
                if sum == 0 { start = minute }
                sum = max(0, sum + values[minute] * gain - (factor - 1) * usual[minute])
                if sum > best { (best, result) = (sum, start..<minute + 1) }
            }
        }
        return result
    }
}
