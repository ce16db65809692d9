import ForensicsModel

/// Decodes a GENEVE header and the options of AWS's gateway load balancer. RFC 8926, section 3.4.
///
///     | version, options length | O C reserved | protocol type (2) | VNI (3) | reserved (1) | options | packet |
enum GENEVE {
    static let port: UInt16 = 6081
    /// AWS's option class: 1 endpoint, 2 attachment, 3 flow cookie.
    static let awsClass: UInt16 = 0x0108

    /// Whether the header has no reserved bit set and names a protocol that is known.
    static func isCertain(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard layer.captured >= 28 else { return false }
        return isSound(bytes, layer)
    }

    /// Whether the first eight bytes leave no doubt.
    static func isSound(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard bytes[layer.position] >> 6 == 0 else { return false }
        let type = bytes.uint16(at: layer.position &+ 2)
        return bytes[layer.position &+ 1] & 0x3F == 0 && bytes[layer.position &+ 7] == 0
            && (type == 0x0800 || type == 0x86DD || type == 0x6558)
    }

    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 8, bytes[layer.position] >> 6 == 0 else { return packet.note(.malformedTunnel) }
        let length = 8 &+ Int(bytes[layer.position] & 0x3F) &* 4
        let type = bytes.uint16(at: layer.position &+ 2)
        guard layer.captured >= length else { return packet.note(.malformedTunnel) }
        guard Tunnel.mayEnter(layer, &packet) else { return }
        var evidence = TunnelEvidence(kind: .geneve)
        evidence.identifier = bytes.uint24(at: layer.position &+ 4)
        readOptions(bytes, (layer.position &+ 8)..<(layer.position &+ length), &evidence, &packet)
        // Another protocol inside: the packet stays that of the outer headers.
        guard type == 0x0800 || type == 0x86DD || type == 0x6558 || type == 0x8847 else { return }
        packet.label = Tunnel.label(packet.label, UInt64(evidence.identifier) ^ evidence.gatewayEndpoint)
        setDirection(&packet)
        Tunnel.enter(evidence, &packet, &side)
        var inner = layer.advanced(length)
        inner.depth &+= 1
        if type == 0x6558 {
            EthernetLink.decodeInner(bytes, inner, &packet, &side)
        } else {
            EtherType.decodeInner(bytes, type, inner, &packet, &side)
        }
    }

    /// Tells the packets that a gateway load balancer sends to an appliance from those that come back, which are the same
    /// with the outer addresses swapped: where the capture names no direction, the order of the addresses is one.
    private static func setDirection(_ packet: inout Packet) {
        guard packet.captureDirection == 0 else { return }
        let isRising =
            packet.source.high != packet.destination.high
            ? packet.source.high < packet.destination.high : packet.source.low < packet.destination.low
        packet.captureDirection = isRising ? 1 : 2
    }

    private static func readOptions(
        _ bytes: Span<UInt8>, _ options: Range<Int>, _ evidence: inout TunnelEvidence, _ packet: inout Packet
    ) {
        var index = options.lowerBound
        while index &+ 4 <= options.upperBound {
            let optionClass = bytes.uint16(at: index)
            let type = bytes[index &+ 2] & 0x7F
            let length = Int(bytes[index &+ 3] & 0x1F) &* 4
            let data = index &+ 4
            guard data &+ length <= options.upperBound else { return packet.note(.badOptions) }
            if optionClass == awsClass {
                switch (type, length) {
                case (1, 8): evidence.gatewayEndpoint = bytes.uint64(at: data)
                case (2, 8): evidence.attachment = bytes.uint64(at: data)
                case (3, 4): evidence.flowCookie = bytes.uint32(at: data)
                default: break
                }
            }
            index = data &+ length
        }
    }
}
