import ForensicsIngest
import ForensicsModel
import Testing

@Suite struct PcapTests {
    static let magics: [(UInt32, Int64)] = [(0xA1B2_C3D4, 1000), (0xA1B2_3C4D, 1)]

    @Test(arguments: [false, true], magics)
    func `both byte orders and both resolutions give the same packets`(isBig: Bool, form: (UInt32, Int64)) throws {
        var file = CaptureBuilder()
        file.isBig = isBig
        file.pcapHeader(magic: form.0, linkType: 113)
        file.record(1_700_000_000, 999_999, [1, 2, 3], original: 60)
        file.record(4_000_000_000, 5, [])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1, 2, 3], []])
        #expect(read.frames.map(\.original) == [60, 0])
        #expect(
            read.frames.map(\.time) == [
                1_700_000_000_000_000_000 + 999_999 * form.1, 4_000_000_000_000_000_000 + 5 * form.1,
            ])
        #expect(read.frames.map(\.record) == [1, 2])
        #expect(read.frames.map(\.offset) == [24, 43])
        #expect(read.frames.allSatisfy { $0.linkType == 113 })
        #expect(read.tally.records == 2)
    }

    @Test func `the modified form has longer record headers and tells the direction`() throws {
        var file = CaptureBuilder()
        file.pcapHeader(magic: 0xA1B2_CD34)
        file.modifiedRecord(1, 2, [9, 9], packetType: 0)
        file.modifiedRecord(1, 3, [8], packetType: 4)
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[9, 9], [8]])
        #expect(read.frames.map(\.direction) == [1, 2])
    }

    static let lengthOrders: [(UInt16, UInt16, Int, Int)] = [
        (UInt16(2), UInt16(4), 40, 60), (2, 2, 60, 40), (543, 0, 60, 40), (2, 3, 60, 40), (2, 3, 40, 60),
    ]

    @Test(arguments: lengthOrders)
    func `old writers put the lengths the other way round`(major: UInt16, minor: UInt16, first: Int, second: Int)
        throws
    {
        var file = CaptureBuilder()
        file.pcapHeader(major: major, minor: minor)
        file.word32(1)
        file.word32(1)
        file.word32(UInt32(first))
        file.word32(UInt32(second))
        file.raw([UInt8](repeating: 7, count: 40))
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data.count) == [40])
        #expect(read.frames.map(\.original) == [60])
    }

    @Test func `only the low half of the link type word is the link type`() throws {
        var file = CaptureBuilder()
        file.pcapHeader(linkType: 0xF400_0071)
        file.record(1, 1, [1])
        #expect(try ReadCapture(file.bytes).frames.map(\.linkType) == [113])
    }

    @Test func `a captured length beyond the snap length is read`() throws {
        var file = CaptureBuilder()
        file.pcapHeader(snapLength: 68)
        file.record(1, 1, [UInt8](repeating: 1, count: 262_144))
        #expect(try ReadCapture(file.bytes).frames.map(\.data.count) == [262_144])
    }

    @Test func `a captured length beyond the original length is left to the decoder to count`() throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        file.record(1, 1, [1, 2, 3], original: 2)
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data.count) == [3])
        #expect(read.frames.map(\.original) == [2])
        #expect(read.tally.count(Anomaly.capturedLongerThanOriginal) == 0)
    }

    @Test(arguments: [UInt32(262_145), 0x8000_0000, .max])
    func `a captured length of gigabytes is one reject and ends the file`(length: UInt32) throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        file.record(1, 1, [1, 2, 3])
        file.word32(2)
        file.word32(2)
        file.word32(length)
        file.word32(length)
        file.raw([UInt8](repeating: 5, count: 1000))
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.count == 1)
        #expect(read.rejects.map(\.reason) == [.badRecordHeader])
        #expect(read.rejects.map(\.offset) == [43])
        #expect(read.rejects.map(\.record) == [2])
        #expect(read.rejects.first?.sample.count == 256)
        #expect(read.key.length == UInt64(file.bytes.count))
    }

    @Test func `a file cut at any byte keeps the packets before the cut`() throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        var ends = [24]
        for index in 0..<6 {
            file.record(UInt32(index), 0, [UInt8](repeating: UInt8(index), count: index * 3))
            ends.append(file.bytes.count)
        }
        let whole = try ReadCapture(file.bytes)
        for length in 24...file.bytes.count {
            let read = try ReadCapture(Array(file.bytes[0..<length]))
            let count = ends.filter { $0 <= length }.count - 1
            #expect(read.frames == Array(whole.frames[0..<count]))
            let isCut = !ends.contains(length)
            #expect(read.rejects.map(\.reason) == (isCut ? [.truncatedRecord] : []))
            #expect(read.rejects.map(\.offset) == (isCut ? [UInt64(ends[count])] : []))
            #expect(read.condition.cutRecord == (isCut ? UInt64(ends[count]) : nil))
            #expect(read.condition.unreadBytes == 0)
            #expect(read.tally.records == UInt64(count + (isCut ? 1 : 0)))
        }
    }

    @Test(arguments: 4..<24) func `a file cut inside its header is an error`(length: Int) throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        let error = #expect(throws: IngestError.self) { try ReadCapture(Array(file.bytes[0..<length])) }
        #expect(error?.code == .unusable)
    }

    @Test func `an unknown version is an error`() throws {
        var file = CaptureBuilder()
        file.pcapHeader(major: 1)
        let error = #expect(throws: IngestError.self) { try ReadCapture(file.bytes) }
        #expect(
            error?.description
                == "test: is a capture file of an unknown version (byte 4); convert it with editcap.")
    }

    @Test(arguments: [1, 2, 3, 7, 100, 8192])
    func `batches of any size give the same packets`(limit: Int) throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        for index in 0..<500 {
            file.record(UInt32(index), 0, [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index * 7 % 300))
        }
        file.raw([1, 2, 3])
        let read = try ReadCapture(file.bytes, frameLimit: limit)
        let reference = try ReadCapture(file.bytes, frameLimit: 1000)
        #expect(read.frames.count == 500)
        #expect(read.frames == reference.frames)
        #expect(read.rejects == reference.rejects)
        #expect(read.rejects.count == 1)
        #expect(read.key == reference.key)
    }

    /// Seconds of five packets, and those that are `afterJump`.
    static let clocks: [(seconds: [UInt32], jumps: [Int])] = [
        ([1_700_000_000, 1_700_000_001, 1_800_000_000, 1_700_000_002, 1_700_000_003], [3]),
        // Exactly a day is no jump, a second more is one.
        ([1_700_000_000, 1_700_000_000, 1_700_086_400, 1_700_000_000, 1_700_000_003], []),
        ([1_700_000_000, 1_700_000_000, 1_700_086_401, 1_700_000_000, 1_700_000_003], [3]),
        // A clock that was set, once or there and back, and a capture that goes on after days.
        ([1_700_000_000, 1_700_000_001, 1_800_000_000, 1_800_000_001, 1_800_000_002], []),
        ([1_700_000_000, 1_700_000_001, 1_800_000_000, 1_800_000_001, 1_700_000_002], []),
        ([1_800_000_000, 1_700_000_000, 1_700_000_001, 1_700_000_002, 1_700_000_003], []),
        ([1_700_000_000, 1_800_000_000, 1_700_000_001, 1_800_000_002, 1_700_000_003], [2, 4]),
    ]

    @Test(arguments: clocks, [1, 2, 8192])
    func `one packet with a clock days ahead of its neighbours is noted`(
        clocks: (seconds: [UInt32], jumps: [Int]), limit: Int
    ) throws {
        var classic = CaptureBuilder()
        classic.pcapHeader()
        var blocks = CaptureBuilder()
        blocks.section()
        blocks.interface()
        for seconds in clocks.seconds {
            classic.record(seconds, 0, [1, 2])
            blocks.packet(UInt64(seconds) * 1_000_000, [1, 2])
        }
        for file in [classic, blocks] {
            let read = try ReadCapture(file.bytes, frameLimit: limit)
            #expect(read.frames.map(\.time) == clocks.seconds.map { Int64($0) * 1_000_000_000 })
            #expect(read.frames.indices.filter { read.frames[$0].clock == .afterJump } == clocks.jumps)
            #expect(read.rejects.isEmpty)
        }
    }

    @Test func `records that lie across buffers are whole`() throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        var expected: [Int] = []
        for index in 0..<60 {
            let length = (index * 49_999) % 262_145
            expected.append(length)
            file.record(UInt32(index), 0, [UInt8](repeating: UInt8(index), count: length))
        }
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data.count) == expected)
        #expect(
            read.frames.enumerated().allSatisfy { pair in pair.element.data.allSatisfy { $0 == UInt8(pair.offset) } })
        #expect(read.batches > 5)
    }
}
