import ForensicsIngest
import ForensicsModel
import Testing

/// Captures with damage inside: what comes behind it is found again, and what was not read is told.
@Suite struct CaptureDamageTests {
    static let start: UInt32 = 1_700_000_000

    /// A classic capture of `count` packets, with `damage` before the packet `place`.
    private static func classic(_ count: Int, damage: [UInt8], at place: Int, isBig: Bool = false) -> [UInt8] {
        var file = CaptureBuilder()
        file.isBig = isBig
        file.pcapHeader(snapLength: 65_535)
        for index in 0..<count {
            if index == place { file.raw(damage) }
            file.record(
                start + UInt32(index), 5, [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 60 + index % 7))
        }
        return file.bytes
    }

    private static func blocks(_ count: Int, damage: [UInt8], at place: Int, isBig: Bool = false) -> [UInt8] {
        var file = CaptureBuilder()
        file.isBig = isBig
        file.section()
        file.interface()
        for index in 0..<count {
            if index == place { file.raw(damage) }
            file.packet(
                (UInt64(start) + UInt64(index)) * 1_000_000,
                [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 60 + index % 7))
        }
        return file.bytes
    }

    /// What no reader can take for a record: a length of gigabytes, and something behind it.
    private static func badHeader(_ length: Int = 2) -> [UInt8] {
        [0xF0, 0xF1, 0x53, 0x65, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F]
            + [UInt8](repeating: 0x7A, count: length)
    }

    @Test(arguments: [2, 3, 500, 300_000, 3_000_000], [false, true])
    func `the packets behind damage in a classic capture are read`(length: Int, isBig: Bool) throws {
        let damage = Self.badHeader(length)
        let bytes = Self.classic(900, damage: damage, at: 200, isBig: isBig)
        let whole = try ReadCapture(Self.classic(900, damage: [], at: 200, isBig: isBig))
        let read = try ReadCapture(bytes)
        try #require(read.frames.map(\.data) == whole.frames.map(\.data))
        #expect(read.frames.map(\.time) == whole.frames.map(\.time))
        #expect(read.frames.map(\.record) == Array(1...200) + Array(202...901))
        #expect(read.rejects.map(\.reason) == [.badRecordHeader])
        #expect(read.rejects.map(\.record) == [201])
        #expect(read.rejects.map(\.offset) == [whole.frames[200].offset])
        #expect(read.frames[200].offset == whole.frames[200].offset + UInt64(damage.count))
        let gap = CaptureCondition.Gap(offset: whole.frames[200].offset, length: UInt64(damage.count))
        #expect(read.condition.gaps == [gap])
        #expect(read.condition.cutRecord == nil)
        #expect(read.tally.records == 901)
        #expect(read.key.length == UInt64(bytes.count))
    }

    @Test(arguments: [20, 21, 500, 300_000, 3_000_000], [false, true])
    func `the packets behind damage in pcapng are read`(length: Int, isBig: Bool) throws {
        let damage: [UInt8] =
            (isBig ? [0, 0, 0, 6, 0, 0, 0, 5] : [6, 0, 0, 0, 5, 0, 0, 0])
            + [UInt8](repeating: 0x6A, count: length)
        let bytes = Self.blocks(900, damage: damage, at: 200, isBig: isBig)
        let whole = try ReadCapture(Self.blocks(900, damage: [], at: 200, isBig: isBig))
        let read = try ReadCapture(bytes)
        try #require(read.frames.map(\.data) == whole.frames.map(\.data))
        #expect(read.frames.map(\.time) == whole.frames.map(\.time))
        #expect(read.rejects.map(\.reason) == [.badBlock])
        #expect(read.rejects.map(\.record) == [201])
        #expect(read.rejects.map(\.offset) == [whole.frames[200].offset])
        let gap = CaptureCondition.Gap(offset: whole.frames[200].offset, length: UInt64(damage.count))
        #expect(read.condition.gaps == [gap])
        #expect(read.condition.cutRecord == nil)
        #expect(read.tally.records == 901)
    }

