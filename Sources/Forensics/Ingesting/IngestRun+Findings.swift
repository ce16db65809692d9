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
        var checks: [Series: CheckSet] = [:]
        var ends: [Series: Timestamp] = [:]
        for source in sources {
            let series = Series(kind: source.kind, vantage: source.vantage)
            guard let seen = try store.sightings(of: source.ordinal),
                checks[series, default: CheckSet()].join(seen, source: source.id)
            else {
                throw ForensicsError(
                    .data,
                    "\(request.store): is damaged (what was found in \(source.path)); ingest into another --store.")
            }
            ends[series] = max(
                ends[series] ?? Timestamp(nanoseconds: .min),
                source.lastTime ?? source.firstTime ?? Timestamp(nanoseconds: .min))
        }
        var findings: [Finding] = []
        let refused = checks.values.reduce(0) { $0 + $1.refusedSightings }
        if refused > 0 {
            note(
                "\(request.store): more clients had some answers 4xx or redirects at once than are followed: "
                    + "\(DecimalText.grouped(refused)) of them may be missing in http-4xx and redirect-loop.")
        }
        for series in checks.keys {
            findings += checks[series]?.finish(end: ends[series] ?? Timestamp(nanoseconds: 0)) ?? []
        }
        try store.setJoinedFindings(PrivateNumbers(sources).moved(findings), of: ordinals)
        return true
    }
}
