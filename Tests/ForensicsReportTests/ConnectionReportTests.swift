import ForensicsModel
import ForensicsReport
import Testing

@Suite struct ConnectionReportTests {
    private static func report(_ measure: RankMeasure, _ kind: EvidenceKind, _ addresses: [String]) throws
        -> ReportTable
    {
        var report = ConnectionReport(measure: measure, limit: 5)
        for index in 0..<8 {
            let start = Timestamp(nanoseconds: ComparisonFixture.origin + Int64(index) * 1_234_567)
            let address = try #require(IPAddress(addresses[index % addresses.count]))
            var connection = Connection(
                id: FactID(source: 48, record: UInt32(index)), offset: 0, kind: kind, start: start,
                end: start.advanced(by: 808_000_000_000), client: Endpoint(address, 65_000),
                server: Endpoint(address, 8_443))
            connection.duration = 808_000_000_000 + Int64(index)
            connection.bytesFromClient = 86_400
            connection.bytesFromServer = UInt64(index) * 1_000
            if kind == .nlb { connection.flags = [.tlsFailed] }
            if kind == .pcap {
                connection.packetsFromClient = 12_345
                connection.packetsFromServer = 12_345
                connection.retransmissions = UInt32(index)
                connection.zeroWindows = 2
                connection.resets = 1
            }
            report.add(connection, domain: "www.a-shop-with-a-long-name.example")
        }
        return report.table
    }

    @Test(arguments: [RankMeasure.duration, .bytes, .errors], [EvidenceKind.nlb, .pcap])
    func `what connections are ranked by stays at 80 columns, and the number goes first`(
        measure: RankMeasure, kind: EvidenceKind
    ) throws {
        let heading = [RankMeasure.duration: "Duration", .bytes: "Bytes", .errors: "Errors"][measure] ?? ""
        for addresses in [["198.19.200.17"], ["2001:db8:1234:5678:9abc:def0:1234:5678", "198.19.200.17"]] {
            let table = try Self.report(measure, kind, addresses)
            let text = String(decoding: table.rendered(as: .table, style: ReportStyle(width: 80)), as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines[0].contains(heading) && lines[0].contains("Client") && lines[0].contains("Server"), "\(text)")
            #expect(!lines[0].contains("Connection") && text.contains("no room for: Connection"), "\(text)")
            for line in lines { #expect(TerminalText.width(line) <= 80, "\(line)") }
            if addresses.count == 1 {
                // Neither address is cut, and how long and how much are both there.
                #expect(lines[2].contains("198.19.200.17:65000") && lines[2].contains("198.19.200.17:8443"), "\(text)")
                #expect(lines[0].contains("Duration") && lines[0].contains("Bytes"), "\(text)")
            }
        }
    }

    @Test func `connections are ranked by what went wrong of them, and the count of that is told`() throws {
        let table = try Self.report(.errors, .pcap, ["198.19.200.17"])
        #expect(table.more == 3 && table.note == "3 more")
        let place = try #require(table.columns.firstIndex { $0.name == "errors" })
        #expect(table.columns.dropFirst(place + 1).map(\.name) == ["censored"])
        // Up to seven retransmissions, two full buffers and a reset.
        #expect(table.rows.map { $0.cells[place] } == [10, 9, 8, 7, 6].map { .integer($0) })
    }
}
