import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// The inputs of a run that lie elsewhere: listed, and fetched while they are read.
final class RemoteInputs {
    let listing: RemoteListing
    let pool: DownloadPool
    private let access: RemoteAccess
    private let byPath: [String: RemoteObject]
    /// Bytes that wait to be read, at most.
    private let memory: Int
    private let readers: Int

    /// Lists what the arguments name.
    init(_ arguments: [String], _ request: IngestRequest, _ options: IngestOptions) throws(ForensicsError) {
        access = try RemoteAccess(request.cloud, stop: request.stop)
        listing = access.list(arguments, window: options.pruning?.hull)
        pool = DownloadPool(storage: access, stop: request.stop)
        byPath = Dictionary(listing.objects.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        memory = Int(clamping: options.maxMemory / 8)
        readers = options.jobs
    }

    /// Ends every transfer.
    func close() {
        pool.close()
        access.close()
        pool.join()
    }

    /// Fetches the beginnings of objects ahead of those who read them in order.
    func fetchAhead(_ objects: [RemoteObject]) -> FetchAhead {
        FetchAhead(objects, pool: pool, memory: memory, readers: readers)
    }

    /// A stream of an object from its first byte; nothing is fetched before the first read.
    func stream(_ object: RemoteObject) -> ObjectStream {
        ObjectStream(object, pool: pool, partLength: FetchAhead.partLength(memory: memory, readers: readers))
    }

    /// An object that was listed, by its path.
    func object(_ path: String) -> (object: RemoteObject, stream: ObjectStream)? {
        byPath[path].map { ($0, stream($0)) }
    }
}
