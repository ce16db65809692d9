import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsReport
import Testing

@Suite struct ComparisonReportTests {
    private func report() throws -> ComparisonReport { ComparisonReport(try ComparisonFixture().result()) }

    @Test func `active-long has the promised columns in order`() throws {
        let text = String(decoding: try report().rendered(as: .csv), as: UTF8.self)
        let lines = text.split(separator: "\r\n")
        #expect(
            lines[0].hasPrefix(
                "client_ip,owner,rank_before,rank_during,activity_before,activity_during,longest_before_ms,"
                    + "longest_during_ms,long_before,long_during,long_open_in_before,share_of_change"))
        #expect(lines[1].hasPrefix("192.0.2.9,\"'=Owner, Inc.\",,1,0,4500,,400000,0,3,0,0.99"))
        #expect(lines.count == 2)
    }

    @Test(arguments: ComparisonTable.allCases) func `every table has a row as wide as its header`(
        table: ComparisonTable
    ) throws {
        var result = try ComparisonFixture().result()
        // A fixture of connections alone has no errors and nothing that is slow.
        let one = try #require(result.dimensions.first?.values.first)
        result.combinations = [
            Combination(parts: [.init(dimension: "client", value: one.value)], explanation: one)
        ]
        result.slowness = Slowness(
            measure: "duration_ms", quantile: 0.95, limitMilliseconds: 10, total: result.total, leading: [one])
        result.failures = Failures(total: result.total, leading: [one])
        result.failedConnections = result.failures
        let table = ComparisonReport(result).table(table)
        #expect(!table.rows.isEmpty)
        for row in table.rows { #expect(row.cells.count == table.columns.count) }
        #expect(Set(table.columns.map(\.name)).count == table.columns.count)
    }

    @Test func `JSON has all promised members and reads back`() throws {
        let data = Data(try report().rendered(as: .json))
        let value = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let members = [
            "schema_version", "windows", "changes", "explanations", "active_long", "new", "gone", "remainder",
            "caveats",
            "sentence",
        ]
        for member in members { #expect(value[member] != nil, "\(member)") }
        let windows = try #require(value["windows"] as? [String: [String: Any]])
        #expect(windows["before"]?["start"] as? String == "2026-03-17T09:00:00.000000000Z")
        #expect(windows["during"]?["end"] as? String == "2026-03-17T09:30:00.000000000Z")
        let long = try #require(value["active_long"] as? [[String: Any]])
        #expect(long[0]["client_ip"] as? String == "192.0.2.9")
        #expect(long[0]["long_before"] as? Int == 0)
        #expect(long[0]["rank_before"] is NSNull)
    }

    @Test func `the remainder of each dimension sums to the whole`() throws {
        let rows = try report().table(.remainder).rows
        for dimension in ["client", "domain"] {
            let shares = rows.filter { $0.cells[0] == .text(dimension) }.map { row -> Double in
                if case .number(let share) = row.cells[6] { share } else { .nan }
            }
            #expect(shares.count == 3)
            #expect(abs(shares.reduce(0, +) - 1) < 1e-5)
        }
    }

    @Test(arguments: [60, 80, 100, 120]) func `the terminal view fits its tables and obeys no evidence`(
        width: Int
    ) throws {
        let text = String(decoding: try report().rendered(as: .table, style: ReportStyle(width: width)), as: UTF8.self)
        #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
        #expect(text.contains("192.0.2.9"))
        #expect(text.contains("≥ 6 min 40 s"))
        if width >= 80 {
            for line in text.split(separator: "\n") where !line.hasPrefix("filters") {
                #expect(TerminalText.width(String(line)) <= width, "\(line)")
            }
        }
    }

    @Test func `a narrow terminal keeps what each table is about`() throws {
        var result = try ComparisonFixture().result()
        // Both begin alike.
        for name in ["connections", "opened"] {
            let place = try #require(result.changes.firstIndex { $0.name == name })
            result.changes[place].before = 1_235_533
            result.changes[place].during = 2_239_365
        }
        let text = String(
            decoding: ComparisonReport(result).rendered(as: .table, style: ReportStyle(width: 60)), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        let rates = lines.filter { $0.hasPrefix("connections") && $0.contains("1,235,533") }
        #expect(
            rates.count == 2 && rates[0].hasPrefix("connections  ") && rates[1].hasPrefix("connections o"), "\(rates)")
        let long = try #require(lines.first { $0.contains("192.0.2.9") && $0.contains("≥ 6 min 40 s") })
        // Three long ones, and new.
        #expect(long.hasSuffix("yes") && long.contains("  3  "), "\(long)")
        for line in rates + [long] { #expect(TerminalText.width(line) <= 60, "\(line)") }
    }

    @Test func `the answer is bold in its headline alone, each sentence on a line of its own`() throws {
        var result = try ComparisonFixture().result()
        result.sentence =
            "Requests rose 2× between 10:00 and 10:30. Client 192.0.2.9 explains 98 %. 5xx responses rose 3×."
        let text = String(
            decoding: ComparisonReport(result).rendered(as: .table, style: ReportStyle(usesColor: true)), as: UTF8.self)
        #expect(
            text.contains(
                "\u{1B}[1mRequests rose 2× between 10:00 and 10:30.\u{1B}[0m\nClient 192.0.2.9 explains 98 %.\n5xx "
                    + "responses rose 3×.\n"))
    }

    @Test func `at 80 columns active and long keeps what was before, and names what it leaves out`() throws {
        var result = try ComparisonFixture().result()
        result.activeLong[0].clientIP = "198.51.100.67"
        result.activeLong[0].owner = "Northwind"
        result.activeLong[0].rankBefore = 49
        result.activeLong[0].activityBefore = 14
        result.activeLong[0].activityDuring = 640
        result.activeLong[0].longestBeforeMilliseconds = 13_800
        result.activeLong[0].longestDuringMilliseconds = 707_000
        result.activeLong[0].isLongestDuringCensored = false
        let text = String(
            decoding: ComparisonReport(result).rendered(as: .table, style: ReportStyle(width: 80)), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        let row = try #require(lines.first { $0.contains("198.51.100.67") && $0.contains("yes") })
        for word in ["Northwind", "  14  ", "640", "13.8 s", "11 min 47 s", "yes"] {
            #expect(row.contains(word), "\(word): \(text)")
        }
        #expect(lines.contains { $0.hasPrefix("no room for: ") && $0.contains("was") }, "\(text)")
        #expect(TerminalText.width(row) <= 80, "\(row)")
    }

    @Test func `top by duration keeps count, p95 and the longest at 80 columns`() throws {
        let durations = TopReport.Durations(
            count: 16, totalMilliseconds: 4_800_000, p95Milliseconds: 780_000, maximumNanoseconds: 808_000_000_000)
        var window = ComparisonFixture().during
        for index in (window.dimensions[.client] ?? []).indices {
            window.dimensions[.client]?[index].activity.bytes = 86_400
            window.dimensions[.client]?[index].activity.requests = 1_000
        }
        let values = window.dimensions[.client] ?? []
        let table = TopReport(
            window, dimension: .client, measure: .connections, limit: 3,
            durations: Dictionary(uniqueKeysWithValues: values.map { ($0.value, durations) })
        ).table
        let text = String(decoding: table.rendered(as: .table, style: ReportStyle(width: 80)), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        for word in ["192.0.2.9", "4,500", "13 min", "13 min 28 s"] { #expect(lines[2].contains(word), "\(text)") }
        for word in ["connections", "p95", "max"] { #expect(lines[0].contains(word), "\(text)") }
        let left = try #require(lines.last { $0.hasPrefix("no room for: ") || $0.contains("timed") })
        #expect(left.contains("timed"), "\(text)")
        for line in lines { #expect(TerminalText.width(line) <= 80, "\(line)") }
    }

    @Test(arguments: ForensicsModel.Dimension.allCases, RankMeasure.allCases)
    func `what values are ranked by stays at 80 columns`(dimension: ForensicsModel.Dimension, measure: RankMeasure)
        throws
    {
        var window = ComparisonFixture().during
        var activity = Activity()
        activity.requests = 1_234_567
        activity.connections = 2_345_678
        activity.bytes = 123_456_789
        activity.errors = 345_678
        activity.longest = 808_000_000_000
        // An address is never cut.
        let long =
            dimension == .client
            ? "2001:db8:1234:5678:9abc:def0:1234:5678"
            : "/a/very/long/path/of/a/shop/{id}/with/more/parts/{id}/and/an/end/that/says/what.html"
        let names = [long, "short"]
        window.dimensions[dimension] = names.map { .init(value: $0, activity: activity, series: []) }
        let told = TopReport.Durations(
            count: 1_234, totalMilliseconds: 480_000_000, p95Milliseconds: 780_000, maximumNanoseconds: 808_000_000_000)
        let figures: [RankMeasure: String] = [
            .requests: "1,234,567", .connections: "2,345,678", .bytes: "123 MB", .errors: "345,678",
            .duration: "13 min 28 s",
        ]
        for durations in [[:], Dictionary(uniqueKeysWithValues: names.map { ($0, told) })] {
            let table = TopReport(
                window, dimension: dimension, measure: measure, limit: 5,
                durations: measure == .duration ? durations : [:]
            ).table
            let text = String(decoding: table.rendered(as: .table, style: ReportStyle(width: 80)), as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines[2].contains(try #require(figures[measure])), "\(text)")
            for line in lines { #expect(TerminalText.width(line) <= 80, "\(line)") }
        }
    }

    @Test func `what was not kept apart stands behind the values, without a rank`() throws {
        var window = ComparisonFixture().during
        func made(_ count: Int64) -> Activity {
            var activity = Activity()
            activity.requests = count
            return activity
        }
        let counts: [(name: String, count: Int64)] = [("/b", 5), ("(other)", 900), ("/c", 5), ("/a", 7), ("/none", 0)]
        window.dimensions[.path] = counts.map { .init(value: $0.name, activity: made($0.count), series: []) }
        func ranks(_ limit: Int) -> [[ReportCell]] {
            TopReport(window, dimension: .path, measure: .requests, limit: limit).table.rows.map {
                Array($0.cells.prefix(3))
            }
        }
        let named: [[ReportCell]] = [
            [.integer(1), .text("/a"), .integer(7)], [.integer(2), .text("/b"), .integer(5)],
            [.integer(3), .text("/c"), .integer(5)],
        ]
        let other: [ReportCell] = [.absent, .text("(other)"), .integer(900)]
        for limit in 0...4 { #expect(ranks(limit) == named.prefix(limit) + [other]) }
        #expect(TopReport(window, dimension: .path, measure: .requests, limit: 2).table.more == 1)
    }

    @Test func `a longest time is no share of anything`() throws {
        let window = ComparisonFixture().during
        func table(_ measure: RankMeasure) -> ReportTable {
            TopReport(window, dimension: .client, measure: measure, limit: 3).table
        }
        let lines = String(decoding: table(.duration).rendered(as: .ndjson), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3 && lines.allSatisfy { $0.hasSuffix(",\"share\":null}") }, "\(lines)")
        #expect(String(decoding: table(.duration).rendered(as: .csv), as: UTF8.self).contains(",share\r\n"))
        #expect(!table(.duration).withoutAbsentColumns.columns.contains { $0.name == "share" })
        // Of what adds up there is a share: the busiest made 4,500.
        let total = Double(window.totals.activity.connections)
        guard case .number(let share)? = table(.connections).rows.first?.cells.last else {
            Issue.record("no share of connections")
            return
        }
        #expect(abs(share - 4_500 / total) < 1e-6)
    }

    @Test func `who makes it slow, or the errors, has its interval at 80 columns`() throws {
        var result = try ComparisonFixture().result()
        var one = try #require(result.dimensions.first?.values.first)
        one.dimension = "target-group"
        one.value = "targetgroup/shop-checkout/73e2d6bc24d8a067"
        one.ratio = RateRatio(value: 52, lower: 27, upper: 119)
        one.before = 17
        var other = one
        other.dimension = "target-port"
        other.value = "8443"
        result.slowness = Slowness(
            measure: "total_ms", quantile: 0.99, limitMilliseconds: 2_450, total: result.total, leading: [one, other])
        result.failures = Failures(total: result.total, leading: [one, other])
        let page = String(
            decoding: ComparisonReport(result).rendered(as: .table, style: ReportStyle(width: 80)), as: UTF8.self)
        for title in ["Who makes it slow", "Who makes the errors"] {
            let part = try #require(page.components(separatedBy: "\n\(title)").dropFirst().first)
            let table = part.components(separatedBy: "\n\n")[0]
            #expect(table.contains("95 % interval") && table.contains("27× – 119×"), "\(table)")
            #expect(table.contains("target group") && table.contains("target port"), "\(table)")
            for line in table.split(separator: "\n") { #expect(TerminalText.width(String(line)) <= 80, "\(line)") }
        }
    }

    @Test(arguments: [60, 80, 120]) func `a timeline keeps its plot`(width: Int) throws {
        var window = ComparisonFixture().during
        var buckets = window.buckets
        for index in buckets.indices {
            buckets[index].totals.activity.requests = 123_456
            buckets[index].totals.activity.bytes = 123_456
            buckets[index].totals.serverErrors = 12_345
            buckets[index].totals.timeouts = 1
            buckets[index].totals.long = 1
            buckets[index].totals.resets = 1
        }
        window.buckets = buckets
        let table = TimelineReport(
            window, window: window.window, width: ComparisonFixture.minute, measure: .requests
        ).table(withPlot: true)
        let text = String(decoding: table.rendered(as: .table, style: ReportStyle(width: width)), as: UTF8.self)
        #expect(text.contains("█████"))
        for line in text.split(separator: "\n") { #expect(TerminalText.width(String(line)) <= width, "\(line)") }
    }

    @Test func `colour comes only where it is asked for`() throws {
        let plain = String(decoding: try report().rendered(as: .table), as: UTF8.self)
        let colored = String(
            decoding: try report().rendered(as: .table, style: ReportStyle(usesColor: true)), as: UTF8.self)
        #expect(!plain.contains("\u{1B}["))
        #expect(colored.contains("\u{1B}[31m"))
        let stripped = colored.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map {
            $0.offset == 0 ? String($0.element) : String($0.element.drop { $0 != "m" }.dropFirst())
        }.joined()
        #expect(stripped == plain)
    }

    /// What stands outside of code spans of one backtick.
    private static func bare(_ text: String) -> String {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }
            .map(\.element).joined()
    }

    @Test func `Markdown says the sentence, what was compared, one table and the caveats`() throws {
        var result = try ComparisonFixture().result()
        result.caveats = [.init(code: "c", text: "See http://evil/x.png, or ask."), .init(code: "d", text: "Second.")]
        let text = String(decoding: ComparisonReport(result).rendered(as: .markdown), as: UTF8.self)
        #expect(text.hasPrefix("Between 09:15 and 09:30 UTC"))
        #expect(text.contains("| client ip | owner |"))
        #expect(text.contains("\n- **before** `[2026-03-17T09:00:00Z, 2026-03-17T09:15:00Z)  15 min`\n"))
        #expect(text.contains("\n- **during** `[2026-03-17T09:15:00Z, 2026-03-17T09:30:00Z)  15 min`\n"))
        #expect(text.contains("\n- **counting** ") && text.contains("\n- **filters** `--domain "))
        #expect(text.hasSuffix("\n- See `http://evil/x.png`, or ask.\n- Second.\n"))
        // Units of people; CSV and JSON are for machines.
        #expect(text.contains("| ≥ 6 min 40 s |") && text.contains("| 4,500 |"))
        #expect(!Self.bare(text).contains("<"))
    }

    @Test(arguments: [
        (
            "Domain http://evil/x.png explains 3.0× (95 % interval), and it's so.",
            "Domain `http://evil/x.png` explains 3.0×"
        ),
        ("owner a | b, c (4×)", "owner `a | b, c` (4×)"),
        ("path /v1/x, (all of @team)", "path `/v1/x`, (all of `@team`)"),
        ("see `sources --coverage`.", "see `sources --coverage`."), ("www.evil.example: 1", "`www.evil.example`: 1"),
        ("a *b* [x](http://evil) `", "a `*b*` `[x](http://evil`) `` ` ``"), ("#1; 12 % more", "`#1`; 12 % more"),
    ]) func `a sentence shows evidence as it is and links nothing`(text: String, expected: String) {
        #expect(MarkdownText.paragraph(text, evidence: ["a | b, c", "http://evil/x.png"]).hasPrefix(expected))
    }

    @Test func `beside rows alone stand windows, filters and caveats`() throws {
        var result = try ComparisonFixture().result()
        result.question.filters = ["kind nlb; client 203.0.113.0/24"]
        result.caveats = [.init(code: "c", text: "Rows may be missing.")]
        for format in [ReportFormat.csv, .ndjson] {
            let notes = ComparisonReport(result).notes(beside: format)
            #expect(notes.first == "before [2026-03-17T09:00:00Z, 2026-03-17T09:15:00Z)  15 min")
            #expect(notes.contains("filters kind nlb; client 203.0.113.0/24"))
            #expect(notes.last == "caveat: Rows may be missing.")
        }
        for format in [ReportFormat.table, .json, .markdown] {
            #expect(ComparisonReport(result).notes(beside: format).isEmpty)
        }
    }

    @Test func `the same result gives the same bytes`() throws {
        for format in ReportFormat.allCases {
            #expect(try report().rendered(as: format) == report().rendered(as: format))
        }
    }
}
