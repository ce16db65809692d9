import Forensics
import ForensicsModel
import Testing

/// When an alert is sent, and when not again.
@Suite struct AlertWatchTests {
    static func at(_ second: Int64) -> Timestamp {
        Timestamp(nanoseconds: (1_773_739_200 + second) * Timestamp.nanosecondsPerSecond)
    }

    @Test(arguments: [
        ("HealthCheckFailures>5/1m", PublishedMetric.healthCheckFailures, 5.0, Int64(60)),
        ("HTTPErrorRate>2.5/5m", .httpErrorRate, 2.5, 300), ("LoopCount>0/1s", .loopCount, 0, 1),
        ("TCPErrorCount>100/1h", .tcpErrorCount, 100, 3600),
    ]) func `a rule is a metric, a threshold and a time`(
        text: String, metric: PublishedMetric, threshold: Double, seconds: Int64
    ) throws {
        let rule = try #require(AlertRule(text))
        #expect(rule.metric == metric && rule.threshold == threshold)
        #expect(rule.window == seconds * Timestamp.nanosecondsPerSecond && rule.description == text)
    }

    @Test(arguments: [
        "", "HealthCheckFailures", "HealthCheckFailures>5", "Health>5/1m", "LoopCount>x/1m", "LoopCount>-1/1m",
        "LoopCount>1/0s", "LoopCount>1/2h", "LoopCount>nan/1m", "LoopCount>1/1m/1m", "loopcount>1/1m",
    ]) func `what is no rule is refused`(text: String) {
        #expect(AlertRule(text) == nil)
    }

    @Test(arguments: [(UInt64(34), "38.6"), (44, "50")])
    func `a value is told whole, or with one decimal`(errors: UInt64, text: String) throws {
        var watch = AlertWatch(rules: [try #require(AlertRule("HTTPErrorRate>0/1m"))], cooldown: 1, sample: 1)
        var total = LiveCounts()
        total.requests = 88
        total.serverErrors = errors
        #expect(watch.observe(total, at: Self.at(0)).map(\.valueText) == [text])
    }

    @Test func `the rules for those who name none are rules`() {
        #expect(AlertRule.defaults.count == 5)
    }

    @Test func `a threshold is crossed inside its window, and told once per cool-down`() throws {
        let rule = try #require(AlertRule("HealthCheckFailures>5/10s"))
        var watch = AlertWatch(rules: [rule], cooldown: 60 * Timestamp.nanosecondsPerSecond, sample: 1)
        var total = LiveCounts()
        var told: [Int64] = []
        for second in Int64(0)..<200 {
            // One failure every two seconds: five in any ten seconds. From 50 on one a second: six are reached at 52.
            if second >= 50 || second % 2 == 0 { total.failedHealthChecks += 1 }
            if !watch.observe(total, at: Self.at(second)).isEmpty { told.append(second) }
        }
        #expect(told == [51, 111, 171])
    }

    @Test func `what lies before the window does not count, and the first seconds do`() throws {
        let rule = try #require(AlertRule("TimeoutCount>3/5s"))
        var watch = AlertWatch(rules: [rule], cooldown: 0, sample: 1)
        var total = LiveCounts()
        total.note(.timeout, count: 4)
        #expect(watch.observe(total, at: Self.at(0)).map(\.value) == [4])
        for second in Int64(1)..<5 { #expect(watch.observe(total, at: Self.at(second)).count == 1) }
        for second in Int64(5)..<20 { #expect(watch.observe(total, at: Self.at(second)).isEmpty) }
    }

    @Test func `counts of a sample stand for the traffic, rates for themselves`() throws {
        let rules = ["TCPErrorCount>99/1m", "HTTPErrorRate>10/1m"].compactMap { AlertRule($0) }
        var watch = AlertWatch(rules: rules, cooldown: 60 * Timestamp.nanosecondsPerSecond, sample: 10)
        var total = LiveCounts()
        total.note(.tcpError, count: 10)
        total.requests = 19
        total.serverErrors = 19
        // Nineteen requests say nothing about a rate.
        #expect(watch.observe(total, at: Self.at(0)).map(\.value) == [100])
        total.requests = 40
        #expect(watch.observe(total, at: Self.at(1)).map(\.value) == [47.5])
    }
}
