import Forensics
import ForensicsModel
import Testing

/// Which time spikes are looked for in where a few records lie far from all others.
@Suite struct WatchedSpanTests {
    private static let minute: Int64 = 60_000_000_000
    private static let perDay: Int64 = 1440
    /// 2026-03-17T09:00:00Z in minutes since 1970.
    private static let nine: Int64 = 1_773_738_000 / 60

    private static func window(_ minutes: Range<Int64>) -> TimeWindow {
        TimeWindow(
            start: Timestamp(nanoseconds: minutes.lowerBound * minute),
            end: Timestamp(nanoseconds: minutes.upperBound * minute))
    }

    /// An hour with ten records in each minute.
    private static let hour = Dictionary(uniqueKeysWithValues: (nine..<nine + 60).map { ($0, Int64(10)) })

    @Test func `a window without a hole is looked at as a whole`() {
        let all = Self.window(Self.nine - 5..<Self.nine + 70)
        let span = WatchedSpan(all, coverage: [all], records: Self.hour)
        #expect(span == WatchedSpan(all, coverage: [], records: Self.hour))
        #expect(span.window == all && span.leftOut == nil)
    }

    /// Days between the one record and the hour, and the minute of the record.
    @Test(arguments: [-822, -32, 32, 4000])
    func `a record more than a month from all others is left out and told`(days: Int64) {
        let stray = Self.nine + days * Self.perDay
        let covered = [stray..<stray + 1, Self.nine - 3..<Self.nine + 61].sorted { $0.lowerBound < $1.lowerBound }
        let all = Self.window(covered[0].lowerBound..<covered[1].upperBound)
        let records = Self.hour.merging([stray: 1]) { $1 }
        let span = WatchedSpan(all, coverage: covered.map(Self.window), records: records)
        // What the evidence covers beside the records of the hour belongs to it.
        #expect(span.window == Self.window(Self.nine - 3..<Self.nine + 61))
        #expect(span.leftOut?.records == 1)
        #expect(span.leftOut?.span == Self.window(stray..<stray + 1))
        #expect(span.leftOut?.isTooLong == false)
    }

    @Test func `what is a month away or less is looked at`() {
        let records = Self.hour.merging([Self.nine - 30 * Self.perDay: 1]) { $1 }
        let all = Self.window(Self.nine - 30 * Self.perDay..<Self.nine + 60)
        #expect(WatchedSpan(all, coverage: [all], records: records) == WatchedSpan(all, coverage: [], records: records))
        #expect(WatchedSpan(all, coverage: [all], records: records).leftOut == nil)
    }

    @Test func `a capture that covers the hole from a clock that was not set begins where its records do`() {
        let all = Self.window(0..<Self.nine + 60)
        let span = WatchedSpan(all, coverage: [all], records: Self.hour.merging([0: 1]) { $1 })
        #expect(span.window == Self.window(Self.nine..<Self.nine + 60))
        #expect(span.leftOut?.records == 1)
        // So it does where nothing is recorded at its beginning.
        #expect(WatchedSpan(all, coverage: [all], records: Self.hour).window == span.window)
        #expect(WatchedSpan(all, coverage: [all], records: Self.hour).leftOut == nil)
    }

    @Test func `of long evidence the last half year is looked at, or what a named window lies in`() {
        let days = (0..<Int64(400)).map { Self.nine + $0 * Self.perDay }
        let records = Dictionary(uniqueKeysWithValues: days.map { ($0, Int64(1)) })
        let all = Self.window(days[0]..<days[399] + 1)
        let span = WatchedSpan(all, coverage: [all], records: records)
        #expect(span.window == Self.window(days[399] + 1 - 184 * Self.perDay..<days[399] + 1))
        // The minute of 184 days ago is the first of the 184 days less one minute that are left out.
        #expect(span.leftOut?.records == 216)
        #expect(span.leftOut?.span == Self.window(days[0]..<days[215] + 1))
        #expect(span.leftOut?.isTooLong == true)
        let named = Self.window(days[20]..<days[20] + 15)
        let early = WatchedSpan(all, coverage: [all], records: records, around: named)
        #expect(early.window == Self.window(days[0]..<days[184]))
        #expect(early.leftOut?.records == 216)
    }

    @Test func `the stretch that a named window lies in is looked at, however small`() {
        let stray = Self.nine - 100 * Self.perDay
        let all = Self.window(stray..<Self.nine + 60)
        let records = Self.hour.merging([stray: 1, stray + 20: 1]) { $1 }
        let span = WatchedSpan(
            all, coverage: [Self.window(stray..<stray + 25)], records: records,
            around: Self.window(stray + 15..<stray + 21))
        #expect(span.window == Self.window(stray..<stray + 25))
        #expect(span.leftOut?.records == 600)
    }

    @Test func `without any record a long window is bounded all the same`() {
        let all = Self.window(0..<Self.nine)
        let span = WatchedSpan(all, coverage: [all], records: [:])
        #expect(span.window == Self.window(Self.nine - 184 * Self.perDay..<Self.nine))
        #expect(span.leftOut == nil)
    }
}
