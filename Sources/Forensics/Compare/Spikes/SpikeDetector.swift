package import ForensicsModel

/// Finds the stretches of a case that stand out.
///
/// Each series is held against its own usual course; the stretch whose deviations add up most is taken, its edges are
/// put where the value passes half way, and the search goes on in the rest. Stretches of several series that cover
/// the same time are one spike.
package struct SpikeDetector: Sendable {
    /// The largest number of spikes returned.
    package var limit = 10
    /// A single minute is noise: a spike has at least so many.
    package var minimumMinutes = 2
    /// The smallest factor by which a value inside differs from the usual.
    package var minimumRatio = 1.5

    /// Fewer minutes than this have no usual course.
    package static let neededMinutes = 4

    private static let minute = MinuteGrid.width
    private static let searchesPerSeries = 8
    /// Two stretches that share this part of what they cover together are one spike.
    private static let sameSpike = 0.5

    package init() {}

    /// Returns the spikes of a whole case: what stands out most, and longest, first; ties by time.
    ///
    /// - Parameters:
    ///   - measure: what to look at alone; `nil` for all.
    ///   - more: series that the aggregate does not have.
    package func spikes(
        of aggregate: WindowAggregate, by measure: RankMeasure? = nil, also more: [SpikeSeries] = []
    ) -> [Spike] {
        let start = aggregate.window.start.bucket(width: Self.minute)
        return spikes(in: SpikeSeries.all(of: aggregate, by: measure) + more, start: start)
    }

    /// Returns the spikes of series that begin at the same minute; ties by time.
    package func spikes(in series: [SpikeSeries], start: Int64) -> [Spike] {
        var found: [Stretch] = []
        for one in series where one.values.count >= Self.neededMinutes { found.append(contentsOf: stretches(one)) }
        found.sort { left, right in
            if left.weight != right.weight { return left.weight > right.weight }
            return left.minutes.lowerBound != right.minutes.lowerBound
                ? left.minutes.lowerBound < right.minutes.lowerBound : left.name < right.name
        }
        var groups: [[Stretch]] = []
        for stretch in found {
            let home = groups.firstIndex { Self.overlap($0[0].minutes, stretch.minutes) >= Self.sameSpike }
            if let home { groups[home].append(stretch) } else { groups.append([stretch]) }
        }
        let kept = groups.prefix(limit)
        let known = Self.known(series)
        let busy = kept.map { $0[0].minutes }
        return kept.map { group in spike(group, known: known, busy: busy, start: start) }
    }

    /// Returns the quiet window that goes with a window that somebody named, of as many whole minutes.
    ///
    /// - Parameters:
    ///   - span: the time looked at.
    ///   - coverage: what of it the evidence covers.
    ///   - spikes: what else stands out: it is not quiet.
    package static func before(
        _ window: TimeWindow, span: TimeWindow, coverage: [TimeWindow], spikes: [Spike]
    ) -> Spike.Before? {
        let start = span.start.bucket(width: minute)
        func index(_ time: Int64) -> Int { Int((time - start).quotientAndRemainder(dividingBy: minute).quotient) }
        let first = window.start.bucket(width: minute)
        let named =
            index(first)..<max(index(first) + 1, index(window.end.advanced(by: minute - 1).bucket(width: minute)))
        let length = max(0, index(span.end.bucket(width: minute)))
        let known = (0..<length).map { offset in
            let at = Timestamp(nanoseconds: start + Int64(offset) * minute)
            let whole = TimeWindow(start: at, end: at.advanced(by: minute))
            return coverage.contains { $0.intersection(whole) == whole }
        }
        let busy = spikes.map { index($0.startNanoseconds)..<index($0.endNanoseconds) } + [named]
        guard named.lowerBound >= 0 else { return nil }
        return QuietWindow(known: known, busy: busy).choose(for: named).map { choice in
            Spike.Before(
                startNanoseconds: start + Int64(choice.minutes.lowerBound) * minute,
                endNanoseconds: start + Int64(choice.minutes.upperBound) * minute, choice: choice.why)
        }
    }

    private static func touchesEdge(_ minutes: Range<Int>, _ series: SpikeSeries) -> Bool {
        let first = series.values.firstIndex { !$0.isNaN } ?? 0
        let last = series.values.lastIndex { !$0.isNaN } ?? 0
        return minutes.lowerBound <= first || minutes.upperBound > last
    }

    /// A stretch of one series.
    private struct Stretch {
        var name: String
        var isCount: Bool
        var minutes: Range<Int>
        var strength: Double
        var isRise: Bool
        var usual: Double
        var inside: Double
        /// How far it stands out, in units of what its series has to, times how long: a client that comes for three minutes
        /// is not the incident when all traffic has doubled for a quarter of an hour.
        var weight: Double
    }

    private func stretches(_ series: SpikeSeries) -> [Stretch] {
        let baseline = SpikeBaseline(series)
        var found: [Stretch] = []
        for isRise in [true, false] {
            var signal = baseline.deviations.map { isRise ? $0 : -$0 }
            for _ in 0..<Self.searchesPerSeries {
                guard let (minutes, unit) = Self.candidate(signal, baseline, series, isRise) else { break }
                let sum = minutes.reduce(0) { $0 + signal[$1] / unit }
                let inflation = baseline.inflation(outside: minutes, unit: unit)
                var strength = sum / Double(minutes.count).squareRoot() / inflation
                if let exceedance = series.exceedance {
                    strength = min(strength, exceedance.strength(of: minutes, isRise: isRise) / inflation)
                }
                for index in minutes { signal[index] = -1 }
                guard strength >= series.threshold else { break }
                // One of many that is absent at the edge of the evidence has not come yet, or has gone: no incident.
                if series.isOneOfMany, !isRise, Self.touchesEdge(minutes, series) { continue }
                let inside = SpikeCourse.median(minutes.map { series.values[$0] }.filter { !$0.isNaN })
                let usual = SpikeCourse.median(minutes.map { baseline.usual[$0] })
                // Who stays for long is rather a guest than an incident: it has to matter more.
                let smallest = series.smallestChange * (baseline.isLongPart(minutes) ? 2 : 1)
                guard minutes.count >= minimumMinutes,
                    isLarge(usual, inside, isRise, isCount: series.isCount, smallestChange: smallest)
                else { continue }
                found.append(
                    Stretch(
                        name: series.name, isCount: series.isCount, minutes: minutes, strength: strength,
                        isRise: isRise, usual: usual, inside: inside,
                        weight: strength / series.threshold * Double(minutes.count).squareRoot()))
            }
        }
        return found
    }

    private func isLarge(_ usual: Double, _ inside: Double, _ isRise: Bool, isCount: Bool, smallestChange: Double)
        -> Bool
    {
        let (low, high) = isRise ? (usual, inside) : (inside, usual)
        // Counts of a few events per minute are no matter for an alarm.
        if isCount, high < 3 || high - low < smallestChange { return false }
        return high >= minimumRatio * low && high > low
    }

    /// The stretch that stands out most, and the standard deviation that it is judged by: for one of many that of the
    /// minutes outside of it, where who comes and goes shows.
    private static func candidate(
        _ signal: [Double], _ baseline: SpikeBaseline, _ series: SpikeSeries, _ isRise: Bool
    ) -> (minutes: Range<Int>, unit: Double)? {
        guard let first = refined(signal), !first.isEmpty else { return nil }
        guard series.isOneOfMany else { return (first, 1) }
        let unit = baseline.restlessness(outside: first, isRise: isRise)
        guard unit > 1 else { return (first, 1) }
        guard let second = refined(signal.map { $0 / unit }), !second.isEmpty else { return nil }
        return (second, baseline.restlessness(outside: second, isRise: isRise))
    }

    /// The stretch whose values above a bar add up most; the bar rises to half of what is inside until the edges stay.
    private static func refined(_ signal: [Double]) -> Range<Int>? {
        guard var minutes = heaviest(signal, 0..<signal.count, bar: 1.5) else { return nil }
        for _ in 0..<6 {
            let inside = minutes.map { signal[$0] }.sorted()
            let level = inside[inside.count * 6 / 10]
            guard let next = heaviest(signal, minutes, bar: max(1.5, level / 2)), next != minutes else { break }
            minutes = next
        }
        return minutes
    }

    /// Kadane's maximum-sum stretch of `signal − bar`; `nil` where nothing exceeds the bar.
    private static func heaviest(_ signal: [Double], _ within: Range<Int>, bar: Double) -> Range<Int>? {
        var best = 0.0
        var result: Range<Int>?
        var sum = 0.0
        var start = within.lowerBound
        for index in within {
            sum += signal[index] - bar
            if sum <= 0 {
                sum = 0
                start = index + 1
            } else if sum > best {
                best = sum
                result = start..<(index + 1)
            }
        }
        return result
    }

    private static func overlap(_ a: Range<Int>, _ b: Range<Int>) -> Double {
        let common = max(0, min(a.upperBound, b.upperBound) - max(a.lowerBound, b.lowerBound))
        let both = a.count + b.count - common
        return both > 0 ? Double(common) / Double(both) : 0
    }

    /// Minutes in which any series has a value.
    private static func known(_ series: [SpikeSeries]) -> [Bool] {
        let length = series.map(\.values.count).max() ?? 0
        return (0..<length).map { minute in
            series.contains { minute < $0.values.count && !$0.values[minute].isNaN }
        }
    }

    private func spike(_ group: [Stretch], known: [Bool], busy: [Range<Int>], start: Int64) -> Spike {
        let lead = group[0]
        let reasons = group.map {
            Spike.Reason(
                name: $0.name, isCount: $0.isCount, isRise: $0.isRise, usual: $0.usual, inside: $0.inside,
                strength: $0.strength)
        }
        let before = QuietWindow(known: known, busy: busy).choose(for: lead.minutes).map { choice in
            Spike.Before(
                startNanoseconds: start + Int64(choice.minutes.lowerBound) * Self.minute,
                endNanoseconds: start + Int64(choice.minutes.upperBound) * Self.minute, choice: choice.why)
        }
        return Spike(
            startNanoseconds: start + Int64(lead.minutes.lowerBound) * Self.minute,
            endNanoseconds: start + Int64(lead.minutes.upperBound) * Self.minute, strength: lead.strength,
            reasons: reasons, before: before)
    }
}

