import ForensicsAnalyze
import ForensicsModel
import ForensicsTestSupport
import Testing

/// When most records of an episode came, which a steady background makes long. Times begin at 2025-11-03T10:00:00Z.
@Suite struct EpisodeCourseTests {
    private static func failing(_ seconds: [Double]) -> FactBatch {
        var fixture = CheckFixture()
        for second in seconds {
            fixture.exchange(at: second) {
                $0.status = 500
                $0.targetStatus = 500
            }
        }
        return fixture.batch
    }

    private static func summaries(_ logs: [FactBatch]) -> [String] {
        var joined = CheckSet()
        for (index, log) in logs.enumerated() {
            var checks = CheckSet()
            checks.observe(log)
            let isJoined = joined.join(checks.packed(), source: UInt32(index + 1))
            #expect(isJoined)
        }
        return joined.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check == "http-5xx-target" }.map(\.summary)
    }

    private static func summary(_ seconds: [Double]) -> String {
        var checks = CheckSet()
        checks.observe(failing(seconds))
        let found = checks.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check == "http-5xx-target" }
        return found.count == 1 ? found[0].summary : "\(found.count) findings"
    }

    /// One each 200 s from 10:00 to 11:30.
    private static let background = (0...27).map { Double($0) * 200 }
    /// One each 4 s from 11:00 to 11:20.
    private static let burst = (0..<300).map { 3600.5 + Double($0) * 4 }

    @Test func `a burst among hours of single errors is told with its time`() {
        // Of the background six fall into these twenty minutes.
        #expect(
            Self.summary(Self.background + Self.burst)
                == "Target 10.0.0.16:8443 answered 328 requests with status 500 within 1 h 30 min (306 of 328 from 11:00 to "
                + "11:20 UTC).")
    }

    @Test func `of what goes on evenly, is over soon, or is little no time is told`() {
        #expect(Self.summary(Self.background).hasSuffix(" within 1 h 30 min."))
        #expect(Self.summary((0..<1000).map { Double($0) * 5 }).hasSuffix(" within 1 h 23 min."))
        #expect(Self.summary((0..<300).map { Double($0) / 5 }).hasSuffix(" within 59.8 s."))
        #expect(Self.summary((0..<300).map { Double($0) / 5 } + [250]).hasSuffix(" within 4 min 10 s."))
        let few = (0..<10).map { 600 + Double($0) } + [0, 290, 570, 880, 1150, 1400]
        #expect(Self.summary(few).hasSuffix(" within 23 min 20 s."))
    }

    @Test func `half an hour that grows steadily has no burst`() {
        #expect(Self.summary((0..<900).map { 60 * Double($0 * 30).squareRoot() / 5 }).hasSuffix("."))
        #expect(!Self.summary((0..<900).map { 60 * Double($0 * 30).squareRoot() / 5 }).contains("UTC"))
    }

    @Test func `an episode over midnight tells dates`() {
        // From 22:00 on for four hours; the burst lies around midnight.
        let start = 12.0 * 3600
        let seconds = (0...72).map { start + Double($0) * 200 } + (0..<600).map { start + 6960 + Double($0) }
        #expect(
            Self.summary(seconds).hasSuffix(
                " within 4 h (604 of 673 from 2025-11-03 23:56 to 2025-11-04 00:08 UTC)."),
            "\(Self.summary(seconds))")
    }

    @Test func `the time does not depend on how records are divided into logs, nor on their order`() {
        let seconds = Self.background + Self.burst
        let expected = Self.summary(seconds)
        for seed in 0..<40 {
            var random = SeededGenerator(seed: UInt64(seed))
            let logs = 1 + Int(random.uniform() * 30)
            var parts = [[Double]](repeating: [], count: logs)
            for second in seconds.shuffled(using: &random) {
                parts[Int(random.uniform() * Double(logs))].append(second)
            }
            #expect(Self.summaries(parts.filter { !$0.isEmpty }.map(Self.failing)) == [expected])
        }
    }
}
