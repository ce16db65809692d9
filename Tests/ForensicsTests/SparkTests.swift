import Foundation
import Testing

/// The same questions to a case and to Spark, on the same files: the numbers must be the same.
@Suite(
    .serialized, .enabled(if: Program.path != nil, "the program is not built"),
    .enabled(
        if: LakeTools.sparkSQL != nil,
        "spark-sql is not installed: pip install pyspark, with a Java runtime (LBFORENSICS_SPARK_SQL names another)"))
struct SparkTests {
    static let location = SampleIncidentTests.path("AWSLogs/123456789012/elasticloadbalancing/us-east-1")

    @Test(arguments: [("nlb", []), ("alb", []), ("alb", ["--by", "duration"])])
    func `compare says the same from a case and from Spark`(kind: String, more: [String]) throws {
        let question = LakeAgreement(location: Self.location, kind: kind, windows: LakeStatementTests.windows + more)
        let expected = try question.ofCase()
        #expect(expected.count > 20)
        #expect(LakeAgreement.differences(try question.ofSpark(), expected).isEmpty)
    }

    @Test(
        .enabled(if: !LakeSet.named.isEmpty, "LBFORENSICS_LAKE_SETS names no folder of generated logs"),
        arguments: LakeSet.named)
    func `compare says the same of a generated set from a case, from Spark and from Athena`(set: LakeSet) throws {
        let question = try set.question()
        let expected = try question.ofCase()
        let truth = try set.clients() + set.values()
        #expect(truth.count > 40)
        let absent = truth.filter { line in !expected.contains { $0.hasPrefix(line) } }
        #expect(absent == [])
        #expect(LakeAgreement.differences(try question.ofSpark(), expected) == [])
        #if Cloud
            #expect(LakeAgreement.differences(try question.ofAthena(), expected) == [])
        #endif
    }

    @Test func `top says the same from a case and from Spark`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", "--store", store, Self.location]).status == 0)
        let question = [
            "top", "client", "--kind", "nlb", "--from", "2026-03-17T09:35:00Z", "--to", "2026-03-17T09:50:00Z",
            "--format",
            "csv",
        ]
        let own = try Program.run(question + ["--store", store])
        let spark = try Program.run(["spark"] + question + ["--location", Self.location] + LakeTools.sparkOptions)
        #expect(spark.status == 0, "\(spark.errors)")
        #expect(spark.output == own.output)
        #expect(!FileManager.default.fileExists(atPath: "derby.log"), "nothing is left in the current folder")
        #expect(own.output.split(whereSeparator: \.isNewline).count > 5)
    }

    @Test(
        .enabled(if: RealLogs.folder != nil, "LBFORENSICS_TESTDATA names no folder of real logs"),
        arguments: [
            ("alb", "alb"), ("alb-connection", "alb-conn"), ("nlb", "nlb-tls"), ("clb", "clb"), ("vpc-flow", "vpcflow"),
        ])
    func `rows and unmatched lines add up to the lines of real logs`(kind: String, folder: String) throws {
        let path = try #require(RealLogs.folder).appendingPathComponent(folder)
        let result = try Program.run(
            [
                "spark", "query", "lines", "from=2026-03-17T00:00:00Z", "to=2026-03-18T00:00:00Z", "--kind", kind,
                "--layout", "flat", "--location", path.path, "--format", "json",
            ] + LakeTools.sparkOptions)
        #expect(result.status == 0, "\(result.errors)")
        let rows = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let row = try #require(
            (rows as? [[String: Any]])?.first
                ?? ((rows as? [String: Any])?.values.compactMap { $0 as? [[String: Any]] }.first?.first))
        let lines = try RealLogs.lines(path)
        #expect(row["lines"] as? Int == lines)
        #expect((row["matched"] as? Int ?? 0) + (row["unmatched"] as? Int ?? 0) == lines)
    }
}

/// Real logs that are not part of the repository.
enum RealLogs {
    static let folder: URL? = {
        let root =
            ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"].map { URL(fileURLWithPath: $0) }
            ?? SampleIncidentTests.root.deletingLastPathComponent().appendingPathComponent("shared/data")
        let logs = root.appendingPathComponent("logs")
        return FileManager.default.fileExists(atPath: logs.path) ? logs : nil
    }()

    /// The lines of every file of a folder, gzip or not, the last one counted even without its line feed.
    static func lines(_ folder: URL) throws -> Int {
        let script = """
            import glob, gzip, sys
            total = 0
            for path in glob.glob(sys.argv[1] + "/*"):
                data = open(path, "rb").read()
                data = gzip.decompress(data) if data[:2] == b"\\x1f\\x8b" else data
                total += data.count(b"\\n") + (1 if data and not data.endswith(b"\\n") else 0)
            print(total)
            """
        return Int(try Program.tool("python3", ["-c", script, folder.path]).output.split(separator: "\n").first ?? "")
            ?? -1
    }
}
