package import ForensicsDecode
import ForensicsModel

/// Joins the two directions of connections that two sessions of a traffic mirror carry, each under a network identifier of its
/// own: one mirrors what comes in, the other what goes out.
///
/// A SYN under one identifier whose answer, by its acknowledgment number, comes under another shows that both are one network:
/// from then on packets of the second are taken for packets of the first. Where the SYN came under both, each session sees
/// both directions, and two capture points stay two: `doubled` counts their connections. Bounded: of openings the newest take
/// the places of older ones.
package struct MirrorSessions: Sendable {
    private static let places = 1 << 12
    private static let sessionLimit = 256

    private struct Opening {
        var fingerprint: UInt64 = 0
        /// 0 once it came under several.
        var label: UInt16 = 0
    }

    /// Empty before the first mirrored packet.
    private var openings: [Opening] = []
    private var labels: [UInt16: UInt16] = [:]
    /// Connections whose SYN came under several identifiers.
    package private(set) var doubled: UInt64 = 0

    package init() {}

    /// Gives the packets of a batch, of which the stream goes on, the labels of the networks they belong to.
    package mutating func join(_ batch: inout PacketBatch) {
        if batch.tunnels.isEmpty { return }
        var packets = batch.packets.mutableSpan
        for index in packets.indices
        where packets[index].attributes.contains(.mirrored) && packets[index].label != 0 {
            if packets[index].isTCP, packets[index].hasSYN { observe(packets[index]) }
            if let label = labels[packets[index].label] { packets[index].label = label }
        }
    }

    private mutating func observe(_ packet: Packet) {
        if openings.isEmpty { openings = [Opening](repeating: Opening(), count: Self.places) }
        let isAnswer = packet.hasACK
        let fingerprint =
            isAnswer
            ? Self.fingerprint(
                packet.destination, packet.destinationPort, packet.source, packet.sourcePort, packet.acknowledgment &- 1
            )
            : Self.fingerprint(
                packet.source, packet.sourcePort, packet.destination, packet.destinationPort, packet.sequence)
        let place = Int(truncatingIfNeeded: fingerprint) & (Self.places - 1)
        let known = openings[place]
        let isKnown = known.fingerprint == fingerprint
        if !isAnswer {
            let label = !isKnown || known.label == packet.label ? packet.label : 0
            if label == 0, known.label != 0 { doubled += 1 }
            openings[place] = Opening(fingerprint: fingerprint, label: label)
        } else if isKnown, known.label != 0, known.label != packet.label, labels.count < Self.sessionLimit,
            labels[known.label] == nil
        {
            labels[packet.label] = labels[packet.label] ?? known.label
        }
    }

    /// Tells openings apart: by their ends and the client's initial sequence number.
    private static func fingerprint(
        _ source: IPAddress, _ sourcePort: UInt16, _ destination: IPAddress, _ destinationPort: UInt16, _ number: UInt32
    ) -> UInt64 {
        let ends = Shard.digest(source, sourcePort) &* 3 &+ Shard.digest(destination, destinationPort)
        return (ends ^ UInt64(number)) &* 0x9E37_79B9_7F4A_7C15
    }
}
