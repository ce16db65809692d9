import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Takes one datagram of a UDP, ICMP or other flow: times and counts.
    mutating func datagram(
        _ core: inout ConnectionCore, direction: Int, _ packet: Packet, _ bytes: Span<UInt8>,
        _ out: inout TrackOutput
    ) {
        core.last = max(core.last, packet.time.nanoseconds)
        let packets = core.halves[direction].packets
        core.halves[direction].packets = packets == .max ? packets : packets &+ 1
        core.halves[direction].addBytes(UInt32(bitPattern: max(packet.payloadLength, 0)))
        if packet.payloadLength > 0, !core.halves[direction].marks.contains(.historyData) {
            core.halves[direction].marks.insert(.historyData)
            record(.data, &core, direction: direction)
        }
        guard packet.isUDP else { return }
        if core.isServiceUnknown, core.responderPort == 53 { core.service = .dns }
        guard direction == 0, !core.marks.contains(.opaque) else { return }
        if case .dns = core.service {
            question(&core, packet, bytes, &out.kept)
        } else {
            clientDatagram(&core, packet, bytes, &out.kept)
        }
    }

    /// Keeps what the outer headers of a tunnelled connection say, as text. Reading begins later, as without a tunnel.
    mutating func keepTunnel(_ core: inout ConnectionCore, _ tunnel: TunnelEvidence?, _ texts: inout LiveTexts) {
        guard let tunnel else { return }
        var stream = StreamState()
        let index = label(of: &stream)
        labels[index].tunnel = texts.intern(Array(Self.describe(tunnel).utf8))
        core.stream = streams.allocate(stream)
    }

    private static func describe(_ tunnel: TunnelEvidence) -> String {
        var text: String
        switch tunnel.kind {
        case .vxlan: text = "vxlan vni=\(tunnel.identifier)"
        case .geneve: text = "geneve vni=\(tunnel.identifier)"
        case .gre: text = "gre key=\(tunnel.identifier)"
        case .ipInIP: text = "ipip"
        case .mpls: text = "mpls label=\(tunnel.identifier)"
        }
        if tunnel.gatewayEndpoint != 0 { text += " endpoint=0x" + String(tunnel.gatewayEndpoint, radix: 16) }
        if tunnel.attachment != 0 { text += " attachment=0x" + String(tunnel.attachment, radix: 16) }
        if tunnel.flowCookie != 0 { text += " cookie=0x" + String(tunnel.flowCookie, radix: 16) }
        return text
    }

    /// Takes over from the old texts those that this shard's open connections and requests hold.
    mutating func keepTexts(
        from old: TextTable, _ connections: inout Pool<ConnectionCore>, _ texts: inout LiveTexts
    ) {
        for index in 0..<connections.capacity where connections[index].record != 0 {
            var domain = connections[index].settledDomain
            if domain.isNone { continue }
            texts.keep(&domain, from: old)
            connections[index].settledDomain = domain
        }
        for index in 0..<pending.capacity where pending[index].record != 0 {
            var exchange = pending[index]
            texts.keep(&exchange.domain, from: old)
            texts.keep(&exchange.method, from: old)
            texts.keep(&exchange.userAgent, from: old)
            texts.keep(&exchange.forwardedFor, from: old)
            texts.keep(&exchange.template, from: old)
            texts.keep(&exchange.traceText, from: old)
            texts.keep(&exchange.argumentText, from: old)
            pending[index] = exchange
        }
        for index in 0..<streams.capacity where !streams[index].marks.contains(.free) {
            var domain = streams[index].domain
            texts.keep(&domain, from: old)
            streams[index].domain = domain
        }
        for index in 0..<labels.capacity where !labels[index].isFree {
            var label = labels[index]
            texts.keep(&label.serverName, from: old)
            texts.keep(&label.alpn, from: old)
            texts.keep(&label.cipher, from: old)
            texts.keep(&label.ja4, from: old)
            texts.keep(&label.tunnel, from: old)
            texts.keep(&label.details, from: old)
            labels[index] = label
        }
    }
}
