import Foundation
import ForensicsIngest
import ForensicsModel
import Testing

/// Packet counts of real files against those of tshark 4.0.17.
@Suite struct CaptureOracleTests {
    /// Files of which we read more than tshark, or which are none of ours.
    enum Difference: Equatable {
        /// Not pcap or pcapng inside.
        case notACapture
        /// tshark refuses the link type; its packets are read all the same and counted by who decodes them.
        case linkType(packets: Int)
        /// tshark refuses the file for an option that its decoder of options cannot hold.
        case option(packets: Int)
        /// An unknown version of the format: an error for both.
        case version
    }

    static let explained: [String: Difference] = [
        "juniper_es_oobr.pcap": .linkType(packets: 1)
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
        let difference = Self.explained[URL(fileURLWithPath: row.path).lastPathComponent]
        let source = try ByteSource(path: row.path)
        let prefix = source.prefix
        let content = InputDetector.detect(prefix.span)
        guard case .capture = content else {
            #expect(difference == .notACapture)
            return
        }
        if difference == .version {
            #expect(throws: IngestError.self) { try ReadCapture(ByteSource(path: row.path)) }
            return
        }
        let read = try ReadCapture(source)
        #expect(read.tally.records == UInt64(read.frames.count + read.rejects.count))
        switch difference {
        case .linkType(let packets), .option(let packets): #expect(read.frames.count == packets)
        default:
            #expect(read.frames.count == row.packets)
            #expect(read.rejects.isEmpty == !row.isDamaged)
            if let frame = read.frames.first { #expect(Self.microseconds(frame.time) == row.first) }
            if let frame = read.frames.last { #expect(Self.microseconds(frame.time) == row.last) }
        }
        let streamed = try ReadCapture(ByteSource(path: row.path, limits: .streaming), frameLimit: 100)
        #expect(streamed.frames == read.frames)
        #expect(streamed.key == read.key)
    }

    /// Seconds with six decimals, cut.
    private static func microseconds(_ time: Int64) -> String {
        let micros = time / 1000
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
