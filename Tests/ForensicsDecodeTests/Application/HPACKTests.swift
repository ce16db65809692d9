import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct HPACKTests {
    private static func decode(_ decoder: inout HPACKDecoder, _ block: String) -> HTTP2Head? {
        var head = HTTP2Head()
        let bytes = hex(block)
        return decoder.decode(bytes.span, 0..<bytes.count, into: &head) ? head : nil
    }

    // RFC 7541, appendix C.3 (plain) and C.4 (Huffman): three requests on one connection.
    @Test(arguments: [
        [
            "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        ],
        [
            "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        ],
    ]) func `the requests of the specification are decoded`(blocks: [String]) throws {
        var decoder = HPACKDecoder()
        let sizes = [57, 110, 164]
        for (index, block) in blocks.enumerated() {
            let head = try #require(Self.decode(&decoder, block))
            #expect(text(head.text, head.method) == "GET")
            #expect(text(head.text, head.authority) == "www.example.com")
            #expect(text(head.text, head.path) == (index == 2 ? "/index.html" : "/"))
            #expect(text(head.text, head.scheme) == (index == 2 ? "https" : "http"))
            #expect(!head.hasUnknownFields)
            #expect(head.isRequest)
            #expect(decoder.tableSize == sizes[index])
        }
    }

    // RFC 7541, appendix C.5 and C.6: three responses, a table of 256 bytes that evicts.
    @Test(arguments: [
        [
            "3fe101" + "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
                + "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
            "4803333037c1c0bf",
            "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48"
                + "514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
        ],
        [
            "3fe101"
                + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8"
                + "e9ae82ae43d3",
            "4883640effc1c0bf",
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af"
                + "27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        ],
    ]) func `the responses of the specification are decoded`(blocks: [String]) throws {
        var decoder = HPACKDecoder()
        let sizes = [222, 222, 215]
        for (index, block) in blocks.enumerated() {
            let head = try #require(Self.decode(&decoder, block))
            #expect(head.status == [302, 307, 200][index])
            #expect(text(head.text, head.location) == "https://www.example.com")
            #expect(decoder.tableSize == sizes[index])
        }
    }

    @Test func `an index from before the capture gives an unknown field`() throws {
        var decoder = HPACKDecoder()
        let head = try #require(Self.decode(&decoder, "8286be84"))
        #expect(head.hasUnknownFields)
        #expect(text(head.text, head.path) == "/")
    }

    @Test(arguments: ["80", "41", "410f77", "3fe1ffffff7f", "ff80808080808000", "4188ffffffffffffffff"])
    func `a malformed block is refused`(block: String) {
        var decoder = HPACKDecoder()
        #expect(Self.decode(&decoder, block) == nil)
    }

    @Test func `the status of a call is read from its trailers`() throws {
        var decoder = HPACKDecoder()
        var block: [UInt8] = [0x40, 11] + Array("grpc-status".utf8) + [2] + Array("14".utf8)
        block += [0x40, 12] + Array("grpc-message".utf8) + [4] + Array("gone".utf8)
        var head = HTTP2Head()
        #expect(decoder.decode(block.span, 0..<block.count, into: &head))
        #expect(head.isTrailers)
        #expect(GRPCStatus(rawValue: head.grpcStatus)?.name == "UNAVAILABLE")
        #expect(text(head.text, head.grpcMessage) == "gone")
    }

    @Test func `a table that is filled and emptied many times stays bounded and right`() throws {
        var decoder = HPACKDecoder()
        for round in 0..<2000 {
            let value = Array("/path/\(round)".utf8)
            let block: [UInt8] = [0x44, UInt8(value.count)] + value + [0xBE]
            var head = HTTP2Head()
            #expect(decoder.decode(block.span, 0..<block.count, into: &head))
            #expect(text(head.text, head.path) == "/path/\(round)")
            #expect(decoder.tableSize <= 4096)
        }
    }

    @Test func `frames are told apart`() {
        var head = HTTP2FrameHead()
        let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0]
        #expect(HTTP2FrameHead.parse(settings.span, 0..<9, into: &head) == .complete(length: 9))
        #expect(head.type == .settings)
        #expect(HTTP2.looksLikeServerPreface(settings.span, 0..<9) == .yes)
        let headers: [UInt8] = [0, 0, 13, 1, 0x2D, 0, 0, 0, 5, 2, 0, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 0, 0]
        #expect(HTTP2FrameHead.parse(headers.span, 0..<9, into: &head) == .complete(length: 9))
        #expect(head.stream == 5)
        #expect(head.endsStream)
        #expect(head.endsHeaders)
        #expect(head.headerBlock(headers.span, 9..<22) == 15..<20)
        // Padding lies at the end, which the snap length cuts.
        #expect(head.headerBlock(headers.span, 9..<18) == 15..<18)
        #expect(head.headerBlock(headers.span, 9..<12) == 12..<12)
        #expect(head.headerBlock(headers.span, 9..<9) == 9..<9)
        for length in 0..<9 {
            #expect(HTTP2FrameHead.parse(headers.span, 0..<length, into: &head) == .incomplete)
        }
        let odd: [UInt8] = [0, 0, 5, 4, 0, 0, 0, 0, 0]
        #expect(HTTP2FrameHead.parse(odd.span, 0..<9, into: &head) == .malformed)
    }
}
