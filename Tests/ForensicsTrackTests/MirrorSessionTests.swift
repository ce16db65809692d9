import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Connections whose directions come under network identifiers of two mirror sessions.
@Suite struct MirrorSessionTests {
    /// A whole connection, each packet under one or more identifiers, by whether the client sent it.
    private func talk(_ labels: (_ isFromClient: Bool) -> [UInt16], attributes: PacketAttributes = .mirrored)
        -> PacketBatch
    {
        var talk = Talk()
        for port in [UInt16(40_000), 40_001] {
            talk.another(port: port)
            talk.handshake(at: Double(port))
            talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", at: Double(port) + 30)
            talk.say(.server, "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", at: Double(port) + 40)
            talk.finish(.client, at: Double(port) + 50)
            talk.finish(.server, at: Double(port) + 60)
        }
        var batch = talk.batch
        batch.tunnels = [TunnelEvidence(kind: .vxlan)]
        batch.packets = batch.packets.flatMap { packet in
            labels(packet.source == talk.client.address).map { label in
                var copy = packet
                copy.label = label
                copy.attributes = attributes
                copy.tunnel = 0
                return copy
            }
        }
        return batch
    }

    private func tracked(_ batch: PacketBatch) -> Tracked {
        var batch = batch
        var mirrors = MirrorSessions()
        mirrors.join(&batch)
        return Tracked([batch])
    }

    @Test func `what comes in and what goes out under identifiers of their own is one connection`() {
        let tracked = tracked(talk { $0 ? [100] : [200] })
        #expect(tracked.connections.map(\.fact.state) == [.sf, .sf])
        #expect(tracked.exchanges.map(\.fact.status) == [503, 503])
        // Also where one of the sessions has both directions.
        #expect(self.tracked(talk { $0 ? [100] : [200, 100] }).connections.count == 2)
    }

    @Test func `two capture points that see both directions stay two`() {
        let tracked = tracked(talk { _ in [100, 200] })
        #expect(tracked.connections.map(\.fact.state) == [.sf, .sf, .sf, .sf])
    }

    @Test func `connections that two sessions carry whole are told`() {
        func doubled(_ batch: PacketBatch) -> UInt64 {
            var batch = batch
            var mirrors = MirrorSessions()
            mirrors.join(&batch)
            return mirrors.doubled
        }
        #expect(doubled(talk { _ in [100, 200] }) == 2)
        #expect(doubled(talk { $0 ? [100] : [200] }) == 0)
        #expect(doubled(talk { _ in [100] }) == 0)
        #expect(doubled(talk { _ in [100, 100] }) == 0)
    }

    @Test func `other networks with the same addresses stay apart`() {
        var first = talk { _ in [100] }
        let second = talk { _ in [200] }
        for var packet in second.packets {
            packet.record += 100
            packet.sequence &+= 7000
            packet.acknowledgment &+= packet.tcpFlags.rawValue & 16 == 0 ? 0 : 7000
            first.packets.append(packet)
        }
        first.packets.sort { ($0.time, $0.record) < ($1.time, $1.record) }
        #expect(tracked(first).connections.count == 4)
    }

    @Test func `identifiers of what is no mirror are left as they are`() {
        #expect(tracked(talk({ $0 ? [100] : [200] }, attributes: [])).connections.count == 4)
    }
}
