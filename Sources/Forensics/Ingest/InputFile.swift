#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file, read-only and never mapped: a file that is cut under a map would end the process.
///
/// The one place where evidence is read from the system.
struct InputFile: ~Copyable, Sendable {
    /// How the file looked when it was opened.
    let stamp: FileStamp
    private let descriptor: Int32
    private let isOwned: Bool

    private init(stamp: FileStamp, descriptor: Int32, isOwned: Bool) {
        self.stamp = stamp
        self.descriptor = descriptor
        self.isOwned = isOwned
    }

    /// Opens a file, or standard input for `-`.
    static func open(path: String) throws(IngestError) -> InputFile {
        let isStandardInput = path == "-"
        let descriptor = isStandardInput ? STDIN_FILENO : systemOpen(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(number: errno).opening(path) }
        guard let stamp = stamp(descriptor) else {
            let error = SystemError(number: errno)
            if !isStandardInput { close(descriptor) }
            throw error.opening(path)
        }
        let file = InputFile(stamp: stamp, descriptor: descriptor, isOwned: !isStandardInput)
        if stamp.kind == .directory {
            throw IngestError(.unusable, path: path, problem: "is a folder", remedy: "name the files in it")
        }
        return file
    }

    deinit { if isOwned { close(descriptor) } }

    /// Reads up to `count` bytes to `buffer[position...]`: 0 at the end, an error number of the system below 0.
    ///
    /// The buffer must reach to `position + count`; a request beyond it is cut.
    func read(into buffer: inout [UInt8], at position: Int, upTo count: Int) -> Int {
        let room = min(count, buffer.count - position)
        guard room > 0, position >= 0 else { return 0 }
        while true {
            // SAFETY: `room` was compared with the buffer, and the pointer does not leave the closure.
            let result = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe systemRead(descriptor, bytes.baseAddress.map { unsafe $0 + position }, room)
            }
            if result >= 0 { return result }
            if errno != EINTR { return -Int(errno) }
        }
    }

    /// Moves to a byte of the file; false for what cannot be moved in.
    func seek(to offset: UInt64) -> Bool {
        guard let place = Int64(exactly: offset) else { return false }
        return lseek(descriptor, off_t(place), SEEK_SET) == off_t(place)
    }

    /// How the file looks now, or `nil` if the system does not say.
    func currentStamp() -> FileStamp? { Self.stamp(descriptor) }

    private static func stamp(_ descriptor: Int32) -> FileStamp? {
        var status = stat()
        // SAFETY: `status` is a local that outlives the call.
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        return FileStamp(status)
    }
}

// The methods of `InputFile` hide the functions of the system that have the same names.

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 {
    // SAFETY: the string is bridged to a C string that lives for the call.
    unsafe open(path, flags)
}

private func systemRead(_ descriptor: Int32, _ target: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    // SAFETY: the caller vouches for `count` bytes at `target`.
    unsafe read(descriptor, target, count)
}

extension FileStamp {
    init(_ status: stat) {
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        let type = status.st_mode & S_IFMT
        self.init(
            size: UInt64(clamping: status.st_size),
            modified: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec),
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino),
            kind: type == S_IFREG ? .regular : type == S_IFDIR ? .directory : .stream)
    }
}

/// An error number of the system and how it reads.
struct SystemError: Equatable, Sendable {
    var number: Int32

    /// The system's own words, such as `Permission denied`.
    var text: String {
        // SAFETY: strerror returns a C string that stays valid until the next call on this thread; it is copied here.
        guard let message = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: message)
    }

    /// The error of opening a file or listing a folder.
    func opening(_ path: String) -> IngestError {
        switch number {
        case ENOENT, ENOTDIR:
            IngestError(.notFound, path: path, problem: "does not exist", remedy: "check the path")
        case EACCES, EPERM:
            IngestError(
                .permissionDenied, path: path, problem: "may not be read",
                remedy: "run as a user who may, or change its permissions")
        case ELOOP:
            IngestError(.io, path: path, problem: "is a loop of symbolic links", remedy: "name the file itself")
        default:
            IngestError(.io, path: path, problem: "cannot be opened: \(text)", remedy: "check the disk and the path")
        }
    }

    /// The error of reading an open file.
    func reading(_ path: String, at offset: UInt64) -> IngestError {
        IngestError(
            .io, path: path, problem: "cannot be read further: \(text)", place: "byte \(offset)",
            remedy: "what came before it was used; check the disk, then run the command again")
    }
}
