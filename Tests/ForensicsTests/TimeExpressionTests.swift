import Forensics
import ForensicsModel
import Testing

@Suite struct TimeExpressionTests {
    static func context(_ first: String, _ last: String, zone: String? = nil) throws -> TimeContext {
        let range = try (#require(RFC3339.parse(first)), #require(RFC3339.parse(last)))
        return try TimeContext(evidence: range, zoneName: zone)
    }

    @Test(arguments: [
        ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("0s", 0),
    ]) func `durations are sums of parts that get smaller`(text: String, seconds: Int64) {
        #expect(DurationText.parse(text) == seconds * 1_000_000_000)
    }

    @Test(arguments: ["", "5", "m", "-5m", "5m1h", "5m5m", "1.5h", "99999999999999999999s", "9999999999d", "5 m"])
    func `what is not a duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        ("2026-03-17T09:35:00Z", nil, "2026-03-17T09:35:00Z"),
        ("09:35", nil, "2026-03-17T09:35:00Z"),
        ("9:35:30", nil, "2026-03-17T09:35:30Z"),
        ("-30m", nil, "2026-03-17T09:30:00Z"),
        ("10:35", "Europe/Berlin", "2026-03-17T09:35:00Z"),
        ("10:35", "+01:00", "2026-03-17T09:35:00Z"),
        ("2026-03-17T10:35:00", "Europe/Berlin", "2026-03-17T09:35:00Z"),
        ("2026-03-17T10:35:00+01:00", nil, "2026-03-17T09:35:00Z"),
    ]) func `a time takes its date and its end from the evidence and its zone from the user`(
        text: String, zone: String?, expected: String
    ) throws {
        let context = try Self.context("2026-03-17T09:00:00Z", "2026-03-17T10:00:00Z", zone: zone)
        #expect(try RFC3339.secondsString(context.resolve(text, option: "--from")) == expected)
    }

    @Test(arguments: [("-30m", "09:29:00Z"), ("-1h30m", "08:29:00Z"), ("-90s", "09:58:29Z"), ("-60s", "09:58:00Z")])
    func `what is minutes before the end begins with a minute`(text: String, expected: String) throws {
        let context = try Self.context("2026-03-17T09:00:00Z", "2026-03-17T09:59:59.601Z")
        let time = try context.resolve(text, option: "--before")
        #expect(RFC3339.format(time, decimals: 3) == "2026-03-17T\(expected.dropLast()).000Z")
    }

    /// Berlin's clock goes from 03:00 back to 02:00 on 2026-10-25 and from 02:00 on to 03:00 on 2026-03-29, both at 01:00 UTC.
    @Test(arguments: ["2026-10-25T02:40:00", "2026-03-29T02:40:00", "2026-03-29T02:00:00", "2026-10-25T02:00:00"])
    func `a local time that a clock shows twice, or never, is refused`(text: String) throws {
        let context = try Self.context("2026-03-01T00:00:00Z", "2026-10-30T00:00:00Z", zone: "Europe/Berlin")
        #expect(throws: ForensicsError(.usage, "")) { try context.resolve(text, option: "--from") }
    }

    @Test(arguments: [
        ("2026-10-25T01:59:59", "2026-10-24T23:59:59Z"), ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59Z"), ("2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
    ]) func `a local time beside a change of the clock is the one that it shows`(text: String, expected: String) throws
    {
        let context = try Self.context("2026-03-01T00:00:00Z", "2026-10-30T00:00:00Z", zone: "Europe/Berlin")
        #expect(try RFC3339.secondsString(context.resolve(text, option: "--from")) == expected)
    }

    @Test func `a time of day that the evidence holds twice as the clock goes back is refused`() throws {
        let twice = try Self.context("2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z", zone: "Europe/Berlin")
        #expect(throws: ForensicsError(.usage, "")) { try twice.resolve("02:40", option: "--from") }
        let never = try Self.context("2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z", zone: "Europe/Berlin")
        #expect(throws: ForensicsError(.usage, "")) { try never.resolve("02:40", option: "--from") }
    }

    @Test func `a time of day is refused where the evidence holds it twice`() throws {
        let context = try Self.context("2026-03-17T09:00:00Z", "2026-03-19T10:00:00Z")
        #expect(throws: ForensicsError(.usage, "")) { try context.resolve("12:00", option: "--from") }
        #expect(throws: ForensicsError(.usage, "")) { try context.resolve("noon", option: "--from") }
    }

    @Test func `a time of day past midnight finds the one date that has it`() throws {
        let context = try Self.context("2026-03-17T22:00:00Z", "2026-03-18T02:00:00Z")
        #expect(try RFC3339.secondsString(context.resolve("01:00", option: "--from")) == "2026-03-18T01:00:00Z")
        #expect(try RFC3339.secondsString(context.resolve("23:00", option: "--from")) == "2026-03-17T23:00:00Z")
    }

    @Test(arguments: [
        ("09:20/09:35", WindowExpression.interval(start: "09:20", end: "09:35")),
        ("2026-03-17T09:20:00Z/15m", .interval(start: "2026-03-17T09:20:00Z", end: "15m")),
        ("-30m/10m", .interval(start: "-30m", end: "10m")),
        ("auto", .automatic), ("logs/before", .evidence("logs/before")), ("before.log.gz", .evidence("before.log.gz")),
    ]) func `a window is an interval or evidence`(text: String, expected: WindowExpression) {
        #expect(WindowExpression(text) { _ in false } == expected)
    }

    @Test func `a window that ends before it begins is refused`() throws {
        let context = try Self.context("2026-03-17T09:00:00Z", "2026-03-17T10:00:00Z")
        #expect(throws: ForensicsError(.usage, "")) {
            try WindowExpression.resolve(start: "09:30", end: "09:20", option: "--before", in: context)
        }
    }

    @Test(arguments: [
        ("512M", 512 << 20), ("2g", 2 << 30), ("65536", 65536), ("M", nil), ("-1M", nil), ("9999999999T", nil),
    ]) func `sizes are powers of 1024`(text: String, bytes: Int64?) {
        #expect(IngestRequest.size(text) == bytes)
    }
}
