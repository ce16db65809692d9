/// What the file system says about a file: tells whether it changed between two looks.
package struct FileStamp: Hashable, Sendable {
    /// Bytes as stored; 0 for pipes and terminals.
    package var size: UInt64
    /// Last modification, nanoseconds since 1970.
    package var modified: Int64
    /// The number of the file system.
    package var device: UInt64
    /// The number of the file in it.
    package var inode: UInt64
    /// File, folder, or something else.
    package var kind: Kind

    /// The types of directory entries that matter for reading.
    package enum Kind: Sendable {
        case regular, directory
        /// A pipe, socket, terminal or device: its size is unknown and it can be read once.
        case stream
    }

    package init(size: UInt64, modified: Int64, device: UInt64, inode: UInt64, kind: Kind) {
        self.size = size
        self.modified = modified
        self.device = device
        self.inode = inode
        self.kind = kind
    }

    /// Returns how the file at a path looks, following symbolic links; `nil` if there is none, or none to be seen.
    package static func of(_ path: String) -> FileStamp? {
        do throws(IngestError) { return try DirectoryListing.stamp(path) } catch { return nil }
    }
}
