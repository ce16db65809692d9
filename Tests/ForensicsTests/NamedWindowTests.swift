import Foundation
import Testing

/// Evidence in place of windows: each side counts what its own files cover, kind by kind.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct NamedWindowTests {
    /// So many requests a second, of forty clients.
    private static func requests(_ seconds: Range<Int>, perSecond: Int = 1) -> [String] {
        seconds.flatMap { second in
            (0..<perSecond).map { part in
                EvidenceLines.alb(
                    Double(second) + Double(part) / Double(perSecond), "198.51.100.\(second % 40 + 1)",
                    trace: second * 8 + part + 1)
            }
        }
    }

    private static func classic(_ seconds: Range<Int>) -> [String] {
        seconds.map { EvidenceLines.clb(Double($0), "192.0.2.\($0 % 30 + 1)") }
    }

    @Test func `quiet files before and after the bad ones count the time that they cover, and no other`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("quiet/early.log", Self.requests(0..<600))
        try folder.log("quiet/late.log", Self.requests(1200..<1800))
        try folder.log("bad/middle.log", Self.requests(600..<1200, perSecond: 2))
        let answer = try ComparedAnswer(["--before", folder.path("quiet"), "--during", folder.path("bad")])
        #expect(answer.run.status == 0, "\(answer.run.errors)")
        // Ten minutes each, less up to a second behind the last request.
        #expect(abs(try #require(answer.exposure("before")) - 1200) < 3)
        #expect(abs(try #require(answer.exposure("during")) - 600) < 2)
        #expect(abs(try #require(answer.ratio) - 2) < 0.02)
        #expect(answer.sentence.contains("rose 2.0×"), "\(answer.sentence)")
    }

    @Test func `evidence of the same time is refused, and a straggler of seconds is not`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("quiet/a.log", Self.requests(0..<900))
        for (name, straggler, status) in [("bad", 343, 64), ("good", 885, 0)] {
            let late = Self.requests(straggler..<(straggler + 1)) + Self.requests(900..<1500, perSecond: 2)
            try folder.log("\(name)/b.log", late)
            let answer = try ComparedAnswer(["--before", folder.path("quiet"), "--during", folder.path(name)])
            #expect(answer.run.status == status, "\(answer.run.errors)")
            if status == 64 { #expect(answer.run.errors.contains("overlap in alb"), "\(answer.run.errors)") }
        }
    }

    @Test func `each kind has the window that its own files cover`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("quiet/alb.log", Self.requests(1800..<2700))
        try folder.log("quiet/clb.log", Self.classic(0..<2700))
        try folder.log("bad/alb.log", Self.requests(2700..<3600, perSecond: 2))
        try folder.log("bad/clb.log", Self.classic(2700..<3600))
        let sides = ["--before", folder.path("quiet"), "--during", folder.path("bad")]
        let answer = try ComparedAnswer(sides)
        #expect(answer.run.status == 0, "\(answer.run.errors)")
        #expect(answer.kind == "alb")
        #expect(abs(try #require(answer.exposure("before")) - 900) < 2)
        #expect(abs(try #require(answer.ratio) - 2) < 0.02)
        #expect(answer.caveats["partial-coverage"] == nil)
        #expect(answer.caveats["other-view"]?.contains("clb counts 2,700 requests before and 900 during") == true)
        let classic = try ComparedAnswer(sides + ["--kind", "clb"])
        #expect(abs(try #require(classic.exposure("before")) - 2700) < 2)
        #expect(abs(try #require(classic.ratio) - 1) < 0.01)
    }

    @Test func `evidence that the case holds under another name is a window all the same`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        try folder.log("all/a.log", Self.requests(0..<900))
        try folder.log("all/b.log", Self.requests(900..<1800, perSecond: 2))
        #expect(try Program.run(["ingest", folder.path("all"), "--store", store, "-q"]).status == 0)
        let copy = try folder.log("copy/of-a.log", Self.requests(0..<900))
        let during = EvidenceLines.window(900, minutes: 15)
        let answer = try ComparedAnswer(["--store", store, "--before", copy, "--during", during])
        #expect(answer.run.status == 0, "\(answer.run.errors)")
        #expect(abs(try #require(answer.exposure("before")) - 900) < 2)
        #expect(abs(try #require(answer.ratio) - 2) < 0.02)
    }
}
