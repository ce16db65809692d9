import Foundation
import Testing

/// `compare` straight from a folder of logs, without a case.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct FolderComparisonTests {
    private static let logs = SampleIncidentTests.path("AWSLogs")
    private static let windows = ["--before", "2026-03-17T09:05:00Z/5m", "--during", "2026-03-17T09:35:00Z/5m"]

    private static func compare(_ options: [String], environment: [String: String] = [:]) throws -> Program.Result {
        try Program.run(["compare"] + options + windows, environment: environment)
    }

    /// Links the sample's logs into a folder, beside one that would be a problem if it were opened.
    private static func folderWithDamagedLog(at end: String) throws -> Folder {
        let folder = try Folder()
        let link = URL(fileURLWithPath: folder.path("logs"))
        try FileManager.default.copyItem(at: URL(fileURLWithPath: logs), to: link)
        let name =
            "123456789012_elasticloadbalancing_us-east-1_app.shop-alb.50dc6c495c0c9188_20260317T\(end)Z_192.0.2.1_ab"
        try Data([0x1F, 0x8B, 8, 0, 1]).write(to: link.appendingPathComponent(name + ".log.gz"))
        return folder
    }

    @Test(arguments: [
        ["--kind", "nlb"], ["--kind", "alb"], ["--kind", "alb", "--by", "errors"],
        ["--kind", "nlb", "--client", "!192.0.2.1"],
        ["--kind", "alb", "--dimension", "client", "--dimension", "domain", "--dimension", "target-port"],
        ["--kind", "alb", "--dimension", "client-network", "--path", "!/no/such*"],
        ["--kind", "alb", "--by", "errors", "--dimension", "path"],
        ["--kind", "nlb", "--dimension", "tls-cipher", "--dimension", "client"],
    ])
    func `the numbers are those of a case that holds everything`(options: [String]) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", "--store", store, Self.logs]).status == 0)
        for table in ["explanations", "new-gone", "remainder", "active-long", "changes"] {
            let wanted = options + ["--table", table, "--format", "csv"]
            let own = try Self.compare(wanted + ["--store", store])
            let straight = try Self.compare([Self.logs] + wanted)
            #expect(straight.status == 0, "\(straight.errors)")
            #expect(straight.output == own.output)
            #expect(straight.output.split(whereSeparator: \.isNewline).count > 1 || table == "active-long")
        }
    }

    @Test func `only the dimensions that are asked for are told of, and that lines were not read whole`() throws {
        let asked = [
            Self.logs, "--kind", "alb", "--format", "json", "--dimension", "domain", "--dimension", "target-port",
        ]
        let result = try Self.compare(asked)
        #expect(result.status == 0, "\(result.errors)")
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let told = try #require(answer["explanations"] as? [[String: Any]])
        #expect(told.map { $0["dimension"] as? String } == ["target-port", "domain"])
        let caveats = try #require(answer["caveats"] as? [[String: Any]])
        #expect(caveats.contains { $0["code"] as? String == "columns-read" })
        let active = try #require(answer["active_long"] as? [Any])
        #expect(!active.isEmpty)
    }

    @Test(arguments: [["--dimension", "domain"], ["--dimension", "tls-cipher", "--dimension", "node"]])
    func `what changed, and who is active and long, does not depend on what is told of`(options: [String]) throws {
        for table in ["changes", "active-long"] {
            let wanted = [Self.logs, "--kind", "alb", "--table", table, "--format", "csv"]
            let all = try Self.compare(wanted)
            #expect(try Self.compare(wanted + options).output == all.output)
            #expect(all.output.split(whereSeparator: \.isNewline).count > 1)
        }
    }

    @Test func `logs whose names lie outside of the windows are not opened, and the answer says so`() throws {
        let folder = try Self.folderWithDamagedLog(at: "0925")
        defer { folder.remove() }
        let asked = [folder.path("logs"), "--format", "json"]
        let near = try Self.compare(asked + ["--look-ahead", "5m"])
        #expect(near.status == 0)
        #expect(near.output.contains("left unread"))
        #expect(!near.errors.contains("gzip"), "\(near.errors)")
        // Read for what began in a window and ended later: the damaged log is one of those.
        let far = try Self.compare(asked + ["--look-ahead", "15m"])
        #expect(far.errors.contains("20260317T0925Z"), "\(far.errors)")
    }

    @Test func `where the names of all logs lie outside of the windows, the windows are what is wrong`() throws {
        let day = ["--before", "2026-03-16T09:20:00Z/15m", "--during", "2026-03-16T09:35:00Z/15m"]
        let result = try Program.run(["compare", Self.logs] + day)
        #expect(result.status == 65)
        #expect(
            result.errors.contains(
                "no logs hold anything of 2026-03-16T09:20:00Z to 2026-03-16T09:35:00Z and 2026-03-16T09:35:00Z to "),
            "\(result.errors)")
        // A time of day is one of a day that the evidence gives.
        let late = try Program.run(["compare", Self.logs, "--before", "09:20/15m", "--during", "19:35/15m"])
        #expect(late.status == 65)
        #expect(
            late.errors.contains(
                "covers both windows, 2026-03-17T09:20:00Z to 2026-03-17T09:35:00Z and 2026-03-17T19:35:00Z to "),
            "\(late.errors)")
    }

    @Test func `nothing is kept, neither a case nor a temporary file`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let result = try Self.compare([Self.logs], environment: ["TMPDIR": folder.path("")])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter { $0.hasPrefix("lb") } == [])
        #expect(!FileManager.default.fileExists(atPath: "lbforensics.db"))
    }

    @Test(arguments: [
        (["/no/such/folder"], 66, "/no/such/folder: does not exist"),
        ([SampleIncidentTests.path("AWSLogs"), "--look-ahead", "soon"], 64, "--look-ahead soon"),
        (
            [SampleIncidentTests.path("AWSLogs"), "--dimension", "port"], 64,
            "--dimension port: is no dimension; use client,"
        ),
        ([SampleIncidentTests.path("AWSLogs"), "--dimension", "asn"], 64, "--dimension asn: needs --mmdb"),
        ([SampleIncidentTests.path("README.md")], 65, "none of the inputs could be used; nothing is kept"),
    ])
    func `what cannot be meant, or read, is refused with a line and its status`(
        options: [String], status: Int, line: String
    ) throws {
        let result = try Self.compare(options)
        #expect(result.status == status)
        #expect(result.errors.contains(line), "\(result.errors)")
    }

    @Test func `with a case the logs of the windows are read into it, and the others later`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let first = try Self.compare([Self.logs, "--store", store, "--kind", "nlb", "--format", "csv"])
        #expect(first.status == 0, "\(first.errors)")
        let later = try Program.run(["ingest", "--store", store, Self.logs])
        #expect(later.status == 0, "\(later.errors)")
        #expect(later.output.contains("in the case already"))
        let ledger = try Program.run(["sources", "--store", store, "--format", "csv"])
        #expect(!ledger.output.contains("skipped"))
    }
}