    @Test(arguments: [1, 16, 4096, 1_000_000])
    func `zeros between records are damage and no packets of 1970`(length: Int) throws {
        let damage = [UInt8](repeating: 0, count: max(16, length))
        let read = try ReadCapture(Self.classic(50, damage: damage, at: 20))
        #expect(read.frames.map(\.data.count) == (0..<50).map { 60 + $0 % 7 })
        #expect(read.rejects.map(\.reason) == [.badRecordHeader])
        #expect(read.tally.firstTime == Timestamp(nanoseconds: Int64(Self.start) * 1_000_000_000 + 5000))
    }

    @Test func `a length that reaches past the end is damage where nothing else fits the record`() throws {
        var bytes = Self.classic(300, damage: [], at: 0)
        let whole = try ReadCapture(bytes)
        let place = Int(whole.frames[100].offset)
        // A captured length of 262,000 of a packet that was 62 bytes long: the file has 15,000 left.
        bytes.replaceSubrange(place + 8..<place + 12, with: [0x70, 0xFF, 0x03, 0x00])
        let read = try ReadCapture(bytes)
        #expect(read.frames.map(\.data) == (whole.frames[..<100] + whole.frames[101...]).map(\.data))
        #expect(read.rejects.map(\.reason) == [.badRecordHeader])
        #expect(read.rejects.map(\.offset) == [UInt64(place)])
    }

    @Test func `a block length that reaches past the end is damage where its packet is shorter`() throws {
        for length: UInt8 in [0x03, 0x3F] {
            var bytes = Self.blocks(300, damage: [], at: 0)
            let whole = try ReadCapture(bytes)
            let place = Int(whole.frames[100].offset)
            bytes[place + 6] = length
            let read = try ReadCapture(bytes)
            #expect(read.frames.map(\.data) == (whole.frames[..<100] + whole.frames[101...]).map(\.data))
            #expect(read.rejects.map(\.reason) == [.badBlock])
            #expect(read.rejects.map(\.offset) == [UInt64(place)])
        }
    }

    @Test func `damage in several places is as many rejects`() throws {
        var bytes = Self.classic(400, damage: [], at: 0)
        let whole = try ReadCapture(bytes)
        for index in [50, 51, 200, 398] {
            let place = Int(whole.frames[index].offset)
            bytes.replaceSubrange(place..<place + 16, with: Self.badHeader(0))
        }
        let read = try ReadCapture(bytes)
        let kept = whole.frames.indices.filter { ![50, 51, 200, 398].contains($0) }
        #expect(read.frames.map(\.data) == kept.map { whole.frames[$0].data })
        // Two damaged records in a row are one stretch.
        #expect(read.rejects.count == 3)
        #expect(read.condition.gapCount == 3)
        let lengths = [50, 51, 200, 398].map { UInt64(whole.frames[$0].data.count + 16) }
        #expect(read.condition.unreadBytes == lengths.reduce(0, +))
        #expect(read.tally.records == UInt64(read.frames.count + 3))
    }

    @Test func `damage that nothing sound follows is told with its place and length`() throws {
        let sound = Self.classic(20, damage: [], at: 0)
        for length in [0, 5, 100, 2_000_000] {
            let read = try ReadCapture(sound + Self.badHeader(length))
            #expect(read.frames.count == 20)
            #expect(read.rejects.map(\.reason) == [.badRecordHeader])
            let gap = CaptureCondition.Gap(offset: UInt64(sound.count), length: UInt64(16 + length))
            #expect(read.condition.gaps == [gap])
            let unread = "\(16 + length) bytes from byte \(sound.count) on were not read"
            let line = "a.pcap: the capture is damaged (\(unread)); the rest was used; copy the file again if you can."
            #expect(read.condition.error(path: "a.pcap")?.description == line)
            #expect(read.condition.detail == "damaged: \(unread)")
        }
    }

