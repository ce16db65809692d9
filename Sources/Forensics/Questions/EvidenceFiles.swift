import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// The files that an answer is made of, which no answer is written over: the case, and the evidence that it was read
/// from or is to be read from.
public struct EvidenceFiles: Sendable {
    /// The case; `nil` where there is none.
    public var store: String?
    /// Inputs that are named: files, folders, patterns. What is none of them, as a window is, does no harm.
    public var inputs: [String]

    /// Names the files.
    public init(store: String?, inputs: [String] = []) {
        self.store = store
        self.inputs = inputs
    }

    /// Refuses to write to a file that is one of them, by whatever name.
    ///
    /// - Throws: `ForensicsError` with the status of wrong usage.
    public func refuse(_ outputs: [String]) throws(ForensicsError) {
        for output in outputs {
            // What does not exist yet is nothing else either.
            guard let target = Place(output) else { continue }
            if let store, Self.companions.contains(where: { Place(store + $0) == target }) {
                throw ForensicsError(.usage, "\(output): is the case itself; give --output another name.")
            }
            let named = InputWalker(inputs.filter { !RemotePath.isRemote($0) }).inputs
            if let input = named.first(where: { Place($0.path) == target }) {
                throw Self.isEvidence(output, input.path)
            }
            if let source = sources.first(where: { Place($0) == target }) { throw Self.isEvidence(output, source) }
        }
    }

    private static func isEvidence(_ output: String, _ path: String) -> ForensicsError {
        ForensicsError(
            .usage, "\(output): is evidence\(output == path ? "" : " (\(path))"); give --output another name.")
    }

    /// What lies beside a case while it is open.
    private static let companions = ["", "-wal", "-shm", "-journal", "-lock"]

    /// The files that the case was read from. One that cannot be opened says so to who asks it.
    private var sources: [String] {
        guard let store, let held = try? CaseStore(path: store, access: .readOnly) else { return [] }
        defer { held.close() }
        return ((try? held.sources()) ?? []).map(\.path)
    }

    /// Which regular file of the system a path names.
    private struct Place: Equatable {
        var device: UInt64
        var inode: UInt64

        init?(_ path: String) {
            guard let stamp = FileStamp.of(path), stamp.kind == .regular else { return nil }
            device = stamp.device
            inode = stamp.inode
        }
    }
}
