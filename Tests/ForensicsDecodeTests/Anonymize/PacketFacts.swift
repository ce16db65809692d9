import ForensicsDecode
import ForensicsModel

/// What is to be the same of a packet before and after its addresses were replaced.
struct PacketFacts: Equatable, CustomStringConvertible {
    private var numbers: String
    var direction: UInt8
    var anomalies: UInt64

    var description: String { "\(numbers) direction \(direction) anomalies \(anomalies)" }

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
        direction = packet.captureDirection
        anomalies = packet.anomalies
        self.numbers =
            "\(packet.transport) \(ends), payload \(payload), \(numbers), \(options), id \(packet.ipID) ttl \(packet.ttl) "
            + "labelled \(packet.label != 0)"
    }
}
