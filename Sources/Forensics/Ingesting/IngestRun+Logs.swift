import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// A log whose turn has come, with its place in the case.
struct OpenLog: Sendable {
    var unit: PlannedUnit
    var handle: UnitHandle
    var file: LogFile
}

/// What an input turned out to be when its turn came.
enum LogTurn: Sendable {
    case log(OpenLog)
    /// A capture after all: it is read later, with the others of its set.
    case capture(InspectedInput)
    case testObject(PlannedUnit)
    /// Not evidence, and nothing that the user named.
    case passedOver
    case problem(ForensicsError, IngestError?)
    case failed(StoreError)
}

/// Logs are read by several threads and stored by one, in order.
extension IngestRun {
    /// What a thread hands over of one log.
    private enum LogPart: Sendable {
        case rows(EncodedBatch)
        case done(OpenLog, LogOutcome)
        case instead(LogTurn)
        case failed(StoreError)
    }

    func readLogs(_ units: [PlannedUnit]) throws {
        var waiting: [(unit: PlannedUnit, file: LogFile)] = []
        for unit in units {
            switch unit.work {
            case .capture: continue
            case .testObject: try finishTestObject(unit)
            case .leftOut(let reason): try finishLeftOut(unit, reason)
            case .log(let file): waiting.append((unit, file))
            }
        }
        let logs = zip(waiting, try opener.begin(waiting.map(\.unit))).map { log, handle in
            var file = log.file
            file.ordinal = handle.ordinals[0]
            return OpenLog(unit: log.unit, handle: handle, file: file)
        }
        _ = try readLogs(count: logs.count) { .log(logs[$0]) }
    }

    /// Reads so many inputs, each opened by a thread when its turn comes.
    ///
    /// - Returns: the captures among them.
    func readLogs(count: Int, open: @escaping @Sendable (Int) -> LogTurn) throws -> [InspectedInput] {
        var captures: [InspectedInput] = []
        guard count > 0 else { return captures }
        let jobs = min(options.jobs, count)
        let budget = Int(clamping: options.maxMemory / 2)
        let handoff = OrderedHandoff<LogPart>(unitCount: count, limit: budget / 4)
        let halt = StopFlag()
        let threads = startLogThreads(jobs, count, budget, handoff, halt, open)
        defer {
            halt.request()
            handoff.cancel()
            threads.join()
        }
        while let (_, part) = handoff.take() {
            if request.stop.isRequested { return captures }
            switch part {
            case .rows(let batch): try store.append(batch)
            case .failed(let error): throw error
            case .done(let log, let outcome): try finish(log.unit, log.handle, outcome)
            case .instead(.capture(let input)): captures.append(input)
            case .instead(.testObject(let unit)): try finishTestObject(unit)
            case .instead(.problem(let problem, let cause)):
                report(problem)
                if let cause { unreachable.note(cause) }
            case .instead(.failed(let error)): throw error
            case .instead(.passedOver), .instead(.log): break
            }
            if unreachable.isOver {
                remote?.close()
                return captures
            }
        }
        return captures
    }

    /// Rows that are handed to the writer at once, and committed.
    private static let rowsPerPart = 1 << 13

