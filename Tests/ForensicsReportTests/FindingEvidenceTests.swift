import ForensicsModel
import ForensicsReport
import Testing

/// What the records of a finding are ordered by has its unit.
@Suite struct FindingEvidenceTests {
    private static func finding(_ measure: Int64, _ kind: EvidenceKind = .alb) -> Finding {
        let id = FactID(source: 1, record: 7)
        let time = Timestamp(nanoseconds: ComparisonFixture.origin)
        return Finding(
            id: id, check: "slow-request", severity: .notice, blame: .target, kind: kind, subject: "10.1.0.1:80",
            summary: "slow", start: time, end: time, count: 1,
            evidence: [.init(id: id, offset: 99, measure: measure)])
    }

    private static func text(_ unit: Finding.Unit, _ measure: Int64, _ format: ReportFormat) -> String {
        let table = FindingsReport.evidence(finding(measure), unit: unit, namesUnit: format == .json) { _ in "a.log" }
        return String(decoding: table.rendered(as: format), as: UTF8.self)
    }

    @Test(arguments: [(6_359_830_123, "6.36 s"), (808_000_000_000, "13 min 28 s"), (48_300_000, "48.3 ms")])
    func `people read a time in the unit that suits it`(nanoseconds: Int64, expected: String) throws {
        #expect(Self.text(.nanoseconds, nanoseconds, .table).contains("  \(expected)\n"))
        #expect(Self.text(.nanoseconds, nanoseconds, .markdown).contains("| \(expected) |"))
        var report = try FlowMapTests.report([])
        report.findings = [Self.finding(nanoseconds)]
        report.unit = { $0 == "slow-request" ? .nanoseconds : .none }
        let html = String(decoding: report.rendered(), as: UTF8.self)
        #expect(html.contains("data-h=\"measure\" data-v=\"\(nanoseconds)\">\(expected)</td>"))
    }

    @Test func `where a row of a flow log begins is not known, and not told as the beginning of the log`() {
        for (kind, offset) in [(EvidenceKind.alb, "99"), (.vpcFlow, "null")] {
            let table = FindingsReport.evidence(Self.finding(1, kind), unit: .none) { _ in "a.log" }
            let text = String(decoding: table.rendered(as: .json), as: UTF8.self)
            #expect(text.contains("\"record\":7,\"offset\":\(offset),"), "\(text)")
        }
    }

    @Test func `machines read the number and its unit, and a status is a status`() {
        #expect(Self.text(.nanoseconds, 6_359_830_123, .json).contains(#""measure":6359830123,"unit":"ns"}"#))
        #expect(Self.text(.none, 404, .json).contains(#""measure":404,"unit":null}"#))
        #expect(Self.text(.none, 404, .table).contains("  404\n"))
        #expect(Self.text(.none, 404, .csv).hasPrefix("source,record,offset,measure\r\n"))
    }
}
