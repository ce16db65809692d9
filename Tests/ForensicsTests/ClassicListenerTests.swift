import Foundation
import Testing

/// TCP listeners of a Classic Load Balancer, whose log has no status: a line without an instance is one that none took.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct ClassicListenerTests {
    /// A connection, `nil` where no instance took it: AWS has -1 for each phase then.
    private static func line(_ second: Double, _ client: Int, instance: String?) -> String {
        let (phases, bytes) = instance == nil ? ("-1 -1 -1", "0 0") : ("0.001 0.002 0.001", "82 305")
        return
            "\(EvidenceLines.stamp(second)) classic 192.0.2.\(client):5000 \(instance ?? "-") \(phases) - - \(bytes) "
            + "\"- - - \" \"-\" - -"
    }

    /// Twenty minutes of six connections a minute; from the tenth minute on no instance takes any.
    private static let lines = (0..<120).map { turn in
        line(Double(turn) * 10, turn % 7 + 1, instance: turn < 60 ? "10.0.0.2:5672" : nil)
    }

    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("logs/classic.log", lines)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        try body(store)
    }

    @Test func `connections that no instance took are errors everywhere`() throws {
        try Self.withCase { store in
            func rows(_ arguments: [String]) throws -> [[String: Any]] {
                let run = try Program.run(arguments + ["--store", store, "--format", "json"])
                #expect(run.status == 0, "\(run.errors)")
                return try Answer.rows(run.output)
            }
            let top = try rows(["top", "load-balancer", "--by", "errors"])
            #expect(top.map { $0["errors"] as? Int } == [60] && top.first?["connections"] as? Int == 120)
            let buckets = try rows(["timeline", "--bucket", "10m"])
            #expect(buckets.map { $0["errors"] as? Int } == [0, 60])
            let finding = try #require(try rows(["findings", "--severity", "warning"]).first)
            #expect(finding["check"] as? String == "connection-undispatched" && finding["count"] as? Int == 60)
            #expect(finding["subject"] as? String == "classic" && finding["blame"] as? String == "target")
            let view = try Program.run([
                "query", "SELECT sum(is_error) AS errors, sum(server_ip IS NULL) AS without FROM connections",
                "--store",
                store, "--format", "csv",
            ])
            #expect(view.output.contains("60,60"), "\(view.output)")
            let answer = try ComparedAnswer([
                "--store", store, "--before", EvidenceLines.window(0, minutes: 10), "--during",
                EvidenceLines.window(600, minutes: 10),
            ])
            #expect(answer.sentence.contains("errors appeared (60, 100 % of connections)"), "\(answer.sentence)")
        }
    }
}
