/// What an accumulator is asked, and how its window divides into whole minutes.
extension AggregateAccumulator {
    /// Which time of a fact decides whether a window counts it: `--anchor`.
    package enum Anchor: String, Sendable, CaseIterable {
        /// The log's own time, the end of a connection, the last byte of a response.
        case record
        case start
        /// Every window that the fact touches counts it.
        case overlap
    }

    /// What is asked.
    package struct Question: Sendable {
        package var window: TimeWindow
        /// What the series per minute count.
        package var measure: RankMeasure
        /// Connections longer than this are long; nanoseconds.
        package var long: Int64
        package var anchor: Anchor = .record
        /// The counted dimensions to fill; `clientNetwork` and derived ones need `client`.
        package var dimensions: [Dimension] = Dimension.allCases
        package var includesHealthChecks = false
        /// Whether facts fill distributions of times and sizes.
        package var includesDistributions = true
        /// Whether values have series per minute; without, each has all it did as one point, and distributions have no minutes.
        package var includesSeries = true
        /// Values whose combinations are counted, from facts alone.
        package var combined: [WindowAggregate.CombinationValue.Part] = []
        /// Whether roll-ups alone must answer for long connections, because the case keeps no rows: counts are then
        /// minutes in which a client ended a long one, and totals are right for `long` of five minutes only.
        package var takesLongFromRollups = false
        /// The window before that this one is compared with: of the long connections of this one those are told that were open
        /// in it.
        package var earlier: TimeWindow?

        package init(window: TimeWindow, measure: RankMeasure, long: Int64) {
            self.window = window
            self.measure = measure
            self.long = long
        }
    }

    /// The minutes (since the epoch) that lie wholly in a window.
    package static func wholeMinutes(of window: TimeWindow) -> Range<Int64> {
        let first = BucketKey.minute(of: window.start.advanced(by: BucketKey.width - 1))
        let last = BucketKey.minute(of: window.end)
        return first..<max(first, last)
    }

    /// The parts of a window that `wholeMinutes(of:)` leaves out: none, one or two.
    package static func edges(of window: TimeWindow) -> [TimeWindow] {
        let whole = wholeMinutes(of: window)
        if whole.isEmpty { return window.isEmpty ? [] : [window] }
        let start = Timestamp(nanoseconds: whole.lowerBound * BucketKey.width)
        let end = Timestamp(nanoseconds: whole.upperBound * BucketKey.width)
        return [TimeWindow(start: window.start, end: start), TimeWindow(start: end, end: window.end)].filter {
            !$0.isEmpty
        }
    }
}
