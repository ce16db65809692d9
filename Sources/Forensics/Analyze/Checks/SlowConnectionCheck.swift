package import ForensicsModel

/// Connections crawled under loss or a full receiver.
package enum SlowConnectionCheck: Check {
    package static let description = CheckDescription(
        name: "slow-connection",
        severity: .notice,
        title: "Connections crawled under loss or a full receiver",
        meaning:
            "A connection moved little data over a long time while segments had to be sent again or a "
            + "receiver closed its window.",
        method:
            "captured TCP connections that moved at least 64 KiB in at least 10 s, at less than 16 KiB/s, "
            + "with at least one retransmission per hundred packets (blames the network) or a zero window "
            + "(blames nobody certain). The measure is the duration.",
        caveat:
            "the connection idled for most of its life and lost a few packets by chance.")

    private static let bytesLimit: Int64 = 65_536
    private static let shortest: Int64 = 10_000_000_000
    private static let bytesPerSecond: Int64 = 16_384

    package static let crowds: ClientCrowds.Rule? = .ofFew

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.kind.isCapture, connection.transport == .tcp, let duration = connection.duration,
            duration >= shortest
        else { return }
        let bytes = connection.bytesTotal
        guard bytes >= bytesLimit, bytes / (duration / 1_000_000_000) < bytesPerSecond else { return }
        let packets = (connection.packetsFromClient ?? 0) &+ (connection.packetsFromServer ?? 0)
        let isLossy = packets > 0 && UInt64(connection.retransmissions ?? 0) >= (packets &+ 99) / 100
        guard isLossy || connection.zeroWindows ?? 0 > 0 else { return }
        let subject = Subject(connection.namesClient ? connection.client.address : connection.peer)
        context.note(
            Sighting(.slowConnection, isLossy ? .network : .unknown, subject, connection, measure: duration))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        return "\(connections) of \(subject) moved data at less than 16 KiB/s for \(Wording.longest(episode))."
    }
}
