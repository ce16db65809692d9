package import ForensicsModel
import GRDB

/// Reading back the facts that begin in given records, such as those that findings cite.
extension CaseStore {
    /// Hands out the requests, connections and health checks that begin in some records; of records without any, such as packets
    /// in the middle of a connection, nothing.
    package func scanFacts(in records: Set<FactID>, _ body: (FactBatch) throws -> Void) throws {
        let bySource = Dictionary(grouping: records, by: \.source)
        let scan = FactScan(sources: Array(bySource.keys))
        try run { database in
            // One state of the case from the first source to the last.
            try database.inTransaction(.deferred) {
                var reader = FactReader(profiles: try ProfileReader(database), scan: scan, over: .min)
                for origin in try Self.origins(scan, database) {
                    let ids = (bySource[origin.rank] ?? []).map { origin.range.id(record: $0.record) }.sorted()
                    for table in [RowTable.request, .connection, .healthCheck] {
                        try Self.read(table, ids, origin, database, &reader, body)
                    }
                }
                return .commit
            }
        }
    }

    private static func read(
        _ table: RowTable, _ ids: [Int64], _ origin: FactReader.Origin, _ database: Database,
        _ reader: inout FactReader,
        _ body: (FactBatch) throws -> Void
    ) throws {
        let names = table.columns.map { "r.\($0.name)" }.joined(separator: ", ")
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(names) FROM json_each(?) j CROSS JOIN \(table.name) r ON r.id BETWEEN j.value AND j.value + ?
                """)
        let list = "[\(ids.map(String.init).joined(separator: ","))]"
        try statement.setArguments([list, origin.range.sequenceLimit - 1])
        var fetch = BulkFetch(statement, kinds: table.columns.map(\.kind), limit: scanBatchLimit)
        var batch = FactBatch()
        while case let rows = try fetch.step(), rows > 0 {
            try reader.read(table, fetch.cells, fetch.arena, rows: rows, origin, into: &batch)
            try body(batch)
        }
    }
}
