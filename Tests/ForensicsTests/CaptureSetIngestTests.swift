import Foundation
import Testing

/// Which files are one capture, and what capture points are called, whatever the order in which files come.
@Suite(.enabled(if: Program.path != nil)) struct CaptureSetIngestTests {
    /// Forty connections, two seconds apart, each answered after five: wherever the recording is cut, some are open.
    private static let recording: Recording = {
        var recording = Recording()
        for number in 0..<40 { recording.ask(UInt8(number + 1), port: 40_000 + number, at: Double(number) * 2) }
        recording.sort()
        return recording
    }()

    private static func ingest(_ inputs: [String], _ store: String, _ options: [String] = []) throws -> Program.Result {
        let run = try Program.run(["ingest", "--store", store] + options + inputs)
        #expect(run.status == 0, "\(run.errors)")
        return run
    }

    private static func rows(_ sql: String, _ store: String) throws -> [String] {
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    }

    /// Connections, requests and those without an answer, sources and vantages.
    private static func totals(_ store: String) throws -> [String] {
        try rows(
            """
            SELECT (SELECT count(*) FROM connections), (SELECT count(*) FROM requests),
            (SELECT count(*) FROM requests WHERE status IS NULL), (SELECT count(*) FROM sources)
            """, store) + rows("SELECT DISTINCT vantage FROM sources ORDER BY 1", store)
    }

    private static func write(_ names: [String], _ folder: Folder) throws -> [String] {
        try zip(names, recording.cut(into: names.count)).map { name, part in
            let file = folder.url.appendingPathComponent("in/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            return try folder.file("in/\(name)", Recording.pcap(part)).path
        }
    }

    // MARK: - Names

    /// Names of pieces as tools write them, and the capture's.
    static let rotations: [(vantage: String, names: [String])] = [
        ("cap", ["cap", "cap1", "cap2", "cap3"]), ("cap", ["cap0", "cap1", "cap2", "cap3"]),
        ("cap", ["cap08", "cap09", "cap10", "cap11"]),
        ("cap.pcap", ["cap-1435.pcap", "cap-1436.pcap", "cap-1437.pcap", "cap-1438.pcap"]),
        ("cap.pcap", ["cap_23-58-00.pcap", "cap_23-59-00.pcap", "cap_00-00-00.pcap"]),
        ("cap.pcap", ["cap1.pcap", "cap2.pcap", "cap3.pcap"]), ("cap.pcap", ["cap.pcap.part0", "cap.pcap.part1"]),
        ("cap.pcapng", ["cap_00001_20231114221320.pcapng", "cap_00002_20231114221400.pcapng"]),
    ]

    @Test(arguments: rotations)
    func `pieces of a capture are one set, at once, one by one in any order, and again`(
        vantage: String, names: [String]
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let files = try Self.write(names, folder)
        let once = folder.path("once.db")
        _ = try Self.ingest([folder.path("in")], once)
        #expect(try Self.totals(once) == ["40,40,0,\(names.count)", vantage])
        let expected = try ResumeTests.exported(once)
        for (number, order) in [files, files.reversed(), Array(files.dropFirst()) + [files[0]]].enumerated() {
            let store = folder.path("steps\(number).db")
            for file in order { _ = try Self.ingest([file], store) }
            #expect(ResumeTests.differences(try ResumeTests.exported(store), expected).isEmpty, "\(order)")
            let again = try Self.ingest([folder.path("in")], store)
            #expect(again.output.contains("0 read"), "\(again.output)")
            #expect(ResumeTests.differences(try ResumeTests.exported(store), expected).isEmpty, "\(order), again")
        }
    }

    @Test func `files made one by their times alone are said`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try Self.write(["cap1.pcap", "cap2.pcap"], folder)
        let run = try Self.ingest([folder.path("in")], folder.path("case.db"))
        #expect(run.errors.contains("each begins where another ends, so they are read as one capture, cap.pcap"))
    }

    @Test func `captures of one time are several points, and nothing is said`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for name in ["web1.pcap", "web2.pcap", "web3.pcap"] {
            _ = try folder.file(
                name,
                Recording.pcap(
                    Self.recording.segments.dropFirst(name == "web2.pcap" ? 9 : 0).dropLast(name == "web3.pcap" ? 9 : 0)
                ))
        }
        let run = try Self.ingest([folder.url.path], folder.path("case.db"))
        #expect(
            try Self.rows("SELECT DISTINCT vantage FROM sources ORDER BY 1", folder.path("case.db")) == [
                "web1.pcap", "web2.pcap", "web3.pcap",
            ])
        #expect(!run.errors.contains("one capture"), "\(run.errors)")
    }

    @Test func `files that follow on after minutes stay apart, and that is said once`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var later = Recording()
        later.ask(9, port: 50_000, at: 300)
        _ = try folder.file("cap1.pcap", Recording.pcap(Self.recording.segments))
        _ = try folder.file("cap2.pcap", Recording.pcap(later.segments))
        let store = folder.path("case.db")
        let run = try Self.ingest([folder.url.path], store)
        #expect(try Self.totals(store) == ["41,41,0,2", "cap1.pcap", "cap2.pcap"])
        #expect(run.errors.contains("cap1.pcap and 1 more: one begins after another's end"), "\(run.errors)")
        let named = try Self.ingest(
            [folder.path("cap1.pcap"), folder.path("cap2.pcap")], store, ["--vantage", "target"])
        #expect(!named.errors.contains("one begins after another's end"), "\(named.errors)")
        #expect(try Self.totals(store) == ["41,41,0,2", "target"])
    }

    @Test func `what cannot be read again becomes a part of the set that later files tell`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let files = try Self.write(["cap", "cap1", "cap2", "cap3"], folder)
        _ = try Self.ingest([files[1]], store)
        try FileManager.default.removeItem(atPath: files[1])
        let run = try Self.ingest([files[0], files[2]], store)
        #expect(run.errors.contains("cap1: is not there any more; what the case holds of it stays"), "\(run.errors)")
        _ = try Self.ingest([files[3]], store)
        // Every packet once, under one name; the seams cut what was open there.
        #expect(
            try Self.rows("SELECT count(*), sum(accepted), count(DISTINCT vantage), min(vantage) FROM sources", store)
                == ["4,\(Self.recording.segments.count),1,cap"])
        #expect(
            try Self.rows("SELECT path FROM sources WHERE detail LIKE 'tracked apart%'", store) == [files[0]])
    }

    /// `tcpdump -z gzip` compresses a file once it is full; logrotate gives files new names.
    @Test(arguments: [["cap.pcap0", "cap.pcap1", "cap.pcap2"], ["cap.pcap.2", "cap.pcap.1", "cap.pcap"]])
    func `files that were compressed or renamed since are read again, and nothing is cut`(names: [String]) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let isRenamed = names[2] == "cap.pcap"
        let (store, once) = (folder.path("case.db"), folder.path("once.db"))
        let parts = Self.recording.cut(into: 3).map { Recording.pcap($0) }
        let half = parts[1].prefix(24 + (parts[1].count - 24) / 2)
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("in"), withIntermediateDirectories: false)
        func write(_ name: String, _ data: Data) throws { _ = try folder.file("in/\(name)", data) }
        try write(isRenamed ? names[1] : names[0], parts[0])
        try write(isRenamed ? names[2] : names[1], Data(half))
        _ = try Program.run(["ingest", "--store", store, folder.path("in")])
        for (name, part) in zip(names, parts) { try write(name, part) }
        if !isRenamed {
            let zipped = try Program.tool("gzip", Array(names[..<2]).map { folder.path("in/\($0)") })
            #expect(zipped.status == 0, "\(zipped.errors)")
        }
        for store in [store, once] { _ = try Self.ingest([folder.path("in")], store) }
        #expect(try Self.totals(store) == ["40,40,0,3", "cap.pcap"])
        #expect(ResumeTests.differences(try ResumeTests.exported(store), try ResumeTests.exported(once)).isEmpty)
    }

    @Test func `of a file that was compressed after a part was closed only what is new counts`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let parts = Self.recording.cut(into: 3).map { Array($0) }
        _ = try folder.file("t.pcap0", Recording.pcap(parts[0].dropLast(20)))
        _ = try Self.ingest([folder.path("t.pcap0")], store)
        try FileManager.default.removeItem(atPath: folder.path("t.pcap0"))
        for number in 1...2 {
            _ = try folder.file("t.pcap\(number)", Recording.pcap(parts[number]))
            if number == 2 {
                _ = try folder.file("t.pcap0", Recording.pcap(parts[0]))
                _ = try Program.tool("gzip", [folder.path("t.pcap0")])
                _ = try Self.ingest([folder.path("t.pcap0.gz")], store)
            }
            _ = try Self.ingest([folder.path("t.pcap\(number)")], store)
        }
        #expect(
            try Self.rows("SELECT sum(accepted), sum(ignored) FROM sources", store)
                == ["\(Self.recording.segments.count),\(parts[0].count - 20)"])
    }

    // MARK: - Vantages

    @Test func `captures of one name in several folders are told apart, whichever comes first`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let points = ["web1", "web2", "web3"]
        for (number, name) in points.enumerated() {
            try FileManager.default.createDirectory(
                at: folder.url.appendingPathComponent("in/\(name)"), withIntermediateDirectories: true)
            _ = try folder.file("in/\(name)/cap.pcap", Recording.pcap(Self.recording.segments.dropLast(number * 10)))
        }
        let once = folder.path("once.db")
        _ = try Self.ingest([folder.path("in")], once)
        let vantages = try Self.rows("SELECT vantage, count(*) FROM requests GROUP BY 1 ORDER BY 1", once)
        #expect(vantages.map { $0.prefix { $0 != "," } } == ["web1/cap.pcap", "web2/cap.pcap", "web3/cap.pcap"])
        let expected = try ResumeTests.exported(once)
        for (number, order) in [points, points.reversed(), ["web2", "web3", "web1"]].enumerated() {
            let store = folder.path("steps\(number).db")
            for (step, name) in order.enumerated() {
                let run = try Self.ingest([folder.path("in/\(name)")], store)
                let isSaid = run.errors.contains("vantage cap.pcap: is called \(order[0])/cap.pcap now")
                #expect(isSaid == (step == 1), "\(run.errors)")
            }
            #expect(ResumeTests.differences(try ResumeTests.exported(store), expected).isEmpty, "\(order)")
        }
    }

    @Test func `a capture that is given a vantage later is read once, and keeps it`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let file = try folder.file("back.pcap", Recording.pcap(Self.recording.segments)).path
        for (options, vantage) in [
            ([], "back.pcap"), (["--vantage", "target"], "target"), ([], "target"), (["--vantage", "web"], "web"),
        ] {
            _ = try Self.ingest([file], store, options)
            #expect(try Self.totals(store) == ["40,40,0,1", vantage])
        }
    }

    @Test func `one file of several that were given a vantage is given no other alone`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let files = try Self.write(["front.pcap", "back.pcap"], folder)
        _ = try Self.ingest(files, store, ["--vantage", "target"])
        let run = try Self.ingest([files[0]], store, ["--vantage", "front"])
        #expect(run.errors.contains("front.pcap: is in the case, as vantage target together with other files"))
        #expect(try Self.totals(store) == ["40,40,0,2", "target"])
        _ = try Self.ingest(files, store, ["--vantage", "both"])
        #expect(try Self.totals(store) == ["40,40,0,2", "both"])
    }

    // MARK: - Kills

    @Test func `killed while a set is read again, the case keeps what it had, and the next run comes to its end`()
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let files = ["pcap0.gz", "pcap1.gz", "pcap2.gz", "pcap3"].map {
            SampleIncidentTests.path("captures/target-a.\($0)")
        }
        let once = folder.path("once.db")
        _ = try Self.ingest(files, once)
        let expected = try ResumeTests.exported(once)
        for delay in [0.1, 0.2, 0.4] {
            let store = folder.path("killed\(delay).db")
            _ = try Self.ingest(Array(files.dropLast()), store)
            _ = try Program.run(["ingest", "--store", store, files[3]], killedAfter: delay)
            let kept = try Self.rows("SELECT count(*) FROM sources WHERE status = 'complete'", store)
            #expect(kept == ["3"] || kept == ["4"], "\(kept)")
            _ = try Self.ingest([files[3]], store)
            #expect(ResumeTests.differences(try ResumeTests.exported(store), expected).isEmpty, "\(delay)")
        }
    }

    // MARK: - Interfaces

    /// `dumpcap -i eth0 -i eth1 -b …`: which interface a file's first packet is of is chance.
    @Test func `files of a ring over several interfaces are one set`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var recording = Recording()
        for number in 0..<40 {
            recording.ask(UInt8(number + 1), port: 40_000 + number, at: Double(number) * 2, interface: 0)
            recording.ask(UInt8(number + 101), port: 50_000 + number, at: Double(number) * 2 + 0.5, interface: 1)
        }
        recording.sort()
        let turn = recording.segments.indices.first {
            $0 > recording.segments.count / 2 && recording.segments[$0].interface == 1
        }
        let middle = try #require(turn)
        for (name, part) in [
            ("cap_00001_20231114221320.pcapng", recording.segments[..<middle]),
            ("cap_00002_20231114221400.pcapng", recording.segments[middle...]),
        ] { _ = try folder.file(name, Recording.pcapng(part, interfaces: ["eth0", "eth1"])) }
        let store = folder.path("case.db")
        _ = try Self.ingest([folder.url.path], store)
        #expect(try Self.totals(store) == ["80,80,0,2", "cap.pcapng"])
    }

    // MARK: - Seams

    /// Clients that hold connections of nine minutes, and a ring of two files that comes round after five.
    @Test func `long connections that a ring read in parts has cut are not said to be none`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var recording = Recording()
        for number in 0..<4 { recording.hold(UInt8(201 + number), port: 41_000, at: Double(10 + number), seconds: 540) }
        for number in 0..<280 {
            recording.ask(UInt8(number % 20 + 1), port: 20_000 + number, at: Double(number) * 2, answeredAfter: 0.5)
        }
        recording.sort()
        let windows = [
            "--before", "2023-11-14T22:13:20Z/5m", "--during", "2023-11-14T22:18:20Z/5m", "--by", "connections",
        ]
        func write(_ part: Int, _ name: String) throws {
            let from = Double(part) * 150
            _ = try folder.file(name, Recording.pcap(recording.between(from, from + 150)))
        }
        let (parts, once) = (folder.path("parts.db"), folder.path("once.db"))
        for round in 0..<2 {
            try write(round * 2, "t.pcap0")
            try write(round * 2 + 1, "t.pcap1")
            _ = try Self.ingest([folder.path("t.pcap0"), folder.path("t.pcap1")], parts)
        }
        for part in 0..<4 { try write(part, "t.pcap\(part)") }
        _ = try Self.ingest((0..<4).map { folder.path("t.pcap\($0)") }, once)
        for (store, isCut) in [(parts, true), (once, false)] {
            let run = try Program.run(["compare", "--store", store] + windows)
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.output.contains("cannot be told from captures that were read in parts") == isCut, "\(run.output)")
            #expect(!run.output.contains("No client among"), "\(run.output)")
            #expect(run.output.contains("198.51.100.201") == !isCut)
            let caveats = try Program.run(["compare", "--store", store, "--format", "json"] + windows).output
            #expect(caveats.contains("\"cut-connections\"") == isCut)
        }
    }
}
