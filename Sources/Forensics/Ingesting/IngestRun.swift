import ForensicsAnalyze
import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore
import ForensicsTrack
import Foundation

/// One run of `ingest`: inputs are looked at, units that the case does not hold are read, the ledger is told.
final class IngestRun {
    let request: IngestRequest
    let options: IngestOptions
    let note: (String) -> Void
    let store: CaseStore
    var summary = IngestSummary()
    let meter: ProgressMeter
    /// Content keys that this run completed, and where: a second input with one of them is the same evidence.
    var completed: [String: String] = [:]
    /// Inputs with rejects within `--max-rejects`.
    var withRejects = 0
    /// Inputs in a row that could not be fetched: the service is gone, or all of it is forbidden.
    var unreachable = UnreachableRun()
    /// Inputs elsewhere; `nil` if none was named.
    private(set) var remote: RemoteInputs?

    init(
        request: IngestRequest, options: IngestOptions, store: CaseStore, note: @escaping (String) -> Void,
        progress: @escaping (IngestProgress) -> Void
    ) {
        self.request = request
        self.options = options
        self.store = store
        self.note = note
        meter = ProgressMeter(report: progress)
        summary.store = request.store
    }

    func run() throws(ForensicsError) -> IngestSummary {
        let inspection = InputInspection(
            arguments: request.inputs.filter { !RemotePath.isRemote($0) }, kind: options.kind,
            memory: Int(clamping: options.maxMemory / 2), pruning: options.pruning)
        for problem in inspection.problems { report(problem) }
        let remoteArguments = request.inputs.filter(RemotePath.isRemote)
        if !remoteArguments.isEmpty { remote = try RemoteInputs(remoteArguments, request, options) }
        defer { remote?.close() }
        do {
            try keepOwners()
            // A capture that was killed cannot be read again: what it stored stays.
            _ = try store.salvageLiveUnits()
            _ = try store.removePartialUnits()
            var captures = try withoutOwnRing(inspection.inputs.filter(\.content.isCapture))
            let logs = try pending(
                IngestPlan.units(inspection.inputs.filter { !$0.content.isCapture }, vantage: options.vantage))
            meter.expect(logs)
            // What elsewhere is a capture, and belongs to a set with files, is known when it was looked at.
            var sets = remote == nil ? try pending(IngestPlan.units(captures, vantage: options.vantage)) : []
            meter.expect(sets)
            try readLogs(logs)
            if let remote {
                captures += try readLogs(of: remote)
                sets = try pending(IngestPlan.units(captures, vantage: options.vantage))
            }
            if !request.stop.isRequested, !unreachable.isOver { try readCaptures(sets) }
            try store.renumber()
            let hasStitched = try !request.stop.isRequested && stitchFlowLogs()
            if try joinFindings() || hasStitched { try store.renumber() }
            try store.setSuspectedGaps(CoverageGaps.find(try store.sources()))
            let leftOut = summary.leftUnread
            if leftOut > 0, request.wanted.isEmpty {
                note(
                    "\(leftOut) file\(leftOut == 1 ? "" : "s") left unread: by their names they hold nothing of the time "
                        + "asked for; `lbforensics sources` lists them.")
            }
            tellMoreRejects()
            summary.entries.sort { $0.path < $1.path }
        } catch let error as StoreError {
            throw ForensicsError(error)
        } catch let error as ForensicsError {
            throw error
        } catch {
            throw ForensicsError(.io, "\(request.store): \(error)")
        }
        meter.finish()
        summary.wasInterrupted = request.stop.isRequested
        return summary
    }

    func report(_ problem: ForensicsError) {
        summary.problems.append(problem)
        note(problem.message)
    }

    private func keepOwners() throws {
        guard let path = request.ownersFile else { return }
        try store.setOwners(OwnersFile.read(path).entries.map { (network: $0.network, owner: $0.owner) })
    }

    // MARK: - What is to be read

    /// Leaves out what `capture --ring` kept of packets that this case has analyzed live.
    private func withoutOwnRing(_ inputs: [InspectedInput]) throws -> [InspectedInput] {
        try inputs.filter { input in
            guard case .capture(let capture) = input.content, let label = RingLabel(comment: capture.comment),
                try !store.sources(unitKey: label.source).isEmpty
            else { return true }
            summary.unchanged += 1
            note("\(input.path): holds packets of \(label.source), which the case has analyzed; left out.")
            return false
        }
    }

    /// The units that the case does not hold as they are now, captures joined with the files of their set it holds.
    func pending(_ units: [PlannedUnit]) throws -> [PlannedUnit] {
        var result: [PlannedUnit] = []
        for unit in units {
            if request.stop.isRequested { break }
            let held = try store.sources(unitKey: unit.key)
            if held.isEmpty {
                result.append(unit)
                continue
            }
            if let other = held.first(where: { $0.options != options.fingerprint }) {
                report(Self.otherOptions(unit.paths[0], other))
                continue
            }
            let changed = try joined(unit, held)
            if let changed { result.append(changed) } else { summary.unchanged += unit.paths.count }
        }
        return result
    }

