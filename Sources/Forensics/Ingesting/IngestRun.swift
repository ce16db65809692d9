import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore
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
        let inspection = InputInspection(arguments: request.inputs.filter { !RemotePath.isRemote($0) }, options)
        for problem in inspection.problems { report(problem) }
        if let text = inspection.leftOut { note(text) }
        let remoteArguments = request.inputs.filter(RemotePath.isRemote)
        if !remoteArguments.isEmpty { remote = try RemoteInputs(remoteArguments, request, options) }
        defer { remote?.close() }
        do {
            try keepOwners()
            // A capture that was killed cannot be read again: what it stored stays.
            _ = try store.salvageLiveUnits()
            _ = try store.removePartialUnits()
            var captures = try withoutOwnRing(inspection.inputs.filter(\.content.isCapture))
            let logs = try pending(IngestPlan.units(inspection.inputs, vantage: options.vantage))
            meter.expect(logs)
            // What elsewhere is a capture, and belongs to a set with files, is known when it was looked at.
            var sets = remote == nil ? try pendingSets(captures) : []
            meter.expect(sets)
            try readLogs(logs)
            if let remote {
                captures += try readLogs(of: remote)
                sets = try pendingSets(captures)
            }
            if !request.stop.isRequested, !unreachable.isOver { try readCaptures(sets) }
            try nameVantages()
            try store.renumber()
            let hasStitched = try !request.stop.isRequested && stitchFlowLogs()
            if try joinFindings() || hasStitched { try store.renumber() }
            try settleCoverage()
            try store.checkPlace()
            let leftOut = summary.leftUnread
            if leftOut > 0, request.wanted.isEmpty {
                note(
                    "\(leftOut) file\(leftOut == 1 ? "" : "s") left unread: by their names they hold nothing of the time "
                        + "asked for; `lbforensics sources` lists them.")
            }
            tellMoreRejects()
            try numberEntries()
            summary.entries.sort { $0.path < $1.path }
        } catch let error as StoreError {
            throw ForensicsError(error)
        } catch let error as ForensicsError {
            throw error
        } catch {
            throw ForensicsError(unforeseen: error, at: request.store)
        }
        meter.finish()
        summary.wasInterrupted = request.stop.isRequested
        return summary
    }

    /// What only the sources of the case together tell of the time that each covers, and of what lies between them.
    private func settleCoverage() throws {
        let sources = try store.sources()
        if sources.contains(where: { $0.kind == .clb }) {
            try store.setCoverageStarts(ClassicIntervals(sources).changedStarts(sources, try store.coverage()))
        }
        try store.replaceCoverage(CoverageGaps.find(sources), reason: Coverage.suspectedGap)
        let new = Set(summary.entries.map { UInt32(clamping: $0.id) })
        if new.isEmpty { return }
        let kinds = Set(sources.filter { new.contains($0.ordinal) }.map(\.kind))
        for kind in kinds.sorted(by: { $0.rawValue < $1.rawValue }) {
            let options = sources.filter { $0.kind == kind && $0.isUnitComplete }.map(\.options)
            if let text = IngestOptions.mixture(of: Set(options), kind) {
                note("\(kind.name) sources of the case were \(text)")
            }
        }
        let (repeated, isCut) = try RepeatedRecords(store, sources, try store.coverage()).find(new: new)
        if isCut {
            note(
                "\(request.store): more logs cover the same time than are compared: some may hold records of others, and count "
                    + "twice, that are not named.")
        }
        try store.replaceCoverage(repeated.map(\.coverage), reason: Coverage.repeated)
        for finding in repeated where finding.isNew {
            note(
                "\(finding.path): holds records that \(finding.other) holds as well: they count twice. Read one of the two, into "
                    + "another --store.")
        }
    }

    /// Gives the entries of the ledger the numbers that the case has for them now: those of the run are nobody else's.
    private func numberEntries() throws {
        let ids = Dictionary(uniqueKeysWithValues: try store.sources().map { (Int64($0.ordinal), Int64($0.id)) })
        for index in summary.entries.indices {
            if let id = ids[summary.entries[index].id] { summary.entries[index].id = id }
        }
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

    /// Makes room in the case, from any thread.
    var opener: UnitOpener { UnitOpener(store: store, options: options) }
}
