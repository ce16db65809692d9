import Foundation
import Testing

/// What cannot be read is said in one line with the documented status, and never takes the rest along.
@Suite(.enabled(if: Program.path != nil)) struct BadInputTests {
    static let logs: [String] = {
        let folder = SampleIncidentTests.path("AWSLogs")
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".log.gz") }.sorted().map { folder + "/" + $0 }
    }()

    /// A good log, of which every run must keep each line.
    static let good = logs[0]

    static func capture(_ records: [[UInt8]]) -> Data {
        var bytes: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 1, 0, 0, 0]
        for record in records { bytes += record }
        return Data(bytes)
    }

    static func record(captured: UInt32, original: UInt32, bytes: Int) -> [UInt8] {
        var record: [UInt8] = []
        for field in [1_700_000_000, 0, captured, original] as [UInt32] {
            for shift in [0, 8, 16, 24] as [UInt32] { record.append(UInt8(truncatingIfNeeded: field >> shift)) }
        }
        return record + [UInt8](repeating: 0x61, count: bytes)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var content: @Sendable () throws -> Data
        var status: Int
        /// What the message says.
        var says: [String]
        /// Rejects of the bad input that the case lists.
        var rejects = 0
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "empty.log", content: { Data() }, status: 65, says: ["empty.log: is empty"]),
        Case(
            name: "text.txt", content: { Data("Dear colleague,\nplease find attached\n".utf8) }, status: 65,
            says: ["text.txt: is text, but no log that is read"]),
        Case(
            name: "cut.pcap", content: { capture([record(captured: 60, original: 60, bytes: 60), [1, 2, 3]]) },
            status: 65, says: ["cut.pcap"], rejects: 1),
        Case(
            name: "cut.log.gz",
            content: {
                let whole = try Data(contentsOf: URL(fileURLWithPath: logs[1]))
                return whole.prefix(whole.count / 2)
            }, status: 65,
            says: ["cut.log.gz: the gzip stream is cut short (byte ", "1 input could not be used whole"],
            rejects: 1),
        Case(
            name: "caplen.pcap",
            content: {
                capture([
                    record(captured: 0xFFFF_FFFF, original: 60, bytes: 60),
                    record(captured: 60, original: 60, bytes: 60),
                ])
            }, status: 65,
            says: [
                "caplen.pcap: the capture is damaged (76 bytes from byte 24 on were not read); the rest was used",
                "caplen.pcap: 1 of 2 records rejected (1 bad-record-header)", "1 input could not be used whole",
            ], rejects: 1),
        Case(
            name: "damaged.pcap",
            content: {
                let sound = [[UInt8]](repeating: record(captured: 60, original: 60, bytes: 60), count: 500)
                return capture(sound + [record(captured: 0x7FFF_FFFF, original: 60, bytes: 24)] + sound)
            }, status: 65,
            says: [
                // 24 + 500 · 76, and 16 + 24.
                "damaged.pcap: the capture is damaged (40 bytes from byte 38024 on were not read); the rest was used",
                "damaged.pcap: 1 of 1001 records rejected (1 bad-record-header)", "1 input could not be used whole",
            ], rejects: 1),
        Case(
            name: "long.log",
            content: {
                let line = "h2 2026-03-17T09:00:00.000000Z app/x/1 " + String(repeating: "x", count: 10_000_000)
                let rows = try Program.inflated(logs[1]).split(separator: 0x0A)
                return Data(rows[0] + [0x0A] + line.utf8 + [0x0A] + rows[1] + [0x0A])
            }, status: 65, says: ["long.log: 1 of 3 records rejected (1 line-too-long)"], rejects: 1),
    ]

    @Test func `a reject within the limit is told, and no failure`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let rows = try Program.inflated(Self.good)
        let lines = rows.split(separator: 0x0A).count
        let file = try folder.file("one.log", rows + Data("no line of a log\n".utf8))
        let run = try Program.run(["ingest", file.path, "--store", folder.path("case.db")])
        #expect(run.status == 0)
        #expect(
            run.errors.contains("one.log: 1 of \(lines + 1) records rejected (1 too-few-fields)"), "\(run.errors)")
    }

    @Test func `a capture cut in its last record is salvaged, plain and gzipped, and the plain one no failure`() throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let sound = [[UInt8]](repeating: Self.record(captured: 60, original: 60, bytes: 60), count: 200)
        let file = try folder.file("cut.pcap", Self.capture(sound + [[1, 2, 3]]))
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", file.path, "--store", store])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("cut.pcap: 1 of 201 records rejected (1 truncated-record)"), "\(run.errors)")
        let told = try Program.run([
            "query", "SELECT status, detail FROM sources", "--store", store, "--format", "csv",
        ])
        #expect(told.output.contains("salvaged,the last record is cut short (byte 15224)"), "\(told.output)")
    }

    @Test func `what cannot be used is told also where notes are not wanted`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("empty.log", Data())
        let run = try Program.run(["ingest", file.path, Self.good, "--store", folder.path("case.db"), "--quiet"])
        #expect(run.status == 65)
        #expect(run.errors.contains("empty.log: is empty"), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test(arguments: ["csv", "table", "json"]) func `a reader that goes away is a clean end`(format: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", SampleIncidentTests.path("captures"), "--store", store]).status == 0)
        for question in ["export requests", "query 'SELECT * FROM connections'"] {
            let run = try Program.tool(
                "bash",
                [
                    "-o", "pipefail", "-c",
                    "'\(Program.path ?? "")' \(question) --store '\(store)' --format \(format) | head -c 100 >/dev/null",
                ])
            #expect(run.status == 0, "\(question)")
            #expect(run.errors.isEmpty, "\(run.errors)")
        }
    }

    @Test(arguments: cases) func `a bad input is named with its status, and the rest is kept`(_ one: Case) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file(one.name, one.content())
        let store = folder.path("case.db")
        let lines = try Program.inflated(Self.good).split(separator: 0x0A).count
        let run = try Program.run(["ingest", file.path, Self.good, "--store", store, "--format", "csv"])
        #expect(run.status == one.status, "\(run.errors)")
        for part in one.says { #expect(run.errors.contains(part), "\(run.errors)") }
        for line in run.errors.split(separator: "\n") { #expect(line.hasPrefix("lbforensics: ")) }
        let accepted = try Program.run([
            "query", "SELECT sum(accepted) FROM sources WHERE path = '\(Self.good)'", "--store", store, "--format",
            "csv",
        ])
        #expect(accepted.output.split(whereSeparator: \.isNewline).last.map(String.init) == String(lines))
        let rejects = try Program.run(["sources", "--rejects", "--store", store, "--format", "csv"])
        #expect(rejects.output.split(whereSeparator: \.isNewline).count - 1 == one.rejects, "\(rejects.output)")
        let ledger = try Program.run([
            "query", "SELECT count(*) FROM sources WHERE records <> accepted + ignored + rejected", "--store", store,
            "--format", "csv",
        ])
        #expect(ledger.output.split(whereSeparator: \.isNewline).last == "0")
    }

    @Test func `an input that does not exist is named, and the rest is kept`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let run = try Program.run(["ingest", folder.path("none.pcap"), Self.good, "--store", folder.path("case.db")])
        #expect(run.status == 66)
        #expect(run.errors.contains("none.pcap: does not exist"))
        #expect(run.output.contains(URL(fileURLWithPath: Self.good).lastPathComponent.suffix(20)))
    }

    @Test(.enabled(if: geteuid() != 0)) func `a folder without permission is named, and the rest is kept`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let closed = folder.path("closed")
        try FileManager.default.createDirectory(
            atPath: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0])
        let run = try Program.run(["ingest", closed, Self.good, "--store", folder.path("case.db")])
        #expect(run.status == 77)
        #expect(run.errors.contains("closed: is a folder that may not be listed"))
    }

    @Test(arguments: [
        ("text.db", "not a database, but long enough to be taken for one: " + String(repeating: "x", count: 200)),
        ("empty-page.db", String(repeating: "\0", count: 4096)),
    ]) func `a store that is no SQLite file is left as it is`(name: String, content: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try folder.file(name, Data(content.utf8))
        for command in [["ingest", Self.good], ["summary"], ["top", "client"]] {
            let run = try Program.run(command + ["--store", store.path])
            #expect(run.status == 74, "\(command): \(run.errors)")
            #expect(run.errors.contains("\(name): this file is not an SQLite database"), "\(run.errors)")
        }
        #expect(try Data(contentsOf: store) == Data(content.utf8))
    }

    @Test func `a case of a newer version is left as it is`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", Self.good, "--store", store, "--quiet"]).status == 0)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: store))
        // user_version in the header. SQLite file format, section 1.3.
        bytes.replaceSubrange(60..<64, with: [0, 0, 0x03, 0xE7])
        try bytes.write(to: URL(fileURLWithPath: store))
        for command in [["ingest", Self.good], ["summary"]] {
            let run = try Program.run(command + ["--store", store])
            #expect(run.status == 74)
            #expect(run.errors.contains("newer"), "\(run.errors)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == bytes)
    }

    @Test func `what is wrong with a case or a statement is told with what to do`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", Self.good, "--store", store, "--quiet"]).status == 0)
        // The header stays, all pages behind it are gone.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: store))
        _ = try folder.file("damaged.db", bytes.prefix(100) + Data(repeating: 0xAA, count: bytes.count - 100))
        _ = try folder.file("text.db", Data(String(repeating: "text ", count: 1000).utf8))
        _ = try folder.file("empty.db", Data())
        let cases: [(arguments: [String], store: String, status: Int)] = [
            (["summary"], folder.url.path, 74), (["summary"], folder.path("none.db"), 66),
            (["summary"], folder.path("text.db"), 74), (["summary"], folder.path("empty.db"), 74),
            (["summary"], folder.path("damaged.db"), 74), (["ingest", Self.good], folder.path("text.db"), 74),
            (["ingest", Self.good], folder.path("no/such/case.db"), 74),
            (["query", "SELECT nothing FROM requests"], store, 64),
            (["query", "SELECT 1 FORM requests x y"], store, 64),
            (["query", "DELETE FROM requests"], store, 64), (["query", "SELECT 1; SELECT 2"], store, 64),
            (["query", "WITH x AS (SELECT 1) DELETE FROM source"], store, 64),
            (["query", "domains", "color"], store, 64),
        ]
        for one in cases {
            let run = try Program.run(one.arguments + ["--store", one.store])
            #expect(run.status == one.status, "\(one) \(run.errors)")
            let lines = run.errors.split(separator: "\n")
            let isWhole = { (line: Substring) in
                line.contains(/^lbforensics: .+: .+; .+[^.]\.$/) && !line.contains("..")
            }
            #expect(!lines.isEmpty && lines.allSatisfy(isWhole), "\(one) \(run.errors)")
        }
    }
}

extension Program {
    /// A gzip file's content, inflated by gzip itself.
    static func inflated(_ path: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data
    }
}