    static func otherOptions(_ path: String, _ held: SourceRecord) -> ForensicsError {
        ForensicsError(
            .data,
            "\(path): is in the case, read with other options (\(held.options)); give the same ones, or another --store."
        )
    }

    /// The unit with the files that the case holds of it, or `nil` if there is nothing new.
    private func joined(_ unit: PlannedUnit, _ held: [SourceRecord]) throws -> PlannedUnit? {
        if case .leftOut = unit.work, held.allSatisfy({ $0.status == .skipped }) { return nil }
        var keys: [String: String] = [:]
        for source in held { keys[source.path] = source.contentKey }
        var isNew = false
        for (index, path) in unit.paths.enumerated() where !isNew {
            guard let known = keys[path] else {
                isNew = true
                continue
            }
            // What was fetched from elsewhere is new: what the case knows by its tag is not fetched.
            isNew = try unit.tags[index] != nil || contentKey(unit, index) != known
        }
        if !isNew { return nil }
        guard case .capture(var files) = unit.work else { return unit }
        var unit = unit
        for source in held where !unit.paths.contains(source.path) {
            let object = remote?.object(source.path)
            guard object != nil || FileManager.default.isReadableFile(atPath: source.path) else {
                throw ForensicsError(
                    .data,
                    "\(source.path): belongs to the capture set of \(unit.paths[0]), and is not there or not named; put it back, or ingest the "
                        + "new files into another --store.")
            }
            files.append(
                CaptureFile(
                    ordinal: 0, path: source.path, origin: object.map { .stream($0.stream) } ?? .file,
                    firstTime: source.firstTime))
            unit.paths.append(source.path)
            unit.storedLengths.append(source.bytes)
            unit.tags.append(object?.object.tag)
        }
        let order = files.indices.sorted {
            let times = (
                files[$0].firstTime ?? Timestamp(nanoseconds: .max), files[$1].firstTime ?? Timestamp(nanoseconds: .max)
            )
            return times.0 != times.1 ? times.0 < times.1 : files[$0].path < files[$1].path
        }
        unit.work = .capture(order.map { files[$0] })
        let paths = unit.paths
        let (lengths, tags) = (unit.storedLengths, unit.tags)
        unit.paths = order.map { files[$0].path }
        unit.storedLengths = unit.paths.map { path in paths.firstIndex(of: path).flatMap { lengths[$0] } }
        unit.tags = unit.paths.map { path in paths.firstIndex(of: path).flatMap { tags[$0] } }
        return unit
    }

    /// The key of a file's content as it is now: all of it is decoded once.
    private func contentKey(_ unit: PlannedUnit, _ index: Int) throws -> String? {
        let origin: InputOrigin
        switch unit.work {
        case .log(let file): origin = file.origin
        case .capture(let files): origin = files[index].origin
        case .testObject: return TestObject.contentKey
        case .leftOut: return nil
        }
        let path = unit.paths[index]
        var source = try ByteSource(path: path, origin: origin)
        source.drain()
        return source.contentKey.text
    }

    /// Makes room in the case, from any thread.
    var opener: UnitOpener { UnitOpener(store: store, options: options) }

    // MARK: - Captures

    private func readCaptures(_ units: [PlannedUnit]) throws {
        for unit in units {
            guard case .capture(var files) = unit.work else { continue }
            if request.stop.isRequested { return }
            let handle = try opener.begin(unit)
            for index in files.indices { files[index].ordinal = handle.ordinals[index] }
            try readCapture(unit, handle, files)
        }
    }

    private func readCapture(_ unit: PlannedUnit, _ handle: UnitHandle, _ files: [CaptureFile]) throws {
        var track = TrackOptions()
        track.timeout = options.timeout
        track.loadBalancers = options.loadBalancers
        track.trustedProxies = options.trustedProxies
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
        let outcome = pipeline.run { writer.write(&$0, continues: $1) }
        try writer.finish()
        guard let outcome else { return }
        if let failure = files.lazy.compactMap(\.origin.failure).first {
            // Half of a set is not kept: the same command reads all of it again.
            report(ForensicsError(failure))
            return try store.removeUnit(key: unit.key)
        }
        tellCutShort(unit, outcome.counters)
        var results: [SourceResult] = []
        for (index, source) in outcome.sources.enumerated() {
            let isFirst = index == 0
            results.append(
                sourceResult(
                    unit, index, source, isFirst ? outcome.rollups : [], isFirst ? outcome.distributions : []))
        }
        var result = UnitResult(sources: results)
        result.findings = outcome.findings
        result.coverage = CoverageAccount.coverage(of: outcome, within: options.window)
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        account(unit, results)
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
