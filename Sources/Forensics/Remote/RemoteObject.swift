package import ForensicsIngest

/// One object of a store elsewhere, as a listing told of it.
package struct RemoteObject: Sendable, Equatable {
    /// Its URL, such as `s3://bucket/key`: what names it in the case.
    package var path: String
    /// Bytes as stored.
    package var size: UInt64
    /// What the store calls this content: another tag means other content.
    package var tag: String

    /// - Parameter size: bytes, as the listing told.
    package init(path: String, size: UInt64, tag: String) {
        self.path = path
        self.size = size
        self.tag = tag
    }

    /// The last component of the path.
    var name: String { String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]) }
}

/// A store of objects that can be read in pieces, from several threads at once.
package protocol ObjectStorage: Sendable {
    /// Returns bytes of an object, waiting for them.
    ///
    /// - Throws: `IngestError` after every retry, or if the object is another one now.
    func read(_ object: RemoteObject, _ range: Range<UInt64>) throws(IngestError) -> [UInt8]
}

/// Which arguments name something elsewhere.
enum RemotePath {
    static func isRemote(_ argument: String) -> Bool { argument.hasPrefix("s3://") }
}
