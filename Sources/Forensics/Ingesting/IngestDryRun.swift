import ForensicsModel
import ForensicsStore
import Foundation

/// Says what each input is, how the captures would be grouped, and what `ingest` would do with them; changes nothing, and
/// reads no more than that takes: what the case has is told by its name and length.
struct IngestDryRun {
    /// What would become of an input.
    private enum Fate: String {
        case read = "would be read"
        case readAgain = "would be read again"
        case unread = "would be left unread"
        case unchanged = "in the case"
    }

    private let request: IngestRequest
    private let options: IngestOptions
    private let note: (String) -> Void
    /// What the case has, by path, and the tags of objects by ordinal.
    private let held: [String: [SourceRecord]]
    private let tags: [UInt32: String]
    private var summary = IngestSummary()

    /// Looks into the case, if there is one.
    init(
        request: IngestRequest, options: IngestOptions, note: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.request = request
        self.options = options
        self.note = note
        summary.store = request.store
        summary.isDryRun = true
        var sources: [SourceRecord] = []
        var tags: [UInt32: String] = [:]
        if FileManager.default.fileExists(atPath: request.store) {
            do throws(StoreError) {
                let store = try CaseStore(path: request.store, access: .readOnly)
                defer { store.close() }
                // What a killed run left half done is read again.
                sources = try store.sources().filter { $0.isUnitComplete && $0.status != .failed }
                tags = try store.tags()
            } catch {
                throw ForensicsError(error)
            }
        }
        held = Dictionary(grouping: sources, by: \.path)
        self.tags = tags
    }

    /// Tells what would become of every input.
    mutating func run() throws(ForensicsError) -> IngestSummary {
        let inspection = InputInspection(arguments: request.inputs.filter { !RemotePath.isRemote($0) }, options)
        for problem in inspection.problems { report(problem) }
        if let text = inspection.leftOut { note(text) }
        let captures = CapturePlan(inspection.inputs.filter(\.content.isCapture), vantage: options.vantage)
        let units = IngestPlan.units(inspection.inputs, vantage: options.vantage) + captures.units
        for unit in units.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            var isLeftOut = false
            if case .leftOut = unit.work { isLeftOut = true }
            for (path, length) in zip(unit.paths, unit.storedLengths) {
                guard let fate = fate(path, isLeftOut: isLeftOut, isSame: { $0.bytes == length }) else { continue }
                add(path, kind: unit.kind.name, vantage: unit.vantage, length, fate)
            }
        }
        try runElsewhere()
        return summary
    }

    /// The same of objects elsewhere, of which only the names are looked at.
    private mutating func runElsewhere() throws(ForensicsError) {
        let arguments = request.inputs.filter(RemotePath.isRemote)
        if arguments.isEmpty { return }
        let access = try RemoteAccess(request.cloud, stop: request.stop)
        defer { access.close() }
        let pruning = options.pruning
        let listing = access.list(arguments, window: pruning?.hull)
        for problem in listing.problems { report(problem) }
        for object in listing.objects {
            let isLeftOut = pruning?.leavesOut(object.path) != nil
            let isSame = { [tags] (source: SourceRecord) in
                isLeftOut || (source.bytes == object.size && tags[source.ordinal] == object.tag)
            }
            guard let fate = fate(object.path, isLeftOut: isLeftOut, isSame: isSame) else { continue }
            let name = LogObjectName(path: object.path)
            add(
                object.path, kind: name?.kind?.name ?? "by content", vantage: options.vantage ?? name?.loadBalancer,
                object.size, fate)
        }
    }

    /// What would become of an input; `nil` where it is refused, which is reported.
    private mutating func fate(_ path: String, isLeftOut: Bool, isSame: (SourceRecord) -> Bool) -> Fate? {
        let sources = path == "-" ? [] : held[path] ?? []
        if let other = sources.first(where: { options.change(from: $0) == .other }) {
            report(IngestRun.otherOptions(path, other, options))
            return nil
        }
        if sources.contains(where: { options.change(from: $0) == .clients }) { return .readAgain }
        if sources.isEmpty { return isLeftOut ? .unread : .read }
        return isLeftOut || sources.contains(where: isSame) ? .unchanged : .readAgain
    }

    private mutating func report(_ problem: ForensicsError) {
        summary.problems.append(problem)
        note(problem.message)
    }

    private mutating func add(_ path: String, kind: String, vantage: String?, _ length: UInt64?, _ fate: Fate) {
        switch fate {
        case .read, .readAgain: break
        case .unread: summary.leftUnread += 1
        case .unchanged: summary.unchanged += 1
        }
        summary.entries.append(
            SourcesReport.Entry(
                id: Int64(summary.entries.count + 1), path: path, kind: kind, vantage: vantage,
                bytes: Int64(clamping: length ?? 0), firstTime: nil, lastTime: nil, records: 0, accepted: 0, ignored: 0,
                rejected: 0, anomalous: 0, status: fate.rawValue))
    }
}
