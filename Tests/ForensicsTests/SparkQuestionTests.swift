import Foundation
import Testing

/// The named questions of `Queries/lake`, run by Spark on the sample's files.
@Suite(
    .serialized, .enabled(if: Program.path != nil, "the program is not built"),
    .enabled(
        if: LakeTools.sparkSQL != nil,
        "spark-sql is not installed: pip install pyspark, with a Java runtime (LBFORENSICS_SPARK_SQL names another)"))
struct SparkQuestionTests {
    /// A question, and what asks a case for the same columns in the same order.
    struct Question: CustomTestStringConvertible, Sendable {
        var name: String
        var kind: String
        var parameters = ["from=2026-03-17T09:35:00Z", "to=2026-03-17T09:50:00Z"]
        var columns: [String]
        var sql: String
        var testDescription: String { "\(name) \(kind)" }

        /// A ranking of the values of a column by how many rows of a view have them.
        static func ranking(_ name: String, _ kind: String, _ column: String, of view: String) -> Question {
            Question(
                name: name, kind: kind,
                columns: [
                    column == "client_ip" ? "client" : column == "server_port" ? "target_port" : column, view, "bytes",
                ],
                sql: """
                    SELECT \(column), count(*), sum(coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))
                    FROM \(view)
                    WHERE kind = '\(kind)' AND \(SparkQuestionTests.during) AND is_health_check = 0 AND \(column) IS NOT NULL
                    GROUP BY 1 ORDER BY 2 DESC, CAST(\(column) AS text) LIMIT 30
                    """)
        }
    }

    static let before = "end_time >= '2026-03-17T09:20:00' AND end_time < '2026-03-17T09:35:00'"
    static let during = "end_time >= '2026-03-17T09:35:00' AND end_time < '2026-03-17T09:50:00'"

    static let questions = [
        Question.ranking("target-ports", "nlb", "server_port", of: "connections"),
        .ranking("client-ips", "nlb", "client_ip", of: "connections"),
        .ranking("domains", "alb", "domain", of: "requests"),
        .ranking("target-ports", "alb", "target_port", of: "requests"),
        .ranking("status-codes", "alb", "status", of: "requests"),
        Question(
            name: "longest-connections", kind: "nlb",
            columns: ["client", "connections", "long_connections", "longest_ms"],
            sql: """
                SELECT client_ip, count(*), sum(duration_ms > 300000), max(duration_ms)
                FROM connections
                WHERE kind = 'nlb' AND \(during) AND client_ip IS NOT NULL
                GROUP BY 1 ORDER BY 4 DESC, 1 LIMIT 30
                """),
        Question(
            name: "active-and-long", kind: "nlb",
            parameters: ["before=2026-03-17T09:20:00Z/15m", "during=2026-03-17T09:35:00Z/15m"],
            columns: [
                "rank_during", "client", "connections_before", "connections_during", "long_before", "long_during",
            ],
            sql: """
                SELECT * FROM (
                    SELECT row_number() OVER (ORDER BY sum(\(during)) DESC, client_ip) AS place, client_ip, sum(\(before)),
                        sum(\(during)), sum(duration_ms > 300000 AND \(before)), sum(duration_ms > 300000 AND \(during)) AS long
                    FROM connections WHERE kind = 'nlb' AND client_ip IS NOT NULL GROUP BY client_ip)
                WHERE place <= 30 AND long > 0 ORDER BY place
                """),
    ]

    /// The cells of some columns of a CSV, numbers without what follows a point of zeros.
    static func cells(_ text: String, _ columns: [String]?) -> [[String]] {
        let lines = text.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        guard let head = lines.first else { return [] }
        // The names of computed columns hold commas, and are not asked for.
        let places = columns.map { $0.compactMap { name in head.firstIndex { $0 == name } } }
        return lines.dropFirst().map { line in
            (places ?? Array(line.indices)).filter { $0 < line.count }.map { place in
                let cell = String(line[place])
                return Double(cell).map { $0 == $0.rounded() ? "\(Int64($0))" : "\($0)" } ?? cell
            }
        }
    }

    static func asked(_ question: [String], _ location: [String]) throws -> String {
        let run = try Program.run(
            ["spark", "query"] + question + location + LakeTools.sparkOptions + ["--format", "csv", "--raw"])
        #expect(run.status == 0, "\(run.errors)")
        return run.output
    }

    @Test(arguments: questions) func `a question says what a case says`(_ question: Question) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", "--store", store, SparkTests.location]).status == 0)
        // Both views have the record time, under two names.
        let sql =
            question.sql.contains("FROM requests") ? question.sql.replacing("end_time", with: "time") : question.sql
        let own = try Program.run(["query", sql, "--store", store, "--format", "csv", "--raw"])
        #expect(own.status == 0, "\(own.errors)")
        let expected = Self.cells(own.output, nil)
        #expect(expected.count >= 2 && expected.allSatisfy { $0.count == question.columns.count })
        let found = try Self.asked(
            [question.name] + question.parameters + ["--kind", question.kind], ["--location", SparkTests.location])
        #expect(Self.cells(found, question.columns) == expected)
    }

    /// 2025-11-03T11:00:00Z is 1762167600 s after the epoch.
    static let flows = """
        version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
        2 1 eni-1 198.51.100.7 10.0.0.1 4000 22 6 3 180 1762167600 1762167650 REJECT OK
        2 1 eni-1 198.51.100.7 10.0.0.1 4001 22 6 2 120 1762167600 1762167660 REJECT OK
        2 1 eni-1 2001:db8::7 fd00::1 4001 443 6 20 18000 1762167600 1762167660 ACCEPT OK
        2 1 eni-1 198.51.100.8 10.0.0.1 4002 443 6 10 9000 1762167600 1762167660 ACCEPT OK
        2 1 eni-1 198.51.100.8 10.0.0.1 4002 443 6 10 9000 1762160000 1762160060 ACCEPT OK
        2 1 eni-1 - - - - - - - 1762167600 1762167660 - NODATA

        """

    @Test(arguments: [
        ("rejected-flows", [["198.51.100.7", "10.0.0.1", "22", "6", "2", "5"]]),
        (
            "heaviest-flows",
            [
                ["2001:db8::7", "fd00::1", "1", "20", "18000"], ["198.51.100.8", "10.0.0.1", "1", "10", "9000"],
                ["198.51.100.7", "10.0.0.1", "2", "5", "300"],
            ]
        ),
    ]) func `a question about flows counts the window's rows`(name: String, expected: [[String]]) throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("flows.log", Data(Self.flows.utf8))
        let found = try Self.asked(
            [name, "from=2025-11-03T11:00:00Z", "to=2025-11-03T12:00:00Z", "--kind", "vpc-flow"],
            ["--location", folder.url.path, "--layout", "flat"])
        #expect(Self.cells(found, nil) == expected)
    }
}
