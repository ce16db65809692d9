package import ForensicsModel

/// Connections lost many segments.
package enum RetransmissionBurstCheck: Check {
    package static let description = CheckDescription(
        name: "retransmission-burst",
        severity: .notice,
        title: "Connections lost many segments",
        meaning:
            "Segments had to be sent again: packets are lost on the way to or from this client, or an "
            + "interface is saturated. Where the same segment is sent again and again, nothing of it arrives: the path or a "
            + "firewall drops it. If that happens to large segments alone, which is said, a link on the way is "
            + "too narrow for them (MTU) and its ICMP errors do not come back: let these pass, or lower the MTU or the segment size (MSS).",
        method:
            "captured connections with at least 10 retransmitted segments that are at least 5 per hundred of "
            + "its packets, or on which the oldest segment that was not acknowledged was sent again at least four times "
            + "over at least one second, or whose client got no answer to its SYN, sent it three times or more, and nothing else, "
            + "while the server answered as often, by client. The measure is the number of retransmissions.",
        caveat:
            "the capture itself dropped packets, or sees duplicates that are no retransmissions; the other end vanished "
            + "(a telephone that lost its network).",
        unit: .none)

    package static let crowds: ClientCrowds.Rule? = .ofFew

    private static let undeliveredTag: UInt64 = 1
    private static let otherTag: UInt64 = 2
    private static let unheardTag: UInt64 = 4
    /// Undelivered, and all of it large.
    private static let largeTag: UInt64 = 8
    /// SYNs of a client, and answers, that tell that none of these reaches it.
    private static let fewestAttempts: UInt64 = 3

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard let count = connection.retransmissions else { return }
        let tag: UInt64 =
            if isUnheard(connection) {
                unheardTag
            } else if connection.flags.contains(.undelivered) {
                connection.flags.contains(.undeliveredLarge) ? largeTag : undeliveredTag
            } else {
                otherTag
            }
        guard tag != otherTag || isBurst(count, of: connection, context.options) else { return }
        let subject = Subject(connection.namesClient ? connection.client.address : connection.peer)
        context.note(
            Sighting(.retransmissionBurst, .network, subject, connection, measure: Int64(count), tags: tag))
    }

    /// Whether the client asked again and again for an answer that the server had given.
    private static func isUnheard(_ connection: Connection) -> Bool {
        connection.flags.contains(.leftHalfOpen) && connection.packetsFromClient ?? 0 >= fewestAttempts
            && connection.packetsFromServer ?? 0 >= fewestAttempts
    }

    private static func isBurst(_ count: UInt32, of connection: Connection, _ options: CheckOptions) -> Bool {
        guard count >= options.retransmissions else { return false }
        let packets = (connection.packetsFromClient ?? 0) &+ (connection.packetsFromServer ?? 0)
        return UInt64(count) * 100
            >= packets.multipliedReportingOverflow(by: options.retransmissionPercent).partialValue
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let segments = Wording.count(UInt64(clamping: episode.sum), "retransmitted segment")
        let stuck =
            switch episode.tags & (undeliveredTag | otherTag | unheardTag | largeTag) {
            case largeTag:
                "; the same segment was sent again and again and not acknowledged, always one of 1,200 bytes or more: where smaller ones "
                    + "arrive, a link on the way is too narrow for it (MTU)"
            case undeliveredTag, undeliveredTag | largeTag:
                "; the same segment was sent again and again and not acknowledged"
            case unheardTag: "; the server answered their SYNs again and again, and none of it reached the client"
            case otherTag: ""
            default: "; on some the same segment was sent again and again and not acknowledged"
            }
        return "\(connections) with \(subject) had \(segments)\(Wording.within(episode))\(stuck)."
    }
}