    private func startLogThreads(
        _ jobs: Int, _ count: Int, _ budget: Int, _ handoff: OrderedHandoff<LogPart>, _ halt: StopFlag,
        _ open: @escaping @Sendable (Int) -> LogTurn
    ) -> WorkerThreads {
        let threads = WorkerThreads()
        let decodeOptions = LogOptions(
            keepsQueryStrings: options.keepsQueryStrings, columns: options.purpose.columns, window: options.window,
            ignored: options.ignored,
            loadBalancers: options.loadBalancers)
        let limits = ByteSource.Limits(storedWhole: budget / jobs / 8, decodedWhole: budget / jobs / 2)
        let selection = RowSelection(choice: options.rows)
        let (store, meter, stop) = (store, meter, request.stop)
        let (memory, purpose) = (options.maxMemory, options.purpose)
        let shared = SharedCounter()
        for job in 0..<jobs {
            threads.start("log \(job)") {
                var encoder = store.makeEncoder(requests: purpose.rows)
                var workspace = LogWorkspace(memory: memory, dimensions: purpose.dimensions)
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
                while let index = shared.next(below: count), !stop.isRequested, !halt.isRequested {
                    meter.beginInput()
                    defer { handoff.end(unit: index) }
                    let turn = open(index)
                    guard case .log(let log) = turn else {
                        _ = handoff.put(.instead(turn), unit: index, cost: 1 << 10)
                        continue
                    }
                    let reading = LogReading(
                        file: log.file, options: decodeOptions, limits: limits, stop: stop,
                        isChecked: purpose.needsFindings)
                    let outcome = reading.read(
                        &workspace, progress: meter.add,
                        counts: { portion in
                            encoder.append(portion, of: log.file.ordinal)
                            return handOver(index)
                        }
                    ) { batch, continues in
                        selection.apply(to: &batch)
                        encoder.append(batch, continues: continues)
                        return encoder.rowCount < Self.rowsPerPart || handOver(index)
                    }
                    _ = handOver(index)
                    if let outcome {
                        _ = handoff.put(.done(log, outcome), unit: index, cost: 1 << 12 + outcome.counts.byteCount)
                    }
                }
                // The units that nobody has begun, or goes on with, never end: whoever waits for one is let go.
                if stop.isRequested || halt.isRequested { handoff.cancel() }
            }
        }
        return threads
    }

    func finish(_ unit: PlannedUnit, _ handle: UnitHandle, _ outcome: LogOutcome) throws {
        if let failure = outcome.source.failure {
            report(ForensicsError(failure))
            unreachable.note(failure)
            try store.removeUnit(key: unit.key)
            return
        }
        unreachable.noteSuccess()
        if try isDuplicate(unit, outcome.source) { return }
        if let first = outcome.firstUnknownTail {
            note(
                "\(unit.paths[0]): has columns that this version does not know (first at \(RFC3339.secondsString(first))); "
                    + "they are kept as they are.")
        }
        var source = sourceResult(unit, 0, outcome.source, outcome.counts)
        source.sightings = outcome.sightings
        var result = UnitResult(sources: [source])
        result.coverage = CoverageAccount.coverage(of: unit, outcome, within: options.window)
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        completed[outcome.source.contentKey?.text ?? ""] = unit.paths[0]
        account(unit, result.sources)
    }

    /// Drops a unit whose content the case holds under another name.
    func isDuplicate(_ unit: PlannedUnit, _ source: SourceOutcome) throws -> Bool {
        guard let key = source.contentKey?.text else { return false }
        let held = try store.sources(contentKey: key).first?.path ?? completed[key]
        guard let held, held != unit.paths[0] else { return false }
        try store.removeUnit(key: unit.key)
        leaveOut(unit.paths[0], asTwinOf: held)
        return true
    }

    /// Says that an input is left out, as the case has what it holds.
    func leaveOut(_ path: String, asTwinOf held: String) {
        note("\(path): has the same content as \(held); it is left out.")
        summary.duplicates += 1
        summary.twins.append(IngestSummary.Twin(path: path, held: held))
    }

    func finishTestObject(_ unit: PlannedUnit) throws {
        let handle = try opener.begin(unit)
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
    func finishLeftOut(_ unit: PlannedUnit, _ reason: String) throws {
        let handle = try opener.begin(unit)
        var source = SourceResult(ordinal: handle.ordinals[0], status: .skipped, tally: LedgerTally())
        source.detail = reason
        var result = UnitResult(sources: [source])
        result.ingestedAt = Self.now
        try store.finishUnit(handle, result)
        summary.leftUnread += 1
        account(unit, result.sources)
    }
}
