#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What lies at a path, and what lies in a folder.
enum DirectoryListing {
    /// Returns how the file at a path looks, following symbolic links; `nil` if there is none.
    static func stamp(_ path: String) throws(IngestError) -> FileStamp? {
        var status = stat()
        // SAFETY: the string is bridged for the call and `status` outlives it.
        if unsafe stat(path, &status) == 0 { return FileStamp(status) }
        let error = SystemError(number: errno)
        if error.isMissing { return nil }
        throw error.opening(path)
    }

    /// Returns whether a path is a symbolic link itself.
    static func isLink(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: the string is bridged for the call and `status` outlives it.
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The names in a folder, each list in the order of its bytes.
    struct Names {
        var usable: [String] = []
        /// Those that are not UTF-8, as they can be shown: nothing can be opened by them.
        var others: [String] = []
    }

    /// Returns the names in a folder, without `.` and `..`.
    static func names(_ path: String) throws(IngestError) -> Names {
        // SAFETY: the string is bridged for the call; the stream is closed below on the one way out.
        guard let stream = unsafe opendir(path) else { throw SystemError(number: errno).listing(path) }
        var names = Names()
        errno = 0
        // SAFETY: an entry is valid until the next readdir of its stream, and its name is copied before that.
        while let entry = unsafe readdir(stream) {
            let (name, shown) = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 1) {
                    unsafe (String(validatingCString: $0), String(cString: $0))
                }
            }
            if let name, name != ".", name != ".." { names.usable.append(name) }
            if name == nil { names.others.append(shown) }
        }
        let number = errno
        unsafe closedir(stream)
        if number != 0 { throw SystemError(number: number).listing(path) }
        names.usable.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        names.others.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return names
    }
}

extension SystemError {
    /// Whether there is nothing at the path.
    var isMissing: Bool { number == ENOENT || number == ENOTDIR }

    /// The error of listing a folder.
    func listing(_ path: String) -> IngestError {
        switch number {
        case EACCES, EPERM:
            IngestError(
                .permissionDenied, path: path, problem: "is a folder that may not be listed",
                remedy: "run as a user who may, or change its permissions")
        case ENOENT, ENOTDIR: opening(path)
        default:
            IngestError(
                .io, path: path, problem: "is a folder that cannot be listed: \(text)",
                remedy: "check the disk and the path")
        }
    }
}
