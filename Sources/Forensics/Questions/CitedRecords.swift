import ForensicsModel
import ForensicsStore

/// What the records that findings cite say of the common filters.
struct CitedRecords {
    /// Those that begin a fact whose row the case keeps.
    private(set) var known: Set<FactID> = []
    /// Those of them of which a fact passes.
    private(set) var admitted: Set<FactID> = []
    /// The addresses at the clients' side that they name as no client: load balancers and proxies, whose connections carry those
    /// of many.
    private(set) var carriers: Set<IPAddress> = []

    init(of findings: [Finding], _ session: CaseSession) throws(ForensicsError) {
        var facts = session.filter
        // What proves a finding may be no traffic of clients.
        facts.includesHealthChecks = true
        facts.includesSecondLegs = true
        var filter = CompiledFilter(facts)
        var (known, admitted): (Set<FactID>, Set<FactID>) = ([], [])
        var carriers: Set<IPAddress> = []
        let records = Set(findings.lazy.flatMap(\.evidence).map(\.id))
        try session.reading {
            try session.store.scanFacts(in: records) { batch in
                filter.begin(batch.texts)
                for exchange in batch.exchanges {
                    known.insert(exchange.id)
                    if exchange.peer != exchange.client.address { carriers.insert(exchange.peer) }
                    if filter.admits(exchange, batch.texts) { admitted.insert(exchange.id) }
                }
                for connection in batch.connections {
                    known.insert(connection.id)
                    if !connection.namesClient || connection.peer != connection.client.address {
                        carriers.insert(connection.peer)
                    }
                    if filter.admits(connection, batch.texts) { admitted.insert(connection.id) }
                }
                for check in batch.healthChecks {
                    known.insert(check.id)
                    if filter.admits(check, batch.texts) { admitted.insert(check.id) }
                }
            }
        }
        (self.known, self.admitted, self.carriers) = (known, admitted, carriers)
    }
}
