import ForensicsIngest

/// The files of `capture --ring` in a folder, by the live source whose packets they hold.
struct RingFolder {
    struct File {
        var path: String
        /// The number of its first packet within the source.
        var firstRecord: UInt32
    }

    private let folder: String?
    private var files: [String: [File]] = [:]

    /// - Parameter folder: `nil` where none was named.
    init(_ folder: String?) {
        self.folder = folder
        guard let folder else { return }
        for input in InputWalker([folder]).inputs {
            guard let source = try? ByteSource(path: input.path, limits: .streaming),
                let summary = try? CaptureProbe.summary(source), let label = RingLabel(comment: summary.comment)
            else { continue }
            files[label.source, default: []].append(File(path: input.path, firstRecord: label.firstRecord))
        }
        for source in files.keys { files[source]?.sort { $0.firstRecord < $1.firstRecord } }
    }

    /// How many of a source's first packets are kept no more.
    func lostPackets(of source: String) -> UInt32 { (files[source]?.first?.firstRecord ?? 1) - 1 }

    /// The files of a source, oldest first.
    ///
    /// - Throws: `ForensicsError` if there are none.
    func files(of source: String) throws(ForensicsError) -> [File] {
        if let found = files[source] { return found }
        guard let folder else {
            throw ForensicsError(
                .noInput,
                "\(source): was captured live; name the folder where `capture --ring` kept its packets: --ring-folder.")
        }
        throw ForensicsError(
            .noInput, "\(folder): holds no packets of \(source); name the folder of that capture's --ring.")
    }
}
