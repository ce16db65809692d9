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
    /// Rows that are stored at once.
    private static let rowsPerBatch = 1 << 16

    /// Stitches the flow logs of the case, unless it holds just what they give.
    ///
    /// - Returns: whether anything changed.
    func stitchFlowLogs() throws -> Bool {
        let sources = try store.sources().filter { $0.kind == .vpcFlow && $0.isUnitComplete && $0.accepted > 0 }
        let ordinals = sources.map(\.ordinal)
        guard try store.beginStitching(ordinals), let home = sources.min(by: { $0.id < $1.id }) else { return false }
        // Where rows of several logs fall into one second, the public number decides: it does not depend on the run.
        let ordered = sources.sorted { (Self.first($0), $0.id) < (Self.first($1), $1.id) }
        let places = Dictionary(uniqueKeysWithValues: sources.map { ($0.id, $0.ordinal) })
        var stitcher = FlowStitcher(
            limit: Int(clamping: Int64(options.maxMemory) / 2 / Self.bytesPerFlow),
            rowLimit: Int(clamping: Int64(options.maxMemory) / 4 / Self.bytesPerRow),
            servers: try servers(ordered))
        var rollups = RollupBuilder()
        var checks = CheckSet()
        var encoder = store.makeEncoder()
        for (index, source) in ordered.enumerated() {
            if request.stop.isRequested { return true }
            try store.scanFlowRecords(FactScan(sources: [source.id])) { batch in
                stitcher.take(batch)
                return !request.stop.isRequested
            }
            let next = index + 1 < ordered.count ? Self.first(ordered[index + 1]) : nil
            var batch = stitcher.finishLog(next: next)
            // Checks see public numbers, whose order does not depend on the run; the case keeps the private ones.
            checks.observe(batch)
            for place in batch.connections.indices {
                batch.connections[place].id = Self.moved(batch.connections[place].id, places)
            }
            rollups.add(batch)
            encoder.append(batch)
            if encoder.rowCount >= Self.rowsPerBatch { try store.append(encoder.finish()) }
        }
        try store.append(encoder.finish())
        var findings = checks.finish(end: sources.compactMap(\.lastTime).max() ?? Timestamp(nanoseconds: 0))
        for index in findings.indices {
            findings[index].id = Self.moved(findings[index].id, places)
            for place in findings[index].evidence.indices {
                findings[index].evidence[place].id = Self.moved(findings[index].evidence[place].id, places)
            }
        }
        try store.finishStitching(
            ordinals, home: home.ordinal, rollups: rollups.packed(), distributions: rollups.packedDistributions(),
            findings: findings)
        if stitcher.evicted > 0 {
            note(
                "\(request.store): \(stitcher.evicted) connections of flow logs were cut, as more were open than "
                    + "--max-memory has room for; give more.")
        }
        if stitcher.unusable > 0 {
            note(
                "\(request.store): \(stitcher.unusable) rows of flow logs lack addresses, ports, protocol or times, and "
                    + "are no part of a connection; `lbforensics export flow_records` shows them.")
        }
        return true
    }

    /// Learns who serves, from the logs that do not tell which way a row went: a first pass over their rows.
    private func servers(_ sources: [SourceRecord]) throws -> FlowServers {
        var servers = FlowServers()
        for source in sources where !request.stop.isRequested {
            try store.scanFlowRecords(FactScan(sources: [source.id])) { batch in
                // A column of the format: all rows of a log have it, or none.
                if batch.flowRecords.first?.isIngress != nil { return false }
                servers.observe(batch)
                return !request.stop.isRequested
            }
        }
        return servers
    }

    /// The id with the private number of its source in place of the public one.
    private static func moved(_ id: FactID, _ places: [UInt32: UInt32]) -> FactID {
        FactID(source: places[id.source] ?? id.source, record: id.record)
    }

    private static func first(_ source: SourceRecord) -> Timestamp {
        source.firstTime ?? Timestamp(nanoseconds: .min)
    }
}
