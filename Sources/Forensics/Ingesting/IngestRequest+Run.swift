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
        if isDryRun {
            var dryRun = try IngestDryRun(request: self, options: options, note: note)
            return try dryRun.run()
        }
        let store: CaseStore
        do throws(StoreError) {
            store = try CaseStore(
                path: self.store, access: purpose.access, memory: options.maxMemory)
        } catch {
            throw ForensicsError(error)
        }
        defer { store.close() }
        if let text = store.lostIndexes { note(text) }
        return try IngestRun(request: self, options: options, store: store, note: note, progress: progress).run()
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
