import Forensics
import ForensicsModel
import Foundation
import Synchronization
import Testing

/// The error log of `capture`: one file a day, seven kept, lines limited and escaped.
@Suite struct EventLogTests {
    private static let day: Int64 = 86_400 * 1_000_000_000

    private static func log(_ folder: Folder) throws -> EventLog {
        try EventLog(folder: folder.path("logs")) { Issue.record("\($0)") }
    }

    private static func names(_ folder: Folder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).sorted()
    }

    private static func text(_ folder: Folder, _ name: String) throws -> String {
        try String(contentsOfFile: folder.path("logs/\(name)"), encoding: .utf8)
    }

    @Test func `a line has the time, the kind and the text`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        // 2026-03-17T09:35:07.25Z
        let time = Timestamp(nanoseconds: 1_773_740_107_250_000_000)
        #expect(log.admits(.resetByClient, at: time))
        log.write(.resetByClient, at: time, "reset by client: 192.0.2.1:5 to 10.0.0.1:80")
        log.finish()
        #expect(try Self.names(folder) == ["errors_2026-03-17.log"])
        #expect(
            try Self.text(folder, "errors_2026-03-17.log")
                == "[2026-03-17 09:35:07] TCP_ERROR: reset by client: 192.0.2.1:5 to 10.0.0.1:80\n")
    }

    @Test func `over a fortnight the last seven days stay, and other files too`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path("logs/errors_of_mine.log.old")))
        let start: Int64 = 1_772_323_200_000_000_000  // 2026-03-01T00:00:00Z
        for day in 0..<14 {
            let time = Timestamp(nanoseconds: start + Int64(day) * Self.day + 1)
            log.tell(.responseTimeout, at: time, "day \(day)")
        }
        log.finish()
        let expected = (8...14).map { "errors_2026-03-\($0 < 10 ? "0" : "")\($0).log" }
        #expect(try Self.names(folder) == expected + ["errors_of_mine.log.old"])
        #expect(try Self.text(folder, "errors_2026-03-14.log") == "[2026-03-14 00:00:00] TIMEOUT: day 13\n")
    }

    @Test func `of a flood twenty lines a second are written and the rest is counted`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        let start: Int64 = 1_772_323_200_000_000_000
        for number in 0..<1000 {
            let time = Timestamp(nanoseconds: start + Int64(number) * 1_000_000)
            log.tell(.applicationError, at: time, "\(number)")
            if number == 500, log.admits(.loadBalancerError, at: time) {
                log.write(.loadBalancerError, at: time, "another kind")
            }
        }
        log.finish()
        let lines = try Self.text(folder, "errors_2026-03-01.log").split(separator: "\n")
        #expect(lines.count == 22)
        #expect(lines.contains("[2026-03-01 00:00:00] LB_ERROR: another kind"))
        #expect(
            lines.last
                == "[2026-03-01 00:00:00] APP_ERROR: 980 more (HTTP 5xx) in this second are not written one by one")
    }

    @Test func `a flood hides no line of its kind that tells another cause`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        let start: Int64 = 1_772_323_200_000_000_000
        for number in 0..<500 {
            let time = Timestamp(nanoseconds: start + Int64(number) * 1_000_000)
            log.tell(.resetByClient, at: time, "reset by client \(number)")
        }
        let time = Timestamp(nanoseconds: start + 500_000_000)
        for cause in EventCause.allCases where cause != .resetByClient && log.admits(cause, at: time) {
            log.write(cause, at: time, "\(cause)")
        }
        log.finish()
        let lines = try Self.text(folder, "errors_2026-03-01.log").split(separator: "\n")
        #expect(lines.count == 20 + EventCause.allCases.count - 1 + 1)
        #expect(lines.contains("[2026-03-01 00:00:00] TCP_ERROR: connectionRefused"))
        #expect(
            lines.last
                == "[2026-03-01 00:00:00] TCP_ERROR: 480 more (reset by client) in this second are not written one by one"
        )
    }

    @Test func `text from the wire forges no line and sends no control code`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        let time = Timestamp(nanoseconds: 1_772_323_200_000_000_000)
        log.tell(.applicationError, at: time, "GET /\n[x] \u{1B}[31mé\u{9B}2J")
        log.finish()
        #expect(
            try Self.text(folder, "errors_2026-03-01.log")
                == "[2026-03-01 00:00:00] APP_ERROR: GET /\\x0a[x] \\x1b[31mé\\x9b2J\n")
    }

    @Test func `after a rotation from outside the file is opened anew`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        let time = Timestamp(nanoseconds: 1_772_323_200_000_000_000)
        log.write(.responseTimeout, at: time, "first")
        _ = log.admits(.responseTimeout, at: time)
        log.flush()
        try FileManager.default.moveItem(
            atPath: folder.path("logs/errors_2026-03-01.log"), toPath: folder.path("logs/moved"))
        log.reopen()
        log.write(.responseTimeout, at: time, "second")
        log.finish()
        #expect(try Self.text(folder, "moved").contains("first"))
        #expect(try Self.text(folder, "errors_2026-03-01.log") == "[2026-03-01 00:00:00] TIMEOUT: second\n")
    }

    @Test func `a file that could not be opened is tried again with every line`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // Nobody can write to a folder, root included.
        let name = "errors_2026-03-01.log"
        try FileManager.default.createDirectory(atPath: folder.path("logs/\(name)"), withIntermediateDirectories: true)
        var notes: [String] = []
        let log = try EventLog(folder: folder.path("logs")) { notes.append($0) }
        let time = Timestamp(nanoseconds: 1_772_323_200_000_000_000)
        for text in ["first", "second"] {
            log.write(.responseTimeout, at: time, text)
            log.flush()
        }
        #expect(log.lost == 2)
        #expect(notes.count { $0.contains("until it can") } == 1, "\(notes)")
        try FileManager.default.removeItem(atPath: folder.path("logs/\(name)"))
        log.write(.responseTimeout, at: time, "third")
        log.finish()
        #expect(log.lost == 2)
        #expect(try Self.text(folder, name) == "[2026-03-01 00:00:00] TIMEOUT: third\n")
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root")) func `a disk that is full leaves no half of a line`()
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let path = folder.path("logs")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let mounted = try Program.tool("mount", ["-t", "tmpfs", "-o", "size=64k", "none", path])
        guard mounted.status == 0 else { return }
        defer { _ = try? Program.tool("umount", [path]) }
        let log = try EventLog(folder: path) { _ in }
        let time = Timestamp(nanoseconds: 1_772_323_200_000_000_000)
        for number in 0..<200 {
            log.write(.responseTimeout, at: time, "\(number) " + String(repeating: "x", count: 997))
            log.flush()
        }
        #expect(log.lost > 0)
        let whole = { (line: Substring) in line.hasPrefix("[2026-03-01 00:00:00] TIMEOUT: ") && line.utf8.count > 1000 }
        let name = "errors_2026-03-01.log"
        // The beginning of a line that had no room is blank.
        let written = {
            try Self.text(folder, name).split(separator: "\n").filter { !$0.allSatisfy { $0 == " " } }
        }
        #expect(try written().allSatisfy(whole))
        let mounting = try Program.tool("mount", ["-o", "remount,size=1m", path])
        #expect(mounting.status == 0)
        log.write(.responseTimeout, at: time, "last " + String(repeating: "x", count: 1000))
        log.finish()
        let lines = try written()
        #expect(lines.allSatisfy(whole) && lines.last?.contains("last") == true)
        #expect(UInt64(lines.count) + log.lost == 201)
    }

    /// A log that notes what is told to the user, and a folder of its own.
    private final class Watched {
        let folder: Folder
        let log: EventLog
        private(set) var notes: [String] = []
        static let time = Timestamp(nanoseconds: 1_772_323_200_000_000_000)  // 2026-03-01T00:00:00Z
        static let name = "errors_2026-03-01.log"

        init() throws {
            folder = try Folder()
            var tell: (String) -> Void = { _ in }
            log = try EventLog(folder: folder.path("logs")) { tell($0) }
            tell = { [unowned self] in notes.append($0) }
        }

        deinit { folder.remove() }

        func write(_ text: String) {
            log.write(.responseTimeout, at: Self.time, text)
            log.flush(at: Self.time)
        }

        /// The lines of a file without what each begins with.
        func lines(_ path: String = "logs/\(Watched.name)") throws -> [String] {
            try String(contentsOfFile: folder.path(path), encoding: .utf8).split(separator: "\n")
                .map { String($0.replacing("[2026-03-01 00:00:00] TIMEOUT: ", with: "")) }
        }
    }

    @Test func `a folder that is removed is made again, and the lines that went with it are counted`() throws {
        let watched = try Watched()
        for text in ["first", "second"] { watched.write(text) }
        try FileManager.default.removeItem(atPath: watched.folder.path("logs"))
        watched.write("third")
        watched.log.finish()
        #expect(try watched.lines() == ["third"])
        #expect(watched.log.lost == 2)
        #expect(
            watched.notes.count == 1 && watched.notes[0].contains("\(Watched.name): was removed"), "\(watched.notes)")
    }

    @Test func `a file that is removed is told before the next line comes`() throws {
        let watched = try Watched()
        watched.write("first")
        try FileManager.default.removeItem(atPath: watched.folder.path("logs/\(Watched.name)"))
        watched.log.flush(at: Watched.time)
        #expect(watched.log.lost == 1 && watched.notes.count == 1, "\(watched.notes)")
    }

    @Test func `what is moved away keeps its lines, and the next go where they belong`() throws {
        let watched = try Watched()
        watched.write("first")
        try FileManager.default.moveItem(
            atPath: watched.folder.path("logs"), toPath: watched.folder.path("old"))
        watched.write("second")
        #expect(try watched.lines("old/\(Watched.name)") == ["first"])
        #expect(try watched.lines() == ["second"])
        #expect(watched.log.lost == 0)
        #expect(watched.notes.count == 1 && watched.notes[0].contains("was moved"), "\(watched.notes)")
        // As logrotate does it, which says so: nothing is to be told.
        try FileManager.default.moveItem(
            atPath: watched.folder.path("logs/\(Watched.name)"), toPath: watched.folder.path("logs/\(Watched.name).1"))
        watched.log.reopen()
        watched.write("third")
        #expect(try watched.lines("logs/\(Watched.name).1") == ["second"])
        #expect(try watched.lines() == ["third"])
        #expect(watched.notes.count == 1 && watched.log.lost == 0, "\(watched.notes)")
    }

    /// How many lines those have lost that have written all of theirs.
    private final class Ended: Sendable {
        private let lost = Mutex<[String: UInt64]>([:])
        var count: Int { lost.withLock { $0.count } }
        func note(_ lines: UInt64, of writer: String) { lost.withLock { $0[writer] = lines } }
        func lost(of writer: String) -> UInt64 { lost.withLock { $0[writer] ?? 0 } }
    }

    /// Writes lines to a log of its own in a folder that others write to; returns how many were lost.
    private static func writeLines(_ count: Int, by writer: String, in folder: String) -> UInt64 {
        guard let log = try? EventLog(folder: folder, note: { _ in }) else { return 0 }
        for number in 0..<count {
            let text = "\(writer)\(number) " + String(repeating: writer, count: 200 + number * 37 % 1200) + " end"
            log.write(.responseTimeout, at: Watched.time, text)
            log.flush()
        }
        log.finish()
        return log.lost
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root"))
    func `a disk that is full and has room again in turn costs no line of another capture`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let path = folder.path("logs")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let mounted = try Program.tool("mount", ["-t", "tmpfs", "-o", "size=16m", "none", path])
        guard mounted.status == 0 else { return }
        defer { _ = try? Program.tool("umount", [path]) }
        // All room but that of a few lines is taken, and given back little by little.
        let filler = try FileHandle(forWritingTo: try folder.file("logs/filler", Data(repeating: 0, count: 15 << 20)))
        while (try? filler.write(contentsOf: Data(repeating: 0, count: 4096))) != nil {}
        let (writers, count) = (["a", "b"], 20_000)
        let ended = Ended()
        for writer in writers {
            Thread.detachNewThread { ended.note(Self.writeLines(count, by: writer, in: path), of: writer) }
        }
        var size = 15 << 20
        while ended.count < writers.count {
            size = max(0, size - 12_000)
            try filler.truncate(atOffset: UInt64(size))
            usleep(1000)
        }
        let lines = try Self.text(folder, Watched.name).split(separator: "\n").filter { !$0.allSatisfy { $0 == " " } }
        let whole = { (line: Substring) in
            line.hasPrefix("[2026-03-01 00:00:00] TIMEOUT: ") && line.hasSuffix(" end") && line.count { $0 == "[" } == 1
        }
        #expect(lines.allSatisfy(whole), "\(lines.first { !whole($0) } ?? "")")
        for writer in writers {
            let kept = Set(lines.filter { $0.contains("TIMEOUT: \(writer)") }).count
            let missing = ended.lost(of: writer)
            #expect(missing > 0 && kept > 0 && UInt64(kept) + missing == UInt64(count), "\(writer) \(kept) \(missing)")
        }
    }

    @Test func `captures that share a folder write over no line of each other`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let logs = [try Self.log(folder), try Self.log(folder)]
        let time = Timestamp(nanoseconds: 1_772_323_200_000_000_000)  // 2026-03-01T00:00:00Z
        for number in 0..<10 {
            let log = logs[number % 2]
            log.write(.responseTimeout, at: time, String(repeating: "\(number)", count: 1 + number * 7))
            log.flush()
        }
        let expected = (0..<10).map {
            "[2026-03-01 00:00:00] TIMEOUT: " + String(repeating: "\($0)", count: 1 + $0 * 7)
        }
        #expect(try Self.text(folder, "errors_2026-03-01.log").split(separator: "\n").map(String.init) == expected)
    }

    @Test func `files of days that are no longer kept go where no line is written`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try Self.log(folder)
        for day in 1...9 { _ = try folder.file("logs/errors_2026-03-0\(day).log", Data()) }
        log.flush(at: Timestamp(nanoseconds: 1_772_927_999_000_000_000))  // 2026-03-07T23:59:59Z
        #expect(try Self.names(folder).first == "errors_2026-03-01.log")
        log.flush(at: Timestamp(nanoseconds: 1_772_928_000_000_000_000))
        #expect(try Self.names(folder).first == "errors_2026-03-02.log")
    }

    @Test func `a folder that cannot be made is refused with the option to change`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("file", Data())
        let error = #expect(throws: ForensicsError.self) { try EventLog(folder: folder.path("file/logs")) { _ in } }
        #expect(error?.message.contains("-l") == true)
    }
}
