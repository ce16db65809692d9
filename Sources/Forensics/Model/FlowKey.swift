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
}
