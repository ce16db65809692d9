import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Whom the sentence accuses of long connections, where some clients have them in any window.
@Suite struct ActiveLongSentenceTests {
    /// What a client did a minute in both windows, and its long connections that ended in each.
    private struct Client {
        var rate: (before: Int64, during: Int64) = (10, 10)
        var long: (before: Int64, during: Int64)
        /// Of those during, how many were long already when the window before ended.
        var earlier: Int64 = 0
    }

    private static func compare(_ clients: [Client]) throws -> ComparisonResult {
        func window(_ start: Int64, _ rate: (Client) -> Int64, _ long: (Client) -> Int64) -> WindowAggregate {
            var recording = TrafficRecording(minutes: 15)
            for (index, client) in clients.enumerated() {
                for minute in 0..<15 {
                    recording.add(.client, address(index), minute, rate(client))
                    recording.totals[minute] += rate(client)
                }
            }
            var aggregate = recording.aggregate(0..<15)
            aggregate.dimensions[.clientNetwork] = nil
            let shift = start * TrafficModel.minute
            aggregate.window = TimeWindow(
                start: aggregate.window.start.advanced(by: shift), end: aggregate.window.end.advanced(by: shift))
            for index in aggregate.buckets.indices { aggregate.buckets[index].start += shift }
            for (index, client) in clients.enumerated() where long(client) > 0 {
                let earlier = start > 0 ? client.earlier : 0
                aggregate.longClients.append(
                    .init(
                        client: IPAddress(v4: 0xC000_0201 + UInt32(index)), long: long(client),
                        longest: 600_000_000_000,
                        isCensored: false, openInWindow: long(client), openEarlier: earlier, longEarlier: earlier))
            }
            return aggregate
        }
        return try Comparison.compare(
            before: window(0, \.rate.before, \.long.before), during: window(15, \.rate.during, \.long.during),
            options: CompareOptions())
    }

    private static func address(_ index: Int) -> String { "192.0.2.\(index + 1)" }

    /// Six clients whose only long connection ended before, and six whose only one ended during.
    private static let usual =
        [Client](repeating: Client(long: (1, 0)), count: 6) + [Client](repeating: Client(long: (0, 1)), count: 6)

    @Test func `where there are as many as before nobody is accused`() throws {
        let result = try Self.compare(Self.usual)
        #expect(result.activeLong.count == 6 && result.activeLong.allSatisfy { $0.hadLongBefore == .no && !$0.isNews })
        let said =
            "Connections longer than 5 min are about as many as before: of the 30 most active of each window 6 ended in the one before and 6 "
            + "in this one; 6 clients had some end in this one alone."
        #expect(result.sentence.contains(said), "\(result.sentence)")
        #expect(!result.sentence.contains("192.0.2."), "\(result.sentence)")
    }

    @Test func `more of one who always has some accuses nobody who has one or two`() throws {
        // 10 and 22 of one client, and of others one each.
        let clients =
            [Client(long: (10, 22))] + [Client](repeating: Client(long: (1, 0)), count: 3)
            + [Client](repeating: Client(long: (0, 1)), count: 4)
        let result = try Self.compare(clients)
        #expect(result.activeLong.count == 5 && result.activeLong.allSatisfy { !$0.isNews })
        let said =
            "Connections longer than 5 min are more than before: of the 30 most active of each window 13 ended in the one before and "
            + "26 in this one; 4 clients had some end in this one alone, too few of each to be news."
        #expect(result.sentence.contains(said), "\(result.sentence)")
        #expect(!result.sentence.contains("did not hold before"), "\(result.sentence)")
    }

    /// Long connections of four clients that had none, and how many of another client ended in both windows.
    @Test(arguments: [(4, 12, true), (3, 12, false), (1, 2, true)])
    func `clients with several are accused where some are usual, and with one where hardly any are`(
        each: Int64, common: Int64, isTold: Bool
    ) throws {
        let clients =
            [Client(long: (common, common))] + [Client](repeating: Client(long: (0, each)), count: 4)
        let result = try Self.compare(clients)
        #expect(result.activeLong.filter(\.isNews).map(\.clientIP) == (isTold ? (2...5).map { "192.0.2.\($0)" } : []))
    }

    @Test func `one client that has far more is accused alone`() throws {
        let result = try Self.compare(Self.usual + [Client(long: (0, 40))])
        #expect(result.activeLong.filter(\.isNews).map(\.clientIP) == ["192.0.2.13"])
        #expect(
            result.sentence.contains(
                "1 client, among the 30 most active, holds connections longer than 5 min that it did not hold before: "
                    + "192.0.2.13."), "\(result.sentence)")
        #expect(
            result.sentence.contains("Other connections longer than 5 min are about as many as before:"),
            "\(result.sentence)")
    }

    /// Long connections before and during, whether that is told as far more.
    @Test(arguments: [(Int64(3), Int64(124), true), (1, 40, true), (20, 20, false), (1, 2, false), (3, 8, false)])
    func `who had some before is told where he has far more of them`(
        before: Int64, during: Int64, isTold: Bool
    ) throws {
        let result = try Self.compare([Client(long: (before, during)), Client(long: (0, 0))])
        let said =
            "had far more connections longer than 5 min end in this window than before: 192.0.2.1 (\(before), then \(during))."
        #expect(result.sentence.contains(said) == isTold, "\(result.sentence)")
        #expect(result.sentence.contains("before as well") != isTold, "\(result.sentence)")
    }

    @Test func `what was that long before already is nothing new, though it ended only now`() throws {
        for (earlier, had) in [(Int64(2), ActiveLongClient.Answer.yes), (1, .no)] {
            let result = try Self.compare([Client(long: (0, 2), earlier: earlier), Client(long: (0, 0))])
            #expect(result.activeLong.map(\.hadLongBefore) == [had])
            #expect(result.activeLong.map(\.longBefore) == [0])
        }
    }

    @Test func `who was there beside the one that made the change has no part in it`() throws {
        let one = Client(rate: (10, 300), long: (0, 2))
        let result = try Self.compare([one, Client(long: (0, 2)), Client(rate: (200, 200), long: (0, 0))])
        #expect(
            result.sentence.contains(
                ": 192.0.2.1 and 192.0.2.2. Of them 192.0.2.1 alone explains 100 % of the increase."),
            "\(result.sentence)")
        let many = try Self.compare([one, one, Client(long: (0, 2)), Client(rate: (200, 200), long: (0, 0))])
        #expect(many.sentence.contains("Together they explain 100 % of the increase."), "\(many.sentence)")
        let both = try Self.compare([one, one, Client(rate: (200, 200), long: (0, 0))])
        #expect(both.sentence.contains("Together they explain 100 % of the increase."), "\(both.sentence)")
    }

    @Test func `who has no part in a rise is told after who makes it, and not as if it had one`() throws {
        let loop = Client(rate: (10, 300), long: (0, 0))
        let result = try Self.compare([loop, Client(long: (0, 2)), Client(rate: (200, 200), long: (0, 0))])
        let cause = try #require(result.sentence.firstRange(of: "Client 192.0.2.1 explains 100 % of the increase"))
        let news = try #require(
            result.sentence.firstRange(
                of: "longer than 5 min that it did not hold before: 192.0.2.2. It has no part in the increase."))
        #expect(cause.upperBound <= news.lowerBound, "\(result.sentence)")
    }
}
