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

    @Test func `a file that may not grow any more is told, as a full disk is, and no part of it stays`() throws {
        try CarveTests.withCase { folder, store in
            let carve =
                "\(Self.program) carve --from -60m --store '\(store)' --output '\(folder.path("carved.pcapng"))'"
            // In blocks of 1,024 bytes: enough for what SQLite keeps beside a case.
            let run = try Self.shell("ulimit -f 40; \(carve)")
            #expect(run.status == 74)
            #expect(run.errors.contains("carved.pcapng: cannot be written (File too large)"), "\(run.errors)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(!names.contains { $0.contains("carved") }, "\(names)")
        }
    }

    @Test func `a name of several lines makes no line that looks like one of ours`() throws {
        let run = try Program.run(["ingest", "none\nlbforensics: all is well", "--store", "none.db", "--dry-run"])
        #expect(run.status == 66)
        #expect(run.errors.contains("all is well"), "\(run.errors)")
        #expect(
            !run.errors.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("lbforensics: all") },
            "\(run.errors)")
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
        try FileManager.default.createDirectory(atPath: folder.path("more"), withIntermediateDirectories: false)
        let inside = folder.path("more/b.log")
        try FileManager.default.copyItem(atPath: log, toPath: inside)
        let link = folder.path("link.pcap")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: original)
        func bytes() throws -> [Data] {
            try [original, log, store, inside].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        }
        let before = try bytes()
        let commands: [(arguments: [String], says: String)] = [
            (["carve", "--from", "-60m", "--output", original], "p.pcap: is evidence"),
            (["carve", "--from", "-60m", "--output", link], "link.pcap: is evidence"),
            (["top", "client", "--output", original], "p.pcap: is evidence"),
            (["top", "client", "--output", store], "case.db: is the case itself"),
            (["report", "--output", store], "case.db: is the case itself"),
            (["compare", "--before", log, "--during", original, "--output", log], "a.log: is evidence"),
            (
                ["compare", folder.path("more"), "--before", "09:00/2m", "--during", "09:02/2m", "--output", inside],
                "b.log: is evidence"
            ),
            (["report", "--before", log, "--during", original, "--output", log], "a.log: is evidence"),
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

    @Test func `an answer goes to what its path names: a link's file, a pipe, standard output`() throws {
        try CarveTests.withCase { folder, store in
            let command = "\(Self.program) top client --limit 1 --format csv --store '\(store)'"
            let expected = try Self.shell(command).output
            let (file, link, pipe) = (folder.path("real.csv"), folder.path("link.csv"), folder.path("pipe"))
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
            #expect(try Self.shell("\(command) --output '\(link)'").status == 0)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == expected)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
            let piped = try Self.shell("mkfifo '\(pipe)'; cat '\(pipe)' & \(command) --output '\(pipe)'; wait")
            #expect(piped.output == expected)
            #expect(try Self.shell("\(command) --output -").output == expected)
            #expect(try Self.shell("test -p '\(pipe)'").status == 0)
        }
    }

    @Test func `a pipe that is named is read whole, as standard input is`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.path("a.log")
        try Program.inflated(BadInputTests.good).write(to: URL(fileURLWithPath: log))
        let count = "query 'SELECT sum(records), sum(accepted) FROM sources' --format csv --store"
        func told(_ name: String, _ input: String) throws -> String {
            let store = folder.path(name)
            return try Self.shell(
                "\(input.replacing("INGEST", with: "\(Self.program) ingest -q --store '\(store)'")) && \(Self.program) \(count) '\(store)'"
            ).output
        }
        let expected = try told("file.db", "INGEST '\(log)'")
        #expect(expected.split(whereSeparator: \.isNewline).count == 2)
        #expect(try told("in.db", "cat '\(log)' | INGEST /dev/stdin") == expected)
        #expect(
            try told(
                "fifo.db",
                "mkfifo '\(folder.path("p"))'; cat '\(log)' > '\(folder.path("p"))' & INGEST '\(folder.path("p"))'")
                == expected)
    }

    @Test func `the numbers that an ingest prints are those of the case`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (first, second, store) = (folder.path("b.log"), folder.path("a.log"), folder.path("case.db"))
        let lines = try Program.inflated(BadInputTests.good)
        try lines.write(to: URL(fileURLWithPath: first))
        try Data(lines.dropFirst(lines.firstIndex(of: 0x0A).map { $0 - lines.startIndex + 1 } ?? 0)).write(
            to: URL(fileURLWithPath: second))
        #expect(try Program.run(["ingest", first, "--store", store, "-q"]).status == 0)
        let told = try Program.run(["ingest", second, "--store", store, "--format", "json", "--progress", "none"])
        let rows = try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [[String: Any]]
        let row = try #require(rows?.first)
        let held = try Program.run([
            "query", "SELECT id FROM sources WHERE path LIKE '%a.log'", "--store", store, "--format", "csv",
        ])
        #expect(
            held.output.split(whereSeparator: \.isNewline).last.map(String.init) == (row["id"] as? Int).map(String.init)
        )
    }

    @Test func `a comparison of evidence that could not be used whole says so, and ends so`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Program.inflated(BadInputTests.good)
        let (good, cut) = (folder.path("good.log"), folder.path("more"))
        try log.write(to: URL(fileURLWithPath: good))
        try FileManager.default.createDirectory(atPath: cut, withIntermediateDirectories: false)
        try log.write(to: URL(fileURLWithPath: cut + "/a.log"))
        try Data().write(to: URL(fileURLWithPath: cut + "/b.log"))
        let window = ["--before", "09:00/2m", "--during", "09:02/2m"]
        #expect(try Program.run(["compare", good, "-q"] + window).status == 0)
        let run = try Program.run(["compare", cut, "-q", "--format", "json"] + window)
        #expect(run.status == 65)
        #expect(run.errors.contains("1 input could not be used whole; the answer is of the rest."), "\(run.errors)")
        #expect(run.output.contains("\"unusable-inputs\""))
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

    @Test(.enabled(if: getuid() != 0, "a superuser may write everywhere"))
    func `what may not be written has the status of a missing permission`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try CarveTests.withCase { _, store in
            let closed = folder.path("closed")
            try FileManager.default.createDirectory(
                atPath: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
            for arguments in [
                ["top", "client", "--store", store, "--output", closed + "/a.csv"],
                ["ingest", BadInputTests.good, "--store", closed + "/a.db"],
            ] {
                let run = try Program.run(arguments)
                #expect(run.status == 77, "\(arguments): \(run.errors)")
            }
            let missing = ["top", "client", "--store", store, "--output", folder.path("none/a.csv")]
            #expect(try Program.run(missing).status == 74)
        }
    }

    @Test(arguments: [("always", true), ("auto", false), ("never", false)])
    func `an explicit choice of colour is above NO_COLOR`(choice: String, isColoured: Bool) throws {
        try CarveTests.withCase { _, store in
            let run = try Program.run(
                ["top", "client", "--store", store, "--color", choice], environment: ["NO_COLOR": "1"])
            #expect(run.output.contains("\u{1B}[") == isColoured)
        }
    }
}
