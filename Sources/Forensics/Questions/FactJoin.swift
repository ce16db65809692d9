import ForensicsModel
import ForensicsStore

/// Finds what all bodies of evidence tell of one request, connection or client.
///
/// Requests are joined by the Root of X-Amzn-Trace-Id, which an Application Load Balancer passes on; a captured request leads to
/// its connection, and connections are joined by the client's address and port, or by both ends. Ports come round: of one request
/// or connection only what lies within a minute of it is taken.
struct FactJoin {
    private static let slack = 60 * Timestamp.nanosecondsPerSecond

    private let session: CaseSession
    private let clocks: [UInt32: EvidenceClock]
    private let sources: [UInt32]
    private var found = Found()

    var facts: [JoinedFact] { found.facts }
    /// Facts that there was no room to tell.
    var refused: Int { found.refused }

    /// The facts that are told, each once.
    private struct Found {
        /// Further ones are counted: a client may have made millions.
        private static let limit = 10_000

        private var known: Set<Key> = []
        private(set) var facts: [JoinedFact] = []
        private(set) var refused = 0

        private struct Key: Hashable {
            var id: FactID
            var isRequest: Bool
        }

        mutating func add(_ id: FactID, isRequest: Bool, _ make: () -> JoinedFact) {
            let key = Key(id: id, isRequest: isRequest)
            guard !known.contains(key) else { return }
            if facts.count >= Self.limit {
                refused += 1
                return
            }
            known.insert(key)
            facts.append(make())
        }
    }

    /// Both ends of a connection, as both directions of it name them.
    private struct Ends: Hashable {
        var client: Endpoint
        var server: Endpoint

        init(_ connection: borrowing Connection) {
            client = connection.client
            server = connection.server
        }
    }

    init(_ subject: ExplainSubject, _ session: CaseSession) throws(ForensicsError) {
        self.session = session
        clocks = session.clocks
        sources = clocks.keys.sorted()
        switch subject {
        case .trace(let high, let low):
            try addRequests(of: high, low)
            try addConnections(from: nil)
        case .record(let id):
            try addRecord(id)
            if case .root(let high, let low) = facts.compactMap({ $0.request?.trace }).first(where: { $0 != .none }) {
                try addRequests(of: high, low)
            }
            try addConnections(from: nil)
        case .endpoint(let endpoint):
            try addRequests { $0.client == endpoint }
            try addConnections(from: { $0 == endpoint })
        case .address(let address):
            try addRequests { $0.client.address == address }
            try addConnections(from: { $0.address == address })
        }
    }

    private mutating func add(_ fact: JoinedFact) { found.add(fact.id, isRequest: fact.request != nil) { fact } }

    // MARK: - Requests

    /// Adds the requests with a trace id. It begins with the second in which a load balancer got the request first, unless a client
    /// made it up: logs are read from that second on, and whole where they hold nothing then. Captures have their own clock.
    private mutating func addRequests(of high: UInt64, _ low: UInt64) throws(ForensicsError) {
        let second = Timestamp(nanoseconds: Int64(high >> 32) * Timestamp.nanosecondsPerSecond)
        let time =
            session.window ?? TimeWindow(start: Timestamp(nanoseconds: .min / 2), end: Timestamp(nanoseconds: .max / 2))
        let after = TimeWindow(start: max(time.start, second.advanced(by: -Self.slack)), end: time.end)
        let captures = sources.filter { clocks[$0]?.kind.isCapture == true }
        let logs = sources.filter { clocks[$0]?.kind.isCapture == false }
        try addRequests(FactScan(window: session.window, sources: captures)) { $0.trace == .root(high, low) }
        for window in [after, time] where !facts.contains(where: { !$0.clock.kind.isCapture }) {
            try addRequests(FactScan(window: window, sources: logs)) { $0.trace == .root(high, low) }
        }
    }

    private mutating func addRequests(_ isWanted: (borrowing Exchange) -> Bool) throws(ForensicsError) {
        try addRequests(FactScan(window: session.window, sources: sources), isWanted)
    }

    private mutating func addRequests(
        _ scan: FactScan, _ isWanted: (borrowing Exchange) -> Bool
    ) throws(ForensicsError) {
        var found = Found()
        swap(&found, &self.found)
        defer { swap(&found, &self.found) }
        try session.reading {
            try session.store.scanRequests(scan) { batch in
                for index in batch.exchanges.indices where isWanted(batch.exchanges[index]) {
                    let exchange = batch.exchanges[index]
                    guard let clock = clocks[exchange.id.source] else { continue }
                    found.add(exchange.id, isRequest: true) { JoinedFact(exchange, batch.texts, clock) }
                }
                return true
            }
        }
    }

    private mutating func addRecord(_ id: FactID) throws(ForensicsError) {
        for fact in try facts(in: [id]) { add(fact) }
    }

    /// What begins in some records.
    private func facts(in records: Set<FactID>) throws(ForensicsError) -> [JoinedFact] {
        var found: [JoinedFact] = []
        try session.reading {
            try session.store.scanFacts(in: records) { batch in
                for exchange in batch.exchanges {
                    guard let clock = clocks[exchange.id.source] else { continue }
                    found.append(JoinedFact(exchange, batch.texts, clock))
                }
                for connection in batch.connections {
                    guard let clock = clocks[connection.id.source] else { continue }
                    found.append(JoinedFact(connection, batch.texts, clock))
                }
            }
        }
        return found
    }

    // MARK: - Connections

    /// Adds the connections of the requests that were found, and what others tell of these and of a client.
    ///
    /// - Parameter isClient: the ends whose connections are wanted whenever they were; `nil` for those of what was found.
    private mutating func addConnections(from isClient: ((Endpoint) -> Bool)?) throws(ForensicsError) {
        let carriers = Set(facts.compactMap { $0.request?.connection })
        for fact in try facts(in: carriers) where fact.request == nil { add(fact) }
        var clients: Set<Endpoint> = []
        var ends: Set<Ends> = []
        for fact in facts {
            switch fact.fact {
            case .request(let exchange): if exchange.client.port != 0 { clients.insert(exchange.client) }
            case .connection(let connection):
                ends.insert(Ends(connection))
                if connection.role == .client, connection.client.port != 0 { clients.insert(connection.client) }
            }
        }
        let time = isClient == nil ? stretch : session.window
        var found = Found()
        swap(&found, &self.found)
        defer { swap(&found, &self.found) }
        try session.reading {
            let scan = FactScan(window: time, sources: sources, membership: .overlap)
            try session.store.scanConnections(scan) { batch in
                for index in batch.connections.indices {
                    let client = batch.connections[index].client
                    guard
                        clients.contains(client) || isClient?(client) ?? false
                            || ends.contains(Ends(batch.connections[index]))
                    else { continue }
                    let connection = batch.connections[index]
                    guard let clock = clocks[connection.id.source] else { continue }
                    found.add(connection.id, isRequest: false) { JoinedFact(connection, batch.texts, clock) }
                }
                return true
            }
        }
    }

    /// The time of what was found, with a minute to either side.
    private var stretch: TimeWindow? {
        guard let start = facts.map(\.start).min(), let end = facts.map(\.end).max() else { return session.window }
        return TimeWindow(start: start.advanced(by: -Self.slack), end: end.advanced(by: Self.slack))
    }
}
