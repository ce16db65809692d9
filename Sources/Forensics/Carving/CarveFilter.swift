import ForensicsModel
import ForensicsStore

/// The common filters on captured connections: by what a connection is, and by the requests that it carries.
///
/// A connection that a load balancer shares between clients is none of theirs, but packets are taken from whole
/// connections: it is wanted if one request on it is, and left out if one on it is to be ignored.
struct CarveFilter {
    private var filter: CompiledFilter
    /// Whether what is asked for is told by requests alone.
    private let asksForRequests: Bool
    /// Connections that carry a request that is wanted.
    private var wanted: Set<FactID> = []
    /// Connections that carry a request of a client to be ignored.
    private var ignored: Set<FactID> = []
    /// Connections that carry requests of several clients.
    private var shared: Set<FactID> = []
    /// Connections that would have been admitted, but carry a request of a client to be ignored.
    private(set) var withheld = 0

    /// Looks through the requests of a scan.
    ///
    /// - Parameter provesFinding: whether what is wanted is what proves a finding, of which health checks and second legs are a
    ///   part too.
    init(_ session: CaseSession, _ scan: FactScan, provesFinding: Bool) throws(ForensicsError) {
        var facts = session.filter
        if provesFinding {
            facts.includesHealthChecks = true
            facts.includesSecondLegs = true
        }
        filter = CompiledFilter(facts)
        asksForRequests = !session.filter.paths.isEmpty || !session.filter.statuses.isEmpty
        var requests = CompiledFilter(facts)
        var (wanted, ignored, shared): (Set<FactID>, Set<FactID>, Set<FactID>) = ([], [], [])
        var clients: [FactID: IPAddress] = [:]
        try session.reading {
            try session.store.scanRequests(scan) { batch in
                requests.begin(batch.texts)
                for request in batch.exchanges {
                    guard let connection = request.connection else { continue }
                    let client = request.client.address
                    if let known = clients[connection], known != client { shared.insert(connection) }
                    clients[connection] = client
                    if requests.ignores(client: client) { ignored.insert(connection) }
                    if requests.admits(request, batch.texts) { wanted.insert(connection) }
                }
                return true
            }
        }
        (self.wanted, self.ignored, self.shared) = (wanted, ignored, shared)
    }

    /// Makes ready for the connections of a batch.
    mutating func begin(_ texts: TextTable) { filter.begin(texts) }

    mutating func admits(_ connection: Connection, _ texts: TextTable) -> Bool {
        let isOfIts = !asksForRequests && filter.admits(connection, texts)
        guard isOfIts || wanted.contains(connection.id), !filter.ignores(client: connection.client.address) else {
            return false
        }
        if ignored.contains(connection.id) {
            withheld += 1
            return false
        }
        return true
    }

    func isShared(_ connection: Connection) -> Bool { shared.contains(connection.id) }
}
