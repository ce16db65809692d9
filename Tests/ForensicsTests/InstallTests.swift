import Foundation
import Testing

/// A folder into which `make install DESTDIR=folder PREFIX=/usr` has installed: the build that runs the tests holds the lock
/// of the build folder, so that it cannot be done here.
private let folder = ProcessInfo.processInfo.environment["LBFORENSICS_TEST_INSTALL"] ?? ""

/// What `make install` puts beside the binary.
@Suite(.enabled(if: !folder.isEmpty, "needs LBFORENSICS_TEST_INSTALL=folder")) struct InstallTests {
    private static let commands = [
        "ingest", "capture", "summary", "compare", "top", "timeline", "spikes", "report", "findings", "query", "export",
        "sources", "carve", "index",
    ]

    @Test func `every command has a manual page that man can lay out`() throws {
        for command in Self.commands {
            let page = "\(folder)/usr/share/man/man1/lbforensics.\(command).1"
            let text = try String(contentsOfFile: page, encoding: .utf8)
            #expect(text.contains(command), "\(command)")
        }
        #expect(FileManager.default.fileExists(atPath: "\(folder)/usr/share/man/man1/lbforensics.1"))
    }

    @Test func `bash completes commands and options`() throws {
        let script = "\(folder)/usr/share/bash-completion/completions/lbforensics"
        func complete(_ words: [String]) throws -> [String] {
            let list = words.map { "'\($0)'" }.joined(separator: " ")
            let program = """
                source '\(script)'
                COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1); COMP_LINE="\(words.joined(separator: " "))"
                COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
                $(complete -p lbforensics | sed 's/.*-F \\([^ ]*\\).*/\\1/') lbforensics "\(words.last ?? "")" "\(words.dropLast().last ?? "")"
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            return try Program.tool("bash", ["-c", program]).output.split(separator: "\n").map(String.init)
        }
        let commands = try complete(["lbforensics", "co"])
        #expect(commands.map { $0.trimmingCharacters(in: .whitespaces) } == ["compare"])
        let options = try complete(["lbforensics", "compare", "--be"])
        #expect(options.map { $0.trimmingCharacters(in: .whitespaces) } == ["--before"])
    }
}
