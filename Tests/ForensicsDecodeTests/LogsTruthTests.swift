import Foundation
import ForensicsDecode
import ForensicsModel
import Testing

/// The counts of the table that stands beside the public logs, made by another reader.
@Suite struct LogsTruthTests {
    /// The rows of `truth/log_truth.tsv` by column name.
    private static let rows: [[String: String]] = {
        guard let data = LogsOracle.data,
            let text = try? String(
                contentsOf: data.deletingLastPathComponent().appending(path: "truth/log_truth.tsv"), encoding: .utf8)
        else { return [] }
        let lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        guard let names = lines.first else { return [] }
        return lines.dropFirst().map { line in
            Dictionary(uniqueKeysWithValues: zip(names, line).map { (String($0), String($1)) })
        }
    }()

    @Test(.enabled(if: LogsOracle.hasData && !rows.isEmpty), arguments: rows.indices)
    func `a public log has the rows, bytes and statuses of the truth table`(_ index: Int) throws {
        let row = Self.rows[index]
        let file = try #require(row["file"]).dropFirst("logs/".count)
        let kind = try #require(LogsOracle.files.first { $0.path == file }).kind
        let rendering = LogsRendering(try LogsOracle.bytes(String(file)), kind)
        let tally = rendering.tally
        func truth(_ name: String) -> UInt64 { row[name].flatMap { UInt64($0) } ?? 0 }
        #expect(UInt64(rendering.lineCount) == truth("lines"))
        #expect(tally.count(.blank) == truth("blank"))
        #expect(tally.count(.header) == truth("header_lines"))
        #expect(tally.count(.noData) == truth("nodata"))
        #expect(tally.count(.skipData) == truth("skipdata"))
        #expect(
            tally.accepted + tally.count(.noData) + tally.count(.skipData) + tally.rejectedTotal
                == truth("records") + truth("other_lines"))
        guard tally.rejectedTotal == 0 else { return }
        let batch = rendering.batch
        var received = batch.exchanges.reduce(0) { $0 + ($1.bytesFromClient ?? 0) }
        received += batch.connections.reduce(0) { $0 + ($1.bytesFromClient ?? 0) }
        received += batch.flowRecords.reduce(0) { $0 + ($1.bytes ?? 0) }
        var sent = batch.exchanges.reduce(0) { $0 + ($1.bytesFromServer ?? 0) }
        sent += batch.connections.reduce(0) { $0 + ($1.bytesFromServer ?? 0) }
        #expect(received == truth("recv_bytes"))
        #expect(sent == truth("sent_bytes"))
        #expect(UInt64(batch.exchanges.count { $0.status.map { $0 / 100 == 4 } ?? false }) == truth("lb_4xx"))
        #expect(UInt64(batch.exchanges.count { $0.status.map { $0 / 100 == 5 } ?? false }) == truth("lb_5xx"))
        #expect(UInt64(batch.flowRecords.count { $0.isReject }) == truth("reject"))
        #expect(UInt64(batch.flowRecords.count { $0.hasAction && !$0.isReject }) == truth("accept"))
    }
}
