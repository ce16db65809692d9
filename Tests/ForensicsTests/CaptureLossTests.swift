import Foundation
import Testing

/// What a capture lacks is told beside every answer about the whole of it.
@Suite(.enabled(if: Program.path != nil)) struct CaptureLossTests {
    private static func little(_ value: Int, _ bytes: Int = 4) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func block(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        let length = little(body.count + 12)
        return little(type) + length + body + length
    }

    /// A pcapng of one datagram whose statistics say that the kernel dropped 7 of 100 packets: isb_ifrecv is option 4,
    /// isb_osdrop option 7.
    private static let capture: [UInt8] = {
        let datagram: [UInt8] =
            [0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 192, 0, 2, 53, 0x13, 0x88, 0, 53, 0, 8, 0, 0]
        let header = little(0x1A2B_3C4D) + little(1, 2) + little(0, 2) + little(-1, 8)
        let interface = little(101, 2) + little(0, 2) + little(65_535)
        let time = 1_700_000_000_000_000
        let packet = little(0) + little(time >> 32) + little(time) + little(28) + little(28) + datagram
        let statistics =
            little(0) + little(time >> 32) + little(time) + little(4, 2) + little(8, 2) + little(100, 8) + little(7, 2)
            + little(8, 2) + little(7, 8) + little(0)
        return block(0x0A0D_0D0A, header) + block(1, interface) + block(6, packet) + block(5, statistics)
    }()

    @Test(arguments: ["summary", "sources"])
    func `packets that the kernel dropped are told beside the answer`(command: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("drops.pcapng", Data(Self.capture))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", file.path, "--store", store, "--quiet"]).status == 0)
        let answer = try Program.run([command, "--store", store])
        #expect(answer.status == 0)
        #expect(answer.errors.contains("drops.pcapng: the kernel dropped 7 of 100 packets."), "\(answer.errors)")
    }
}
