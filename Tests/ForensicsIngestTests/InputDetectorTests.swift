import ForensicsIngest
import Testing

@Suite struct InputDetectorTests {
    static let cases: [([UInt8], InputContent)] = [
        ([], .empty),
        ([0xD4, 0xC3, 0xB2, 0xA1], .capture(.pcap)),
        ([0xA1, 0xB2, 0xC3, 0xD4, 0], .capture(.pcap)),
        ([0x4D, 0x3C, 0xB2, 0xA1], .capture(.pcapNanoseconds)),
        ([0x34, 0xCD, 0xB2, 0xA1], .capture(.pcapModified)),
        ([0x0A, 0x0D, 0x0D, 0x0A], .capture(.pcapng)),
        (Array("SQLite format 3\0".utf8), .sqlite),
        (Array("SQLite format 3".utf8), .text),
        (Array("https 2025-11-03T10:00:00Z app/x\n".utf8), .text),
        (Array("{\"Records\": []}".utf8), .text),
        (Array("caf\u{E9}\n".utf8), .text),
        ([0x63, 0x61, 0x66, 0xE9, 0x0A], .text),
        (Array("PAR1....".utf8), .unsupported("a Parquet file")),
        ([0x28, 0xB5, 0x2F, 0xFD, 0], .unsupported("a zstd file")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .unsupported("an xz file")),
        (Array("BZh9".utf8), .unsupported("a bzip2 file")),
        ([0x50, 0x4B, 3, 4], .unsupported("a zip archive")),
        ([0x1F, 0x8B, 8, 0], .unsupported("gzip inside gzip")),
        (Array("snoop\0\0\0".utf8), .unsupported("a snoop capture")),
        // What a machine that lost its power leaves in a log, and what is no log.
        (Array("http 2025-11-03T10:00:00Z app/x\nhttp 2025".utf8) + [UInt8](repeating: 0, count: 4096), .text),
        (Array("http 2025\0\0\0\n".utf8), .unsupported("binary data of an unknown kind")),
        ([0x0A, 1, 2, 3, 4, 0, 5], .unsupported("binary data of an unknown kind")),
        ([1, 2, 3, 0, 5], .unsupported("binary data of an unknown kind")),
    ]

    @Test(arguments: cases)
    func `content is told from its first bytes`(bytes: [UInt8], content: InputContent) {
        #expect(InputDetector.detect(bytes.span) == content)
        let isUsable = InputDetector.refusal(of: content, path: "x") == nil
        if case .capture = content { #expect(isUsable) } else { #expect(isUsable == (content == .text)) }
    }

    @Test func `a refusal says what the file is and what to do`() {
        #expect(
            InputDetector.refusal(of: .unsupported("a zip archive"), path: "a.zip")?.description
                == "a.zip: is a zip archive, which is not read; unpack it first.")
        #expect(InputDetector.refusal(of: .empty, path: "-")?.description.hasPrefix("standard input: is empty") == true)
    }
}
