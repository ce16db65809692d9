import Forensics
import ForensicsModel
import Foundation
import Testing

/// A clock that is set back stops nothing: what waits for its time goes on from the new one.
@Suite struct ClockStepTests {
    private static let second = Timestamp.nanosecondsPerSecond

    @Test func `what recurs is due at once, and then every so often again`() {
        var recurrence = Recurrence(every: 10 * Self.second, from: AlertWatchTests.at(3600))
        var done: [Int64] = []
        for second in [3600, 3609, 3610, 3615] + Array(Int64(0)..<30) {
            if recurrence.takesPlace(at: AlertWatchTests.at(second)) { done.append(second) }
        }
        #expect(done == [3610, 0, 10, 20])
    }

    @Test func `an alert is sent again after its cool-down, for what comes after the step`() throws {
        let rule = try #require(AlertRule("HealthCheckFailures>5/10s"))
        var watch = AlertWatch(rules: [rule], cooldown: 60 * Self.second, sample: 1)
        var total = LiveCounts()
        total.failedHealthChecks = 6
        #expect(watch.observe(total, at: AlertWatchTests.at(3600)).count == 1)
        var told: [Int64] = []
        for second in Int64(0)..<120 {
            // Nothing new for 80 s, then a failure a second.
            if second >= 80 { total.failedHealthChecks += 1 }
            if !watch.observe(total, at: AlertWatchTests.at(second)).isEmpty { told.append(second) }
        }
        #expect(told == [85])
    }

    @Test func `the error log goes on in the file of its day, with lines to spare`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try EventLog(folder: folder.path("logs")) { Issue.record("\($0)") }
        let late = Timestamp(nanoseconds: 1_773_705_600_000_000_000)  // 2026-03-17T00:00:00Z
        for _ in 0..<25 { log.tell(.applicationError, at: late, "late") }
        log.restart()
        for number in 0..<25 {
            let time = late.advanced(by: -3600 * Self.second + Int64(number) * Self.second)
            log.tell(.applicationError, at: time, "early")
        }
        log.finish()
        func lines(_ day: String) throws -> [Substring] {
            try String(contentsOfFile: folder.path("logs/errors_2026-03-\(day).log"), encoding: .utf8)
                .split(separator: "\n")
        }
        #expect(try lines("16").count == 25)
        #expect(try lines("17").count == 21)
        #expect(try lines("17").last?.contains("5 more") == true)
    }
}
