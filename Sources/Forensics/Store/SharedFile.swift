package import Foundation

/// A file that several processes may make and write at the same time.
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
        let flags = (isAppending ? O_WRONLY | O_APPEND : O_RDWR) | O_CREAT | O_CLOEXEC
        // SAFETY: the path is bridged to a C string that lives for the call.
        let descriptor = unsafe Foundation.open(path, flags, permissions)
        return descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
