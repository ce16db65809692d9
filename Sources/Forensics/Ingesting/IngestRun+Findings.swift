import ForensicsAnalyze
import ForensicsModel
import ForensicsStore

/// Findings of logs are put together once all logs are in the case.
extension IngestRun {
    /// The logs whose rows tell of the same things: two kinds, or two load balancers, may each tell of one request.
    private struct Series: Hashable {
        var kind: EvidenceKind
        var vantage: String?
    }

    /// Puts together what the checks saw of each log, unless the case holds just that.
    ///
    /// - Returns: whether anything changed.
    func joinFindings() throws -> Bool {
        guard let ordinals = try store.sourcesToJoin() else { return false }
        let isWanted = Set(ordinals)
        // Public numbers where two logs begin at once: they do not depend on the run.
        let sources = try store.sources().filter { isWanted.contains($0.ordinal) }.sorted {
            let none = Timestamp(nanoseconds: .min)
            return ($0.firstTime ?? none, $0.id) < ($1.firstTime ?? none, $1.id)
        }
        var findings: [Finding] = []
        var refused: UInt64 = 0
        let series = Dictionary(grouping: sources) { Series(kind: $0.kind, vantage: $0.vantage) }
        // In an order that does not depend on the run: that of the first log of each.
        for logs in series.values.sorted(by: { $0[0].id < $1[0].id }) {
            var checks = CheckSet()
            for log in logs { try look(at: log) { checks.expect($0) } }
            for log in logs { try look(at: log) { checks.join($0, source: log.id) } }
            refused += checks.refusedSightings
            findings += checks.finish(end: logs.compactMap(\.lastTime).max() ?? Timestamp(nanoseconds: 0))
        }
        tellRefused(refused, in: request.store)
        try store.setJoinedFindings(PrivateNumbers(sources).moved(findings), of: ordinals)
        return true
    }

    /// Says what findings that count how much of one thing there is may lack.
    func tellRefused(_ sightings: UInt64, in place: String) {
        if sightings == 0 { return }
        note(
            "\(place): more clients and servers had some answers 4xx, redirects, half-open connections, silences or failed "
                + "handshakes at once than are followed: \(DecimalText.grouped(sightings)) of them may be missing in findings."
        )
    }

    /// Says that health checks may count as connections of clients.
    func tellUnwatched(_ connections: UInt64, in place: String) {
        if connections == 0 { return }
        note(
            "\(place): more addresses made connections without data at once than are watched for health checks: "
                + "\(DecimalText.grouped(connections)) of these may be checks that count as clients'; leave out who checks with --ignore."
        )
    }

    /// Reads what the checks saw of a log.
    private func look(at log: SourceRecord, _ take: ([UInt8]) -> Bool) throws {
        guard let seen = try store.sightings(of: log.ordinal), take(seen) else {
            throw ForensicsError(
                .data, "\(request.store): is damaged (what was found in \(log.path)); ingest into another --store.")
        }
    }
}
