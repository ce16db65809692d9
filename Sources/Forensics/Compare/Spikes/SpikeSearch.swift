/// A stretch of one series that stands out.
struct SpikeStretch {
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
    /// Whether it is a level that stays, beside which other spikes are looked for.
    var isLevel: Bool
    /// What is usual, minute by minute; empty where it is the same for all.
    var course: [Double] = []
    /// What was measured.
    var values: [Double] = []
}

/// Looks for what stands out in one series: levels that stay, and stretches that come and go.
struct SpikeSearch {
    let series: SpikeSeries
    let minimumMinutes: Int
    let minimumRatio: Double
    let baseline: SpikeBaseline

    private static let searches = 8
    /// Counts of fewer per minute tell nothing by their minutes.
    private static let fewEvents = 3.0
    /// Bytes of fewer events are no incident, and of so many their sizes vary as much again as minutes tell.
    private static let leastEvents = 30.0
    private static let manyEvents = 200.0
    /// The part of its minutes that a level must hold.
    private static let likelyPart = 0.7
    /// How much stronger a level must be where the usual course is no single level: its beginning is chosen among many
    /// places, and minutes that waver together pass for a step more easily than the correlation of neighbours tells.
    private static let costOfChoice = 1.5
    /// By what factor the usual may lie above the largest level that was seen: a rhythm is not seen to its top.
    private static let mostOfUsual = 1.1
    /// At most one minute in so many may be held against the others alone.
    private static let mostApart = 3.0
    /// Minutes of less than this many standard deviations more than usual are not looked at one by one.
    private static let leastBar = 0.75
    /// In so few minutes a rhythm does not move.
    private static let brief = 30
    /// Minutes directly before and after a stretch that it must differ from: as many as it has, within these limits.
    private static let neighbours = 5...15

    init(_ series: SpikeSeries, minimumMinutes: Int, minimumRatio: Double) {
        self.series = series
        self.minimumMinutes = minimumMinutes
        self.minimumRatio = minimumRatio
        baseline = SpikeBaseline(series)
    }

    /// - Parameter baseline: what the series usually does, where that is known.
    private init(_ search: SpikeSearch, baseline: SpikeBaseline) {
        series = search.series
        minimumMinutes = search.minimumMinutes
        minimumRatio = search.minimumRatio
        self.baseline = baseline
    }

    func stretches() -> [SpikeStretch] {
        guard !isMostlyNothing else { return [] }
        let found = told()
        let sparse =
            SparseSearch(series, minimumRatio: minimumRatio, minimumMinutes: minimumMinutes)?.stretches() ?? []
        // Of what both tell, what tells more.
        func isTold(_ one: SpikeStretch, by others: [SpikeStretch]) -> Bool {
            others.contains { $0.minutes.overlaps(one.minutes) && $0.weight > one.weight }
        }
        let kept = found.filter { !isTold($0, by: sparse) }
        return kept + sparse.filter { one in !kept.contains { $0.minutes.overlaps(one.minutes) } }
    }

    /// What stands out; from its usual course as a whole where a level that stays was seen and cannot be told: what comes on
    /// top of a rhythm is another factor of it in every hour, and no level.
    private func told() -> [SpikeStretch] {
        let levels = levels()
        let isWhole =
            levels.isEmpty && !baseline.levels.isEmpty && SpikeCourse.Kind(series.values.count) != .single
        let search = isWhole ? SpikeSearch(self, baseline: SpikeBaseline(wholeOf: series)) : self
        return levels
            + [true, false].flatMap { isRise in
                let single = search.singleMinutes(isRise: isRise)
                return single + search.passing(isRise: isRise, without: single.map(\.minutes))
            }
    }

    private func levels() -> [SpikeStretch] {
        baseline.levels.compactMap { minutes in
            guard baseline.isApart(minutes, part: Self.likelyPart) else { return nil }
            let inside = median(minutes, series.values)
            let usual = SpikeCourse.median(minutes.map { baseline.usual[$0] })
            let isRise = inside > usual
            let unit = series.isOneOfMany ? baseline.restlessness(outside: 0..<0, isRise: isRise) : 1
            var strength = baseline.strength(ofLevel: minutes, isRise: isRise, unit: unit)
            if SpikeCourse.Kind(series.values.count) != .single { strength /= Self.costOfChoice }
            if let exceedance = series.exceedance {
                let inflation = baseline.inflation(outside: minutes, length: minutes.count, unit: unit)
                strength = min(strength, exceedance.strength(of: minutes, isRise: isRise) / inflation)
            }
            return stretch(minutes, isRise, strength: strength, usual: usual, inside: inside, isLevel: true)
        }
    }