/// Chooses what a spike is compared with.
struct QuietWindow {
    /// Minutes that the evidence covers.
    let known: [Bool]
    /// Minutes of all spikes.
    let busy: [Range<Int>]

    private static let day = 1440

    func choose(for spike: Range<Int>) -> (minutes: Range<Int>, why: Spike.Choice)? {
        func moved(_ by: Int) -> Range<Int> { (spike.lowerBound - by)..<(spike.upperBound - by) }
        if isQuiet(moved(spike.count)) { return (moved(spike.count), .justBefore) }
        if isQuiet(moved(Self.day)) { return (moved(Self.day), .dayBefore) }
        if isQuiet(moved(7 * Self.day)) { return (moved(7 * Self.day), .weekBefore) }
        var distance = spike.count + 1
        while distance <= spike.lowerBound {
            if isQuiet(moved(distance)) { return (moved(distance), .nearest) }
            distance += 1
        }
        distance = spike.count
        while spike.upperBound + distance <= known.count {
            if isQuiet(moved(-distance)) { return (moved(-distance), .after) }
            distance += 1
        }
        return nil
    }

    private func isQuiet(_ minutes: Range<Int>) -> Bool {
        guard minutes.lowerBound >= 0, minutes.upperBound <= known.count else { return false }
        return minutes.allSatisfy { known[$0] } && !busy.contains { $0.overlaps(minutes) }
    }
}
