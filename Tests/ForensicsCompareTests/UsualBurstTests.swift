import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// A client bursts where others did before, or where nobody did.
@Suite struct UsualBurstTests {
    private static let minutes = 15
    private static let clients = 40

    /// Steady clients, of whom some burst for a minute, each in a minute of his own.
    private static func window(_ start: Int, perMinute: Int64, bursts: [Int64]) -> WindowAggregate {
        var recording = TrafficRecording(minutes: start + minutes)
        for client in 0..<clients {
            for minute in 0..<minutes {
                var count = perMinute + (minute % 2 == 0 ? 1 : -1) * perMinute / 20
                if bursts.indices.contains(client), minute == 3 + client % 9 { count += bursts[client] }
                recording.add(.client, "192.0.2.\(client + 1)", start + minute, count)
                recording.totals[start + minute] += count
            }
        }
        return recording.aggregate(start..<(start + minutes))
    }

    @Test(
        arguments: [
            // Nobody burst before: half as many requests again, and then nearly none more.
            ([], 20, 20, 150, true), ([], 20, 20, 20, false),
            // Three others burst as much before, or a little.
            ([150, 150, 150], 20, 20, 150, false), ([30, 30, 30], 20, 20, 360, true),
            ([30, 30, 30], 20, 20, 60, false),
            // One other is enough to know that such things happen.
            ([150], 20, 20, 150, false),
            // Of a change of everything more is told: who moved more than all the others explains it.
            ([600, 600, 600], 200, 200, 2400, false), ([600, 600, 600], 200, 300, 2400, true),
        ] as [([Int64], Int64, Int64, Int64, Bool)])
    func `a burst is told where the bursts of others before do not let it expect`(
        before: [Int64], level: Int64, levelDuring: Int64, burst: Int64, isTold: Bool
    ) throws {
        // The last of the clients, so that it is none of those that burst before.
        let mine = [Int64](repeating: 0, count: Self.clients - 1) + [burst]
        let result = try Comparison.compare(
            before: Self.window(0, perMinute: level, bursts: before),
            during: Self.window(Self.minutes, perMinute: levelDuring, bursts: mine), options: CompareOptions())
        #expect((result.total.direction == .same) == (level == levelDuring))
        #expect(result.leading.contains { $0.value == "192.0.2.\(Self.clients)" } == isTold, "\(result.sentence)")
        // What others did before is over: nobody is told for that either.
        #expect(result.leading.allSatisfy { $0.value == "192.0.2.\(Self.clients)" }, "\(result.sentence)")
    }

    /// The predictive probability of a burst of 300 after three of 30, and the variance that makes the change as unlikely.
    @Test func `a new client that makes a tenth of all requests all the time is told beside bursts of others`() throws {
        var recording = TrafficRecording(minutes: 2 * Self.minutes)
        for minute in 0..<2 * Self.minutes {
            let isDuring = minute >= Self.minutes
            for client in 0..<Self.clients {
                // Ten of them in each window ask for 150 more in one minute.
                let bursts = client % 4 == (isDuring ? 1 : 0) && minute % Self.minutes == 2 + client / 4
                // Everybody makes room for the new one.
                let count: Int64 = (isDuring ? 18 : 20) + (minute % 2 == 0 ? 1 : -1) + (bursts ? 150 : 0)
                recording.add(.client, "192.0.2.\(client + 1)", minute, count)
                recording.totals[minute] += count
            }
            guard isDuring else { continue }
            recording.add(.client, "203.0.113.9", minute, 80)
            recording.totals[minute] += 80
        }
        let result = try Comparison.compare(
            before: recording.aggregate(0..<Self.minutes),
            during: recording.aggregate(Self.minutes..<2 * Self.minutes), options: CompareOptions())
        #expect(result.total.direction == .same)
        #expect(result.leading.first?.value == "203.0.113.9", "\(result.sentence)")
    }

    @Test func `a change is as likely as its burst`() throws {
        let mine = [Int64](repeating: 0, count: Self.clients - 1) + [300]
        let result = try Comparison.compare(
            before: Self.window(0, perMinute: 20, bursts: [30, 30, 30]),
            during: Self.window(Self.minutes, perMinute: 20, bursts: mine), options: CompareOptions())
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        let one = try #require(clients.values.first { $0.value == "192.0.2.\(Self.clients)" })
        // 301 requests before and 601 during: 902 is the variance of the change of independent ones. With SciPy:
        // S = 2 * (49 - 282/14) + (51 - 280/14); p = 3/40 * (1 + 300/S)**-4; 300**2 / (902 * norm.isf(p/2)**2)
        #expect(abs(one.dispersion - 7.23099) < 0.001, "\(one.dispersion)")
    }
}
