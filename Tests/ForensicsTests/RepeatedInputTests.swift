import Foundation
import Testing

/// A source is its content: what comes under a name that the case knows is read beside it, in its place, or not at all.
@Suite(.enabled(if: Program.path != nil)) struct RepeatedInputTests {
    private static let lines = [BadInputTests.logs[0], BadInputTests.logs[1]].map { path in
        ((try? Program.inflated(path)) ?? Data()).split(separator: 0x0A, omittingEmptySubsequences: true)
    }

    /// The first lines of one of two logs of the same five minutes.
    private static func log(_ index: Int, _ count: Int = .max) -> Data {
        Data(lines[index].prefix(count).flatMap { $0 + [0x0A] })
    }

    private static func ingest(_ inputs: [String], _ store: String, input: Data? = nil) throws -> Program.Result {
        let run = try Program.run(["ingest", "--store", store] + inputs, input: input)
        #expect(run.status == 0, "\(run.errors)")
        return run
    }

    /// The first row of an answer in SQL.
    private static func row(_ sql: String, _ store: String) throws -> String {
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return String(run.output.split(whereSeparator: \.isNewline).last ?? "")
    }

    private static let totals = "SELECT count(*), sum(accepted), sum(records - accepted - rejected) FROM sources"

    // MARK: - Standard input

    @Test func `logs from standard input are one source each, in any order, and each is read once`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (first, second) = (folder.path("first.db"), folder.path("second.db"))
        for index in [0, 1, 0, 1] { _ = try Self.ingest(["-"], first, input: Self.log(index)) }
        for index in [1, 0] { _ = try Self.ingest(["-"], second, input: Self.log(index)) }
        let both = Self.lines[0].count + Self.lines[1].count
        #expect(try Self.row(Self.totals, first) == "2,\(both),0")
        #expect(try Self.row("SELECT count(*) FROM requests", first) == "\(both)")
        #expect(ResumeTests.differences(try ResumeTests.exported(first), try ResumeTests.exported(second)).isEmpty)
    }

    @Test func `a log from standard input that goes on takes the place of its beginning, which then adds nothing`()
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        _ = try Self.ingest(["-"], store, input: Self.log(1))
        for count in [20, 100, .max] { _ = try Self.ingest(["-"], store, input: Self.log(0, count)) }
        let both = Self.lines[0].count + Self.lines[1].count
        #expect(try Self.row(Self.totals, store) == "2,\(both),0")
        _ = try Self.ingest(["-"], store, input: Self.log(0, 100))
        #expect(try Self.row(Self.totals, store) == "2,\(both),0")
    }

    @Test func `captures from standard input are one source each`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let captures = try Self.captures()
        for index in [2, 3, 2] { _ = try Self.ingest(["-"], store, input: captures[index].bytes) }
        #expect(try Self.row(Self.totals, store) == "2,\(captures[2].ends.count + captures[3].ends.count),0")
    }

    // MARK: - Files

    @Test func `a log that is written anew under its name is read beside what it was`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (store, both) = (folder.path("case.db"), Self.lines[0].count + Self.lines[1].count)
        for count in [100, .max] {
            let file = try folder.file("g.log", Self.log(0, count))
            _ = try Self.ingest([file.path], store)
            #expect(try Self.row(Self.totals, store) == "1,\(min(count, Self.lines[0].count)),0")
        }
        let file = try folder.file("g.log", Self.log(1))
        let other = try Self.ingest([file.path], store)
        #expect(other.errors.contains("g.log: is another file than when it was read; the case holds both."))
        #expect(try Self.row(Self.totals, store) == "2,\(both),0")
        for index in [1, 0] {
            _ = try folder.file("g.log", Self.log(index))
            #expect(try Self.ingest([file.path], store).output.contains("1 in the case already"))
            #expect(try Self.row(Self.totals, store) == "2,\(both),0")
        }
    }

    @Test func `a log that is cut back loses nothing`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        for count in [.max, 50] {
            let file = try folder.file("g.log", Self.log(0, count))
            let run = try Self.ingest([file.path], store)
            if count == 50 { #expect(run.errors.contains("g.log: is shorter than when it was read"), "\(run.errors)") }
        }
        #expect(try Self.row(Self.totals, store) == "1,\(Self.lines[0].count),0")
    }

    @Test func `a log that has changed behind its beginning is read in place of what it was`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let file = try folder.file("g.log", Self.log(0, 100) + Data("damage\n".utf8))
        _ = try Self.ingest([file.path], store)
        _ = try folder.file("g.log", Self.log(0))
        #expect(try Self.ingest([file.path], store).errors.contains("g.log: has changed since it was read"))
        #expect(try Self.row(Self.totals, store) == "1,\(Self.lines[0].count),0")
    }

    @Test func `killed while it reads what has taken another's place, a run that follows brings the case to its end`()
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let (store, undisturbed) = (folder.path("case.db"), folder.path("undisturbed.db"))
        let file = try folder.file("g.log", Self.log(0))
        for store in [store, undisturbed] { _ = try Self.ingest([file.path], store) }
        // So large that it takes longer than it takes to kill it: the same rows many times, in other files' order.
        let large = Data((0..<60).flatMap { _ in Self.log(1) })
        _ = try folder.file("g.log", large)
        for delay in [0.05, 0.1, 0.2] {
            _ = try Program.run(["ingest", "--store", store, file.path], killedAfter: delay)
        }
        for store in [store, undisturbed] { _ = try Self.ingest([file.path], store) }
        #expect(try Self.row("SELECT count(*) FROM sources", store) == "2")
        #expect(ResumeTests.differences(try ResumeTests.exported(store), try ResumeTests.exported(undisturbed)).isEmpty)
    }

    @Test func `what a comparison leaves unread stays in the case`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (store, logs) = (folder.path("case.db"), SampleIncidentTests.path("AWSLogs"))
        _ = try Self.ingest([logs], store)
        let before = try Self.row(Self.totals, store)
        let run = try Program.run([
            "compare", logs, "--before", "2026-03-17T09:20:00Z/5m", "--during", "2026-03-17T09:35:00Z/5m", "--store",
            store,
        ])
        #expect(run.status == 0, "\(run.errors)")
        #expect(try Self.row(Self.totals, store) == before)
    }

    @Test func `what is wrong with an input is told again when it is not read again`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let file = try folder.file("rej.log", Self.log(0, 50) + Data("no line of a log\nnor this\n".utf8))
        let whole = try Data(contentsOf: URL(fileURLWithPath: BadInputTests.logs[2]))
        let cut = try folder.file("cut.log.gz", whole.prefix(whole.count / 2))
        for _ in 1...2 {
            let run = try Program.run(["ingest", file.path, cut.path, "--store", store])
            #expect(run.status == 65)
            #expect(run.errors.contains("2 inputs could not be used whole"), "\(run.errors)")
            #expect(run.errors.contains("2 of 52 records rejected"), "\(run.errors)")
        }
        let lenient = try Program.run(["ingest", file.path, "--store", store, "--max-rejects", "10"])
        #expect(lenient.status == 0, "\(lenient.errors)")
    }

    // MARK: - Captures

    @Test func `a capture under another name is left out, beside the first one, in a folder and in its set`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let captures = try Self.captures()
        let inner = folder.url.appendingPathComponent("copy")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        for name in ["a.pcap0", "b.pcap", "copy/other.pcap", "copy/a.pcap0"] {
            _ = try folder.file(name, captures[3].bytes)
        }
        _ = try folder.file("a.pcap1", captures[2].bytes)
        let zipped = try Program.tool("bash", ["-c", "gzip -k '\(folder.path("b.pcap"))'"])
        #expect(zipped.status == 0)
        for _ in 1...2 {
            let run = try Self.ingest([folder.url.path], store)
            #expect(run.errors.contains("b.pcap: has the same content as"), "\(run.errors)")
            #expect(run.errors.contains("it is left out."), "\(run.errors)")
            #expect(try Self.row(Self.totals, store) == "2,\(captures[2].ends.count + captures[3].ends.count),0")
        }
    }

    /// A capture of the sample, and where its packets end. libpcap file format, little-endian.
    private struct Capture {
        var bytes: Data
        var ends: [Int] = []

        init(_ bytes: Data) {
            self.bytes = bytes
            var position = 24
            while position + 16 <= bytes.count {
                let length = (0..<4).reduce(0) { $0 | Int(bytes[bytes.startIndex + position + 8 + $1]) << (8 * $1) }
                position += 16 + length
                ends.append(position)
            }
        }
    }

    private static func captures() throws -> [Capture] {
        try ["pcap0.gz", "pcap1.gz", "pcap2.gz"].map {
            Capture(try Program.inflated(SampleIncidentTests.path("captures/target-a.\($0)")))
        } + [
            Capture(
                try Data(contentsOf: URL(fileURLWithPath: SampleIncidentTests.path("captures/target-a.pcap3"))))
        ]
    }

    @Test func `a ring of captures that comes round keeps what was in the case, and no packet counts twice`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (store, captures) = (folder.path("case.db"), try Self.captures())
        let counts = captures.map(\.ends.count)
        let half = counts[1] / 2
        _ = try folder.file("ring.pcap0", captures[0].bytes)
        _ = try folder.file("ring.pcap1", captures[1].bytes.prefix(captures[1].ends[half - 1]))
        _ = try Self.ingest([folder.url.path], store)
        #expect(try Self.row(Self.totals, store) == "2,\(counts[0] + half),0")
        // The second file was filled, and the first one written anew.
        _ = try folder.file("ring.pcap1", captures[1].bytes)
        _ = try folder.file("ring.pcap0", captures[2].bytes)
        let again = try Self.ingest([folder.url.path], store)
        #expect(
            again.errors.contains("ring.pcap0: holds other packets than when it was read; what the case holds"),
            "\(again.errors)")
        #expect(try Self.row(Self.totals, store) == "4,\(counts[0] + counts[1] + counts[2]),\(half)")
        #expect(try Self.ingest([folder.url.path], store).output.contains("2 in the case already"))
        // What comes later is tracked with the part that is whole.
        _ = try folder.file("ring.pcap2", captures[3].bytes)
        _ = try Self.ingest([folder.url.path], store)
        #expect(try Self.row(Self.totals, store) == "5,\(counts.reduce(0, +)),\(half)")
        #expect(
            try Self.row("SELECT count(*) FROM sources WHERE records <> accepted + ignored + rejected", store) == "0")
        #expect(
            try Self.row("SELECT count(*) FROM sources WHERE detail LIKE '%tracked apart from what was read%'", store)
                == "1")
    }

    @Test func `captures that come after the originals before have gone make a part of their own`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (store, captures) = (folder.path("case.db"), try Self.captures())
        let first = try folder.file("a.pcap0", captures[2].bytes)
        _ = try Self.ingest([folder.url.path], store)
        try FileManager.default.removeItem(at: first)
        _ = try folder.file("a.pcap1", captures[3].bytes)
        _ = try folder.file("b.log", Self.log(0))
        let run = try Self.ingest([folder.url.path], store)
        #expect(run.errors.contains("a.pcap0: is not there any more"), "\(run.errors)")
        #expect(
            try Self.row("SELECT sum(accepted) FROM sources WHERE kind = 'pcap'", store)
                == "\(captures[2].ends.count + captures[3].ends.count)")
        #expect(try Self.row("SELECT count(*) FROM sources WHERE path LIKE '%b.log'", store) == "1")
        let title = try Program.run(["top", "client", "--kind", "pcap", "--store", store])
        #expect(title.status == 0, "\(title.errors)")
    }
}
