import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Foundation
import Testing

/// Compares the frames that complete a datagram with those where tshark shows one.
@Suite struct FragmentWiresharkTests {
    static let data: URL? = {
        if let path = ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"] { return URL(fileURLWithPath: path) }
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/",
            !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Makefile").path)
        {
            folder.deleteLastPathComponent()
        }
        return folder.deletingLastPathComponent().appendingPathComponent("shared/data")
    }()

    /// The captures that the truth table says hold fragments.
    static let captures: [String] = {
        guard let table = data?.appendingPathComponent("truth/files.tsv"),
            let text = try? String(contentsOf: table, encoding: .utf8), tshark(["--version"]) != nil
        else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            let isPlain = !columns[0].hasSuffix(".gz") && columns.count > 7
            return isPlain && columns[7].split(separator: ",").contains("fragments") ? String(columns[0]) : nil
        }
    }()

    /// Frames where tshark completes a datagram and we do not: one longer than 65 535 bytes, which no receiver takes;
    /// one that an ICMPv6 error quotes.
    private static let explained: Set<String> = ["frag-15.pcap 59", "frag-36.pcap 10"]

    private static func tshark(_ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["tshark"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
    }

    @Test(.enabled(if: !captures.isEmpty), arguments: captures)
    func `datagrams are complete where tshark has them complete`(capture: String) throws {
        let path = try #require(Self.data?.appendingPathComponent(capture).path)
        guard let contents = FileManager.default.contents(atPath: path),
            let output = Self.tshark([
                "-n", "-r", path, "-Y", "ip.reassembled.length || ipv6.reassembled.length", "-T", "fields", "-e",
                "frame.number",
            ])
        else { return }
        let expected = output.split(separator: "\n").compactMap { UInt32($0) }
        var found: [UInt32] = []
        var table = FragmentTable()
        var tally = LedgerTally()
        for frames in CaptureReader.read([UInt8](contents)) {
            var batch = PacketBatch()
            PacketDecoder.decode(frames, into: &batch, tally: &tally)
            let fragments = Set(batch.fragments.map { Int($0.packet) })
            table.reassemble(&batch, tally: &tally)
            for index in fragments.sorted() {
                let marks = batch.packets[index].attributes.intersection([.firstFragment, .laterFragment])
                if marks.isEmpty { found.append(batch.packets[index].record) }
            }
        }
        #expect(found == expected.filter { !Self.explained.contains("\(capture.suffix(12)) \($0)") })
    }
}
