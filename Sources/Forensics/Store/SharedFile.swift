package import Foundation

/// A file that several processes may make, write, move and remove at the same time.
package enum SharedFile {
    /// Opens a file for writing, and makes it where it is missing.
    ///
    /// It never puts a new file in the place of one that is there, as `FileManager.createFile` does: of two processes that begin
    /// together the first would go on writing to a file that has no name any more.
    ///
    /// - Parameters:
    ///   - permissions: of a file that is made, without those that the process masks.
    ///   - isAppending: whether everything is written at the end, whoever else writes.
    /// - Returns: `nil` where it cannot be opened.
    package static func open(_ path: String, permissions: mode_t, isAppending: Bool = false) -> FileHandle? {
        open(path, (isAppending ? O_WRONLY | O_APPEND : O_RDWR) | O_CREAT, permissions)
    }

    private static func open(_ path: String, _ flags: Int32, _ permissions: mode_t = 0) -> FileHandle? {
        // SAFETY: the path is bridged to a C string that lives for the call.
        let descriptor = unsafe Foundation.open(path, flags | O_CLOEXEC, permissions)
        return descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    // MARK: Whose it is

    /// What came of making a file that nobody else is to have.
    package enum Claim {
        case made(FileHandle)
        /// Somebody has it.
        case taken
        /// It cannot be made.
        case failed
    }

    /// Makes a file that is not there, and locks it for as long as its handle is open, or the process runs.
    package static func claim(_ path: String, permissions: mode_t) -> Claim {
        guard let handle = open(path, O_RDWR | O_CREAT | O_EXCL, permissions) else {
            return errno == EEXIST ? .taken : .failed
        }
        // Whoever looks whether it is claimed holds it for no longer than that.
        _ = flock(handle.fileDescriptor, LOCK_EX)
        return .made(handle)
    }

    /// Whether another process holds a file that it has claimed. What cannot be asked may be held.
    package static func isClaimed(_ path: String) -> Bool {
        guard let handle = open(path, O_RDONLY | O_NONBLOCK) else { return errno != ENOENT }
        defer { try? handle.close() }
        return flock(handle.fileDescriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    // MARK: Where it is

    /// Which file a path names, whatever else is opened and closed of it.
    package struct Identity: Sendable, Equatable {
        var device: UInt64
        var number: UInt64
    }

    /// The file that a path names now; `nil` where it names none.
    package static func identity(_ path: String) -> Identity? {
        var status = stat()
        // SAFETY: the path is bridged to a C string that lives for the call, which fills the one local record.
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(status.st_ino))
    }

    /// What became of an open file.
    package enum Place {
        /// It is where it was opened.
        case here
        /// It has another name.
        case moved
        /// It has none.
        case removed
    }

    /// Where an open file is, that had a path.
    package static func place(of handle: FileHandle, at path: String) -> Place {
        if BulkRows.isSameFile(handle.fileDescriptor, path) { return .here }
        var status = stat()
        // SAFETY: the call fills the one local record that it is given.
        return unsafe fstat(handle.fileDescriptor, &status) == 0 && status.st_nlink > 0 ? .moved : .removed
    }

    // MARK: Appending

    /// Writes at the end of a file that was opened for appending, in one piece: nobody else's comes between. So it does at the end of
    /// a file that its one writer has begun with this handle.
    ///
    /// - Returns: how many bytes there was room for.
    package static func append(_ bytes: [UInt8], to handle: FileHandle) -> Int {
        while true {
            // SAFETY: the bytes are given with their count, for the call.
            let written = unsafe bytes.withUnsafeBytes { unsafe write(handle.fileDescriptor, $0.baseAddress, $0.count) }
            if written >= 0 || errno != EINTR { return max(0, written) }
        }
    }

    /// Writes over the last of the bytes that were appended by this handle, wherever the file ends meanwhile.
    ///
    /// - Returns: whether all were written.
    package static func overwriteLast(_ bytes: [UInt8], of handle: FileHandle) -> Bool {
        let descriptor = handle.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        // The place behind what was appended last, whoever has appended since.
        let end = lseek(descriptor, 0, SEEK_CUR)
        guard flags >= 0, end >= bytes.count, fcntl(descriptor, F_SETFL, flags & ~O_APPEND) == 0 else { return false }
        defer { _ = fcntl(descriptor, F_SETFL, flags) }
        // SAFETY: the bytes are given with their count, for the call.
        let written = unsafe bytes.withUnsafeBytes { buffer in
            unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, end - off_t(buffer.count))
        }
        return written == bytes.count
    }
}
