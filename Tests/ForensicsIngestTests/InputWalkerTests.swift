import Foundation
import ForensicsIngest
import Testing

@Suite struct InputWalkerTests {
    private func names(_ walker: InputWalker, _ files: TemporaryFiles) -> [String] {
        walker.inputs.map { String($0.path.dropFirst(files.path.count + 1)) }
    }

    private func sample() throws -> TemporaryFiles {
        let files = try TemporaryFiles()
        for name in ["b.log", "a.log", "sub/c.log.gz", "sub/deep/d.pcap", "Z.log", "sub/.hidden", ".git/config"] {
            _ = try files.write(name, [0x78])
        }
        return files
    }

    @Test func `a folder is walked in the order of its bytes, without hidden entries`() throws {
        let files = try sample()
        let walker = InputWalker([files.path])
        #expect(names(walker, files) == ["Z.log", "a.log", "b.log", "sub/c.log.gz", "sub/deep/d.pcap"])
        #expect(walker.inputs.allSatisfy { !$0.isNamed && $0.stamp?.size == 1 })
        #expect(walker.errors.isEmpty)
        #expect(walker.hidden == 2 && walker.streams == 0)
    }

    @Test func `what a walk passes over is counted, unless it is named`() throws {
        let files = try sample()
        #expect(unsafe mkfifo(files.path + "/pipe", 0o600) == 0)
        for (arguments, hidden, streams) in [
            ([""], 2, 1), (["", "/sub/.hidden"], 1, 1), (["", "/pipe"], 2, 0), (["/p*"], 0, 1),
        ] {
            let walker = InputWalker(arguments.map { files.path + $0 })
            #expect(walker.hidden == hidden && walker.streams == streams, "\(arguments)")
        }
    }

    @Test(arguments: ["", "/*.log"])
    func `a name that is not UTF-8 is told as such`(pattern: String) throws {
        let files = try sample()
        let name: [CChar] =
            Array((files.path + "/bad").utf8.map { CChar(bitPattern: $0) }) + [-1] + [0x2E, 0x6C, 0x6F, 0x67, 0]
        let file = unsafe open(name, O_CREAT | O_WRONLY, 0o600)
        // Some file systems take no such names.
        guard file >= 0 else { return }
        close(file)
        let walker = InputWalker([files.path + pattern])
        #expect(walker.inputs.count { $0.name.hasSuffix(".log") } == 3)
        #expect(walker.errors.map(\.problem) == ["has a name that is not UTF-8"])
        #expect(walker.errors.map(\.code) == [.unusable])
        // As the command line hands it over.
        let named = InputWalker([files.path + "/bad\u{FFFD}.log"])
        #expect(named.errors.map(\.problem) == ["has a name that is not UTF-8"])
    }

    @Test func `the order of the arguments does not matter and each file comes once`() throws {
        let files = try sample()
        let arguments = [files.path + "/sub", files.path + "/a.log", files.path + "//./", files.path + "/sub/"]
        let walker = InputWalker(arguments)
        #expect(walker.inputs == InputWalker(arguments.reversed()).inputs)
        #expect(names(walker, files) == ["Z.log", "a.log", "b.log", "sub/c.log.gz", "sub/deep/d.pcap"])
        #expect(walker.inputs.filter(\.isNamed).map(\.name) == ["a.log"])
    }

    @Test func `what is missing is an error and the others go on`() throws {
        let files = try sample()
        let walker = InputWalker([files.path + "/none", files.path + "/a.log", files.path + "/x*.log"])
        #expect(names(walker, files) == ["a.log"])
        #expect(walker.errors.map(\.code) == [.notFound, .notFound])
        #expect(walker.errors.map(\.code.exitStatus) == [66, 66])
    }

    static let patterns: [(String, [String])] = [
        ("*.log", ["Z.log", "a.log", "b.log"]), ("[ab].log", ["a.log", "b.log"]), ("[!a-z]*", ["Z.log"]),
        ("?.log", ["Z.log", "a.log", "b.log"]), ("sub/*", ["sub/c.log.gz", "sub/deep/d.pcap"]),
        ("*/deep/*.pcap", ["sub/deep/d.pcap"]), ("**/*.pcap", ["sub/deep/d.pcap"]),
        ("**/*.log", ["Z.log", "a.log", "b.log"]), ("s*/c*", ["sub/c.log.gz"]), ("sub/.h*", ["sub/.hidden"]),
    ]

    @Test(arguments: patterns)
    func `patterns match as in shells`(pattern: String, expected: [String]) throws {
        let files = try sample()
        #expect(names(InputWalker([files.path + "/" + pattern]), files) == expected)
    }

