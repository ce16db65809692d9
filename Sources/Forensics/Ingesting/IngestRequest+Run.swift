import ForensicsStore
import Foundation

extension IngestRequest {
    /// Reads the inputs into the case.
    ///
    /// - Parameters:
    ///   - note: takes one line for the user whenever something is worth saying.
    ///   - progress: takes how far the work is, on any thread but never on two at once.
    /// - Throws: `ForensicsError` where nothing could be done; inputs that could not be used are in the summary.
    public func run(
        note: @escaping (String) -> Void, progress: @escaping (IngestProgress) -> Void
    ) throws(ForensicsError) -> IngestSummary {
        let options = try options(cores: ProcessInfo.processInfo.activeProcessorCount)
        if isDryRun { return try dryRun(options, note) }
        let store: CaseStore
        do throws(StoreError) {
            store = try CaseStore(path: self.store, access: isThrownAway ? .scratch : .create)
        } catch {
            throw ForensicsError(error)
        }
        defer { store.close() }
        if let text = store.lostIndexes { note(text) }
        return try IngestRun(request: self, options: options, store: store, note: note, progress: progress).run()
    }

    /// Says what each input is and how the captures would be grouped; reads no more than that takes.
    private func dryRun(
        _ options: IngestOptions, _ note: (String) -> Void
    ) throws(ForensicsError) -> IngestSummary {
        var summary = IngestSummary()
        summary.store = store
        summary.isDryRun = true
        let inspection = InputInspection(arguments: inputs.filter { !RemotePath.isRemote($0) }, options)
        summary.problems = inspection.problems
        for problem in inspection.problems { note(problem.message) }
        if let text = inspection.leftOut { note(text) }
        let captures = CapturePlan(inspection.inputs.filter(\.content.isCapture), vantage: options.vantage)
        let units = IngestPlan.units(inspection.inputs, vantage: options.vantage) + captures.units
        for unit in units.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            for (path, length) in zip(unit.paths, unit.storedLengths) {
                summary.entries.append(
                    SourcesReport.Entry(
                        id: Int64(summary.entries.count + 1), path: path, kind: unit.kind.name, vantage: unit.vantage,
                        bytes: Int64(clamping: length ?? 0), firstTime: nil, lastTime: nil, records: 0,
                        accepted: 0, ignored: 0, rejected: 0, anomalous: 0, status: "would be read"))
            }
        }
        try dryRunElsewhere(options, note, &summary)
        return summary
    }

    /// The same of objects elsewhere, of which only the names are looked at.
    private func dryRunElsewhere(
        _ options: IngestOptions, _ note: (String) -> Void, _ summary: inout IngestSummary
    ) throws(ForensicsError) {
        let arguments = inputs.filter(RemotePath.isRemote)
        if arguments.isEmpty { return }
        let access = try RemoteAccess(cloud, stop: stop)
        defer { access.close() }
        let listing = access.list(arguments, window: options.pruning?.hull)
        summary.problems += listing.problems
        for problem in listing.problems { note(problem.message) }
        let pruning = options.pruning
        for object in listing.objects where pruning?.leavesOut(object.path) == nil {
            let name = LogObjectName(path: object.path)
            summary.entries.append(
                SourcesReport.Entry(
                    id: Int64(summary.entries.count + 1), path: object.path, kind: name?.kind?.name ?? "by content",
                    vantage: options.vantage ?? name?.loadBalancer, bytes: Int64(clamping: object.size),
                    firstTime: nil, lastTime: nil, records: 0, accepted: 0, ignored: 0, rejected: 0, anomalous: 0,
                    status: "would be read"))
        }
    }
}

extension CaseStore {
    /// What to say of indexes that opening the case has removed; `nil` where it had none.
    var lostIndexes: String? {
        guard hasLostIndexes else { return nil }
        return "\(path): its indexes are removed, as the case may change; `lbforensics index` makes them again."
    }
}

extension ForensicsError {
    /// The error of a case file, with the status that the command line documents for it.
    init(_ error: StoreError) {
        let code: Code =
            switch error.code {
            case .badQuery: .usage
            case .noPermission: .permission
            case .doesNotExist: .noInput
            case .interrupted: .interrupted
            default: .io
            }
        self.init(code, error.message)
    }
}
