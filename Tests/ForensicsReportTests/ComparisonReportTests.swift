import Foundation
import ForensicsCompare
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
        if width >= 80 {
            for line in text.split(separator: "\n") where !line.hasPrefix("filters") {
                #expect(TerminalText.width(String(line)) <= width, "\(line)")
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
