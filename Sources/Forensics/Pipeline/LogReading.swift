import ForensicsAnalyze
import ForensicsDecode
import ForensicsIngest
import ForensicsModel

/// One log file to be read.
struct LogFile: Sendable {
    var ordinal: UInt32
    var path: String
    var origin = InputOrigin.file
    var kind: EvidenceKind
    var header: LogHeader?
}

/// What reading one log file gave beside its rows.
struct LogOutcome: Sendable {
    var source: SourceOutcome
    /// What the log adds up to, or the last portion of it.
    var counts = RollupPortion()
    /// What the checks saw: `CheckSet.packed`; `nil` where none looked. Flow logs are checked once their connections are stitched.
    var sightings: [UInt8]?
    var losses: [LogCoverageLoss] = []
    var loadBalancers: [String] = []
    var nodes: [String] = []
    /// Time of the first row with columns that are not known.
    var firstUnknownTail: Timestamp?
}

/// What a thread that reads logs needs memory for, kept from one log to the next.
struct LogWorkspace: Sendable {
    var batch = FactBatch()
    var buffer: [UInt8] = []
    var rollups: RollupBuilder

    /// - Parameter dimensions: what logs are counted by.
    init(memory: Int64, dimensions: [Dimension]) {
        rollups = RollupBuilder(limits: RollupBuilder.Limits(memory: memory), dimensions: dimensions)
    }
}

/// Reads one log from its first byte to its last: chunks to facts, facts to roll-ups, sightings and rows.
struct LogReading {
    let file: LogFile
    let options: LogOptions
    let limits: ByteSource.Limits
    let stop: StopFlag
    /// Whether the checks look at what is read.
    var isChecked = true
    /// Lines that are decoded, counted and encoded at once: so few that their facts stay in the cache.
    static let stretch: UInt32 = 2048

    /// Reads the file.
    ///
    /// - Parameters:
    ///   - progress: bytes of the file, as stored, and records that were read since the last call.
    ///   - counts: takes portions of what the log adds up to; returns `false` to stop.
    ///   - emit: takes each batch of facts, which it may change, and whether its texts are those of the batch before
    ///     and perhaps more; returns `false` to stop.
    /// - Returns: `nil` if it was stopped.
    func read(
        _ workspace: inout LogWorkspace, progress: (_ bytes: Int64, _ records: Int64) -> Void,
        counts: (RollupPortion) -> Bool,
        emit: (_ batch: inout FactBatch, _ continues: Bool) -> Bool
    ) -> LogOutcome? {
        var course = Course(file, options)
        var reader: TextChunkReader
        do throws(IngestError) {
            reader = TextChunkReader(
                source: try ByteSource(
                    path: file.path, origin: file.origin, limits: limits, checkpoints: [ContentKey.beginningLength]))
        } catch {
            course.outcome.source.failure = error
            return course.outcome
        }
        workspace.rollups.removeAll()
        var buffer: [UInt8] = []
        swap(&buffer, &workspace.buffer)
        defer { swap(&buffer, &workspace.buffer) }
        var raw: UInt64 = 0
        reading: while true {
            if stop.isRequested { return nil }
            let before = course.record
            var lines = 0..<0
            workspace.batch.removeAll()
            switch reader.next(into: &buffer) {
            case .end: break reading
            case .lines(let range, let offset):
                lines = range
                course.offset = offset
            case .rejected(let reason, let offset, _, let sample):
                course.outcome.source.tally.reject(reason)
                let id = FactID(source: file.ordinal, record: course.record)
                workspace.batch.rejects.append(Reject(id: id, offset: offset, reason: reason, sample: sample))
                course.record &+= 1
            }
            guard take(buffer.span, lines, &course, &workspace, counts: counts, emit: emit) else { return nil }
            let used = reader.source.rawOffset
            progress(Int64(clamping: used &- raw), Int64(course.record &- before))
            raw = used
        }
        var outcome = course.outcome
        outcome.source.failure = file.origin.failure
        outcome.source.contentKey = reader.source.contentKey
        outcome.source.beginning = reader.source.beginning
        outcome.source.decodedLength = reader.source.decodedOffset
        outcome.source.issues = reader.source.issues
        outcome.source.seekPoints = reader.source.seekTable.points
        outcome.counts = workspace.rollups.takeRest()
        outcome.losses = course.decoder.losses.kept
        outcome.firstUnknownTail = course.decoder.firstUnknownTail
        if isChecked, file.kind != .vpcFlow { outcome.sightings = course.checks.packed() }
        return outcome
    }

