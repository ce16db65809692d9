import ForensicsCompare
package import ForensicsModel
import ForensicsStore

/// The time that spikes are looked for in: one stretch of a window, of records that lie near each other, and not too long.
///
/// A packet from before a clock was set, or a single log of years ago, makes a window of years in which nearly every minute is
/// empty: that nothing happens would be the usual, and every minute takes memory.
package struct WatchedSpan: Sendable, Equatable {
    /// What of a window's records is not looked at.
    package struct LeftOut: Sendable, Equatable {
        /// Requests or connections.
        package var records: Int64
        /// From the minute of the first of them to that of the last.
        package var span: TimeWindow
        /// What is looked at.
        package var watched: TimeWindow
        /// Whether what is looked at was cut to the longest that is, beside the holes.
        package var isTooLong: Bool

        /// A note beside an answer.
        var words: String { "spikes" + rest }
        /// A sentence of an explanation.
        var sentence: String { "Spikes" + rest }

        private var rest: String {
            " were looked for between \(RFC3339.secondsString(watched.start)) and "
                + "\(RFC3339.secondsString(watched.end)) alone"
                + (isTooLong
                    ? ": at most \(WatchedSpan.longestDays) days are looked at"
                    : ": more than \(WatchedSpan.holeDays) days without any record lie around that")
                + ". Left out: \(NumberText.grouped(records)) record\(records == 1 ? "" : "s") between "
                + "\(RFC3339.secondsString(span.start)) and \(RFC3339.secondsString(span.end)), see --from and --to."
        }
    }

    /// What is looked at.
    package let window: TimeWindow
    /// `nil` where all records are looked at.
    package let leftOut: LeftOut?

    /// Minutes without a record that part two stretches: a month, since evidence of a month ago may be there to compare with.
    fileprivate static let holeDays: Int64 = 31
    /// Half a year. Some hundred series of so many minutes are in memory at once.
    fileprivate static let longestDays: Int64 = 184
    private static let day: Int64 = 86_400 * Timestamp.nanosecondsPerSecond

    /// Minutes with records in a row, without a hole.
    private struct Stretch {
        var start: Timestamp
        /// Where its last minute ends.
        var end: Timestamp
        var records: Int64
    }

    /// Looks where a group has records, if the window is long enough for holes.
    ///
    /// - Parameter named: a window that has to be looked at.
    init(
        _ window: TimeWindow, of group: EvidenceGroup, _ session: CaseSession, around named: TimeWindow?
    ) throws(ForensicsError) {
        guard window.length > Self.holeDays * Self.day else {
            self.init(window, coverage: [], records: [:])
            return
        }
        let minutes = BucketKey.minute(of: window.start)..<BucketKey.minute(of: window.end) + 1
        var records: [Int64: Int64] = [:]
        try session.reading {
            try session.store.loadRollups(
                sources: group.sources, minutes: minutes, dimensions: [], includingTotals: true
            ) { place, json in
                guard let activity = RollupReader.totals(json)?.activity else { return }
                let count = max(activity.requests, activity.connections)
                if count > 0 { records[place.minute, default: 0] = count.addingSaturated(records[place.minute] ?? 0) }
            }
        }
        self.init(window, coverage: group.coverage, records: records, around: named)
    }

    /// Takes the stretch that has the most records, or the named window in it; the later one of two alike.
    ///
    /// - Parameters:
    ///   - coverage: the time that the evidence covers: what is covered, and near, belongs to a stretch.
    ///   - records: how many there are by the number of the minute since 1970.
    package init(
        _ window: TimeWindow, coverage: [TimeWindow], records: [Int64: Int64], around named: TimeWindow? = nil
    ) {
        let stretches = Self.stretches(records)
        let places = stretches.indices.filter { place in
            named.map { stretches[place].start < $0.end && stretches[place].end > $0.start } ?? true
        }
        let candidates = places.isEmpty ? Array(stretches.indices) : places
        let most = candidates.max {
            let (left, right) = (stretches[$0], stretches[$1])
            return left.records != right.records ? left.records < right.records : left.start < right.start
        }
        var watched = window
        if let most { watched = Self.surroundings(most, stretches, window, coverage) }
        let longest = Self.longestDays * Self.day
        let isTooLong = watched.length > longest
        if isTooLong {
            // What is named is looked at with what precedes it, else the latest.
            if let named { watched.end = min(watched.end, max(named.end, watched.start.advanced(by: longest))) }
            watched.start = max(watched.start, watched.end.advanced(by: -longest))
        }
        self.window = watched
        var left: LeftOut?
        for (minute, count) in records {
            let time = Self.window(ofMinute: minute)
            if time.start < watched.end, time.end > watched.start { continue }
            let known = left ?? LeftOut(records: 0, span: time, watched: watched, isTooLong: isTooLong)
            left = known
            left?.records = known.records.addingSaturated(count)
            left?.span.start = min(known.span.start, time.start)
            left?.span.end = max(known.span.end, time.end)
        }
        leftOut = left
    }

    private static func window(ofMinute minute: Int64) -> TimeWindow {
        let start = Timestamp(nanoseconds: minute.multipliedSaturated(by: BucketKey.width))
        return TimeWindow(start: start, end: start.advanced(by: BucketKey.width))
    }

    private static func stretches(_ records: [Int64: Int64]) -> [Stretch] {
        var found: [Stretch] = []
        for (minute, count) in records.sorted(by: { $0.key < $1.key }) {
            let time = window(ofMinute: minute)
            if let last = found.last, time.start.since(last.end) <= holeDays * day {
                found[found.count - 1].end = time.end
                found[found.count - 1].records = last.records.addingSaturated(count)
            } else {
                found.append(Stretch(start: time.start, end: time.end, records: count))
            }
        }
        return found
    }

    /// A stretch with what lies around it: as far as the window goes, or the evidence covers, but not across a hole.
    ///
    /// A capture covers the hole behind a clock that was set, which tells of no silence: there the records begin the stretch.
    private static func surroundings(
        _ place: Int, _ stretches: [Stretch], _ window: TimeWindow, _ coverage: [TimeWindow]
    ) -> TimeWindow {
        let stretch = stretches[place]
        let before = place > 0 ? stretches[place - 1].end : nil
        let after = place + 1 < stretches.count ? stretches[place + 1].start : nil
        let first = TimeWindow(start: stretch.start, end: stretch.start.advanced(by: BucketKey.width))
        let last = TimeWindow(start: stretch.end.advanced(by: -BucketKey.width), end: stretch.end)
        var starts = coverage.filter { $0.intersection(first) != nil }.map(\.start)
        if before == nil { starts.append(window.start) }
        var ends = coverage.filter { $0.intersection(last) != nil }.map(\.end)
        if after == nil { ends.append(window.end) }
        let start = starts.filter { stretch.start.since($0) <= holeDays * day && $0 >= before ?? $0 }
        let end = ends.filter { $0.since(stretch.end) <= holeDays * day && $0 <= after ?? $0 }
        return TimeWindow(
            start: max(window.start, start.min() ?? stretch.start), end: min(window.end, end.max() ?? stretch.end))
    }
}
