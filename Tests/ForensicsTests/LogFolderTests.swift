import Forensics
import ForensicsModel
import Testing

/// Which folders of a log bucket are listed for a window.
@Suite struct LogFolderTests {
    static let base = "AWSLogs/123456789012/elasticloadbalancing/us-east-1/"
    static let hive = "logs/AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/"

    static func window(_ start: String, _ end: String) throws -> TimeWindow {
        TimeWindow(start: try #require(RFC3339.parse(start)), end: try #require(RFC3339.parse(end)))
    }

    @Test(arguments: [
        ("", LogFolder.Step.folders), ("AWSLogs/", .folders), ("x/AWSLogs/123456789012/", .folders),
        ("\(base)", .folders), ("\(base)2026/", .folders), ("\(base)2026/03/", .folders),
        // The last component is a beginning only.
        ("\(base)2026/03/1", .folders), ("\(base)202", .folders),
        ("\(base)2025/", .nothing), ("\(base)2026/02/", .nothing), ("\(base)2026/04/", .nothing),
        ("\(base)2026/03/16/", .nothing), ("\(base)2026/03/17/", .all),
        // What is delivered on the next day may hold records of the window.
        ("\(base)2026/03/18/", .all), ("\(base)2026/03/19/", .nothing),
        ("\(base)2026/03/17/09/", .all), ("\(hive)year=2026/month=03/day=17/", .all),
        ("\(hive)year=2026/month=03/day=19/", .nothing), ("\(hive)year=2026/", .folders),
        // Not a date: everything below is listed.
        ("\(base)2026/13/", .all), ("\(base)other/", .all), ("\(base)2026/3/", .all),
    ]) func `folders of other days are passed over`(prefix: String, expected: LogFolder.Step) throws {
        let window = try Self.window("2026-03-17T09:00:00Z", "2026-03-17T10:00:00Z")
        #expect(LogFolder.step(below: prefix, window: window, depth: 0) == expected)
    }

    @Test func `the day before is listed for the first minutes of a day, and the year's end is an end`() throws {
        let window = try Self.window("2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z")
        for (prefix, expected) in [
            ("2025/12/31/", LogFolder.Step.all), ("2025/12/30/", .nothing), ("2025/12/", .folders), ("2025/", .folders),
            ("2025/11/", .nothing), ("2026/01/01/", .all), ("2026/01/02/", .all), ("2026/01/03/", .nothing),
        ] {
            #expect(LogFolder.step(below: Self.base + prefix, window: window, depth: 0) == expected, "\(prefix)")
        }
    }

    @Test func `a bucket of another layout is listed at once after a few levels`() throws {
        let window = try Self.window("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
        #expect(LogFolder.step(below: "a/b/", window: window, depth: 2) == .folders)
        #expect(LogFolder.step(below: "a/b/c/d/", window: window, depth: 4) == .all)
    }
}