    @Test func `a file whose name looks like a pattern is taken as it is`() throws {
        let files = try TemporaryFiles()
        _ = try files.write("a[1].log", [1])
        _ = try files.write("a1.log", [1])
        #expect(names(InputWalker([files.path + "/a[1].log"]), files) == ["a[1].log"])
    }

    @Test func `loops of links end and each folder is walked once`() throws {
        let files = try sample()
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: files.path + "/sub/up", withDestinationPath: files.path)
        try manager.createSymbolicLink(atPath: files.path + "/self", withDestinationPath: "self")
        try manager.createSymbolicLink(atPath: files.path + "/link.log", withDestinationPath: "a.log")
        try manager.createSymbolicLink(atPath: files.path + "/dangling", withDestinationPath: "nothing")
        let walker = InputWalker([files.path])
        #expect(names(walker, files) == ["Z.log", "a.log", "b.log", "link.log", "sub/c.log.gz", "sub/deep/d.pcap"])
        #expect(walker.errors.map(\.code) == [.notFound, .io])
        let deep = InputWalker([files.path + "/**/d.pcap"])
        #expect(names(deep, files) == ["sub/deep/d.pcap"])
    }

    /// Pattern, files found, and the paths of errors with their codes.
    static let broken: [(String, [String], [String])] = [
        ("*.log", ["Z.log", "a.log", "b.log"], ["dead.log notFound", "loop.log io"]),
        ("**/*.log", ["Z.log", "a.log", "b.log"], ["dead.log notFound", "loop.log io"]),
        ("*/c.log.gz", ["sub/c.log.gz"], ["dead.log notFound", "loop.log io"]),
        ("[ab].log", ["a.log", "b.log"], []),
        ("**/d.pcap", ["sub/deep/d.pcap"], []),
        ("dead*", [], ["dead.log notFound"]),
    ]

    @Test(arguments: broken) func `what a pattern meets and cannot be used is an error, as in a walk`(
        pattern: String, found: [String], errors: [String]
    ) throws {
        let files = try sample()
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: files.path + "/dead.log", withDestinationPath: "nothing")
        try manager.createSymbolicLink(atPath: files.path + "/loop.log", withDestinationPath: "loop.log")
        let walker = InputWalker([files.path + "/" + pattern])
        #expect(names(walker, files) == found)
        #expect(walker.errors.map { "\($0.path.dropFirst(files.path.count + 1)) \($0.code)" } == errors)
    }

    @Test func `folders that lie too deep for a pattern are an error`() throws {
        let files = try TemporaryFiles()
        let deep = [String](repeating: "d", count: 130).joined(separator: "/")
        _ = try files.write(deep + "/a.log", [1])
        #expect(InputWalker([files.path + "/**/a.log"]).errors.map(\.code) == [.io])
    }

    @Test(.enabled(if: getuid() != 0, "a superuser may read everything"), arguments: ["*/*", "**/*.gz"])
    func `a folder that may not be listed is an error of a pattern`(pattern: String) throws {
        let files = try sample()
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: files.path + "/sub")
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: files.path + "/sub") }
        #expect(InputWalker([files.path + "/" + pattern]).errors.map(\.code) == [.permissionDenied])
    }

    @Test func `case files are passed over in a walk but not when they are named`() throws {
        let files = try TemporaryFiles()
        let database = Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0, count: 100)
        for name in ["case.db", "evidence"] { _ = try files.write(name, database) }
        for name in ["case.db-wal", "case.db-shm", "other-wal", "a.log"] { _ = try files.write(name, [0x78]) }
        #expect(names(InputWalker([files.path]), files) == ["a.log", "other-wal"])
        #expect(names(InputWalker([files.path + "/case.db"]), files) == ["case.db"])
    }

    @Test func `the load balancer's test object is known by its name`() throws {
        let files = try TemporaryFiles()
        _ = try files.write("AWSLogs/1/ELBAccessLogTestFile", Array("Enable AccessLog".utf8))
        #expect(InputWalker([files.path]).inputs.map(\.isTestObject) == [true])
    }

    @Test func `standard input is an input`() {
        #expect(InputWalker(["-"]).inputs == [Input(path: "-", isNamed: true, stamp: nil)])
    }

    @Test(.enabled(if: getuid() != 0, "a superuser may read everything"))
    func `a folder without permission is an error`() throws {
        let files = try sample()
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: files.path + "/sub")
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: files.path + "/sub") }
        let walker = InputWalker([files.path])
        #expect(walker.errors.map(\.code) == [.permissionDenied])
        #expect(names(walker, files) == ["Z.log", "a.log", "b.log"])
    }
}
