/// The order-free identity of a flow: both directions of one conversation have the same key.
package struct FlowKey: Hashable, Sendable {
    package var lower: IPAddress
    package var upper: IPAddress
    /// The ports of `lower` and `upper`, the transport and the capture's tunnel or VLAN label: one word to compare.
    package var word: UInt64

    /// Creates the key of a packet and tells whether its source is the lower endpoint.
    ///
    /// - Parameter label: separates flows that share addresses but not a network: VLAN, VNI, GWLB endpoint.
    @inline(__always)
    package init(source: Endpoint, destination: Endpoint, transport: TransportProtocol, label: UInt16) {
        let forward = source < destination
        lower = forward ? source.address : destination.address
        upper = forward ? destination.address : source.address
        let low = UInt64(forward ? source.port : destination.port)
        let high = UInt64(forward ? destination.port : source.port)
        word = low << 48 | high << 32 | UInt64(transport.rawValue) << 16 | UInt64(label)
    }

    /// A well-mixed hash of the key; `seed` keeps hostile captures from choosing collisions.
    @inline(__always)
    package func hash(seed: UInt64) -> UInt64 {
        var value = Self.fold(lower.high ^ seed, lower.low ^ 0x9E37_79B9_7F4A_7C15)
        value = Self.fold(value ^ upper.high, upper.low ^ 0xBF58_476D_1CE4_E5B9)
        return Self.fold(value ^ word, seed ^ 0x94D0_49BB_1331_11EB)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
