import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Says in how many connections of flow logs who is the client is a guess.
struct GuessedClients {
    let session: CaseSession
    let group: EvidenceGroup

    /// Rows that are read without being asked: about a second's worth.
    private static let readRows = 1_000_000

    /// The caveat about the connections of some windows; none where each told its client, or no rows are kept.
    func caveats(in windows: [TimeWindow]) throws(ForensicsError) -> [ComparisonResult.Caveat] {
        guard group.kind == .vpcFlow, session.rows(of: group) == .all else { return [] }
        var seen = 0
        var guessed = 0
        for window in windows {
            let scan = FactScan(window: window, sources: group.sources)
            try session.reading {
                try session.store.scanConnections(scan) { batch in
                    seen += batch.connections.count
                    guessed += batch.connections.count { $0.flags.contains(.clientGuessed) }
                    return seen < Self.readRows
                }
            }
        }
        guard guessed > 0 else { return [] }
        func number(_ count: Int) -> String { NumberText.grouped(Int64(clamping: count)) }
        let share = guessed == seen ? "all \(number(seen))" : "\(number(guessed)) of \(number(seen))"
        let part = seen < Self.readRows ? "" : ", counted in the first of them,"
        return [
            .init(
                code: "guessed-clients",
                text: "In \(share) connections\(part) the flow logs do not show who opened them: who is the client was "
                    + "guessed, from the direction where it is told, else from how many ports each end talks to.")
        ]
    }
}
