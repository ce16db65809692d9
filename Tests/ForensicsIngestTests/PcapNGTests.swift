import ForensicsIngest
import ForensicsModel
import Testing

@Suite struct PcapNGTests {
    @Test func `sections may differ in byte order and count their interfaces anew`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface(linkType: 1, name: "eth0")
        file.interface(linkType: 113, name: "any")
        file.packet(1_000_000, [1, 2, 3, 4, 5], interface: 1)
        file.isBig = true
        file.section(minor: 2)
        file.interface(linkType: 276, name: "eth1", resolution: 9)
        file.packet(2_000_000_000, [6], interface: 0)
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1, 2, 3, 4, 5], [6]])
        #expect(read.frames.map(\.linkType) == [113, 276])
        #expect(read.frames.map(\.interface) == [1, 2])
        #expect(read.frames.map(\.time) == [1_000_000_000, 2_000_000_000])
        #expect(read.interfaces.map(\.name) == ["eth0", "any", "eth1"])
        #expect(read.interfaces.map(\.section) == [0, 0, 1])
        #expect(read.rejects.isEmpty)
    }

    /// if_tsresol, if_tsoffset, ticks, and the nanoseconds since 1970 that they mean.
    static let units: [(UInt8, Int64, UInt64, Int64)] = [
        (6, 0, 1_234_567, 1_234_567_000),
        (0, 0, 5, 5_000_000_000),
        (3, 0, 5, 5_000_000),
        (9, 0, 5, 5),
        (12, 0, 5_999, 5),
        (28, 0, 18_446_744_073_709_551_615, 1),
        (100, 0, 18_446_744_073_709_551_615, 0),
        (6, 1_700_000_000, 1, 1_700_000_000_000_001_000),
        (6, -10, 10_000_000, 0),
        (6, -10, 10_000_001, 1_000),
        (0x8A, 0, 1536, 1_500_000_000),
        (0x80, 0, 7, 7_000_000_000),
        (0xA0, 0, 0x1_8000_0000, 1_500_000_000),
        (0xBF, 0, 9_223_372_036_854_775_808, 1_000_000_000),
        (0xC0, 0, 9_223_372_036_854_775_808, 500_000_000),
        (0xFF, 0, 18_446_744_073_709_551_615, 0),
        (9, 0, 7_258_118_399_999_999_999, 7_258_118_399_999_999_999),
    ]

    @Test(arguments: units)
    func `times are counted in the interface's own units`(
        resolution: UInt8, offset: Int64, ticks: UInt64, nanoseconds: Int64
    ) throws {
        var file = CaptureBuilder()
        file.section()
        file.interface(resolution: resolution, offsetSeconds: offset)
        file.packet(ticks, [1])
        #expect(try ReadCapture(file.bytes).frames.map(\.time) == [nanoseconds])
    }

    /// if_tsresol, if_tsoffset and ticks of times before 1970, from 2200 on, or past what 63 bits hold.
    static let impossible: [(UInt8, Int64, UInt64)] = [
        (6, -10, 9_999_999), (6, 9_223_372_036_854_775_807, 1), (6, -9_223_372_036_854_775_808, 1),
        (0, 0, 18_446_744_073_709_551_615), (0x80, 0, 18_446_744_073_709_551_615), (9, 0, 7_258_118_400_000_000_000),
        (9, 0, 9_223_372_036_854_775_807), (9, 1, 9_223_372_036_854_775_807),
    ]

    @Test(arguments: impossible) func `a time that no capture has is none: the packet has that of the one before it`(
        resolution: UInt8, offset: Int64, ticks: UInt64
    ) throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.interface(resolution: resolution, offsetSeconds: offset)
        file.packet(5_000_000, [1])
        file.packet(ticks, [2], interface: 1)
        file.packet(6_000_000, [3])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.time) == [5_000_000_000, 5_000_000_000, 6_000_000_000])
        #expect(read.frames.map(\.clock) == [.sound, .missing, .sound])
    }

    static let directions: [(UInt32, UInt8)] = [(UInt32(0), UInt8(0)), (1, 1), (2, 2), (3, 0), (0x205, 1)]

    @Test(arguments: directions)
    func `a packet's flags tell its direction`(flags: UInt32, direction: UInt8) throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.packet(1, [1, 2, 3], flags: flags)
        #expect(try ReadCapture(file.bytes).frames.map(\.direction) == [direction])
    }

    @Test func `simple and obsolete packet blocks are read`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface(snapLength: 4)
        file.block(3) { body in
            body.word32(100)
            body.raw([1, 2, 3, 4])
        }
        file.packet(77, [9])
        file.block(3) { body in
            body.word32(2)
            body.raw([5, 6])
        }
        file.block(2) { body in
            body.word16(0)
            body.word16(3)
            body.word32(0)
            body.word32(88)
            body.word32(1)
            body.word32(1)
            body.raw([7])
        }
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1, 2, 3, 4], [9], [5, 6], [7]])
        #expect(read.frames.map(\.original) == [100, 1, 2, 1])
        #expect(read.frames.map(\.time) == [0, 77_000, 77_000, 88_000])
        #expect(read.frames.map(\.clock) == [.missing, .sound, .missing, .sound])
        #expect(read.interfaces.map(\.dropped) == [3])
    }

    @Test func `statistics of interfaces are kept`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.interface()
        file.block(5) { body in
            body.word32(1)
            body.word64(0)
            for (code, value) in [(UInt16(4), UInt64(10)), (5, 2), (7, 3)] {
                body.word16(code)
                body.word16(8)
                body.word64(value)
            }
        }
        let interface = try #require(try ReadCapture(file.bytes).interfaces.last)
        #expect(interface.received == 10)
        #expect(interface.dropped == 2)
        #expect(interface.droppedBySystem == 3)
    }

    @Test(arguments: [100, 600_000, 3_000_000])
    func `blocks without packets are stepped over whatever their length`(length: Int) throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.packet(1, [1])
        file.block(10) { $0.raw([UInt8](repeating: 0xAA, count: length)) }
        file.block(0x8000_1234) { $0.raw([UInt8](repeating: 0xAA, count: length)) }
        file.packet(2, [2])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1], [2]])
        #expect(read.frames.last.map { Int($0.offset) } == file.bytes.count - 36)
        #expect(read.rejects.isEmpty)
    }

    @Test func `a packet block that is too long is one reject and reading goes on behind it`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.packet(1, [UInt8](repeating: 1, count: 900_000))
        file.packet(2, [2])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[2]])
        #expect(read.frames.map(\.record) == [2])
        #expect(read.rejects.map(\.reason) == [.badBlock])
        #expect(read.condition == CaptureCondition())
    }

    @Test func `a captured length beyond its block is one reject and reading goes on behind it`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.block(6) { body in
            for value: UInt32 in [0, 0, 5, .max, .max] { body.word32(value) }
            body.raw([1, 2, 3, 4])
        }
        file.packet(2, [2])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[2]])
        #expect(read.rejects.map(\.reason) == [.badBlock])
        #expect(read.tally.records == 2)
    }

    @Test func `a packet of an interface that was never declared is rejected`() throws {
        var file = CaptureBuilder()
        file.section()
        file.packet(1, [1])
        file.interface()
        file.packet(1, [1], interface: 1)
        file.packet(1, [1])
        let read = try ReadCapture(file.bytes)
        #expect(read.rejects.map(\.reason) == [.unknownInterface, .unknownInterface])
        #expect(read.rejects.map(\.record) == [1, 2])
        #expect(read.frames.map(\.record) == [3])
    }

    @Test func `a block whose length leaves its padding out is read`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.word32(6)
        file.word32(35)
        for value: UInt32 in [0, 0, 5, 3, 3] { file.word32(value) }
        file.raw([1, 2, 3, 0])
        file.word32(35)
        file.packet(6, [4])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1, 2, 3], [4]])
        #expect(read.rejects.isEmpty)
    }

    @Test(arguments: [UInt32(0), 8, 11, 13])
    func `an impossible block length ends the file`(length: UInt32) throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        file.packet(1, [1])
        let damage = file.bytes.count
        file.word32(6)
        file.word32(length)
        file.raw([UInt8](repeating: 0, count: 40))
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.count == 1)
        #expect(read.rejects.map(\.reason) == [.badBlock])
        #expect(read.rejects.map(\.offset) == [UInt64(damage)])
    }

    @Test func `a block whose lengths disagree is used only if a block follows it`() throws {
        for follows in [true, false] {
            var file = CaptureBuilder()
            file.section()
            file.interface()
            file.packet(1, [1])
            var bytes = file.bytes
            bytes[bytes.count - 4] ^= 0x40
            file = CaptureBuilder()
            file.raw(bytes)
            if follows { file.packet(2, [2]) } else { file.raw([UInt8](repeating: 0xEE, count: 64)) }
            let read = try ReadCapture(file.bytes)
            #expect(read.frames.map(\.data) == (follows ? [[1], [2]] : []))
            #expect(read.rejects.map(\.reason) == (follows ? [] : [.badBlock]))
        }
    }

    @Test func `a file cut at any byte keeps the packets before the cut`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        var ends: [Int] = []
        for index in 0..<5 {
            file.packet(UInt64(index), [UInt8](repeating: UInt8(index), count: index * 3), flags: 1)
            ends.append(file.bytes.count)
        }
        let whole = try ReadCapture(file.bytes)
        for length in 28...file.bytes.count {
            let read = try ReadCapture(Array(file.bytes[0..<length]))
            let count = ends.filter { $0 <= length }.count
            #expect(read.frames == Array(whole.frames[0..<count]))
            let isWhole = ends.contains(length) || length == 28 || length == ends[0] - 40
            #expect(read.rejects.map(\.reason) == (isWhole ? [] : [.truncatedRecord]))
            #expect(read.tally.records == UInt64(count + (isWhole ? 0 : 1)))
        }
    }

    static let versions: [(UInt16, UInt16)] = [(UInt16(0), UInt16(1)), (1, 1), (2, 0)]

    @Test(arguments: versions)
    func `an unknown version is an error`(major: UInt16, minor: UInt16) throws {
        var file = CaptureBuilder()
        file.section(major: major, minor: minor)
        #expect(throws: IngestError.self) { try ReadCapture(file.bytes) }
    }

    @Test func `an option that reaches past its block is an anomaly and the block is used`() throws {
        var file = CaptureBuilder()
        file.section()
        file.block(1) { body in
            body.word16(1)
            body.word16(0)
            body.word32(0)
            body.word16(2)
            body.word16(60_000)
        }
        file.packet(5, [1])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.time) == [5000])
        #expect(read.tally.count(Anomaly.badOptionalField) == 1)
    }

    @Test(arguments: 0..<300) func `damaged bytes never stop the ledger from adding up`(seed: Int) throws {
        var file = CaptureBuilder()
        file.section()
        file.interface(name: "eth0", resolution: 9)
        for index in 0..<20 {
            file.packet(UInt64(index), [UInt8](repeating: 3, count: index * 5), flags: index % 3 == 0 ? 1 : nil)
        }
        var bytes = file.bytes
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<1 + seed % 6 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = 28 + Int(state >> 33) % (bytes.count - 28)
            bytes[place] = UInt8(truncatingIfNeeded: state >> 20)
        }
        let read = try ReadCapture(bytes)
        #expect(read.tally.records == UInt64(read.frames.count + read.rejects.count))
        let numbers = (read.frames.map(\.record) + read.rejects.map(\.record)).sorted()
        #expect(numbers == Array(1...UInt32(max(1, numbers.count))).prefix(numbers.count).map { $0 })
        #expect(read == (try ReadCapture(bytes)))
        #expect(read.key.length == UInt64(bytes.count))
    }
}
