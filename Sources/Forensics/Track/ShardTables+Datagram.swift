import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Takes one datagram of a UDP, ICMP or other flow: times and counts.
    mutating func datagram(
        _ core: inout ConnectionCore, direction: Int, _ packet: Packet, _ bytes: Span<UInt8>,
        source: UInt32, _ out: inout FactBatch
    ) {
        core.last = max(core.last, packet.time.nanoseconds)
        let packets = core.halves[direction].packets
        core.halves[direction].packets = packets == .max ? packets : packets &+ 1
        core.halves[direction].addBytes(UInt32(bitPattern: max(packet.payloadLength, 0)))
        if packet.payloadLength > 0, !core.halves[direction].marks.contains(.historyData) {
            core.halves[direction].marks.insert(.historyData)
            record(.data, &core, direction: direction)
        }
        if packet.isUDP, direction == 0, !core.marks.contains(.opaque) {
            look(&core, packet, bytes)
        }
    }

    /// Looks for DNS questions and QUIC client hellos in a client's datagrams.
    private mutating func look(_ core: inout ConnectionCore, _ packet: Packet, _ bytes: Span<UInt8>) {
        let start = Int(packet.payloadPosition)
        let end = start + min(Int(packet.payloadCaptured), Int(packet.payloadLength))
        guard start >= 0, start < end, end <= bytes.count else { return }
        if core.responderPort == 53 || core.responderPort == 5353 {
            question(&core, bytes, start..<end)
        } else {
            initial(&core, bytes, start..<end, packet.time.nanoseconds)
        }
    }

    private mutating func question(_ core: inout ConnectionCore, _ bytes: Span<UInt8>, _ range: Range<Int>) {
        core.marks.insert(.opaque)
        var message = DNSMessage()
        guard case .complete = DNSMessage.parse(bytes, range, into: &message) else { return }
        core.service = .dns
        guard !message.name.isEmpty, mayKeepTexts, core.stream >= 0 || open(&core) else { return }
        let name = texts.intern(message.name.span, 0..<message.name.count, limit: TextLimit.name)
        streams[core.stream].domain = name
    }

    /// Collects the client hello of a QUIC connection.
    private mutating func initial(
        _ core: inout ConnectionCore, _ bytes: Span<UInt8>, _ range: Range<Int>, _ time: Int64
    ) {
        if core.stream < 0 || streams[core.stream].quic < 0 {
            guard QUIC.looksLikeInitial(bytes, range), quic.count < options.quicPerShard,
                core.stream >= 0 || open(&core)
            else {
                core.marks.insert(.opaque)
                return
            }
            core.service = .quic
            streams[core.stream].quic = quic.allocate(QUICClientHandshake())
        }
        var stream = streams[core.stream]
        var handshake = quic[stream.quic]
        switch handshake.take(bytes, range) {
        case .incomplete: quic[stream.quic] = handshake
        case .malformed:
            core.marks.insert(.opaque)
            releaseQUIC(&stream)
        case .complete:
            core.marks.insert(.opaque)
            hello(&stream, handshake, time)
            releaseQUIC(&stream)
        }
        streams[core.stream] = stream
    }

    private mutating func hello(_ stream: inout StreamState, _ handshake: QUICClientHandshake, _ time: Int64) {
        let index = label(of: &stream)
        let crypto = handshake.crypto
        labels[index].helloTime = time
        labels[index].tlsVersion = .tls13
        guard mayKeepTexts else { return }
        labels[index].serverName = texts.intern(crypto.span, handshake.hello.serverName, limit: TextLimit.name)
        labels[index].alpn = texts.intern(crypto.span, handshake.hello.firstALPN, limit: TextLimit.name)
        var print: [UInt8] = []
        JA4.fingerprint(crypto.span, handshake.hello, overQUIC: true, into: &print)
        labels[index].ja4 = texts.intern(print)
    }

    mutating func releaseQUIC(_ stream: inout StreamState) {
        guard stream.quic >= 0 else { return }
        quic[stream.quic] = QUICClientHandshake()
        quic.release(stream.quic)
        stream.quic = -1
    }

    /// Keeps what the outer headers of a tunnelled connection say, as text.
    mutating func keepTunnel(_ core: inout ConnectionCore, _ tunnel: TunnelEvidence?) {
        guard let tunnel, mayKeepTexts, open(&core) else { return }
        var stream = streams[core.stream]
        let index = label(of: &stream)
        labels[index].tunnel = texts.intern(Array(Self.describe(tunnel).utf8))
        streams[core.stream] = stream
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

    /// Lets go of texts that no open connection or request holds any more.
    mutating func collectTexts() {
        let old = texts.beginCollection()
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
        for index in 0..<streams.capacity where !streams[index].isFree {
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
            labels[index] = label
        }
        texts.endCollection()
    }
}
