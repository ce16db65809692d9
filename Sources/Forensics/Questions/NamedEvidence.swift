import ForensicsModel
import Foundation

/// Evidence that `compare` is given, read into the case before the question is answered.
struct NamedEvidence {
    /// Files, folders, globs, `s3://bucket/prefix`.
    var inputs: [String]
    /// Logs that their names place outside of all of these are left unread; empty to read everything.
    var wanted: [TimeWindow] = []
    var ownersFile: String?
    var purpose = EvidencePurpose.keeping

    /// Reads it.
    ///
    /// - Returns: what the reading did: how many logs were left unread, and what the case holds under another name.
    func read(
        into store: String, stop: StopFlag, note: (String) -> Void, progress: @escaping (IngestProgress) -> Void
    ) throws(ForensicsError) -> IngestSummary {
        var request = IngestRequest(store: store, inputs: inputs)
        request.ownersFile = ownersFile
        request.wanted = wanted
        request.purpose = purpose
        request.stop = stop
        var notes: [String] = []
        let summary = try request.run(note: { notes.append($0) }, progress: progress)
        for line in notes { note(line) }
        if summary.wasInterrupted {
            throw purpose.isThrownAway
                ? ForensicsError(.interrupted, "stopped; nothing is kept.") : summary.failure ?? Self.interrupted
        }
        if summary.entries.isEmpty, summary.unchanged == 0, summary.duplicates == 0, let failure = summary.failure {
            throw purpose.isThrownAway
                ? ForensicsError(failure.code, "none of the inputs could be used; nothing is kept.") : failure
        }
        return summary
    }

    static let interrupted = ForensicsError(.interrupted, "stopped.")

    /// Refuses what is not there.
    func checkPresence(as meaning: String) throws(ForensicsError) {
        for path in inputs where InputPresence.isMissing(path) {
            throw ForensicsError(.noInput, "\(path): \(meaning); check the spelling.")
        }
    }
}

/// A folder of one's own for a case that is thrown away.
struct ScratchFolder {
    private let folder: URL

    init() throws(ForensicsError) {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("lbforensics-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: NSNumber(value: 0o700)])
        } catch {
            throw ForensicsError(.io, "\(folder.path): cannot be made; set TMPDIR to a folder with room.")
        }
    }

    var casePath: String { folder.appendingPathComponent("case.db").path }

    /// Takes the names away. What is open stays readable until it is closed.
    func remove() { try? FileManager.default.removeItem(at: folder) }
}
