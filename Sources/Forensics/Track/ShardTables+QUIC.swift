import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// A handshake of so many bytes is not refused for room: those of browsers are no longer, and few are open at once.
    private static let usualHandshake = 2_048
    /// Datagrams of a client that are looked at for a QUIC initial packet.
    private static let initialAttempts: UInt32 = 4

    /// Looks at a client's datagram for the hello of a QUIC connection. RFC 9001, section 4.
    mutating func clientDatagram(
        _ core: inout ConnectionCore, _ packet: Packet, _ bytes: Span<UInt8>, _ texts: inout LiveTexts
    ) {
        let start = min(max(Int(packet.payloadPosition), 0), bytes.count)
        let datagram = start..<min(start + max(Int(packet.payloadCaptured), 0), bytes.count)
        let known = core.stream >= 0 ? streams[core.stream].quic : -1
        if known < 0 {
            guard QUIC.looksLikeInitial(bytes, datagram) else {
                if core.halves[0].packets >= Self.initialAttempts { core.marks.insert(.opaque) }
                return
            }
            core.service = .quic
            guard handshakes.count < options.handshakesPerShard, core.stream >= 0 || open(&core) else {
                counters.refusedBuffers += 1
                core.marks.insert(.opaque)
                return
            }
            streams[core.stream].quic = handshakes.allocate(QUICClientHandshake())
        }
        var stream = streams[core.stream]
        var handshake = handshakes[stream.quic]
        let held = handshake.heldBytes
        let result = handshake.take(bytes, datagram)
        handshakeBytes &+= handshake.heldBytes &- held
        handshakes[stream.quic] = handshake
        switch result {
        case .incomplete
        where handshakeBytes > options.handshakeBytesPerShard && handshake.heldBytes > Self.usualHandshake:
            counters.refusedBuffers += 1
            dropHandshake(&stream)
            core.marks.insert(.opaque)
        case .incomplete: break
        case .malformed:
            dropHandshake(&stream)
            core.marks.insert(.opaque)
        case .complete:
            name(&stream, handshake, at: packet.time.nanoseconds, &texts)
            dropHandshake(&stream)
            core.marks.insert(.opaque)
        }
        streams[core.stream] = stream
    }

    private mutating func name(
        _ stream: inout StreamState, _ handshake: QUICClientHandshake, at time: Int64, _ texts: inout LiveTexts
    ) {
        let index = label(of: &stream)
        var label = labels[index]
        let bytes = handshake.crypto.span
        label.serverName = Self.internName(bytes, handshake.hello.serverName, &texts)
        label.alpn = texts.intern(bytes, handshake.hello.firstALPN, limit: TextLimit.name)
        label.tlsVersion = handshake.hello.version
        label.helloTime = time
        label.isHelloSeen = true
        var print: [UInt8] = []
        JA4.fingerprint(bytes, handshake.hello, overQUIC: true, into: &print)
        label.ja4 = texts.intern(print)
        labels[index] = label
    }

    mutating func dropHandshake(_ stream: inout StreamState) {
        guard stream.quic >= 0 else { return }
        handshakeBytes &-= handshakes[stream.quic].heldBytes
        handshakes[stream.quic] = QUICClientHandshake()
        handshakes.release(stream.quic)
        stream.quic = -1
    }
}
