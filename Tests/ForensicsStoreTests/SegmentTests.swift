import ForensicsModel
import ForensicsStore
import Testing

/// Data segments of captures by minute.
struct SegmentTests {
    private static let minute: Int64 = 29_538_720

    /// A builder's portion of minutes: sent, sent again, not captured before, most of one connection, of servers; of clients one more each.
    private static func portion(_ minutes: [(minute: Int64, counts: [UInt64])]) -> RollupPortion {
        var batch = FactBatch()
        for (offset, counts) in minutes {
            var one = SegmentMinute(minute: minute + offset)
            let servers = one.fromServers
            one.fromServers = Self.counts(servers, counts)
            one.fromClients = Self.counts(servers, counts.map { $0 + 1 })
            batch.segments.append(one)
        }
        var builder = RollupBuilder()
        builder.add(batch)
        return builder.takeRest()
    }

    private static func counts(_ empty: SegmentCounts, _ numbers: [UInt64]) -> SegmentCounts {
        var counts = empty
        (counts.sent, counts.resent, counts.unseen, counts.largest) = (numbers[0], numbers[1], numbers[2], numbers[3])
        return counts
    }

    private static func numbers(_ minute: SegmentMinute?) -> [UInt64] {
        guard let minute else { return [] }
        return [minute.fromServers, minute.fromClients].flatMap { [$0.sent, $0.resent, $0.unseen, $0.largest] }
    }

    @Test func `minutes are added up as they come, and go with their source`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = try store.beginUnit(
            UnitDescription(
                key: "live:1", kind: .live, vantage: "v", options: "o",
                sources: [SourceDescription(path: "live:1", bytes: nil)]))
        var tally = LedgerTally()
        tally.see(Timestamp(nanoseconds: Self.minute * 60_000_000_000))
        tally.see(Timestamp(nanoseconds: (Self.minute + 9) * 60_000_000_000))
        tally.accepted = 2
        for (status, part) in [
            (SourceStatus.partial, Self.portion([(0, [100, 5, 1, 3]), (1, [10, 0, 0, 0])])),
            (.complete, Self.portion([(1, [50, 20, 20, 4]), (1, [40, 2, 0, 2]), (9, [1, 1, 1, 1])])),
        ] {
            var source = SourceResult(ordinal: unit.ordinals[0], status: status, tally: tally)
            source.counts = part
            var result = UnitResult(sources: [source])
            let time = Timestamp(nanoseconds: Self.minute * 60_000_000_000)
            result.coverage = [
                Coverage(
                    source: unit.ordinals[0], loadBalancer: nil, node: nil, from: time,
                    to: time.advanced(by: 600_000_000_000), reason: nil)
            ]
            if status == .partial {
                try store.checkpoint(result, replacesFindings: true)
            } else {
                try store.finishUnit(unit, result)
            }
        }
        try store.renumber()
        func read(_ minutes: Range<Int64>, _ sources: [UInt32] = [1]) throws -> [UInt64] {
            Self.numbers(
                try store.segments(of: sources, in: Self.minute + minutes.lowerBound..<Self.minute + minutes.upperBound)
            )
        }
        #expect(try read(0..<1) == [100, 5, 1, 3, 101, 6, 2, 4])
        // Of one minute the connection with most, of several the sum of theirs.
        #expect(try read(1..<2) == [100, 22, 20, 4, 103, 25, 23, 5])
        #expect(try read(0..<2) == [200, 27, 21, 7, 204, 31, 25, 9])
        #expect(try read(2..<9).isEmpty)
        #expect(try read(0..<10, [2]).isEmpty)
        try store.removeLive(before: Timestamp(nanoseconds: (Self.minute + 1) * 60_000_000_000))
        #expect(try read(0..<1).isEmpty)
        #expect(try read(0..<10) == [101, 23, 21, 5, 105, 27, 25, 7])
        try store.removeUnit(key: "live:1")
        #expect(try read(0..<10).isEmpty)
    }
}
