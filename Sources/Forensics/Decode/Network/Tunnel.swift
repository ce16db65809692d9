import ForensicsModel

/// What all tunnels share: keeping the outer header as evidence and going on inside.
enum Tunnel {
    /// Whether one more tunnel may be taken off; notes it where not, and the packet stays that of the outer headers.
    static func mayEnter(_ layer: Layer, _ packet: inout Packet) -> Bool {
        if layer.depth < PacketSide.tunnelDepth { return true }
        packet.note(.tooManyTunnels)
        return false
    }

    /// Keeps what the tunnel's headers said and forgets them in the packet.
    ///
    /// Of nested tunnels the innermost is told, but a GENEVE header, which names the GWLB endpoint, is never replaced.
    static func enter(_ evidence: TunnelEvidence, _ packet: inout Packet, _ side: inout PacketSide) {
        var evidence = evidence
        evidence.outerSource = packet.source
        evidence.outerDestination = packet.destination
        let known = Int(packet.tunnel)
        if known < 0 || known >= side.tunnels.count {
            packet.tunnel = Int32(truncatingIfNeeded: side.tunnels.count)
            side.tunnels.append(evidence)
        } else if side.tunnels[known].kind != .geneve {
            side.tunnels[known] = evidence
        }
        packet.enterTunnel()
    }

    /// Folds a network's identifier into the label; 0 changes nothing, anything else never gives 0.
    static func label(_ label: UInt16, _ identifier: UInt64) -> UInt16 {
        if identifier == 0 { return label }
        let mixed = (identifier ^ UInt64(label) << 48) &* 0x9E37_79B9_7F4A_7C15
        return UInt16(truncatingIfNeeded: mixed >> 48) | 1
    }
}

/// IP inside IP. RFC 2003; RFC 4213, section 3.
enum IPInIP {
    static func decode(
        _ bytes: Span<UInt8>, _ number: UInt8, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        packet.setPayload(layer)
        guard Tunnel.mayEnter(layer, &packet) else { return }
        guard layer.captured >= 1, bytes[layer.position] >> 4 == (number == 4 ? 4 : 6) else {
            return packet.note(.malformedTunnel)
        }
        Tunnel.enter(TunnelEvidence(kind: .ipInIP), &packet, &side)
        var inner = layer
        inner.depth &+= 1
        IP.decodeInner(bytes, inner, &packet, &side)
    }
}
