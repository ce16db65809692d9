import ForensicsIngest
import ForensicsModel
import Testing

/// Captures written one behind the other, as `cat` joins them. IETF draft-ietf-opsawg-pcap, section 4: the magic
/// number; a pcapng section begins anywhere between blocks.
@Suite struct JoinedCaptureTests {
    static let second: Int64 = 1_000_000_000

    private static func classic(
        _ seconds: UInt32, isBig: Bool = false, magic: UInt32 = 0xA1B2_C3D4, linkType: UInt32 = 1, _ data: [UInt8]
    ) -> [UInt8] {
        var file = CaptureBuilder()
        file.isBig = isBig
        file.pcapHeader(magic: magic, snapLength: 65_535, linkType: linkType)
        if magic == 0xA1B2_CD34 {
            file.modifiedRecord(seconds, 7, data, packetType: 4)
        } else {
            file.record(seconds, 7, data)
        }
        return file.bytes
    }

    private static func sections(_ seconds: UInt64, isBig: Bool = false, linkType: UInt16 = 1, _ data: [UInt8])
        -> [UInt8]
    {
        var file = CaptureBuilder()
        file.isBig = isBig
        file.section()
        file.interface(linkType: linkType)
        file.packet(seconds * 1_000_000, data)
        return file.bytes
    }

    static let forms: [(magic: UInt32, fraction: Int64)] = [
        (0xA1B2_C3D4, 1000), (0xA1B2_3C4D, 1), (0xA1B2_CD34, 1000),
    ]

    @Test(arguments: [false, true], [false, true])
    func `the header of another capture between records is no packet`(isBig: Bool, isNextBig: Bool) throws {
        for form in Self.forms {
            for next in Self.forms {
                let first = Self.classic(1_700_000_000, isBig: isBig, magic: form.magic, [1, 2, 3])
                let second = Self.classic(
                    1_700_000_900, isBig: isNextBig, magic: next.magic, linkType: 113, [4, 5])
                let third = Self.classic(1_700_001_000, [])
                let read = try ReadCapture(first + second + third)
                #expect(read.frames.map(\.data) == [[1, 2, 3], [4, 5], []])
                #expect(read.frames.map(\.record) == [1, 2, 3])
                #expect(
                    read.frames.map(\.time) == [
                        1_700_000_000 * Self.second + 7 * form.fraction,
                        1_700_000_900 * Self.second + 7 * next.fraction, 1_700_001_000 * Self.second + 7000,
                    ])
                #expect(read.frames.map(\.linkType) == [1, 113, 1])
                #expect(read.frames.map(\.interface) == [0, 1, 2])
                #expect(
                    read.frames.map(\.offset)
                        == [24, first.count + 24, first.count + second.count + 24].map(UInt64.init))
                #expect(read.interfaces.map(\.linkType) == [1, 113, 1])
                #expect(read.interfaces.map(\.section) == [0, 1, 2])
                #expect(read.rejects.isEmpty)
                #expect(read.key.length == UInt64(first.count + second.count + third.count))
            }
        }
    }

    @Test(arguments: [false, true], [false, true])
    func `pcapng may follow pcap and pcap may follow pcapng`(isBig: Bool, isNextBig: Bool) throws {
        let classic = Self.classic(1_700_000_000, isBig: isBig, [1])
        let blocks = Self.sections(1_700_000_001, isBig: isNextBig, linkType: 276, [2])
        let read = try ReadCapture(classic + blocks + classic + classic + blocks)
        #expect(read.frames.map(\.data) == [[1], [2], [1], [1], [2]])
        #expect(read.frames.map(\.linkType) == [1, 276, 1, 1, 276])
        #expect(read.frames.map(\.interface) == [0, 1, 2, 3, 4])
        #expect(read.interfaces.map(\.section) == [0, 1, 2, 3, 4])
        #expect(read.rejects.isEmpty)
        let reverse = try ReadCapture(blocks + classic)
        #expect(reverse.frames.map(\.data) == [[2], [1]])
        #expect(reverse.frames.map(\.time) == [1_700_000_001 * Self.second, 1_700_000_000 * Self.second + 7000])
    }

    @Test func `a capture of a header alone may come first`() throws {
        var header = CaptureBuilder()
        header.pcapHeader()
        let read = try ReadCapture(header.bytes + header.bytes + Self.classic(1_700_000_000, [1]))
        #expect(read.frames.map(\.data) == [[1]])
        #expect(read.frames.map(\.record) == [1])
        #expect(read.interfaces.count == 3)
    }

    @Test func `a packet of the second that a magic number spells is a packet among its like`() throws {
        var file = CaptureBuilder()
        file.pcapHeader()
        file.record(0xA1B2_C3D3, 0, [1])
        file.record(0xA1B2_C3D4, 0, [2])
        file.record(0xA1B2_C3D4, 0x0004_0002, [])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1], [2], []])
    }

    @Test func `another capture of a version that is unknown ends the file`() throws {
        var file = CaptureBuilder()
        file.raw(Self.classic(1_700_000_000, [1, 2, 3]))
        let place = file.bytes.count
        file.pcapHeader(major: 9)
        file.record(1_700_000_001, 0, [4])
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.map(\.data) == [[1, 2, 3]])
        #expect(read.rejects.map(\.reason) == [.badRecordHeader])
        #expect(read.rejects.map(\.offset) == [UInt64(place)])
        let length = UInt64(file.bytes.count - place)
        #expect(read.condition.gaps == [CaptureCondition.Gap(offset: UInt64(place), length: length)])
        #expect(read.key.length == UInt64(file.bytes.count))
    }

    @Test func `joined captures cut anywhere keep the packets before the cut`() throws {
        let parts = [
            Self.classic(1_700_000_000, [1]), Self.classic(1_700_000_001, isBig: true, [2, 2]),
            Self.sections(1_700_000_002, [3]), Self.classic(1_700_000_003, magic: 0xA1B2_CD34, [4]),
        ]
        let bytes = parts.flatMap { $0 }
        var ends: [Int] = []
        for part in parts { ends.append((ends.last ?? 0) + part.count) }
        for length in 24...bytes.count {
            let read = try ReadCapture(Array(bytes[0..<length]))
            #expect(read.frames.count == ends.filter { $0 <= length }.count)
            #expect(read.rejects.allSatisfy { $0.reason == .truncatedRecord })
            #expect(read.rejects.count <= 1)
        }
    }

    @Test func `a file of nothing but headers is read once`() throws {
        var file = CaptureBuilder()
        for _ in 0..<100_000 { file.pcapHeader() }
        let read = try ReadCapture(file.bytes)
        #expect(read.frames.isEmpty)
        #expect(read.interfaces.count <= 65_535)
        #expect(read.rejects.count == 1)
    }
}
