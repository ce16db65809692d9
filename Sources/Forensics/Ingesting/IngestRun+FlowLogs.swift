import ForensicsAnalyze
import ForensicsModel
import ForensicsStore
import ForensicsTrack

/// Connections are stitched together from the rows of all flow logs, once these are in the case.
extension IngestRun {
    /// Bytes that an open connection takes while flow logs are stitched, its place in the table included.
    private static let bytesPerFlow: Int64 = 512
    /// Bytes that a row takes while the rows of a log are put into order.
    private static let bytesPerRow: Int64 = 192

    /// Stitches the flow logs of the case, unless it holds just what they give.
    ///
    /// - Returns: whether anything changed.
    func stitchFlowLogs() throws -> Bool {
        let sources = try store.sources().filter { $0.kind == .vpcFlow && $0.isUnitComplete && $0.accepted > 0 }
        let ordinals = sources.map(\.ordinal)
        guard try store.beginStitching(ordinals), let home = sources.min(by: { $0.id < $1.id }) else { return false }
        // Where rows of several logs fall into one second, the public number decides: it does not depend on the run.
        let logs = sources.map { FlowStitching.Log(id: $0.id, first: $0.firstTime ?? Timestamp(nanoseconds: .min)) }
            .sorted { ($0.first, $0.id) < ($1.first, $1.id) }
        let rows = try FlowRows(store, stop: request.stop)
        let servers = try rows.servers(logs.map(\.id), jobs: options.jobs)
        let stitching = FlowStitching(logs, rows: rows, servers: servers, limits: stitchingLimits)
        defer { stitching.close() }
        var writer = StitchedWriter(
            store: store, sources: sources, home: home.ordinal, memory: options.maxMemory)
        var batch = FactBatch()
        while stitching.take(into: &batch), writer.write(&batch) {}
        try writer.flush()
        guard let outcome = try stitching.finish() else { return true }
        let end = sources.compactMap(\.lastTime).max() ?? Timestamp(nanoseconds: 0)
        try writer.finish(ordinals, end: end)
        tell(outcome)
        return true
    }

    private var stitchingLimits: FlowStitching.Limits {
        let memory = Int64(options.maxMemory)
        return FlowStitching.Limits(
            connections: Int(clamping: memory / 2 / Self.bytesPerFlow),
            rows: Int(clamping: memory / 4 / Self.bytesPerRow))
    }

    private func tell(_ outcome: FlowStitching.Outcome) {
        if outcome.evicted > 0 {
            note(
                "\(request.store): \(outcome.evicted) connections of flow logs were cut, as more were open than "
                    + "--max-memory has room for; give more.")
        }
        if outcome.unusable > 0 {
            note(
                "\(request.store): \(outcome.unusable) rows of flow logs lack addresses, ports, protocol or times, and "
                    + "are no part of a connection; `lbforensics export flow_records` shows them.")
        }
    }
}
