import Foundation
import Synchronization

/// The lock that keeps a second process from writing to a case: an advisory lock on a file beside it.
///
/// It is not taken on the case itself, because closing any other handle of that file would drop SQLite's own locks.
/// The operating system frees it when the process ends, however it ends.
final class CaseLock: Sendable {
    private let handle: FileHandle
    private let path: String
    private let isHeld = Atomic<Bool>(true)

    /// Takes the lock of the case at `path`, or throws `busy`.
    init(casePath: String) throws(StoreError) {
        path = casePath + "-lock"
        for _ in 0..<100 {
            guard let opened = SharedFile.open(path, permissions: 0o600) else {
                throw StoreError(
                    .noPermission, casePath, problem: "no permission to write beside it", remedy: "name another --store"
                )
            }
            guard flock(opened.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw StoreError(
                    .busy, casePath, problem: "another process is writing to this case", remedy: "wait until it is done"
                )
            }
            // The file may have been removed by its last holder between opening and locking it.
            if BulkRows.isSameFile(opened.fileDescriptor, path) {
                handle = opened
                return
            }
        }
        throw StoreError(.busy, casePath, problem: "its lock cannot be taken", remedy: "wait a moment and try again")
    }

    /// Whether it is the lock of whoever opens a case of that name now.
    var isInPlace: Bool { BulkRows.isSameFile(handle.fileDescriptor, path) }

    /// Frees the lock and removes its file, once.
    func release() {
        guard isHeld.exchange(false, ordering: .relaxed) else { return }
        // Where the case was moved away, another one may have its lock there.
        if isInPlace { try? FileManager.default.removeItem(atPath: path) }
        try? handle.close()
    }
}
