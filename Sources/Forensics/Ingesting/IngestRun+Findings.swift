import ForensicsModel
import ForensicsStore

/// Findings of logs are put together once all logs are in the case.
extension IngestRun {
    /// Puts together what the checks saw of each log, unless the case holds just that, and adds up hours meanwhile.
    ///
    /// - Returns: whether findings changed.
    func joinFindings() throws -> Bool {
        try store.checkPlace()
        let joining = try LogFindings(store)
        // The case is closed, at the latest, when nobody reads it any more.
        defer { _ = try? joining?.finish() }
        if !request.stop.isRequested { try store.sumHours() }
        guard let joining else { return false }
        let outcome = try joining.finish()
        tellRefused(outcome.refused, in: request.store)
        try store.setJoinedFindings(outcome.findings, of: joining.ordinals)
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
}
