import ForensicsCompare
import ForensicsModel
import ForensicsReport
import Testing

/// What a kind of evidence cannot tell is absent, never 0.
@Suite struct UntoldCountTests {
    private static func cells(_ table: ReportTable, _ column: String) throws -> [ReportCell] {
        let place = try #require(table.columns.firstIndex { $0.name == column })
        return table.rows.map { $0.cells[place] }
    }

    @Test func `an NLB log changes in nothing that it has no column for`() throws {
        let changes = try ComparisonFixture().result().changes.map(\.name)
        #expect(changes == ["connections", "opened", "bytes", "errors", "long_connections"])
    }

    @Test func `a ranking of NLB logs has no requests, one of captures has zeros`() throws {
        let fixture = ComparisonFixture()
        func table(_ kind: EvidenceKind?) -> ReportTable {
            TopReport(fixture.during, dimension: .client, measure: .connections, limit: 10, kind: kind).table
        }
        #expect(try Self.cells(table(.nlb), "requests").allSatisfy { $0 == .absent })
        #expect(try Self.cells(table(.nlb), "errors").allSatisfy { $0 == .integer(0) })
        #expect(!table(.nlb).withoutAbsentColumns.columns.contains { $0.name == "requests" })
        for kind in [EvidenceKind.pcap, nil] {
            #expect(try Self.cells(table(kind), "requests").allSatisfy { $0 == .integer(0) })
        }
        // A count that is there is told, whatever the kind.
        #expect(try Self.cells(table(.alb), "connections").allSatisfy { $0 != .absent })
    }

    @Test func `a timeline of ALB logs has neither connections nor long ones`() throws {
        var totals = TrafficTotals()
        totals.activity.requests = 5
        let start = Timestamp(nanoseconds: ComparisonFixture.origin)
        let window = TimeWindow(start: start, end: start.advanced(by: 2 * ComparisonFixture.minute))
        var aggregate = WindowAggregate(window: window, exposure: window.length)
        aggregate.buckets = [.init(start: start.nanoseconds, totals: totals)]
        let table = TimelineReport(
            aggregate, window: window, width: ComparisonFixture.minute,
            measure: .requests, kind: .alb
        ).table(withPlot: false)
        for column in ["connections", "opened", "resets", "long"] {
            #expect(try Self.cells(table, column) == [.absent, .absent], "\(column)")
        }
        #expect(try Self.cells(table, "requests") == [.integer(5), .integer(0)])
        #expect(try Self.cells(table, "status_5xx") == [.integer(0), .integer(0)])
    }

    @Test(arguments: [
        (Int64.min, Int64.max), (.min, 0), (0, .max), (-8_520_000_000_000_000_000, 1_773_738_000_000_000_000), (5, 5),
        (9, 5),
    ])
    func `a timeline of any two ends has rows`(_ start: Int64, _ end: Int64) throws {
        let window = TimeWindow(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
        let aggregate = WindowAggregate(window: window, exposure: window.length)
        let width = TimelineReport.width(for: window, rows: 200)
        let rows = TimelineReport(aggregate, window: window, width: width, measure: .requests).rows
        #expect(rows.isEmpty == (window.length == 0 && start % width == 0))
        #expect(rows.first.map { $0.start <= start } ?? true)
        #expect(rows.last.map { $0.start < max(end, start + 1) } ?? true)
    }

    @Test func `minutes without evidence are absent in a timeline, and quiet ones are none`() throws {
        var totals = TrafficTotals()
        totals.activity.requests = 5
        let minute = ComparisonFixture.minute
        let start = Timestamp(nanoseconds: ComparisonFixture.origin)
        func time(_ index: Int64) -> Timestamp { start.advanced(by: index * minute) }
        var aggregate = WindowAggregate(window: TimeWindow(start: start, end: time(6)), exposure: 4 * minute)
        aggregate.buckets = [0, 5].map { .init(start: time($0).nanoseconds, totals: totals) }
        // Nothing came in the second minute, nobody looked in the third and fourth.
        aggregate.coverage = [TimeWindow(start: start, end: time(2)), TimeWindow(start: time(4), end: time(6))]
        let table = TimelineReport(
            aggregate, window: aggregate.window, width: minute, measure: .requests
        ).table(withPlot: true)
        let expected: [ReportCell] = [.integer(5), .integer(0), .absent, .absent, .integer(0), .integer(5)]
        for column in ["requests", "errors"] {
            let cells = try Self.cells(table, column)
            #expect(cells.map { $0 == .absent } == expected.map { $0 == .absent })
        }
        #expect(try Self.cells(table, "requests") == expected)
        let fixture = ComparisonFixture()
        let report = HTMLReport(
            result: try fixture.result(), before: fixture.before, during: fixture.during, timeline: aggregate,
            command: "lbforensics report", version: "1")
        let html = String(decoding: report.rendered(), as: UTF8.self)
        #expect(html.contains("[5,0,null,null,0,5]"))
        #expect(html.contains("<rect class=\"gap\" x=\"2\" y=\"0\" width=\"2\" height=\"100\"/>"))
        #expect(html.contains("no evidence"))
    }
}
