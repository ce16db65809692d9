import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsReport
import Testing

@Suite struct ComparisonReportTests {
    private static let hostile = "\u{1B}[31m=cmd|'/c calc'!A1<script>\u{202E}"

    private func window(start: Int64, _ counts: [String: Int64], long: [String]) -> WindowAggregate {
        let origin: Int64 = 1_773_738_000_000_000_000
        let minute: Int64 = 60_000_000_000
        let from = Timestamp(nanoseconds: origin + start * minute)
        var window = WindowAggregate(
            window: TimeWindow(start: from, end: from.advanced(by: 15 * minute)), exposure: 15 * minute)
        for index in Int64(0)..<15 {
            var totals = TrafficTotals()
            totals.activity.connections = counts.values.reduce(0, +) + index % 3
            window.totals.add(totals)
            window.buckets.append(.init(start: from.nanoseconds + index * minute, totals: totals))
        }
        func values(_ prefix: String) -> [WindowAggregate.DimensionValue] {
            counts.map { name, count in
                var activity = Activity()
                activity.connections = count * 15
                activity.longest = 400_000_000_000
                return .init(
                    value: prefix + name, activity: activity,
                    series: (0..<15).map { .init(minute: $0, count: count) })
            }
        }
        window.dimensions[.client] = values("192.0.2.")
        window.dimensions[.domain] = values(Self.hostile)
        window.longClients = long.compactMap { IPAddress("192.0.2." + $0) }.map {
            .init(client: $0, long: 3, longest: 400_000_000_000, isCensored: true, openInWindow: 3)
        }
        return window
    }

    private func report() throws -> ComparisonReport {
        var options = CompareOptions()
        options.measure = .connections
        options.kind = .nlb
        options.owners.add(try #require(IPNetwork("192.0.2.9")), owner: "=Owner, Inc.")
        options.filters = ["--domain", Self.hostile]
        let before = window(start: 0, ["1": 100, "2": 50], long: [])
        let during = window(start: 15, ["1": 100, "2": 52, "9": 300], long: ["9"])
        return ComparisonReport(try Comparison.compare(before: before, during: during, options: options))
    }

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
        let table = try report().table(table)
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
        if width >= 100 {
            for line in text.split(separator: "\n") where !line.hasPrefix("filters") {
                #expect(TerminalText.width(String(line)) <= max(width, 110), "\(line)")
            }
        }
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

    @Test func `Markdown says the sentence and one table`() throws {
        let text = String(decoding: try report().rendered(as: .markdown), as: UTF8.self)
        #expect(text.hasPrefix("Between 09:15 and 09:30 UTC"))
        #expect(text.contains("| `client_ip` | owner |"))
        #expect(!text.contains("<script>") || text.contains("\\<script\\>"))
    }

    @Test func `the same result gives the same bytes`() throws {
        for format in ReportFormat.allCases {
            #expect(try report().rendered(as: format) == report().rendered(as: format))
        }
    }
}
