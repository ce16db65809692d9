import ForensicsDecode
import ForensicsModel
import Foundation
import Testing

/// Compares the names that QUIC clients ask for with those that tshark finds in the same captures.
@Suite(.enabled(if: Wireshark.isPresent)) struct WiresharkQUICTests {
    private struct Flow: Hashable {
        var source: Endpoint
        var destination: Endpoint
    }

    @Test func `the names in the initial packets are those that tshark decrypts`() throws {
        let merged = try #require(Wireshark.mergedCaptures())
        defer { try? FileManager.default.removeItem(atPath: (merged.path as NSString).deletingLastPathComponent) }
        let rows = Wireshark.fields(
            merged.path, ["frame.number", "udp.stream", "quic.version", "tls.handshake.extensions_server_name"],
            ["-Y", "quic && tls.handshake.type==1"])
        let expected = Set(rows.flatMap { $0[3].split(separator: ",").map(String.init) })
        let bytes = try #require(FileManager.default.contents(atPath: merged.path))
        var found: Set<String> = []
        var flows: [Flow: QUICClientHandshake] = [:]
        var tally = LedgerTally()
        for frames in CaptureFile(bytes: [UInt8](bytes)).batches(of: 1000) {
            var batch = PacketBatch()
            PacketDecoder.decode(frames, into: &batch, tally: &tally)
            for packet in batch.packets where packet.transport == .udp {
                let start = Int(packet.payloadPosition)
                let range = start..<(start + Int(packet.payloadCaptured))
                let flow = Flow(
                    source: Endpoint(packet.source, packet.sourcePort),
                    destination: Endpoint(packet.destination, packet.destinationPort))
                guard flows[flow] != nil || QUIC.looksLikeInitial(batch.bytes.span, range) else { continue }
                var handshake = flows[flow] ?? QUICClientHandshake()
                if case .complete = handshake.take(batch.bytes.span, range) {
                    found.insert(String(decoding: handshake.crypto[handshake.hello.serverName], as: UTF8.self))
                    handshake = QUICClientHandshake()
                }
                flows[flow] = handshake
            }
        }
        #expect(!expected.isEmpty)
        #expect(found.subtracting([""]) == expected)
    }
}
