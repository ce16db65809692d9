import Foundation
import Testing

/// Output on a terminal, which `script` (util-linux) stands in for.
@Suite(.enabled(if: Program.path != nil && FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
struct PagerTests {
    private func onTerminal(_ command: String, _ environment: String) throws -> Program.Result {
        try Program.tool("sh", ["-c", "\(environment) script -qec \"\(command)\" /dev/null </dev/null"])
    }

    @Test func `a table on a terminal goes through the pager, and only there`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let seen = folder.path("seen")
        let top = "\(Program.path ?? "") top client --store \(store)"
        let pager = "TERM=xterm LBFORENSICS_PAGER='tee \(seen)'"
        let shown = try onTerminal(top, pager)
        #expect(shown.output.contains("198.51.100"))
        let paged = try String(contentsOfFile: seen, encoding: .utf8)
        #expect(paged.contains("Top client"))
        for command in [top + " --no-pager", top + " --format csv", top + " --output \(folder.path("out"))"] {
            try FileManager.default.removeItem(atPath: seen)
            _ = try onTerminal(command, pager)
            #expect(!FileManager.default.fileExists(atPath: seen), "\(command)")
            _ = try folder.file("seen", Data())
        }
        try FileManager.default.removeItem(atPath: seen)
        // Not a terminal: nobody could turn the pages.
        _ = try Program.tool("sh", ["-c", "\(pager) \(top) | cat"])
        #expect(!FileManager.default.fileExists(atPath: seen))
    }

    @Test(arguments: [("xterm", true), ("dumb", false)])
    func `a terminal that follows no control sequences gets none`(name: String, followsSequences: Bool) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let program = Program.path ?? ""
        let read = try onTerminal(
            "\(program) ingest \(SampleIncidentTests.path("AWSLogs")) --store \(store)", "TERM=\(name) NO_COLOR=")
        #expect(read.status == 0)
        let shown = try onTerminal("\(program) top client --no-pager --store \(store)", "TERM=\(name) NO_COLOR=")
        #expect(shown.output.contains("198.51.100"))
        for text in [read.output, shown.output] {
            #expect(text.contains("\u{1B}[") == followsSequences, "\(text)")
        }
        let asked = try onTerminal(
            "\(program) top client --no-pager --color always --store \(store)", "TERM=\(name) NO_COLOR=1")
        #expect(asked.output.contains("\u{1B}["))
    }

    @Test func `a pager that leaves early is a clean end, and a missing one is none`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let top = "\(Program.path ?? "") top client --limit 5000 --store \(store)"
        let early = try onTerminal(top, "TERM=xterm LBFORENSICS_PAGER='head -n 1'")
        #expect(early.status == 0, "\(early.output)")
        let missing = try onTerminal(top, "TERM=xterm LBFORENSICS_PAGER=no-such-pager")
        #expect(missing.status == 0)
        #expect(missing.output.contains("Top client"))
    }
}
