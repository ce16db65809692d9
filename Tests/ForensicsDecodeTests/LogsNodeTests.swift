import ForensicsDecode
import ForensicsModel
import Testing

/// Which node of a load balancer a row is given where it names none: the one in the object's name.
@Suite struct LogsNodeTests {
    private static func nodes(_ lines: [String], _ kind: EvidenceKind, node: String?) -> [String?] {
        var decoder = LogDecoder(kind: kind, node: node)
        var batch = FactBatch()
        var tally = LedgerTally()
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        // Line by line, with texts of their own each time and with those of the time before.
        var position = 0
        var record: UInt32 = 1
        while position < bytes.count {
            record += decoder.decode(
                bytes.span,
                LogStretch(
                    position..<bytes.count, source: 1, firstRecord: record, offset: UInt64(position), limit: 1,
                    continues: position > 0),
                into: &batch, tally: &tally)
            position = decoder.position
        }
        return batch.exchanges.map { batch.texts.string($0.node) }
            + batch.connections.map { batch.texts.string($0.node) }
    }

    private static let short =
        "http 2018-07-02T22:23:00.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
        + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - -"
    /// The same with all 36 columns; the 34th is the node.
    private static let full =
        short
        + " - \"-\" \"-\" \"-\" 0 2018-07-02T22:22:48.364000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" "
        + "\"200\" \"-\" \"-\" TID_1 \"-\" \"-\" \"-\" 10.0.2.99 \"-\" \"-\""

    @Test func `a row of before there was a column for it is given the node of the object's name`() {
        #expect(Self.nodes([Self.short, Self.short], .alb, node: "10.0.2.5") == ["10.0.2.5", "10.0.2.5"])
        #expect(Self.nodes([Self.short], .alb, node: nil) == [nil])
    }

    @Test func `a node that the row names goes before the object's`() {
        #expect(Self.nodes([Self.full, Self.short], .alb, node: "10.0.2.5") == ["10.0.2.99", "10.0.2.5"])
    }

    @Test func `requests and connections of a Classic Load Balancer are those of the object's node`() {
        let request =
            "2015-05-13T23:39:43.945958Z my-lb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "
            + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.38.0\" - -"
        let connection =
            "2015-05-13T23:39:43.945958Z my-lb 192.0.2.7:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "
            + "\"- - - \" \"-\" - -"
        #expect(Self.nodes([request, connection], .clb, node: "10.0.2.5") == ["10.0.2.5", "10.0.2.5"])
    }
}
