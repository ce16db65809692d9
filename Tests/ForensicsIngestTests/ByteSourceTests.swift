import Foundation
import ForensicsIngest
import Testing

@Suite struct ByteSourceTests {
    static let allLimits = [
        ByteSource.Limits(), .streaming, ByteSource.Limits(storedWhole: 1 << 20, decodedWhole: 50_000),
    ]

    struct Result {
        var bytes: [UInt8]
        var issues: [StreamIssue]
        var key: ContentKey
        var points: [SeekPoint]
    }

    static func readAll(_ source: consuming ByteSource, step: Int = 10_000) -> Result {
        var source = source
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: step + 5)
        while true {
            let count = source.read(into: &buffer, at: 5, upTo: step)
            if count == 0 { break }
            all += buffer[5..<5 + count]
        }
        let key = source.contentKey
        return Result(bytes: all, issues: source.issues, key: key, points: source.seekTable.points)
    }

    static func readAll(_ stored: [UInt8], _ limits: ByteSource.Limits = .init(), step: Int = 10_000) -> Result {
        readAll(ByteSource(bytes: stored, path: "test", limits: limits), step: step)
    }

    @Test(arguments: [1, 13, 4096, 65_536, 1_000_000])
    func `a gzip file gives what gzip was given, in reads of any size`(step: Int) throws {
        let text = SampleText.lines(5000)
        let stored = try GzipBuilder.compressed(text)
        for limits in Self.allLimits {
            let result = Self.readAll(stored, limits, step: step)
            #expect(result.bytes == text)
            #expect(result.issues.isEmpty)
            #expect(result.points == [SeekPoint(rawOffset: 0, decodedOffset: 0)])
        }
        #expect(Self.readAll(text, step: step).bytes == text)
    }

    @Test func `the content key is the same plain, compressed, in members and in reads of any size`() throws {
        let text = SampleText.lines(6000)
        let half = text.count / 3
        let members = try GzipBuilder.compressed(Array(text[..<half])) + GzipBuilder.stored(Array(text[half...]))
        let key = Self.readAll(text).key
        #expect(key.length == UInt64(text.count))
        for stored in [text, try GzipBuilder.compressed(text), members] {
            for limits in Self.allLimits {
                for step in [777, 65_536, 400_000] { #expect(Self.readAll(stored, limits, step: step).key == key) }
            }
        }
        var other = text
        other[text.count - 1] ^= 1
        #expect(Self.readAll(other).key != key)
        #expect(Self.readAll(Array(text.dropLast())).key != key)
    }

    @Test func `swapped blocks of equal bytes change the content key`() {
        let one = [UInt8](repeating: 1, count: 65_536)
        let two = [UInt8](repeating: 2, count: 65_536)
        #expect(Self.readAll(one + two).key != Self.readAll(two + one).key)
    }

    @Test func `keys at checkpoints are those of the shorter file`() throws {
        let text = SampleText.lines(4000)
        let lengths = [1, 100, 65_536, 70_000, text.count]
        let expected = lengths.map { Self.readAll(Array(text[..<$0])).key }
        for stored in [text, try GzipBuilder.compressed(text)] {
            var source = ByteSource(
                bytes: stored, path: "test", checkpoints: (lengths + [text.count + 1]).reversed().map { UInt64($0) })
            source.drain()
            let keys = source.keysAtCheckpoints
            #expect(keys == expected)
        }
    }

    @Test func `members one after another are one stream, and each is a seek point`() throws {
        let parts = [SampleText.lines(30_000), [], SampleText.lines(20_000), SampleText.lines(3)]
        var stored: [UInt8] = []
        var offsets: [Int] = []
        for part in parts {
            offsets.append(stored.count)
            stored += try GzipBuilder.compressed(part)
        }
        for limits in Self.allLimits {
            let result = Self.readAll(stored, limits)
            #expect(result.bytes == parts.flatMap { $0 })
            #expect(result.issues.isEmpty)
            // A point less than 1 MiB behind the last one is not kept: the third part begins where the second does.
            let ends = [0, parts[0].count, parts[0].count + parts[2].count]
            #expect(
                result.points
                    == zip([offsets[0], offsets[1], offsets[3]], ends).map {
                        SeekPoint(rawOffset: UInt64($0), decodedOffset: UInt64($1))
                    })
        }
    }

    @Test func `reading can begin at a seek point`() throws {
        let first = SampleText.lines(40_000)
        let second = SampleText.lines(500)
        let files = try TemporaryFiles()
        let stored = try GzipBuilder.compressed(first) + GzipBuilder.compressed(second)
        let path = try files.write("a.gz", stored)
        let points = Self.readAll(try ByteSource(path: path)).points
        let point = try #require(points.last)
        #expect(point.decodedOffset == UInt64(first.count))
        let source = try ByteSource(path: path, start: point)
        #expect(source.decodedOffset == UInt64(first.count))
        #expect(Self.readAll(source).bytes == second)
    }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    /// Flags of a member's header, and what they announce.
    static let headerParts: [(UInt8, [UInt8])] = [
        (4, [3, 0, 1, 2, 3]),
        (8, text("name.log")),
        (16, text("a comment")),
        (2, [0xAA, 0xBB]),
        (30, [1, 0, 9] + text("n") + text("c") + [1, 2]),
        (8, text(String(repeating: "a", count: 300_000))),
        (1, []),
    ]

    @Test(arguments: headerParts)
    func `optional parts of a member's header are stepped over`(flags: UInt8, extras: [UInt8]) {
        let stored = GzipBuilder.stored(SampleText.lines(10), flags: flags, extras: extras)
        for limits in Self.allLimits {
            let result = Self.readAll(stored + stored, limits)
            #expect(result.bytes == SampleText.lines(10) + SampleText.lines(10))
            #expect(result.issues.isEmpty)
        }
    }

    @Test func `a gzip file cut at any byte gives a beginning of its content and says so`() throws {
        let text = SampleText.lines(400)
        let member = try GzipBuilder.compressed(text)
        let stored = member + member
        for limits in Self.allLimits {
            var last = 0
            for length in stride(from: 3, to: stored.count, by: 7) {
                let result = Self.readAll(Array(stored[..<length]), limits)
                #expect(result.bytes == Array((text + text)[..<result.bytes.count]))
                #expect(result.bytes.count >= last)
                last = result.bytes.count
                let isWhole = length == member.count
                #expect(result.issues.map(\.kind) == (isWhole ? [] : [.truncatedGzip]))
                // A byte of a member's content comes out as soon as the stream holds it.
                if length > 600 { #expect(result.bytes.count > 1000) }
            }
            #expect(last >= text.count)
        }
    }

    @Test func `what follows the last member is left out and named`() throws {
        let text = SampleText.lines(10)
        let member = try GzipBuilder.compressed(text)
        for limits in Self.allLimits {
            let padded = Self.readAll(member + [UInt8](repeating: 0, count: 700_000), limits)
            #expect(padded.bytes == text)
            #expect(padded.issues.map(\.kind) == [.trailingZeros])
            let garbage = Self.readAll(member + Array("garbage".utf8), limits)
            #expect(garbage.bytes == text)
            #expect(
                garbage.issues == [
                    StreamIssue(
                        kind: .trailingGarbage, rawOffset: UInt64(member.count), decodedOffset: UInt64(text.count))
                ])
            let late = Self.readAll(member + [UInt8](repeating: 0, count: 300_000) + [1], limits)
            #expect(late.issues.map(\.kind) == [.trailingGarbage])
        }
    }

    @Test func `wrong checksums and lengths are named and the content is kept`() {
        let text = SampleText.lines(100)
        for limits in Self.allLimits {
            let crc = Self.readAll(GzipBuilder.stored(text, crc: 1) + GzipBuilder.stored(text), limits)
            #expect(crc.bytes == text + text)
            #expect(crc.issues.map(\.kind) == [.checksumMismatch])
            let length = Self.readAll(GzipBuilder.stored(text, length: .max), limits)
            #expect(length.bytes == text)
            #expect(length.issues.map(\.kind) == [.lengthMismatch])
        }
    }

    @Test func `damage inside a member ends the stream at the damage`() throws {
        let text = SampleText.lines(3000)
        var stored = GzipBuilder.stored(text)
        // The second stored block's length no longer agrees with its complement.
        let damage = 10 + 5 + 65_535 + 1
        stored[damage] ^= 0xFF
        for limits in Self.allLimits {
            let result = Self.readAll(stored, limits)
            #expect(result.bytes == Array(text[..<65_535]))
            #expect(result.issues.map(\.kind) == [.corruptGzip])
            #expect(result.issues.first?.cutsStream == true)
        }
    }

    @Test(arguments: 0..<200) func `damaged gzip never gives wrong bytes silently`(seed: Int) throws {
        let text = SampleText.lines(300)
        var stored = GzipBuilder.stored(text)
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = 10 + Int(state >> 33) % (stored.count - 10)
        stored[place] ^= UInt8(1 + seed % 255)
        let whole = Self.readAll(stored)
        let streamed = Self.readAll(stored, .streaming)
        #expect(whole.bytes == streamed.bytes)
        #expect(whole.issues == streamed.issues)
        #expect(!whole.issues.isEmpty)
    }

    @Test func `a thousandfold compression costs bounded memory`() throws {
        let zeros = [UInt8](repeating: 0x0A, count: 30_000_000)
        let stored = try GzipBuilder.compressed(zeros)
        #expect(stored.count < 60_000)
        let limits = ByteSource.Limits(storedWhole: 1 << 20, decodedWhole: 1 << 20)
        var source = ByteSource(bytes: stored, path: "test", limits: limits)
        var scratch: [UInt8] = []
        #expect(source.readWhole(into: &scratch) == nil)
        source.drain()
        let length = source.decodedOffset
        #expect(length == 30_000_000)
    }

    @Test func `the prefix is decoded and uses nothing up`() throws {
        let text = SampleText.lines(3000)
        let members = GzipBuilder.stored(Array(text[..<9])) + GzipBuilder.stored(Array(text[9...]))
        for stored in [text, try GzipBuilder.compressed(text), members] {
            let source = ByteSource(bytes: stored, path: "test")
            let isPrefix = source.prefix == Array(text[..<ByteSource.prefixLength])
            #expect(isPrefix)
            #expect(Self.readAll(source).bytes == text)
        }
    }

    @Test func `files that cannot be opened are errors that say what to do`() throws {
        let files = try TemporaryFiles()
        #expect(openError(files.path + "/none")?.code == .notFound)
        #expect(
            openError(files.path + "/none")?.description.hasSuffix("/none: does not exist; check the path.") == true)
        #expect(openError(files.path)?.code == .unusable)
        #expect(openError(files.path)?.code.exitStatus == 65)
    }

    private func openError(_ path: String) -> IngestError? {
        do throws(IngestError) { _ = try ByteSource(path: path) } catch { return error }
        return nil
    }

    private static func start(_ command: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        try process.run()
        return process
    }

    @Test func `a pipe is read to its end, plain or compressed`() throws {
        let files = try TemporaryFiles()
        let text = SampleText.lines(20_000)
        for (index, stored) in [text, try GzipBuilder.compressed(text)].enumerated() {
            let source = try files.write("source\(index)", stored)
            let pipe = files.path + "/pipe\(index)"
            let maker = try Self.start(["mkfifo", pipe])
            maker.waitUntilExit()
            try #require(maker.terminationStatus == 0)
            // Whoever opens it first waits for the other.
            let process = try Self.start(["timeout", "120", "sh", "-c", "cat \"$0\" > \"$1\"", source, pipe])
            let reader = try ByteSource(path: pipe)
            #expect(reader.rawLength == nil)
            let result = Self.readAll(reader)
            process.waitUntilExit()
            let isSame = result.bytes == text
            #expect(isSame)
            #expect(result.issues.isEmpty)
        }
    }

    @Test func `a file that grows while it is read gives what it held at first and says so`() throws {
        let files = try TemporaryFiles()
        let text = SampleText.lines(20_000)
        let path = try files.write("growing.log", text)
        var source = try ByteSource(path: path)
        var buffer = [UInt8](repeating: 0, count: 1000)
        _ = source.read(into: &buffer, at: 0, upTo: 1000)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("more\n".utf8))
        try handle.close()
        source.drain()
        let kinds = source.issues.map(\.kind)
        let length = source.decodedOffset
        #expect(kinds == [.changedWhileReading])
        #expect(length == UInt64(text.count))
    }

    @Test func `a file that shrinks while it is read gives what is left and says so`() throws {
        let files = try TemporaryFiles()
        let path = try files.write("shrinking.log", SampleText.lines(40_000))
        var source = try ByteSource(path: path)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: 500_000)
        try handle.close()
        source.drain()
        let kinds = source.issues.map(\.kind)
        let isCutShort = source.isCutShort
        #expect(kinds == [.shrankWhileReading])
        #expect(isCutShort)
    }
}
