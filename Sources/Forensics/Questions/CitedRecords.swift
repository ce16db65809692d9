import ForensicsModel
import ForensicsStore

/// What the records that findings cite say of the common filters.
struct CitedRecords {
    /// Those that begin a fact whose row the case keeps.
    private(set) var known: Set<FactID> = []
    /// Those of them of which a fact passes.
    private(set) var admitted: Set<FactID> = []

    init(of findings: [Finding], _ session: CaseSession) throws(ForensicsError) {
        var facts = session.filter
        // What proves a finding may be no traffic of clients.
        facts.includesHealthChecks = true
        facts.includesSecondLegs = true
        var filter = CompiledFilter(facts)
        var (known, admitted): (Set<FactID>, Set<FactID>) = ([], [])
        let records = Set(findings.lazy.flatMap(\.evidence).map(\.id))
        try session.reading {
            try session.store.scanFacts(in: records) { batch in
                filter.begin(batch.texts)
                for exchange in batch.exchanges {
                    known.insert(exchange.id)
                    if filter.admits(exchange, batch.texts) { admitted.insert(exchange.id) }
                }
                for connection in batch.connections {
                    known.insert(connection.id)
                    if filter.admits(connection, batch.texts) { admitted.insert(connection.id) }
                }
                for check in batch.healthChecks {
                    known.insert(check.id)
                    if filter.admits(check, batch.texts) { admitted.insert(check.id) }
                }
            }
        }
        (self.known, self.admitted) = (known, admitted)
    }
}