    /// - Parameter told: minutes that are told already.
    private func passing(isRise: Bool, without told: [Range<Int>]) -> [SpikeStretch] {
        var signal = baseline.deviations.map { isRise ? $0 : -$0 }
        for index in told.joined() { signal[index] = -1 }
        var found: [SpikeStretch] = []
        for _ in 0..<Self.searches {
            guard let (minutes, unit) = candidate(signal, isRise) else { break }
            let hourly = baseline.hourly(minutes, isRise: isRise)
            guard hourly.isEmpty else {
                for part in hourly + [minutes] { for index in part { signal[index] = -1 } }
                continue
            }
            let sum = minutes.reduce(0) { $0 + signal[$1] / unit }
            let inflation = baseline.inflation(outside: minutes, length: minutes.count, unit: unit)
            var strength = sum / Double(minutes.count).squareRoot() / inflation
            if let exceedance = series.exceedance {
                strength = min(strength, exceedance.strength(of: minutes, isRise: isRise) / inflation)
            }
            for index in minutes { signal[index] = -1 }
            var usual = SpikeCourse.level(of: minutes, in: series.values, course: baseline.local)
            if strength < series.threshold, let apart = judgedApart(minutes, isRise) { (strength, usual) = apart }
            guard strength >= series.threshold else { break }
            let inside = median(minutes, series.values)
            guard differsFromNeighbours(minutes, inside) else { continue }
            if let one = stretch(minutes, isRise, strength: strength, usual: usual, inside: inside, isLevel: false) {
                found.append(one)
            }
        }
        return found
    }

    /// The strength of a stretch held against the minutes outside of it alone, and what is usual there; `nil` where that tells
    /// no more. What makes a good part of the evidence is part of the spread that it is held against, and so is a lull beside.
    ///
    /// Of counts that are held against one level: others are told by what is around them.
    private func judgedApart(_ minutes: Range<Int>, _ isRise: Bool) -> (strength: Double, usual: Double)? {
        guard series.countsEvents, baseline.levels.isEmpty, SpikeCourse.Kind(series.values.count) == .single,
            minutes.count >= Self.neighbours.lowerBound, baseline.isLongPart(minutes),
            Self.mostApart * Double(minutes.count) <= Double(series.values.count)
        else { return nil }
        let outside = SpikeBaseline(series, without: minutes)
        let sign = isRise ? 1.0 : -1.0
        let unit = series.isOneOfMany ? outside.restlessness(outside: minutes, isRise: isRise) : 1
        let sum = minutes.reduce(0) { $0 + sign * outside.deviations[$1] / unit }
        let inflation = outside.inflation(outside: minutes, length: minutes.count, unit: unit)
        let strength = sum / Double(minutes.count).squareRoot() / inflation / Self.costOfChoice
        return (strength, SpikeCourse.level(of: minutes, in: series.values, course: outside.local))
    }

    /// Returns a stretch if it is strong, long and large enough.
    private func stretch(
        _ minutes: Range<Int>, _ isRise: Bool, strength: Double, usual: Double, inside: Double, isLevel: Bool
    ) -> SpikeStretch? {
        // One of many that is absent at the edge of the evidence has not come yet, or has gone: no incident.
        if series.isOneOfMany, !isRise, touchesEdge(minutes) { return nil }
        // Who stays for long is rather a guest than an incident: it has to matter more.
        let strength = strength / costOfSizes(minutes, isRise)
        let smallest = series.smallestChange * (isLevel || baseline.isLongPart(minutes) ? 2 : 1)
        guard isRise || !series.risesOnly, strength >= series.threshold, minutes.count >= minimumMinutes,
            isLarge(usual, inside, isRise, smallestChange: smallest, length: minutes.count),
            isRise || occurs(usual, outside: minutes),
            isMadeOfEnough(minutes, isRise, usual)
        else { return nil }
        return SpikeStretch(
            name: series.name, isCount: series.isCount, minutes: minutes, strength: strength, isRise: isRise,
            usual: usual, inside: inside, weight: strength / series.threshold * Double(minutes.count).squareRoot(),
            isLevel: isLevel, course: course, values: series.values)
    }

    /// What is usual, minute by minute; empty where it is the same for all.
    var course: [Double] { SpikeCourse.Kind(series.values.count) == .single ? [] : baseline.usual }

    /// Whether a level that is taken for the usual one was ever there: a course that a step has bent may lie where the series
    /// never was.
    private func occurs(_ level: Double, outside stretch: Range<Int>) -> Bool {
        [0..<stretch.lowerBound, stretch.upperBound..<series.values.count].contains { part in
            let length = min(part.count, Self.neighbours.upperBound)
            guard length > 0 else { return false }
            return stride(from: part.lowerBound, through: part.upperBound - length, by: max(1, length / 2)).contains {
                Self.mostOfUsual * median($0..<$0 + length, series.values) >= level
            }
        }
    }

    /// Whether most minutes have no event that could bring bytes: then no minute tells how much is usual.
    private var isMostlyNothing: Bool {
        series.isCount && !series.samples.isEmpty && SpikeCourse.median(series.samples) < 1
    }

