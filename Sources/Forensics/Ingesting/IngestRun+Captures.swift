import ForensicsAnalyze
import ForensicsIngest
import ForensicsModel
import ForensicsStore
import ForensicsTrack

/// Capture sets are read one after the other, each by all threads.
extension IngestRun {
    func readCaptures(_ units: [PlannedUnit]) throws {
        for unit in units {
            if request.stop.isRequested { return }
            try readCapture(unit)
        }
    }

    private func readCapture(_ unit: PlannedUnit) throws {
        guard case .capture(var files) = unit.work else { return }
        tellSequence(unit)
        let handle = try opener.begin(unit)
        for index in files.indices { files[index].ordinal = handle.ordinals[index] }
        var track = TrackOptions()
        track.timeout = options.timeout
        track.loadBalancers = options.loadBalancers
        track.trustedProxies = options.trustedProxies
        track.ignored = options.ignored
        track.keepsQueryStrings = options.keepsQueryStrings
        track.weight = options.sample.rate
        track.fit(memory: options.maxMemory)
        let meter = meter
        for _ in files { meter.beginInput() }
        let pipeline = CapturePipeline(
            files: files, options: track, choice: PacketChoice(options), workers: options.jobs,
            memory: options.maxMemory, limits: .streaming, stop: request.stop, progress: meter.add)
        let writer = CaptureWriter(
            store: store, selection: RowSelection(choice: options.rows), memory: options.maxMemory)
        let outcome = pipeline.run(counts: { writer.write($0, of: $1) }) { writer.write(&$0, continues: $1) }
        try writer.finish()
        guard let outcome else { return }
        if let failure = files.lazy.compactMap(\.origin.failure).first {
            // Half of a set is not kept: the same command reads all of it again.
            report(ForensicsError(failure))
            return try store.removeUnit(handle)
        }
        if try leavesOutDuplicates(unit, handle, files, outcome) { return }
        tellCutShort(unit, outcome.counters)
        tellRefused(outcome.refusedSightings, in: unit.paths[0])
        tellUnwatched(outcome.unwatchedProbes, in: unit.paths[0])
        var results: [SourceResult] = []
        for (index, source) in outcome.sources.enumerated() {
            results.append(sourceResult(unit, index, source, index == 0 ? outcome.counts : RollupPortion()))
        }
        var result = UnitResult(sources: results)
        result.findings = outcome.findings
        result.coverage = CoverageAccount.coverage(of: outcome, within: options.window)
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        for (path, source) in zip(unit.paths, results) { completed[source.contentKey ?? ""] = path }
        account(unit, results)
    }

    /// Says where files became one set whose names leave open whether they are one capture.
    private func tellSequence(_ unit: PlannedUnit) {
        guard unit.isToldByTimes, unit.paths.count > 1 else { return }
        note(
            "\(unit.paths[0]) and \(unit.paths.count - 1) more: each begins where another ends, so they are read as one "
                + "capture, \(unit.vantage ?? unit.key); if they are of several hosts, read each with a --vantage of its own."
        )
    }

    /// Leaves out the files of a set whose content is that of another file, and reads the set without them.
    ///
    /// - Returns: whether there were any.
    private func leavesOutDuplicates(
        _ unit: PlannedUnit, _ handle: UnitHandle, _ files: [CaptureFile], _ outcome: CaptureOutcome
    ) throws -> Bool {
        var own: [String: String] = [:]
        var kept: [Int] = []
        for (index, source) in outcome.sources.enumerated() {
            // Captures without a packet are all alike.
            guard let key = source.contentKey?.text, source.tally.records > 0 else {
                kept.append(index)
                continue
            }
            let others = try store.sources(contentKey: key).filter { !unit.replaced.contains($0.unitKey) }
            let held = others.first?.path ?? completed[key] ?? own[key]
            own[key] = own[key] ?? unit.paths[index]
            if let held, held != unit.paths[index] {
                leaveOut(unit.paths[index], asTwinOf: held)
            } else {
                kept.append(index)
            }
        }
        if kept.count == files.count { return false }
        try store.removeUnit(handle)
        if kept.isEmpty { return true }
        for index in kept { if case .stream(let stream) = files[index].origin { stream.rewind() } }
        let paths = Set(kept.map { unit.paths[$0] })
        try readCapture(unit.keeping { paths.contains($0) })
        return true
    }

    /// Says what is not whole because more was open at once than memory has room for.
    private func tellCutShort(_ unit: PlannedUnit, _ counters: TrackCounters) {
        let told = [
            (counters.evicted, "connections given out before their end"),
            (counters.refusedRequests, "requests told without their answer"),
            (counters.refusedBuffers, "parts of heads or segments not kept"), (counters.refusedTexts, "names left out"),
        ].filter { $0.0 > 0 }.map { "\(DecimalText.grouped($0.0)) \($0.1)" }
        if told.isEmpty { return }
        note(
            "\(unit.paths[0]): more was open at once than --max-memory has room for: "
                + "\(told.joined(separator: ", ")); give more.")
    }
}
