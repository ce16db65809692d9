import Foundation
import Testing

/// Loss that many short connections share, from the capture to the answers.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct SharedLossTests {
    /// Half an hour of 40 connections a minute. In its second half each fifth answer is lost and sent again after 200 ms: eight a minute, of
    /// 48 data segments of the server.
    private static var capture: Data {
        var segments: [SmallCapture.Segment] = []
        for minute in 0..<30 {
            for index in 0..<40 {
                let talk = SmallCapture.talk(
                    client: UInt8(1 + index % 20), port: UInt16(1000 + minute * 40 + index),
                    at: Int64(minute) * 60_000_000 + Int64(index) * 1_400_000)
                guard minute >= 15, index % 5 == 0 else {
                    segments += talk
                    continue
                }
                var again = talk[4]
                again.time += 200_000
                segments += talk[...4] + [again]
                segments += talk[5...].map { one in
                    var one = one
                    one.time += 200_000
                    return one
                }
            }
        }
        return SmallCapture.file(segments)
    }

    private static let windows = ["--before", "09:00/15m", "--during", "09:15/15m"]

    private static func json(_ arguments: [String]) throws -> [String: Any] {
        let run = try Program.run(arguments + ["--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        return LakeTools.json(run.output)
    }

    private static func segments(_ comparison: [String: Any]) throws -> [[String: Any]] {
        try #require((comparison["changes"] as? [String: Any])?["retransmissions"] as? [[String: Any]])
    }

    @Test(arguments: ["1", "3"]) func `what everybody loses is told by finding, comparison and summary`(jobs: String)
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let input = try folder.file("a.pcap", Self.capture)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", input.path, "--store", store, "-q", "--jobs", jobs]).status == 0)
        let found = try Answer.rows(try Program.run(["findings", "--store", store, "--format", "json"]).output)
            .filter { $0["check"] as? String == "packet-loss" }
        #expect(found.compactMap { $0["count"] as? Int } == [15 * 8])
        #expect(found.compactMap { $0["subject"] as? String } == ["toward clients"])

        let answer = try Self.json(["compare", "--store", store] + Self.windows)
        let segments = try Self.segments(answer)
        #expect(segments.map { $0["sent_by"] as? String } == ["servers", "clients"])
        #expect(segments.map { $0["segments_before"] as? Int } == [600, 600])
        #expect(segments.map { $0["segments_during"] as? Int } == [720, 600])
        #expect(segments.map { $0["resent_before"] as? Int } == [0, 0])
        #expect(segments.map { $0["resent_during"] as? Int } == [120, 0])
        #expect(segments.map { $0["first_unseen_during"] as? Int } == [0, 0])
        #expect(segments.map { $0["notable"] as? Bool } == [true, false])
        let sentence = try #require(answer["sentence"] as? String)
        #expect(
            sentence.contains(
                "toward clients the part that was sent again rose from 0 % to 17 % (120 of 720), lost on the way from the capture "
                    + "point to the clients"), "\(sentence)")
        // Whose segments they are is not known.
        let one = try Self.json(["compare", "--store", store, "--client", "198.51.100.1"] + Self.windows)
        #expect(try Self.segments(one).isEmpty)

        let summary = try Self.json(["summary", "--store", store])
        let row = try #require((summary["tcp_errors"] as? [[String: Any]])?.first)
        #expect(row["segments_to_clients"] as? Int == 1320)
        #expect(row["resent_to_clients"] as? Double == 120.0 / 1320)
        #expect(row["resent_to_servers"] as? Double == 0)
    }
}
