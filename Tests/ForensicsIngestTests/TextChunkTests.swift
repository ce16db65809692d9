import ForensicsIngest
import ForensicsModel
import Testing

@Suite struct TextChunkTests {
    struct Part: Equatable {
        var text: String
        var offset: UInt64
        var reason: RejectReason?
        var length: UInt64
    }

    static func read(_ source: consuming ByteSource, chunk: Int, limit: Int) -> [Part] {
        var reader = TextChunkReader(source: source, chunkLength: chunk, lineLimit: limit)
        var parts: [Part] = []
        var buffer: [UInt8] = []
        while true {
            switch reader.next(into: &buffer) {
            case .lines(let range, let offset):
                parts.append(
                    Part(
                        text: String(decoding: buffer[range], as: UTF8.self), offset: offset, reason: nil,
                        length: UInt64(range.count)))
            case .rejected(let reason, let offset, let length, let sample):
                parts.append(
                    Part(
                        text: String(decoding: sample, as: UTF8.self), offset: offset, reason: reason, length: length))
            case .end: return parts
            }
        }
    }

    static func read(_ text: String, chunk: Int = 16, limit: Int = 10) -> [Part] {
        read(ByteSource(bytes: Array(text.utf8), path: "test"), chunk: chunk, limit: limit)
    }

    @Test func `chunks end behind a newline and are of one piece with what follows`() {
        let parts = Self.read("one\ntwo\nthree\nfour\nfive", chunk: 11)
        #expect(parts.map(\.text) == ["one\ntwo\n", "three\nfour\n", "five"])
        #expect(parts.map(\.offset) == [0, 8, 19])
    }

    @Test(arguments: ["", "\n", "a", "a\n", "\n\n\n", "a\n\nb", "0123456789\n", "0123456789"])
    func `short texts come whole`(text: String) {
        #expect(Self.read(text).map(\.text).joined() == text)
        #expect(Self.read(text).allSatisfy { $0.reason == nil })
    }

    @Test(
        arguments: 11...40, ["a\n0123456789x\nb\n", "0123456789xy", "a\nb\n0123456789xyzxyzxyzxyz\n\nc\n0123456789\nd"])
    func `a line that is too long is one event whatever the chunk`(chunk: Int, text: String) {
        var expected: [Part] = []
        var offset: UInt64 = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.utf8.count > 10 {
                expected.append(
                    Part(text: String(line), offset: offset, reason: .lineTooLong, length: UInt64(line.utf8.count)))
            }
            offset += UInt64(line.utf8.count) + 1
        }
        let parts = Self.read(text, chunk: chunk)
        let rejected = parts.filter { $0.reason != nil }
        #expect(rejected.map(\.offset) == expected.map(\.offset))
        #expect(rejected.map(\.length) == expected.map(\.length))
        #expect(rejected.map(\.reason) == expected.map(\.reason))
        let kept = text.split(separator: "\n").filter { $0.utf8.count <= 10 }
        let lines = parts.filter { $0.reason == nil }.map(\.text).joined().split(separator: "\n")
        #expect(lines == kept)
        #expect(parts.reduce(0) { $0 + $1.length } + UInt64(rejectedNewlines(text)) == UInt64(text.utf8.count))
    }

    /// The newlines behind lines that are too long: they belong to the event, not to its length.
    private func rejectedNewlines(_ text: String) -> Int {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropLast().filter { $0.utf8.count > 10 }.count
    }

    @Test func `a line of ten megabytes is one event with a short sample`() throws {
        let long = [UInt8](repeating: 0x78, count: 10_000_000)
        let bytes = Array("before\n".utf8) + long + Array("\nafter\n".utf8)
        for stored in [bytes, try GzipBuilder.compressed(bytes)] {
            let parts = Self.read(
                ByteSource(bytes: stored, path: "test"), chunk: TextChunkReader.chunkLength,
                limit: TextChunkReader.lineLimit)
            #expect(parts.map(\.reason) == [nil, .lineTooLong, nil])
            #expect(parts.map(\.offset) == [0, 7, 10_000_008])
            #expect(parts.map(\.length) == [7, 10_000_000, 6])
            #expect(parts[1].text.utf8.count == Reject.sampleLimit)
        }
    }

    @Test func `the half line of a stream that was cut is rejected, not believed`() throws {
        let text = SampleText.lines(3000)
        let member = try GzipBuilder.compressed(text)
        for length in stride(from: 100, to: member.count, by: 311) {
            let stored = Array(member[..<length])
            let decoded = ByteSourceTests.readAll(stored).bytes
            for limits in ByteSourceTests.allLimits {
                let parts = Self.read(
                    ByteSource(bytes: stored, path: "test", limits: limits), chunk: 20_000, limit: 5000)
                let lines = parts.filter { $0.reason == nil }
                #expect(lines.allSatisfy { $0.text.hasSuffix("\n") })
                let rejected = parts.filter { $0.reason != nil }
                let isInsideLine = decoded.last != nil && decoded.last != 0x0A
                #expect(rejected.map(\.reason) == (isInsideLine ? [.truncatedRecord] : []))
                #expect(parts.reduce(0) { $0 + Int($1.length) } == decoded.count)
            }
        }
    }

    @Test(arguments: [5001, 8192, 100_000, 10_000_000])
    func `chunks of any size give the same text`(chunk: Int) throws {
        let text = SampleText.lines(8000)
        for stored in [text, try GzipBuilder.compressed(text)] {
            for limits in ByteSourceTests.allLimits {
                let parts = Self.read(
                    ByteSource(bytes: stored, path: "test", limits: limits), chunk: chunk, limit: 5000)
                #expect(Array(parts.map(\.text).joined().utf8) == text)
                var offset: UInt64 = 0
                for part in parts {
                    #expect(part.offset == offset)
                    offset += part.length
                }
            }
        }
    }
}
