import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Says how connections that were put together from rows of flow logs are to be read: whose client is a guess, which were
/// seen twice, where their bytes are counted, and what AWS did not record.
struct FlowLogCaveats {
    let session: CaseSession
    let group: EvidenceGroup

    /// Rows that are read without being asked: about a second's worth.
    private static let readRows = 1_000_000

    private typealias Caveat = ComparisonResult.Caveat

    /// The caveats of a comparison.
    func caveats(in windows: [TimeWindow]) throws(ForensicsError) -> [ComparisonResult.Caveat] {
        guard group.kind == .vpcFlow else { return [] }
        let counts = try counts(in: windows)
        return [guessed(counts), repeated(counts), Self.bytesAtEnd].compactMap { $0 }
    }

    /// What a question about one window notes beside its answer.
    func note(_ window: TimeWindow, _ measure: RankMeasure, _ note: (String) -> Void) throws(ForensicsError) {
        guard group.kind == .vpcFlow else { return }
        if let skipped = CoverageCaveats(session: session, group: group).skipped(in: [window]) { note(skipped.text) }
        if try session.reading({ try session.store.hasRepeatedConnections() }),
            let repeated = repeated(try counts(in: [window]))
        {
            note(repeated.text)
        }
        if measure == .bytes { note(Self.bytesAtEnd.text) }
    }

    /// Connections of some windows, and how many of them are to be read with care.
    private struct Counts {
        var seen = 0
        var guessed = 0
        var repeated = 0
        /// Whether there may be more.
        var isCut = false

        func share(_ part: Int) -> String {
            func number(_ count: Int) -> String { NumberText.grouped(Int64(clamping: count)) }
            let share = part == seen ? "all \(number(seen))" : "\(number(part)) of \(number(seen))"
            return "\(share) connections\(isCut ? ", counted in the first of them," : "")"
        }
    }

    /// Counts the rows of some windows that pass the filters; none where no rows are kept.
    private func counts(in windows: [TimeWindow]) throws(ForensicsError) -> Counts {
        var counts = Counts()
        guard session.rows(of: group) == .all else { return counts }
        var filter = CompiledFilter(session.filter)
        var read = 0
        for window in windows {
            try session.reading {
                try session.store.scanConnections(FactScan(window: window, sources: group.sources)) { batch in
                    filter.begin(batch.texts)
                    read += batch.connections.count
                    for connection in batch.connections where filter.admits(connection, batch.texts) {
                        counts.seen += 1
                        if connection.flags.contains(.clientGuessed) { counts.guessed += 1 }
                        if connection.flags.contains(.repeated) { counts.repeated += 1 }
                    }
                    counts.isCut = read >= Self.readRows
                    return !counts.isCut
                }
            }
        }
        return counts
    }

    private func guessed(_ counts: Counts) -> Caveat? {
        guard counts.guessed > 0 else { return nil }
        return Caveat(
            code: "guessed-clients",
            text: "In \(counts.share(counts.guessed)) the flow logs do not show who opened them: who is the client was "
                + "guessed, from the direction where it is told, else from how many ports each end talks to.")
    }

    /// What one interface saw was seen once, whatever others saw.
    private func repeated(_ counts: Counts) -> Caveat? {
        guard counts.repeated > 0, session.filter.nodes.count(where: { !$0.isNegated }) != 1 else { return nil }
        return Caveat(
            code: "seen-twice",
            text:
                "\(Self.capitalized(counts.share(counts.repeated))) were seen by another network interface too, the one at the "
                + "other end or on the way: they count once for every interface. `--vantage INTERFACE` looks at one, "
                + "`top node` lists them.")
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private static let bytesAtEnd = Caveat(
        code: "bytes-at-end",
        text:
            "Bytes of flow logs are counted where their connection ends, those of a long one all in its last minute, and not "
            + "at all while it goes on past the window; the view flow_records tells them row by row.")
}
