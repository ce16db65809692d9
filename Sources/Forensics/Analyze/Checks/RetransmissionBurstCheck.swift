package import ForensicsModel

/// Connections lost many segments.
package enum RetransmissionBurstCheck: Check {
    package static let description = CheckDescription(
        name: "retransmission-burst",
        severity: .notice,
        title: "Connections lost many segments",
        meaning:
            "Segments had to be sent again: packets are lost on the way to or from this client, or an "
            + "interface is saturated.",
        method:
            "captured connections with at least 10 retransmitted segments that are at least 5 per hundred of "
            + "its packets, by client. The measure is the number of retransmissions.",
        caveat:
            "the capture itself dropped packets, or sees duplicates that are no retransmissions.",
        unit: .none)

    package static let tellsCrowds = true

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard let count = connection.retransmissions, count >= context.options.retransmissions else { return }
        let packets = (connection.packetsFromClient ?? 0) &+ (connection.packetsFromServer ?? 0)
        guard
            UInt64(count) * 100
                >= packets.multipliedReportingOverflow(by: context.options.retransmissionPercent).partialValue
        else { return }
        let subject = Subject(connection.namesClient ? connection.client.address : connection.peer)
        context.note(Sighting(.retransmissionBurst, .network, subject, connection, measure: Int64(count)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let segments = Wording.count(UInt64(clamping: episode.sum), "retransmitted segment")
        return "\(connections) with \(subject) had \(segments)\(Wording.within(episode))."
    }
}
