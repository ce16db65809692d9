import ForensicsDecode
import ForensicsModel

/// What is to be the same of a packet before and after its addresses were replaced.
struct PacketFacts: Equatable, CustomStringConvertible {
    var description: String

    init(_ packet: Packet) { self.init(packet, packet.source, packet.destination) }

    /// With what stands for its addresses.
    init(_ packet: Packet, _ addresses: inout AddressAnonymizer) {
        self.init(packet, addresses.replacing(packet.source), addresses.replacing(packet.destination))
    }

    private init(_ packet: Packet, _ source: IPAddress, _ destination: IPAddress) {
        let ends = "\(Endpoint(source, packet.sourcePort)) \(Endpoint(destination, packet.destinationPort))"
        let payload = "\(packet.payloadPosition) \(packet.payloadCaptured) \(packet.payloadLength)"
        let numbers = "\(packet.sequence) \(packet.acknowledgment) \(packet.window) \(packet.tcpFlags.rawValue)"
        let options = "\(packet.maximumSegment) \(packet.windowScale) \(packet.attributes.rawValue)"
        description =
            "\(packet.transport) \(ends), payload \(payload), \(numbers), \(options), id \(packet.ipID) ttl \(packet.ttl) "
            + "direction \(packet.captureDirection) labelled \(packet.label != 0) anomalies \(packet.anomalies)"
    }
}
