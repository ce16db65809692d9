import Foundation
import ForensicsReport
import Testing

@Suite struct WriterTests {
    private let columns = [
        ReportColumn("name"), ReportColumn("count", nil, .count), ReportColumn("share", nil, .percent),
        ReportColumn("time", nil, .time), ReportColumn("took_ms", "took", .milliseconds),
    ]

    private var table: ReportTable {
        ReportTable(
            name: "t", columns: columns,
            rows: [
                [
                    .text("alpha"), .integer(1_234_567), .number(0.5), .integer(1_762_164_000_000_000_001),
                    .number(312_000),
                ],
                [.text("b,\"c\""), .integer(-3), .absent, .absent, .atLeast(60_000)],
            ])
    }

    private func text(_ format: ReportFormat, _ style: ReportStyle = ReportStyle()) -> String {
        String(decoding: table.rendered(as: format, style: style), as: UTF8.self)
    }

    @Test func `CSV has plain numbers, quoted fields, empty absents and CRLF`() {
        #expect(
            text(.csv)
                == "name,count,share,time,took_ms\r\nalpha,1234567,0.5,2025-11-03T10:00:00.000000001Z,312000\r\n"
                + "\"b,\"\"c\"\"\",-3,,,60000\r\n")
    }

    @Test func `a limit leaves the first rows and says how many more there are`() {
        var cut = table
        cut.note = "2 in all"
        cut.limit(to: 1)
        #expect(cut.rows == Array(table.rows.prefix(1)) && cut.more == 1 && cut.note == "1 more; 2 in all")
        for count in [nil, 2, 3] {
            var whole = table
            whole.limit(to: count)
            #expect(whole.rows == table.rows && whole.more == 0 && whole.note == nil)
        }
    }

    @Test func `JSON is an array of objects that Foundation reads back`() throws {
        let value = try JSONSerialization.jsonObject(with: Data(text(.json).utf8)) as? [[String: Any]]
        let rows = try #require(value)
        #expect(rows.count == 2)
        #expect(rows[0]["count"] as? Int == 1_234_567)
        #expect(rows[0]["time"] as? String == "2025-11-03T10:00:00.000000001Z")
        #expect(rows[1]["name"] as? String == "b,\"c\"")
        #expect(rows[1]["share"] is NSNull)
    }

    @Test func `the ends of time are printed too`() {
        let rows: [ReportRow] = [[.integer(.min)], [.integer(.max)], [.integer(-1)]]
        let table = ReportTable(name: "t", columns: [ReportColumn("time", nil, .time)], rows: rows)
        let shown = String(decoding: table.rendered(as: .table, style: ReportStyle()), as: UTF8.self)
        // 2⁶³ ns are 106,751 days, 23:47:16.854775807.
        #expect(shown.contains("1677-09-21 00:12:43.145"), "\(shown)")
        #expect(shown.contains("2262-04-11 23:47:16.854"), "\(shown)")
        #expect(shown.contains("1969-12-31 23:59:59.999"), "\(shown)")
    }

    @Test func `a whole answer in JSON has its version, title and rows`() throws {
        var named = table
        for title in ["", "Top \"client\" (alb)"] {
            named.title = title
            let data = Data(named.answer(as: .json, style: ReportStyle()))
            let value = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(value.keys.sorted() == ["rows", "schema_version", "title"])
            #expect(value["schema_version"] as? Int == 1)
            #expect(title.isEmpty ? value["title"] is NSNull : value["title"] as? String == title)
            #expect((value["rows"] as? [[String: Any]])?.count == 2)
        }
    }

    @Test(arguments: [0, 3])
    func `JSON says how many rows a limit left out`(_ more: Int) throws {
        var cut = table
        cut.more = more
        let data = Data(cut.answer(as: .json, style: ReportStyle()))
        let value = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(value.keys.sorted() == ["more", "rows", "schema_version", "title"])
        #expect(value["more"] as? Int == more)
    }

    @Test func `NDJSON has one object per line in column order`() {
        #expect(
            text(.ndjson).split(separator: "\n").last
                == #"{"name":"b,\"c\"","count":-3,"share":null,"time":null,"took_ms":60000}"#)
    }

    @Test func `Markdown is a pipe table with right-aligned numbers in units of people`() {
        let lines = text(.markdown).split(separator: "\n")
        #expect(lines[0] == "| name | count | share | time | took |")
        #expect(lines[1] == "| --- | ---: | ---: | --- | ---: |")
        #expect(lines[2] == "| alpha | 1,234,567 | 50 % | 2025-11-03 10:00:00Z | 5 min 12 s |")
    }

    @Test func `a whole answer in Markdown has its title and note, rows for machines stand alone`() {
        var titled = table
        titled.title = "Top client (alb, client !192.0.2.1)"
        titled.note = "3 more"
        let text = String(decoding: titled.answer(as: .markdown, style: ReportStyle()), as: UTF8.self)
        #expect(text.hasPrefix("## Top client (alb, client `!192.0.2.1`)\n\n| name |"))
        #expect(text.hasSuffix("|\n\n3 more\n"))
        #expect(titled.answer(as: .csv, style: ReportStyle()) == table.rendered(as: .csv))
    }

    @Test func `a terminal table aligns columns and writes units`() {
        let lines = text(.table).split(separator: "\n", omittingEmptySubsequences: false)
        // People see times to the millisecond; every other form has the nanosecond.
        #expect(lines[0] == "name       count  share  time                        took")
        #expect(lines[2] == "alpha  1,234,567   50 %  2025-11-03 10:00:00Z  5 min 12 s")
        #expect(lines[3] == "b,\"c\"         -3      -  -                        ≥ 1 min")
    }

    @Test(arguments: [20, 30, 40, 60, 80]) func `text columns shrink until the table fits`(width: Int) {
        let wide = ReportTable(
            name: "t", columns: [ReportColumn("a"), ReportColumn("n", nil, .count), ReportColumn("b")],
            rows: [[.text(String(repeating: "x", count: 70)), .integer(5), .text(String(repeating: "y", count: 40))]])
        let lines = String(decoding: wide.rendered(as: .table, style: ReportStyle(width: width)), as: UTF8.self)
        for line in lines.split(separator: "\n") { #expect(TerminalText.width(String(line)) <= width) }
        #expect(lines.contains("…"))
    }

    @Test func `rows past the measured ones come out too`() {
        var out: [UInt8] = []
        var writer = TableWriter(format: .table, columns: [ReportColumn("n", nil, .count)])
        writer.begin(into: &out)
        for index in 0..<5000 { writer.row([.integer(Int64(index))], into: &out) }
        writer.end(into: &out)
        #expect(out.count { $0 == 0x0A } == 5002)
    }

    @Test(arguments: ReportFormat.allCases) func `a table without rows is whole in each format`(format: ReportFormat) {
        let empty = ReportTable(name: "t", columns: [ReportColumn("a")])
        let text = String(decoding: empty.rendered(as: format), as: UTF8.self)
        let expected =
            switch format {
            case .table: "a\n─\n"
            case .csv: "a\r\n"
            case .json: "[]\n"
            case .ndjson: ""
            case .markdown: "| a |\n| --- |\n"
            }
        #expect(text == expected)
    }

    @Test func `a document keeps its tables in JSON and draws its plots for people`() throws {
        let document = ReportDocument(
            sections: [
                .table(table), .sparkline(title: "Requests", values: [1, 2, 4], from: "10:00", to: "11:00"),
            ])
        let data = Data(document.rendered(as: .json))
        let value = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(value["schema_version"] as? Int == 1)
        #expect((value["t"] as? [Any])?.count == 2)
        let page = String(decoding: document.rendered(as: .table, style: ReportStyle(width: 80)), as: UTF8.self)
        // Eighths of the largest: 2, 4 and 8 of 8.
        #expect(page.contains("▃▅█"))
    }

    @Test(arguments: [40, 60, 80, 120, 200]) func `a plot takes the room that columns which say nothing leave`(
        width: Int
    ) {
        let wide = ReportTable(
            name: "t",
            columns: [
                ReportColumn("time", nil, .time), ReportColumn("requests", nil, .count),
                ReportColumn("errors", nil, .count), ReportColumn("timeouts", nil, .count),
                ReportColumn("longest", nil, .milliseconds, isSecondary: true), ReportColumn("plot", nil, .bar(40)),
            ],
            rows: [
                [.integer(0), .integer(1_000_000), .integer(0), .absent, .number(5), .number(1)],
                [.integer(60_000_000_000), .integer(500_000), .integer(0), .absent, .number(5), .number(0.5)],
            ])
        let lines = String(decoding: wide.rendered(as: .table, style: ReportStyle(width: width)), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        for line in lines { #expect(TerminalText.width(line) <= width, "\(line)") }
        // The bar of half the height is half as long, at any width.
        let bars = lines.filter { $0.contains("█") }.map { line in line.filter { "█▌".contains($0) } }
        if width >= 60 {
            #expect(bars.count == 2)
            let halves = bars.map { bar in bar.reduce(0) { $0 + ($1 == "█" ? 2 : 1) } }
            #expect(halves[0] == 2 * halves[1], "\(bars)")
            #expect(lines[0].contains("timeouts") == (width >= 80))
        }
    }

    @Test func `a number is never cut, and what had no room is named`() {
        let wide = ReportTable(
            name: "t",
            columns: [
                ReportColumn("client_ip"), ReportColumn("interval", alignment: .right),
                ReportColumn("count", nil, .count), ReportColumn("other", "other\ncount", .count),
            ],
            rows: [[.text("2001:db8::1234:5678"), .text("12,345× – 67,890×"), .integer(1_000_000), .integer(7)]])
        let text = String(decoding: wide.rendered(as: .table, style: ReportStyle(width: 40)), as: UTF8.self)
        #expect(text.contains("2001:db8::1234:5678  12,345× – 67,890×"))
        #expect(text.contains("no room for: count, other count"))
        #expect(!text.contains("…"))
    }

    @Test func `what only keeps notes away is no part of the command that gives the report again`() {
        let words = ["lbforensics", "report", "--output", "it's.html"]
        let expected = #"lbforensics report --output 'it'\''s.html'"#
        for aside in ["-q", "--quiet"] {
            #expect(ShellText.command(words + [aside]) == expected)
            #expect(ShellText.command([words[0], words[1], aside] + words[2...]) == expected)
        }
        #expect(ShellText.command(words) == expected)
    }

    @Test func `minor columns go before secondary ones, wherever they stand`() {
        let wide = ReportTable(
            name: "t",
            columns: [
                ReportColumn("was", nil, .count, isMinor: true), ReportColumn("name", isKey: true),
                ReportColumn("count", nil, .count, isSecondary: true), ReportColumn("longest", nil, .count),
            ],
            rows: [[.integer(123_456), .text("198.51.100.67"), .integer(640), .integer(707_000)]])
        let text = String(decoding: wide.rendered(as: .table, style: ReportStyle(width: 32)), as: UTF8.self)
        #expect(text.contains("198.51.100.67    640  707,000\n") && text.hasSuffix("no room for: was\n"), "\(text)")
    }
}