    /// Whether enough events brought, or would usually have brought, these bytes: few show their sizes and nothing else.
    ///
    /// Nor is anything held against bytes that are usually none: where the middle minute has no event, sizes of those that
    /// have one are not seen in it.
    private func isMadeOfEnough(_ minutes: Range<Int>, _ isRise: Bool, _ usual: Double) -> Bool {
        guard series.isCount, !series.samples.isEmpty else { return true }
        return (!isRise || usual > 0) && events(minutes, isRise) >= Self.leastEvents
    }

    /// The events that brought the bytes of a stretch, or of a fall would usually have brought them.
    private func events(_ minutes: Range<Int>, _ isRise: Bool) -> Double {
        let inside = minutes.reduce(0) { $0 + series.samples[$1] }
        if isRise { return inside }
        let length = max(1, series.values.count { !$0.isNaN } - minutes.count)
        return (series.samples.reduce(0, +) - inside) / Double(length) * Double(minutes.count)
    }

    /// By what bytes of few events have to stand out more: sizes have heavy tails, which no median of minutes shows.
    private func costOfSizes(_ minutes: Range<Int>, _ isRise: Bool) -> Double {
        guard series.isCount, !series.samples.isEmpty else { return 1 }
        return (1 + Self.manyEvents / max(1, events(minutes, isRise))).squareRoot()
    }

    private func touchesEdge(_ minutes: Range<Int>) -> Bool {
        let first = series.values.firstIndex { !$0.isNaN } ?? 0
        let last = series.values.lastIndex { !$0.isNaN } ?? 0
        return minutes.lowerBound <= first || minutes.upperBound > last
    }

    private func isLarge(_ usual: Double, _ inside: Double, _ isRise: Bool, smallestChange: Double, length: Int) -> Bool
    {
        let (low, high) = isRise ? (usual, inside) : (inside, usual)
        // Few events per minute tell nothing by their minutes (`SparseSearch`).
        if series.isCount, high < Self.fewEvents || high - low < smallestChange { return false }
        if (high - low) * Double(length) < series.smallestSum { return false }
        return high >= minimumRatio * low && high > low
    }

    /// Whether a stretch differs from the minutes directly before it and from those directly after it: a ramp does not, and
    /// nor do the minutes beside a step, towards which the usual course drifts.
    ///
    /// Where other days tell what is usual, what runs every day and is missing once is no different from its neighbours.
    private func differsFromNeighbours(_ minutes: Range<Int>, _ inside: Double) -> Bool {
        guard SpikeCourse.Kind(series.values.count) != .seasonal else { return true }
        let count = min(Self.neighbours.upperBound, max(Self.neighbours.lowerBound, minutes.count))
        let before = max(0, minutes.lowerBound - count)..<minutes.lowerBound
        let after = minutes.upperBound..<min(series.values.count, minutes.upperBound + count)
        return [before, after].allSatisfy { part in
            guard part.contains(where: { !series.values[$0].isNaN }) else { return true }
            let level = median(part, series.values)
            return max(level, inside) >= minimumRatio * min(level, inside)
        }
    }

    private func median(_ minutes: Range<Int>, _ values: [Double]) -> Double {
        SpikeCourse.median(minutes.map { values[$0] }.filter { !$0.isNaN })
    }

    /// The stretch that stands out most, and the standard deviation that it is judged by: for one of many that of the
    /// minutes outside of it, where who comes and goes shows.
    private func candidate(_ signal: [Double], _ isRise: Bool) -> (minutes: Range<Int>, unit: Double)? {
        guard let first = Self.refined(signal), !first.isEmpty else { return nil }
        guard series.isOneOfMany else { return (first, 1) }
        let unit = baseline.restlessness(outside: first, isRise: isRise)
        guard unit > 1 else { return (first, 1) }
        guard let second = Self.refined(signal.map { $0 / unit }), !second.isEmpty else { return nil }
        return (second, baseline.restlessness(outside: second, isRise: isRise))
    }

    /// The stretch whose values above a bar add up most; the bar rises to half of what is inside until the edges stay.
    ///
    /// Of the long ones on the way the one that stands out most: what comes on top of a rhythm is more of it in some hours
    /// than in others, and the highest of them are not the whole.
    private static func refined(_ signal: [Double]) -> Range<Int>? {
        guard var minutes = heaviest(signal, 0..<signal.count, bar: leastBar) else { return nil }
        func strength(_ minutes: Range<Int>) -> Double {
            minutes.reduce(0) { $0 + signal[$1] } / Double(minutes.count).squareRoot()
        }
        var best = minutes
        for _ in 0..<6 {
            let inside = minutes.map { signal[$0] }.sorted()
            let level = inside[inside.count * 6 / 10]
            guard let next = heaviest(signal, minutes, bar: max(leastBar, level / 2)), next != minutes else { break }
            minutes = next
            if best.count <= brief || strength(minutes) >= strength(best) { best = minutes }
        }
        return best
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
}
