import Foundation
import Testing

/// What becomes of answers that cannot be written, or have nowhere to go.
@Suite(.enabled(if: Program.path != nil)) struct OutputTests {
    private static let program = "'\(Program.path ?? "")'"

    private static func shell(_ command: String) throws -> Program.Result {
        try Program.tool("bash", ["-o", "pipefail", "-c", command])
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"),
        arguments: [
            "export connections --format csv", "top client", "summary", "sources", "query 'SELECT 1 AS one'",
            "findings --format json", "timeline", "carve --from -1m --output -", "report --output -",
        ])
    func `a full disk under standard output is told, with its status`(command: String) throws {
        try CarveTests.withCase { _, store in
            let run = try Self.shell("\(Self.program) \(command) --store '\(store)' > /dev/full")
            #expect(run.status == 74, "\(command)")
            #expect(
                run.errors.contains("lbforensics: standard output: cannot be written (No space left on device)"),
                "\(command): \(run.errors)")
        }
    }

    @Test func `a closed standard output is told, and nothing is written to a file in its place`() throws {
        try CarveTests.withCase { folder, store in
            let run = try Self.shell("\(Self.program) top client --store '\(store)' >&-")
            #expect(run.status == 74)
            #expect(run.errors.contains("standard output: cannot be written"), "\(run.errors)")
            let log = BadInputTests.good
            let other = folder.path("other.db")
            let closed = try Self.shell("\(Self.program) ingest '\(log)' --store '\(other)' <&- >&-")
            #expect(closed.status == 74, "\(closed.errors)")
            let told = try Program.run(["query", "SELECT status FROM sources", "--store", other, "--format", "csv"])
            #expect(told.output.split(whereSeparator: \.isNewline) == ["status", "complete"], "\(told.errors)")
        }
    }

    @Test func `no answer is written over the case or over its evidence`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (original, log, store) = (folder.path("p.pcap"), folder.path("a.log"), folder.path("case.db"))
        try FileManager.default.copyItem(atPath: SampleIncidentTests.path("captures/target-a.pcap3"), toPath: original)
        try Program.inflated(BadInputTests.good).write(to: URL(fileURLWithPath: log))
        #expect(try Program.run(["ingest", original, "--store", store, "--quiet"]).status == 0)
        let link = folder.path("link.pcap")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: original)
        func bytes() throws -> [Data] {
            try [original, log, store].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        }
        let before = try bytes()
        let commands: [(arguments: [String], says: String)] = [
            (["carve", "--from", "-60m", "--output", original], "p.pcap: is evidence"),
            (["carve", "--from", "-60m", "--output", link], "link.pcap: is evidence"),
            (["top", "client", "--output", original], "p.pcap: is evidence"),
            (["top", "client", "--output", store], "case.db: is the case itself"),
            (["report", "--output", store], "case.db: is the case itself"),
            (["ingest", log, "--output", log], "a.log: is evidence"),
            (["ingest", log, "--output", store], "case.db: is the case itself"),
        ]
        for command in commands {
            let run = try Program.run(command.arguments + ["--store", store])
            #expect(run.status == 64, "\(command.arguments)")
            #expect(run.errors.contains(command.says), "\(command.arguments): \(run.errors)")
            #expect(run.errors.hasSuffix("give --output another name.\n"), "\(run.errors)")
            #expect(try bytes() == before, "\(command.arguments)")
        }
    }

    @Test func `a file of an answer before is written anew`() throws {
        try CarveTests.withCase { folder, store in
            let file = try folder.file("top.csv", Data("something else, and longer than what comes\n".utf8)).path
            let arguments = ["top", "client", "--limit", "1", "--format", "csv", "--store", store]
            #expect(try Program.run(arguments + ["--output", file]).status == 0)
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: file)) == Data(try Program.run(arguments).output.utf8))
        }
    }
}
