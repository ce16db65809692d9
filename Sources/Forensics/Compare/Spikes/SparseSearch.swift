/// Looks for rises in a series of few events: by how many fall into a stretch altogether. Of its minutes most have
/// one event or none, and tell nothing each by itself.
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
    private static let factors: [Double] = [1.5, 2, 4, 10, 40, 400]
    /// A rise of fewer events is no matter for an alarm: one client that tries again and again makes as many.
    private static let leastRise = 40.0
    /// Nor are events of so few minutes: they may be one event that was told several times.
    private static let leastMinutes = 5
    /// The evidence outside is cut into at least so many parts to see how restless it is.
    private static let leastBlocks = 8
    private static let shortBlock = 5
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
    }

    /// The stretches that stand out.
    func stretches() -> [SpikeStretch] {
        var values = series.values
        var result: [SpikeStretch] = []
        for _ in 0..<Self.searches {
            guard let one = strongest(values), one.strength >= series.threshold else { break }
            if isLarge(one, values) { result.append(stretch(one)) }
            for minute in one.minutes { values[minute] = .nan }
        }
        return result
    }

    private func stretch(_ one: Candidate) -> SpikeStretch {
        SpikeStretch(
            name: series.name, isCount: true, minutes: one.minutes, strength: one.strength, isRise: true,
            usual: one.usual, inside: one.count / one.length,
            weight: one.strength / series.threshold * Double(one.minutes.count).squareRoot(), isLevel: false)
    }

    /// The stretch that is least likely by chance, held against what lies outside of it.
    private func strongest(_ values: [Double]) -> Candidate? {
        var minutes = 0..<0
        for _ in 0..<Self.rounds {
            let usual = SparseCourse(values, outside: minutes)
            guard let next = scan(values, usual.rates), isPart(next) else { return nil }
            if next == minutes { break }
            minutes = next
        }
        return minutes.isEmpty ? nil : judged(minutes, values)
    }

    /// Whether a stretch leaves enough to hold it against: most of all before it.
    private func isPart(_ minutes: Range<Int>) -> Bool {
        let part =
            minutes.lowerBound <= span.lowerBound
            ? Self.mostAtStart : minutes.upperBound >= span.upperBound ? Self.mostAtEnd : Self.mostWithin
        return Double(minutes.count) <= part * Double(span.count)
    }

    private func judged(_ minutes: Range<Int>, _ values: [Double]) -> Candidate {
        let course = SparseCourse(values, outside: minutes)
        var one = Candidate(minutes: minutes)
        for minute in minutes where !values[minute].isNaN {
            one.length += 1
            one.count += values[minute]
            one.expected += course.rates[minute]
        }
        guard one.length > 0 else { return one }
        let rate = one.expected / one.length
        one.usual = rate * course.reference < 1 ? 0 : rate
        let root = Self.root(one.count - 0.5, one.length, course.reference * rate, course.reference)
        one.strength = max(0, root) / restlessness(values, course.rates, outside: minutes).squareRoot()
        return one
    }

    private func isLarge(_ one: Candidate, _ values: [Double]) -> Bool {
        guard one.count - one.expected >= Self.leastRise, one.count >= minimumRatio * one.expected else { return false }
        let inside = one.minutes.map { values[$0] }.filter { !$0.isNaN }
        return inside.count >= leastMinutes && inside.count(where: { $0 > 0 }) >= Self.leastMinutes
            && SpikeCourse.median(inside) < Self.manyEvents
            && SparseStep(values, span: span, minutes: one.minutes, least: minimumRatio).isOne(of: one.count)
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
    private func scan(_ values: [Double], _ usual: [Double]) -> Range<Int>? {
        var best = 0.0
        var result: Range<Int>?
        for factor in Self.factors {
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
