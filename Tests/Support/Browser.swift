package import Foundation

/// A headless Chromium of the system.
package enum Browser {
    /// Its path, or `nil` where none is installed.
    package static let path: String? = ["chromium", "chromium-browser", "google-chrome"].map { "/usr/bin/\($0)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Returns the document as it stands after its scripts, and what the browser wrote to standard error.
    package static func dump(_ file: URL, width: Int, profile: URL) -> (text: String, messages: String)? {
        guard let path else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // A browser that never ends is ended after five minutes, and has written nothing then.
        process.arguments = [
            "timeout", "--kill-after=10", "300", path, "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run",
            "--enable-logging=stderr", "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=\(width),900",
            "--user-data-dir=\(profile.path)/profile", "--virtual-time-budget=4000", "--dump-dom", file.absoluteString,
        ]
        let messages = profile.appendingPathComponent("messages.txt")
        _ = FileManager.default.createFile(atPath: messages.path, contents: nil)
        let stdout = Pipe()
        process.standardOutput = stdout
        process.standardError = FileHandle(forWritingAtPath: messages.path)
        do { try process.run() } catch { return nil }
        let data = stdout.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = (try? String(contentsOf: messages, encoding: .utf8)) ?? ""
        return (String(decoding: data, as: UTF8.self), text)
    }
}
