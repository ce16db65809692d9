package import ForensicsIngest

/// The files of `capture --ring` in a folder, by the live source whose packets they hold.
package struct RingFolder {
    /// One file of a ring.
    package struct File: Equatable {
        package var path: String
        /// The number of its first packet within the source.
        package var firstRecord: UInt32
    }

    /// Files that may hold packets and could not be read, and what could not be listed.
    package private(set) var unread: [IngestError] = []
    private let folder: String?
    private var files: [String: [File]] = [:]

    /// What the files of a ring are called.
    private static let suffix = ".pcapng"

    /// - Parameter folder: `nil` where none was named.
    package init(_ folder: String?) {
        self.folder = folder
        guard let folder else { return }
        let walker = InputWalker([folder])
        // A file that the ring gave up meanwhile is gone, as those before it are.
        unread = walker.errors.filter { $0.code != .notFound || $0.path == folder }
        for input in walker.inputs where input.name.hasSuffix(Self.suffix) {
            do throws(IngestError) {
                let source = try ByteSource(path: input.path, limits: .streaming)
                guard let label = RingLabel(comment: try CaptureProbe.summary(source).comment) else { continue }
                files[label.source, default: []].append(File(path: input.path, firstRecord: label.firstRecord))
            } catch {
                if error.code == .permissionDenied || error.code == .io { unread.append(error) }
            }
        }
        for source in files.keys { files[source]?.sort { $0.firstRecord < $1.firstRecord } }
    }

    /// How many of a source's first packets no file holds that can be read: the ring keeps them no more, unless there are files
    /// that could not be read.
    package func lostPackets(of source: String) -> UInt32 { (files[source]?.first?.firstRecord ?? 1) - 1 }

    /// The files of a source, oldest first.
    ///
    /// - Throws: `ForensicsError` if there are none, or none that may be read.
    package func files(of source: String) throws(ForensicsError) -> [File] {
        if let found = files[source] { return found }
        guard let folder else {
            throw ForensicsError(
                .noInput,
                "\(source): was captured live; name the folder where `capture --ring` kept its packets: --ring-folder.")
        }
        if let error = unread.first { throw ForensicsError(error) }
        throw ForensicsError(
            .noInput, "\(folder): holds no packets of \(source); name the folder of that capture's --ring.")
    }
}
