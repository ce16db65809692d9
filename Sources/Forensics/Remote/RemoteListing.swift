import ForensicsModel

/// What listing the arguments that name something elsewhere gave.
struct RemoteListing: Sendable {
    /// By path, each once.
    var objects: [RemoteObject] = []
    var problems: [ForensicsError] = []
    /// Folders of other days that were not listed.
    var prunedFolders = 0

    /// Takes the pages of one argument's listing.
    ///
    /// Like files of a folder, objects are left out whose name, or that of a folder below the argument, begins with a
    /// dot; and so are the empty objects that stand for folders. Where the argument is the key of an object, that object
    /// alone is meant.
    ///
    /// - Parameter prefix: the argument with everything that all keys begin with.
    mutating func add(_ found: [RemoteObject], prefix: String) {
        if let exact = found.first(where: { $0.path == prefix }), !exact.path.hasSuffix("/") {
            objects.append(exact)
            return
        }
        let base = prefix.utf8.count
        objects += found.filter { object in
            if object.path.hasSuffix("/") { return false }
            let below = String(decoding: Array(object.path.utf8.dropFirst(base)), as: UTF8.self)
            let parts = below.split(separator: "/", omittingEmptySubsequences: false)
            // The first part goes on from the argument unless that ends with a slash.
            return !parts.enumerated().contains { index, part in
                part.hasPrefix(".") && (index > 0 || prefix.hasSuffix("/"))
            }
        }
    }

    /// Sorts by the bytes of the paths, as folders are; objects that two arguments name count once.
    mutating func finish() {
        objects.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        var unique: [RemoteObject] = []
        for object in objects where unique.last?.path != object.path { unique.append(object) }
        objects = unique
    }
}
