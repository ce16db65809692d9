import ForensicsIngest
import Testing

/// Packets that never came into a pcapng file. IETF draft-ietf-opsawg-pcapng, Interface Statistics Block, epb_dropcount.
@Suite struct CaptureDropTests {
    /// isb_osdrop, isb_ifdrop and isb_ifrecv of two interfaces, and what the ledger says.
    static let drops: [(first: [UInt64?], second: [UInt64?], detail: String?)] = [
        ([nil, nil, nil], [nil, nil, nil], nil),
        ([0, 0, 100], [0, nil, 50], nil),
        ([7, 42, 100], [nil, nil, nil], "the kernel dropped 7 of 100 packets; the interface dropped 42"),
        ([7, nil, nil], [3, 0, nil], "the kernel dropped 10 packets"),
        ([nil, 40, 100], [0, 2, 100], "the interface dropped 42"),
        ([.max, nil, nil], [1, nil, nil], "the kernel dropped 18446744073709551615 packets"),
    ]

    @Test(arguments: drops)
    func `packets that the file says were dropped are told`(
        drops: (first: [UInt64?], second: [UInt64?], detail: String?)
    ) throws {
        var file = CaptureBuilder()
        for counts in [drops.first, drops.second] {
            file.section()
            file.interface()
            file.block(5) { body in
                body.word32(0)
                body.word64(0)
                for (code, value) in zip([UInt16(7), 5, 4], counts) {
                    guard let value else { continue }
                    body.word16(code)
                    body.word16(8)
                    body.word64(value)
                }
            }
        }
        #expect(CaptureDrops(try ReadCapture(file.bytes).interfaces).detail == drops.detail)
    }

    @Test func `drop counts of packets add up`() throws {
        var file = CaptureBuilder()
        file.section()
        file.interface()
        for count: UInt64 in [3, 0, 4] {
            file.block(6) { body in
                for value: UInt32 in [0, 0, 1, 4, 4, 0] { body.word32(value) }
                body.word16(4)
                body.word16(8)
                body.word64(count)
                body.option(0, [])
            }
        }
        #expect(CaptureDrops(try ReadCapture(file.bytes).interfaces).detail == "the interface dropped 7")
    }
}