    /// How far the reading of a file is, what it remembers of what it has read, and what came of it.
    private struct Course: ~Copyable {
        var outcome: LogOutcome
        var decoder: LogDecoder
        var checks = CheckSet()
        /// The number of the next line, from 1.
        var record: UInt32 = 1
        /// The place of the next line in the decoded stream.
        var offset: UInt64 = 0

        init(_ file: LogFile, _ options: LogOptions) {
            outcome = LogOutcome(source: SourceOutcome(ordinal: file.ordinal))
            decoder = LogDecoder(
                kind: file.kind, header: file.header, options: options, node: LogObjectName(path: file.path)?.node)
        }
    }

    /// Decodes the lines of a chunk, counts them, shows them to the checks and hands them out, stretch by stretch; at least
    /// once, for what the batch holds already.
    ///
    /// - Returns: `false` if it was stopped.
    private func take(
        _ bytes: Span<UInt8>, _ lines: Range<Int>, _ course: inout Course, _ workspace: inout LogWorkspace,
        counts: (RollupPortion) -> Bool, emit: (_ batch: inout FactBatch, _ continues: Bool) -> Bool
    ) -> Bool {
        var lines = lines
        var continues = false
        repeat {
            if !lines.isEmpty {
                workspace.batch.removeFacts()
                let stretch = LogStretch(
                    lines, source: file.ordinal, firstRecord: course.record, offset: course.offset,
                    limit: Self.stretch - (course.record - 1) % Self.stretch, continues: continues)
                course.record &+= course.decoder.decode(
                    bytes, stretch, into: &workspace.batch, tally: &course.outcome.source.tally)
                course.offset += UInt64(course.decoder.position - lines.lowerBound)
                lines = course.decoder.position..<lines.upperBound
            }
            Self.collectNames(workspace.batch, into: &course.outcome)
            workspace.rollups.add(workspace.batch, continues: continues)
            if isChecked { course.checks.observe(workspace.batch) }
            if !emit(&workspace.batch, continues) { return false }
            // Not where a chunk happens to end: that depends on memory and threads.
            if (course.record - 1) % Self.stretch == 0, let portion = workspace.rollups.takePortion(), !counts(portion)
            {
                return false
            }
            continues = true
        } while !lines.isEmpty
        return true
    }

    /// Which load balancers and nodes the rows name: the first few, for the account of coverage.
    private static func collectNames(_ batch: FactBatch, into outcome: inout LogOutcome) {
        var names = NamesOfRows()
        let exchanges = batch.exchanges.span
        for index in exchanges.indices {
            names.note(exchanges[index].loadBalancer, exchanges[index].node, batch.texts, &outcome)
        }
        let connections = batch.connections.span
        for index in connections.indices {
            names.note(connections[index].loadBalancer, connections[index].node, batch.texts, &outcome)
        }
        for check in batch.healthChecks { names.note(check.loadBalancer, check.node, batch.texts, &outcome) }
    }

    /// Passes over names that are those of the row before.
    private struct NamesOfRows {
        private var last: (UInt32, UInt32) = (0, 0)

        @inline(__always)
        mutating func note(_ loadBalancer: TextID, _ node: TextID, _ texts: TextTable, _ outcome: inout LogOutcome) {
            if loadBalancer.rawValue == last.0, node.rawValue == last.1 { return }
            last = (loadBalancer.rawValue, node.rawValue)
            Self.add(loadBalancer, texts, to: &outcome.loadBalancers)
            Self.add(node, texts, to: &outcome.nodes)
        }

        private static func add(_ id: TextID, _ texts: TextTable, to list: inout [String]) {
            guard !id.isNone, list.count < 64, let name = texts.string(id), !list.contains(name) else { return }
            list.append(name)
        }
    }
}
