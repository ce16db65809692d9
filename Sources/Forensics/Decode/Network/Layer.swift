import ForensicsModel

/// What is left of a packet at one layer: where it begins, how far it was captured, how long it was on the wire.
struct Layer {
    /// The first byte of this layer in the batch's buffer.
    var position: Int
    /// The end of what was captured of it.
    var end: Int
    /// The end it had on the wire, as if the buffer went on; not before `end`.
    var wireEnd: Int
    /// How many tunnels lie around it.
    var depth: Int

    @inline(__always)
    init(position: Int, end: Int, wireEnd: Int, depth: Int) {
        self.position = position
        self.end = end
        self.wireEnd = wireEnd
        self.depth = depth
    }

    /// How many captured bytes are left.
    @inline(__always)
    var captured: Int { end &- position }

    /// How many bytes there were on the wire.
    @inline(__always)
    var length: Int { wireEnd &- position }

    /// Returns the layer without its first bytes, of which at least `count` were captured.
    @inline(__always)
    func advanced(_ count: Int) -> Layer {
        Layer(position: position &+ count, end: end, wireEnd: wireEnd, depth: depth)
    }
}

/// What packets of a batch have besides their fixed fields; few packets have any.
struct PacketSide {
    var tunnels: [TunnelEvidence] = []
    var icmpErrors: [ICMPError] = []
    var fragments: [FragmentPlace] = []
    /// The index that the packet at hand will have.
    var index: Int32 = 0

    /// How many tunnels around a packet are taken off.
    static let tunnelDepth = 4
}

extension Packet {
    /// Sets the payload to what is left of a layer.
    @inline(__always)
    mutating func setPayload(_ layer: Layer) {
        payloadPosition = Int32(truncatingIfNeeded: layer.position)
        payloadCaptured = Int32(truncatingIfNeeded: max(0, layer.captured))
        payloadLength = Int32(clamping: max(0, layer.length))
    }

    /// Marks a packet that holds no IP packet, or none whose header is whole.
    mutating func setNonIP(_ layer: Layer, _ anomaly: Anomaly? = nil) {
        if let anomaly { note(anomaly) }
        if case .truncatedIP? = anomaly, layer.captured < layer.length { note(.headerCut) }
        attributes.insert(.nonIP)
        setPayload(layer)
    }

    /// Forgets what the headers around a tunnel said; the anomalies stay.
    mutating func enterTunnel() {
        source = .unspecified
        destination = .unspecified
        sourcePort = 0
        destinationPort = 0
        transport = .other
        ipID = 0
        ttl = 0
        attributes = attributes.intersection(.mirrored)
    }
}
