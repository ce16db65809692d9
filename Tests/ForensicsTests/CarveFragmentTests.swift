import Foundation
import Testing

/// What `carve` takes where datagrams came in fragments, of which only the first tells ports.
@Suite(.enabled(if: Program.path != nil)) struct CarveFragmentTests {
    /// The packets of a capture of bare IPv4.
    private struct Capture {
        private(set) var bytes: [UInt8] =
            little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(101)

        /// Adds the part of a UDP datagram from 10.0.0.1 to 192.0.2.53, port 53.
        mutating func add(_ datagram: [UInt8], _ part: Range<Int>, id: UInt8, at milliseconds: UInt32) {
            let field = part.lowerBound / 8 | (part.upperBound < datagram.count ? 0x2000 : 0)
            let packet: [UInt8] =
                [0x45, 0, 0, UInt8(20 + part.count), 0, id, UInt8(field >> 8), UInt8(field & 255), 64, 17, 0, 0]
                + [10, 0, 0, 1, 192, 0, 2, 53] + datagram[part]
            let length = Self.little(UInt32(packet.count))
            bytes += Self.little(1_700_000_000) + Self.little(milliseconds * 1000) + length + length + packet
        }

        static func datagram(port: UInt8) -> [UInt8] {
            [0x13, port, 0, 53, 0, 108, 0, 0] + (0..<100).map { $0 &+ port }
        }

        private static func little(_ value: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
    }

    /// Carves each connection of a capture and reads what was taken alone.
    ///
    /// - Returns: how many connections there are.
    @discardableResult
    private static func carveEach(of capture: String, _ folder: Folder) throws -> Int {
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", capture, "--store", store, "--quiet"]).status == 0)
        let ids = try Program.run([
            "query", "SELECT id FROM connections ORDER BY id", "--store", store, "--format", "csv",
        ]).output.split(whereSeparator: \.isNewline).dropFirst()
        for id in ids {
            let (file, second) = (folder.path("\(id).pcapng"), folder.path("\(id).db"))
            let carved = try Program.run(["carve", "--connection", "\(id)", "--store", store, "--output", file])
            #expect(carved.status == 0, "\(capture): \(carved.errors)")
            #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
            let expected = try CarveTests.connections(store, "id = \(id)")
            #expect(try CarveTests.connections(second, "1") == expected, "\(capture), connection \(id)")
        }
        return ids.count
    }

    /// A connection begins when its first datagram is whole: what came before in time belongs to it all the same.
    @Test(arguments: [[0, 1], [1, 0]])
    func `fragments go with their datagram, whichever comes first and whatever took their number again`(
        order: [Int]
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var capture = Capture()
        let parts = [0..<40, 40..<108]
        for (index, port) in ([1, 2, 1] as [UInt8]).enumerated() {
            let datagram = Capture.datagram(port: port)
            for (step, part) in order.enumerated() {
                capture.add(datagram, parts[part], id: index < 2 ? 7 : 8, at: UInt32(index * 20 + step * 5))
            }
        }
        capture.add(Capture.datagram(port: 1), 0..<108, id: 9, at: 60)
        let file = try folder.file("fragments.pcap", Data(capture.bytes))
        #expect(try Self.carveEach(of: file.path, folder) == 2)
        let count = try Program.run([
            "query", "SELECT packets_from_client FROM connections ORDER BY id", "--store", folder.path("case.db"),
            "--format", "csv",
        ])
        #expect(count.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init) == ["3", "1"])
    }

    @Test(.enabled(if: RealLogs.folder != nil, "LBFORENSICS_TESTDATA names no folder of real captures"))
    func `each connection of the captures with fragments is taken whole`() throws {
        let root = try #require(RealLogs.folder).deletingLastPathComponent()
        let table = try String(contentsOf: root.appendingPathComponent("truth/files.tsv"), encoding: .utf8)
        let rows = table.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        let files = rows.filter { $0.last?.split(separator: ",").contains("fragments") == true }.map { String($0[0]) }
        #expect(files.count >= 20)
        var connections = 0
        for file in files {
            let folder = try Folder()
            defer { folder.remove() }
            connections += try Self.carveEach(of: root.appendingPathComponent(file).path, folder)
        }
        #expect(connections >= 40)
    }
}
