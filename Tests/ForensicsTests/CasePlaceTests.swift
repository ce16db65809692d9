import Foundation
import Testing

/// Where a case may lie: beside its evidence, and where nobody may write.
@Suite(.enabled(if: Program.path != nil)) struct CasePlaceTests {
    private static let program = "'\(Program.path ?? "")'"

    @Test func `a folder that the case is made in holds nothing but evidence`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("a.log", Program.inflated(BadInputTests.good))
        for _ in 1...2 {
            let run = try Program.tool("bash", ["-c", "cd '\(folder.url.path)' && \(Self.program) ingest ."])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.isEmpty, "\(run.errors)")
        }
    }

    // MARK: - Permissions

    /// What turns a command into one of a user who may do nothing special; `nil` where there is no way.
    private static let unprivileged: String? = {
        if geteuid() != 0 { return "" }
        let found = try? Program.tool("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "true"])
        return found?.status == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : nil
    }()

    /// Asks as somebody who may do nothing special.
    private static func ask(_ command: String, _ store: String) throws -> Program.Result {
        try Program.tool("bash", ["-c", "\(unprivileged ?? "")\(program) \(command) --store '\(store)'"])
    }

    private static func withCase(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.url.path)
            folder.remove()
        }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", BadInputTests.good, "--store", store, "--quiet"]).status == 0)
        try body(folder, store)
    }

    @Test(arguments: ["summary", "top client", "sources", "findings"])
    func `a case on a full disk answers, and what would write to it says that the disk is full`(command: String) throws
    {
        try Self.withCase { folder, store in
            let expected = try Program.run(command.split(separator: " ").map(String.init) + ["--store", store])
            // As on a full disk: no file can be made longer, not even the one that readers share.
            let limits = "trap '' XFSZ; ulimit -f 0"
            let run = try Program.tool(
                "bash", ["-c", "(\(limits); exec \(Self.program) \(command) --store '\(store)') | cat"])
            #expect(run.output == expected.output, "\(run.errors)")
            let index = try Program.tool(
                "bash", ["-c", "(\(limits); exec \(Self.program) index --store '\(store)') 2>&1 | cat"])
            #expect(index.output.contains("the disk is full"), "\(index.output)")
        }
    }

    private static func permit(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test(
        .enabled(if: unprivileged != nil, "as root, setpriv is needed"),
        arguments: ["summary", "top client", "sources", "query 'SELECT count(*) FROM requests'", "export findings"])
    func `a case that may only be read, in a folder that may only be read, answers`(command: String) throws {
        try Self.withCase { folder, store in
            let expected = try Program.tool("bash", ["-c", "\(Self.program) \(command) --store '\(store)'"])
            try Self.permit(0o444, store)
            try Self.permit(0o555, folder.url.path)
            let run = try Self.ask(command, store)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output == expected.output)
        }
    }

    @Test(.enabled(if: unprivileged != nil, "as root, setpriv is needed"))
    func `a case that may not be read, or not be written, is told as that`() throws {
        try Self.withCase { folder, store in
            try Self.permit(0o000, store)
            let unreadable = try Self.ask("summary", store)
            #expect(unreadable.status == 77)
            #expect(unreadable.errors.contains("case.db: no permission to read it"), "\(unreadable.errors)")
            try Self.permit(0o444, store)
            let unwritable = try Self.ask("ingest '\(BadInputTests.logs[1])'", store)
            #expect(unwritable.status == 77)
            #expect(unwritable.errors.contains("case.db: no permission to write"), "\(unwritable.errors)")
        }
    }
}
