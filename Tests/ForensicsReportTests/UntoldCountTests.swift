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
        let table = TimelineReport(
            [.init(start: start.nanoseconds, totals: totals)], window: window, width: ComparisonFixture.minute,
            measure: .requests, kind: .alb
        ).table(withPlot: false)
        for column in ["connections", "opened", "resets", "long"] {
            #expect(try Self.cells(table, column) == [.absent, .absent], "\(column)")
        }
        #expect(try Self.cells(table, "requests") == [.integer(5), .integer(0)])
        #expect(try Self.cells(table, "status_5xx") == [.integer(0), .integer(0)])
    }
}
