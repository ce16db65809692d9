import Foundation
import ForensicsIngest
import ForensicsModel
import Testing

/// Packet counts of real files against those of tshark 4.0.17.
@Suite struct CaptureOracleTests {
    /// Why a file's packets are not those that tshark counts.
    enum Difference: Equatable {
        /// A form of file that is refused by name: a snoop capture, a capture inside zstd.
        case refused
        /// tshark refuses the link type; the packets are read all the same, and who decodes them counts them.
        case linkType(packets: Int)
        /// tshark refuses the file for an option that reaches past its block; it is an anomaly here.
        case option(packets: Int)
        /// A version of the format that both refuse.
        case version
        /// tshark counts blocks that are no packets.
        case noPackets
        /// The fraction of a packet's second is more than a second.
        case time
    }

    static let explained: [String: Difference] = [
        "solaris.snoop": .refused,
        "pcapng-example.pcapng.zst": .refused,
        "dns.cap.zst": .refused,
        "juniper_es_oobr.pcap": .linkType(packets: 1),
        "juniper_monitor_invalid_cookie_length.pcap": .linkType(packets: 1),
        "vtp_asan-3.pcap": .linkType(packets: 1),
        "vtp_asan.pcap": .linkType(packets: 5),
        "brcm-tag-stp.pcap": .linkType(packets: 4),
        "shb-option-too-long.pcapng": .option(packets: 1),
        "pcap-invalid-version-1.pcap": .version,
        "pcapng-invalid-vers-1.pcapng": .version,
        "pcapng-invalid-vers-2.pcapng": .version,
        "test017.pcapng": .noPackets,
        "timestamp_invalid_nano.pcap": .time,
        "transform-base64-7296/input.pcap": .time,
    ]

    struct Row: Sendable, CustomTestStringConvertible {
        var path: String
        var isDamaged: Bool
        var packets: Int
        var first: String
        var last: String
        var testDescription: String { path }
    }

    static let rows: [Row] = {
        guard let folder = TestData.folder,
            let bytes = TestData.bytes(folder + "/truth/pcap_truth.tsv")
        else { return [] }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first, let packets = header.firstIndex(of: "packets"),
            let first = header.firstIndex(of: "first_ts"), let last = header.firstIndex(of: "last_ts")
        else { return [] }
        return lines.dropFirst().map {
            Row(
                path: folder + "/" + $0[0], isDamaged: $0[1] != "0", packets: Int($0[packets]) ?? -1, first: $0[first],
                last: $0[last])
        }
    }()

    @Test(.enabled(if: TestData.isPresent), arguments: rows)
    func `packets are those that tshark counts`(row: Row) throws {
        let difference = Self.explained.first { row.path.hasSuffix("/" + $0.key) }?.value
        let source = try ByteSource(path: row.path)
        let prefix = source.prefix
        let content = InputDetector.detect(prefix.span)
        guard case .capture = content else {
            #expect(difference == .refused)
            return
        }
        if difference == .version {
            #expect(throws: IngestError.self) { try ReadCapture(ByteSource(path: row.path)) }
            return
        }
        let read = try ReadCapture(source)
        #expect(read.tally.records == UInt64(read.frames.count + read.rejects.count))
        // tshark ends at damage, behind which more may be found.
        let frames = row.isDamaged ? Array(read.frames.prefix(max(0, row.packets))) : read.frames
        switch difference {
        case .linkType(let packets), .option(let packets): #expect(read.frames.count == packets)
        case .noPackets: #expect(read.frames.isEmpty)
        default:
            #expect(frames.count == row.packets)
            #expect(read.rejects.isEmpty == !row.isDamaged)
        }
        if difference == nil {
            // tshark gives the least and the largest time, to about a microsecond.
            #expect(Self.isNear(frames.map(\.time).min(), row.first))
            #expect(Self.isNear(frames.map(\.time).max(), row.last))
            #expect(read.tally.firstTime?.nanoseconds == read.frames.map(\.time).min())
        }
        let streamed = try ReadCapture(ByteSource(path: row.path, limits: .streaming), frameLimit: 100)
        #expect(streamed.frames == read.frames)
        #expect(streamed.key == read.key)
    }

    private static func isNear(_ nanoseconds: Int64?, _ text: String) -> Bool {
        guard let nanoseconds else { return text.isEmpty }
        let parts = text.split(separator: ".").compactMap { Int64($0) }
        guard parts.count == 2 else { return false }
        return abs(nanoseconds - parts[0] * 1_000_000_000 - parts[1] * 1000) <= 1000
    }
}
