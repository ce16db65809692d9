package import ForensicsModel

/// Finds the stretches of a case that stand out.
///
/// Each series is held against its own usual course. A level that jumps and stays is a stretch from the jump on
/// (`LastingLevels`). Within each level the stretch whose deviations add up most is taken, its edges are put where the
/// value passes half way, and the search goes on in the rest (`SpikeSearch`). Stretches of several series that cover the
/// same time are one spike.
package struct SpikeDetector: Sendable {
    /// The largest number of spikes returned.
    package var limit = 10
    /// A single minute is noise: a spike has at least so many, but for one that no other comes near (`singleMinutes`).
    package var minimumMinutes = 2
    /// The smallest factor by which a value inside differs from the usual.
    package var minimumRatio = 1.5

    /// Fewer minutes than this have no usual course.
    package static let neededMinutes = 4

    private static let minute = MinuteGrid.width
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
        var found: [SpikeStretch] = []
        for one in series where one.values.count >= Self.neededMinutes {
            let search = SpikeSearch(one, minimumMinutes: minimumMinutes, minimumRatio: minimumRatio)
            found.append(contentsOf: search.stretches())
        }
        let toldBy = Dictionary(
            series.compactMap { one in one.toldBy.map { (one.name, $0) } }, uniquingKeysWith: { first, _ in first })
        let all = found
        found.removeAll { one in
            guard let other = toldBy[one.name] else { return false }
            return all.contains { $0.name == other && Self.overlap($0.minutes, one.minutes) >= Self.sameSpike }
        }
        found.sort { left, right in
            if left.weight != right.weight { return left.weight > right.weight }
            return left.minutes.lowerBound != right.minutes.lowerBound
                ? left.minutes.lowerBound < right.minutes.lowerBound : left.name < right.name
        }
        var groups: [[SpikeStretch]] = []
        for stretch in found {
            let home = groups.firstIndex { Self.overlap($0[0].minutes, stretch.minutes) >= Self.sameSpike }
            if let home { groups[home].append(stretch) } else { groups.append([stretch]) }
        }
        let kept = groups.prefix(limit)
        let known = Self.known(series)
        return kept.map { group in
            let quiet = Self.quiet(for: group[0], among: kept.map { $0[0] }, known: known)
            return spike(group, quiet: quiet, start: start)
        }
    }

    /// Returns the quiet window that goes with a window that somebody named, of as many whole minutes.
    ///
    /// Of a window in which something stands out of a level that stays, the rest of that level is quiet, as it is for a spike
    /// there. Where nothing else does, the level is what stands out.
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
        guard named.lowerBound >= 0 else { return nil }
        let all = spikes.map { (isLevel: $0.isLevel, minutes: index($0.startNanoseconds)..<index($0.endNanoseconds)) }
        let homes = all.filter { isHome($0.minutes, $0.isLevel, of: named) }.map(\.minutes)
        let outside = QuietWindow(known: known, busy: all.map(\.minutes) + [named]).choose(for: named)
        let others = all.filter { !isHome($0.minutes, $0.isLevel, of: named) }.map(\.minutes)
        let within = homes.isEmpty ? nil : quiet(within: homes, known: known, busy: others + [named]).choose(for: named)
        let standsOut = others.contains { $0.overlaps(named) }
        let isEarlier = within.map { $0.minutes.upperBound <= named.lowerBound } ?? false
        let chosen = standsOut && isEarlier ? within : outside ?? within
        return chosen.map { Self.before($0, start: start) }
    }

    /// Whether a level that stays is where something begins.
    private static func isHome(_ level: Range<Int>, _ isLevel: Bool, of minutes: Range<Int>) -> Bool {
        isLevel && level.lowerBound < minutes.lowerBound && level.contains(minutes.lowerBound)
    }

    private static func quiet(within homes: [Range<Int>], known: [Bool], busy: [Range<Int>]) -> QuietWindow {
        QuietWindow(
            known: known.indices.map { minute in known[minute] && homes.allSatisfy { $0.contains(minute) } }, busy: busy
        )
    }

    private static func before(_ chosen: QuietWindow.Chosen, start: Int64) -> Spike.Before {
        func time(_ minute: Int) -> Int64 { start + Int64(minute) * Self.minute }
        return Spike.Before(
            startNanoseconds: time(chosen.minutes.lowerBound), endNanoseconds: time(chosen.minutes.upperBound),
            choice: chosen.why, duringEndNanoseconds: time(chosen.during.upperBound))
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

    /// What is quiet for a spike: of one within a level that stays, the rest of that level.
    private static func quiet(for spike: SpikeStretch, among all: [SpikeStretch], known: [Bool]) -> QuietWindow {
        func isHome(_ other: SpikeStretch) -> Bool {
            !spike.isLevel && Self.isHome(other.minutes, other.isLevel, of: spike.minutes)
        }
        let homes = all.filter(isHome).map(\.minutes)
        var window = quiet(within: homes, known: known, busy: all.filter { !isHome($0) }.map(\.minutes))
        window.course = spike.course
        // Within a level that stays its minutes are apart from the course without it.
        window.values = homes.isEmpty ? spike.values : []
        return window
    }

    /// Why a window was chosen: with the other way to read it where the evidence may begin within an incident.
    private static func choice(
        _ chosen: QuietWindow.Chosen, for lead: SpikeStretch, of length: Int
    ) -> Spike.Choice {
        switch chosen.why {
        case .shorterBefore where !lead.isRise && lead.isLevel && lead.minutes.upperBound == length:
            .shorterAndHigher
        case .after where lead.minutes.lowerBound >= neededMinutes: .onlyAfter
        case .after where lead.isRise && 5 * lead.minutes.count >= length: .afterLong
        default: chosen.why
        }
    }

    private func spike(_ group: [SpikeStretch], quiet: QuietWindow, start: Int64) -> Spike {
        let lead = group[0]
        let reasons = group.map {
            Spike.Reason(
                name: $0.name, isCount: $0.isCount, isRise: $0.isRise, usual: $0.usual, inside: $0.inside,
                strength: $0.strength)
        }
        let before = quiet.choose(for: lead.minutes).map { chosen in
            var before = Self.before(chosen, start: start)
            before.choice = Self.choice(chosen, for: lead, of: quiet.known.count)
            return before
        }
        return Spike(
            startNanoseconds: start + Int64(lead.minutes.lowerBound) * Self.minute,
            endNanoseconds: start + Int64(lead.minutes.upperBound) * Self.minute, strength: lead.strength,
            reasons: reasons, isLevel: lead.isLevel, before: before)
    }
}