    @Test func `a stretch is told as one, several as a sum`() throws {
        var bytes = Self.classic(40, damage: [], at: 0)
        let whole = try ReadCapture(bytes)
        for index in [10, 20] {
            let place = Int(whole.frames[index].offset)
            bytes.replaceSubrange(place..<place + 16, with: Self.badHeader(0))
        }
        // Packets 10 and 20 are 63 and 66 bytes long, with their headers 79 and 82.
        let condition = try ReadCapture(bytes + [1, 2]).condition
        let unread = "damaged: 161 bytes in 2 places from byte \(whole.frames[10].offset) on were not read"
        #expect(condition.detail == "\(unread); the last record is cut short (byte \(bytes.count))")
    }

    @Test(arguments: [1, 3, 64, 8192]) func `batches of any size find the same packets behind damage`(limit: Int) throws
    {
        let filler = [UInt8](repeating: 9, count: 700_000)
        let classic: [UInt8] = Self.classic(90, damage: Self.badHeader(700_000), at: 20) + [1, 2, 3]
        let blocks: [UInt8] = Self.blocks(90, damage: [6, 0, 0, 0, 5, 0, 0, 0] + filler, at: 20) + [6, 0, 0]
        for bytes in [classic, blocks] {
            let read = try ReadCapture(bytes, frameLimit: limit)
            let reference = try ReadCapture(bytes, frameLimit: 1000)
            #expect(read.frames.count == 90)
            #expect(read.frames == reference.frames)
            #expect(read.rejects == reference.rejects)
            #expect(read.rejects.map(\.reason).last == .truncatedRecord)
        }
    }

    @Test func `damage before another capture does not hide it`() throws {
        let first = Self.classic(5, damage: [], at: 0) + Self.badHeader(100)
        var second = CaptureBuilder()
        second.isBig = true
        second.pcapHeader(linkType: 113)
        second.record(Self.start + 100, 0, [9])
        for bytes in [second.bytes, Self.blocks(2, damage: [], at: 0)] {
            let read = try ReadCapture(first + bytes)
            #expect(read.rejects.map(\.reason) == [.badRecordHeader])
            #expect(read.interfaces.count == 2)
            #expect(read.frames.last?.interface == 1)
        }
    }

    /// Headers whose lengths and times fit at every place, and chains that break at their last record: the most that
    /// a search can be made to do.
    @Test(arguments: 0..<4) func `bytes made to mislead the search are gone through once`(kind: Int) throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        file.record(0x0101_0101, 0x0001, [1])
        file.raw(Self.badHeader())
        let pattern: [UInt8] =
            switch kind {
            case 0: [1]
            case 1: [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 3, 0]
            case 2: [1, 1, 1, 1, 1, 0, 0, 0, 0, 0xFF, 1, 0, 0, 0xFF, 1, 0]
            default: [1, 1, 1, 1, 0, 0, 1, 0]
            }
        for _ in 0..<20_000_000 / pattern.count { file.raw(pattern) }
        file.raw([7, 7, 7])
        let read = try ReadCapture(file.bytes)
        #expect(read.tally.records == UInt64(read.frames.count + read.rejects.count))
        #expect(read.key.length == UInt64(file.bytes.count))
    }

    @Test(arguments: 0..<300) func `damaged bytes of a classic capture never stop the ledger from adding up`(seed: Int)
        throws
    {
        var bytes = Self.classic(60, damage: [], at: 0)
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<1 + seed % 6 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[24 + Int(state >> 33) % (bytes.count - 24)] = UInt8(truncatingIfNeeded: state >> 20)
        }
        let read = try ReadCapture(bytes)
        let numbers = (read.frames.map(\.record) + read.rejects.map(\.record)).sorted()
        #expect(numbers == (0..<numbers.count).map { UInt32($0 + 1) })
        #expect(read.tally.records == UInt64(numbers.count))
        #expect(read == (try ReadCapture(bytes)))
        // One damaged byte loses few records.
        if seed % 6 == 0 { #expect(read.frames.count >= 57) }
    }
}
