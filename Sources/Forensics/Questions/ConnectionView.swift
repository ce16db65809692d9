import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Which evidence of a comparison shows whose connections last how long, and which cannot.
struct ConnectionView {
    let session: CaseSession
    let sides: ComparedSides
    let top: Int
    /// Nanoseconds from which a connection is long.
    let long: Int64
    let anchor: AggregateAccumulator.Anchor

    /// The evidence that tells connections better than what answers: an access log tells requests, and a capture behind a
    /// load balancer its pooled connections. `nil` where there is none, or the answer's own tells them.
    ///
    /// Of logs beside an access log those that tell how long connections last come first.
    func other(
        than group: EvidenceGroup, of groups: [EvidenceGroup], isHidden: Bool
    ) throws(ForensicsError) -> EvidenceGroup? {
        guard isHidden || !group.kind.isCapture else { return nil }
        let amounts = VantageAmount(session: session, subject: .connections, anchor: anchor)
        let able = groups.filter {
            $0 != group && (isHidden || $0.kind != group.kind) && $0.kind.told.contains(.connections)
                && sides.overlap(of: $0) == nil && amounts.keepsRows(of: $0)
        }
        let timed = able.filter { $0.kind.told.contains(.connectionLengths) }
        for list in isHidden ? [timed] : [timed, able] {
            guard let choice = EvidenceChooser.choose(list, for: .connections, share: sides.share) else { continue }
            for group in [choice.group] + choice.others where try !hidesConnections(group) { return group }
        }
        return nil
    }

    /// Whether a capture shows the requests of most active clients, and of their connections none: it was taken behind a load
    /// balancer, which sends what many clients ask on connections of its own.
    func hidesConnections(_ group: EvidenceGroup) throws(ForensicsError) -> Bool {
        guard group.kind.isCapture, group.requests > 0 else { return false }
        let part = sides.parts(of: group).during
        var reading = WindowReading(session: session, group: part.group, measure: .requests)
        reading.dimensions = [.client]
        reading.long = long
        reading.anchor = anchor
        reading.includesDistributions = false
        reading.includesSeries = false
        let aggregate = try reading.aggregate(part.window).aggregate
        let clients = aggregate.dimensions[.client] ?? []
        let named = clients.reduce(0) { $0 + $1.activity.connections }
        // Those that name no client are pooled.
        guard named < aggregate.totals.activity.connections else { return false }
        let long = Set(aggregate.longClients.map(\.client.description))
        let active = clients.filter {
            $0.activity.requests > 0 && $0.value != ValueTable.otherName
        }.sorted { left, right in
            let (a, b) = (left.activity.requests, right.activity.requests)
            return a != b ? a > b : left.value < right.value
        }.prefix(top)
        let hidden = active.count { $0.activity.connections == 0 && !long.contains($0.value) }
        return 2 * hidden > active.count
    }
}
