import ForensicsAnalyze
import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore
import ForensicsTrack
import Foundation

/// One run of `ingest`: inputs are looked at, units that the case does not hold are read, the ledger is told.
final class IngestRun {
    private let request: IngestRequest
    private let options: IngestOptions
    private let note: (String) -> Void
    private let store: CaseStore
    private var summary = IngestSummary()
    private let meter: ProgressMeter
    /// Content keys that this run completed, and where: a second input with one of them is the same evidence.
    private var completed: [String: String] = [:]
    /// Inputs that were not opened.
    private var leftOut = 0

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
            arguments: request.inputs, kind: options.kind, memory: Int(clamping: options.maxMemory / 2),
            window: options.window)
        for problem in inspection.problems { report(problem) }
        do {
            try keepOwners()
            // A capture that was killed cannot be read again: what it stored stays.
            _ = try store.salvageLiveUnits()
            _ = try store.removePartialUnits()
            let units = try pending(IngestPlan.units(inspection.inputs, vantage: options.vantage))
            meter.begin(units)
            try readLogs(units)
            if !request.stop.isRequested { try readCaptures(units) }
            try store.renumber()
            try store.setSuspectedGaps(CoverageGaps.find(try store.sources()))
            if leftOut > 0 {
                note(
                    "\(leftOut) file\(leftOut == 1 ? "" : "s") left unread: by their names they hold nothing of the time "
                        + "asked for; `lbforensics sources` lists them.")
            }
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

    private func report(_ problem: ForensicsError) {
        summary.problems.append(problem)
        note(problem.message)
    }

    private func keepOwners() throws {
        guard let path = request.ownersFile else { return }
        try store.setOwners(OwnersFile.read(path).entries.map { (network: $0.network, owner: $0.owner) })
    }

    // MARK: - What is to be read

    /// The units that the case does not hold as they are now, captures joined with the files of their set it holds.
    private func pending(_ units: [PlannedUnit]) throws -> [PlannedUnit] {
        var result: [PlannedUnit] = []
        for unit in units {
            if request.stop.isRequested { break }
            let held = try store.sources(unitKey: unit.key)
            if held.isEmpty {
                result.append(unit)
                continue
            }
            if let other = held.first(where: { $0.options != options.fingerprint }) {
                report(
                    ForensicsError(
                        .data,
                        "\(unit.paths[0]): is in the case, read with other options (\(other.options)); give the same ones, "
                            + "or another --store."))
                continue
            }
            let changed = try joined(unit, held)
            if let changed { result.append(changed) } else { summary.unchanged += unit.paths.count }
        }
        return result
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
            isNew = try contentKey(unit, index) != known
        }
        if !isNew { return nil }
        guard case .capture(var files) = unit.work else { return unit }
        var unit = unit
        for source in held where !unit.paths.contains(source.path) {
            guard FileManager.default.isReadableFile(atPath: source.path) else {
                throw ForensicsError(
                    .data,
                    "\(source.path): belongs to the capture set of \(unit.paths[0]), and is gone; put it back, or ingest the "
                        + "new files into another --store.")
            }
            files.append(
                CaptureFile(ordinal: 0, path: source.path, bytes: nil, firstTime: source.firstTime))
            unit.paths.append(source.path)
            unit.storedLengths.append(source.bytes)
        }
        let order = files.indices.sorted {
            let times = (
                files[$0].firstTime ?? Timestamp(nanoseconds: .max), files[$1].firstTime ?? Timestamp(nanoseconds: .max)
            )
            return times.0 != times.1 ? times.0 < times.1 : files[$0].path < files[$1].path
        }
        unit.work = .capture(order.map { files[$0] })
        let paths = unit.paths
        let lengths = unit.storedLengths
        unit.paths = order.map { files[$0].path }
        unit.storedLengths = unit.paths.map { path in paths.firstIndex(of: path).flatMap { lengths[$0] } }
        return unit
    }

    /// The key of a file's content as it is now: all of it is decoded once.
    private func contentKey(_ unit: PlannedUnit, _ index: Int) throws -> String? {
        var bytes: [UInt8]?
        switch unit.work {
        case .log(let file): bytes = file.bytes
        case .capture(let files): bytes = files[index].bytes
        case .testObject: return TestObject.contentKey
        case .leftOut: return nil
        }
        let path = unit.paths[index]
        var source = try ByteSource(path: path, held: bytes)
        source.drain()
        return source.contentKey.text
    }

    private func begin(_ unit: PlannedUnit) throws -> UnitHandle {
        let sources = zip(unit.paths, unit.storedLengths).map {
            SourceDescription(path: $0, bytes: $1, sampleRate: unit.kind.isCapture ? options.sample.rate : 1)
        }
        return try store.beginUnit(
            UnitDescription(
                key: unit.key, kind: unit.kind, vantage: unit.vantage, options: options.fingerprint, sources: sources))
    }

    // MARK: - Logs

    /// One log that a thread works on.
    private enum LogPart: Sendable {
        case rows(EncodedBatch)
        case done(LogOutcome)
        case failed(StoreError)
    }

    private func readLogs(_ units: [PlannedUnit]) throws {
        var logs: [(unit: PlannedUnit, handle: UnitHandle, file: LogFile)] = []
        for unit in units {
            switch unit.work {
            case .capture: continue
            case .testObject: try finishTestObject(unit)
            case .leftOut(let reason): try finishLeftOut(unit, reason)
            case .log(var file):
                let handle = try begin(unit)
                file.ordinal = handle.ordinals[0]
                logs.append((unit, handle, file))
            }
        }
        guard !logs.isEmpty else { return }
        let jobs = min(options.jobs, logs.count)
        let budget = Int(clamping: options.maxMemory / 2)
        let handoff = OrderedHandoff<LogPart>(unitCount: logs.count, limit: budget / 4)
        let threads = startLogThreads(jobs, logs.map(\.file), budget, handoff)
        defer {
            handoff.cancel()
            threads.join()
        }
        while let (index, part) = handoff.take() {
            if request.stop.isRequested { return }
            switch part {
            case .rows(let batch): try store.append(batch)
            case .failed(let error): throw error
            case .done(let outcome): try finish(logs[index].unit, logs[index].handle, outcome)
            }
        }
    }

    /// Rows that are handed to the writer at once, and committed.
    private static let rowsPerPart = 1 << 13

    private func startLogThreads(
        _ jobs: Int, _ files: [LogFile], _ budget: Int, _ handoff: OrderedHandoff<LogPart>
    ) -> WorkerThreads {
        let threads = WorkerThreads()
        let decodeOptions = LogOptions(keepsQueryStrings: options.keepsQueryStrings, window: options.window)
        let limits = ByteSource.Limits(storedWhole: budget / jobs / 8, decodedWhole: budget / jobs / 2)
        let selection = RowSelection(choice: options.rows)
        let (store, meter, stop) = (store, meter, request.stop)
        let shared = SharedCounter()
        for job in 0..<jobs {
            threads.start("log \(job)") {
                var encoder = store.makeEncoder()
                var workspace = LogWorkspace()
                /// Hands over the rows at hand; whether to go on.
                func handOver(_ index: Int) -> Bool {
                    do throws(StoreError) {
                        let rows = try encoder.finish()
                        return rows.isEmpty || handoff.put(.rows(rows), unit: index, cost: rows.byteCount)
                    } catch {
                        _ = handoff.put(.failed(error), unit: index, cost: 0)
                        return false
                    }
                }
                while let index = shared.next(below: files.count), !stop.isRequested {
                    let reading = LogReading(file: files[index], options: decodeOptions, limits: limits, stop: stop)
                    meter.beginInput()
                    let outcome = reading.read(&workspace, progress: meter.add) { batch, continues in
                        selection.apply(to: &batch)
                        encoder.append(batch, continues: continues)
                        return encoder.rowCount < Self.rowsPerPart || handOver(index)
                    }
                    _ = handOver(index)
                    if let outcome { _ = handoff.put(.done(outcome), unit: index, cost: 1 << 16) }
                    handoff.end(unit: index)
                }
            }
        }
        return threads
    }

    private func finish(_ unit: PlannedUnit, _ handle: UnitHandle, _ outcome: LogOutcome) throws {
        if let failure = outcome.source.failure {
            report(ForensicsError(failure))
            try store.removeUnit(key: unit.key)
            return
        }
        if try isDuplicate(unit, outcome.source) { return }
        if let first = outcome.firstUnknownTail {
            note(
                "\(unit.paths[0]): has columns that this version does not know (first at \(RFC3339.secondsString(first))); "
                    + "they are kept as they are.")
        }
        var result = UnitResult(sources: [
            sourceResult(unit.paths[0], outcome.source, outcome.rollups, outcome.distributions)
        ])
        result.findings = outcome.findings
        result.coverage = CoverageAccount.coverage(of: unit, outcome)
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        completed[outcome.source.contentKey?.text ?? ""] = unit.paths[0]
        account(unit, result.sources)
    }

    /// Drops a unit whose content the case holds under another name.
    private func isDuplicate(_ unit: PlannedUnit, _ source: SourceOutcome) throws -> Bool {
        guard let key = source.contentKey?.text else { return false }
        let held = try store.sources(contentKey: key).first?.path ?? completed[key]
        guard let held, held != unit.paths[0] else { return false }
        note("\(unit.paths[0]): has the same content as \(held); it is left out.")
        try store.removeUnit(key: unit.key)
        summary.duplicates += 1
        return true
    }

    private func finishTestObject(_ unit: PlannedUnit) throws {
        let handle = try begin(unit)
        var tally = LedgerTally()
        tally.ignore(.testObject)
        var source = SourceResult(ordinal: handle.ordinals[0], status: .complete, tally: tally)
        source.contentKey = TestObject.contentKey
        var result = UnitResult(sources: [source])
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        account(unit, result.sources)
    }

    /// Lists an input that was not opened in the ledger, without a record.
    private func finishLeftOut(_ unit: PlannedUnit, _ reason: String) throws {
        let handle = try begin(unit)
        var source = SourceResult(ordinal: handle.ordinals[0], status: .skipped, tally: LedgerTally())
        source.detail = reason
        var result = UnitResult(sources: [source])
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        leftOut += 1
        account(unit, result.sources)
    }

    // MARK: - Captures

    private func readCaptures(_ units: [PlannedUnit]) throws {
        for unit in units {
            guard case .capture(var files) = unit.work else { continue }
            if request.stop.isRequested { return }
            let handle = try begin(unit)
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
        let meter = meter
        for _ in files { meter.beginInput() }
        let pipeline = CapturePipeline(
            files: files, options: track, sample: options.sample, workers: options.jobs, limits: .streaming,
            stop: request.stop,
            progress: meter.add)
        let writer = CaptureWriter(store: store, selection: RowSelection(choice: options.rows))
        let outcome = pipeline.run { writer.write(&$0, continues: $1) }
        try writer.finish()
        guard let outcome else { return }
        var results: [SourceResult] = []
        for (index, source) in outcome.sources.enumerated() {
            let isFirst = index == 0
            results.append(
                sourceResult(
                    unit.paths[index], source, isFirst ? outcome.rollups : [], isFirst ? outcome.distributions : []))
        }
        var result = UnitResult(sources: results)
        result.findings = outcome.findings
        result.coverage = CoverageAccount.coverage(of: outcome)
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        account(unit, results)
    }

    // MARK: - Ledger

    private func sourceResult(
        _ path: String, _ source: SourceOutcome, _ rollups: [PackedRollup], _ distributions: [PackedDistribution]
    ) -> SourceResult {
        var result = SourceResult(ordinal: source.ordinal, status: .complete, tally: source.tally)
        var details: [String] = []
        if let failure = source.failure {
            result.status = .failed
            details.append(failure.description)
            report(ForensicsError(failure))
        }
        for issue in source.issues {
            let error = issue.error(path: path)
            details.append(issue.name)
            if issue.cutsStream { result.status = .salvaged }
            if issue.kind == .truncatedGzip { result.tally.note(.truncatedGzip) }
            report(ForensicsError(error))
        }
        let rejected = result.tally.rejectedTotal
        if rejected > 0, Double(rejected) * 100 > options.maxRejects * Double(result.tally.records) {
            report(
                ForensicsError(
                    .data,
                    "\(path): \(rejected) of \(result.tally.records) records are rejected; see `lbforensics sources --rejects`."
                ))
        }
        result.contentKey = source.contentKey?.text
        result.decodedLength = source.decodedLength
        result.detail = details.isEmpty ? nil : details.joined(separator: "; ")
        result.seekPoints = source.seekPoints.map {
            StoredSeekPoint(record: 0, decodedOffset: $0.decodedOffset, rawOffset: $0.rawOffset)
        }
        result.rollups = rollups
        result.distributions = distributions
        return result
    }

    private func account(_ unit: PlannedUnit, _ results: [SourceResult]) {
        for (index, (path, result)) in zip(unit.paths, results).enumerated() {
            summary.entries.append(
                SourcesReport.Entry(
                    id: Int64(result.ordinal), path: path, kind: unit.kind.name, vantage: unit.vantage,
                    bytes: Int64(clamping: unit.storedLengths[index] ?? 0),
                    firstTime: result.tally.firstTime?.nanoseconds,
                    lastTime: result.tally.lastTime?.nanoseconds, records: Int64(clamping: result.tally.records),
                    accepted: Int64(clamping: result.tally.accepted),
                    ignored: Int64(clamping: result.tally.ignoredTotal),
                    rejected: Int64(clamping: result.tally.rejectedTotal),
                    anomalous: Int64(clamping: result.tally.anomalous), status: result.status.rawValue))
        }
    }

    private static var now: Timestamp {
        Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    }
}

/// AWS's marker object in a log bucket: it holds no record of traffic and is accounted as one ignored record.
enum TestObject {
    static let contentKey = "test-object"
}
