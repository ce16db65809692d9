import GRDB

/// Secondary indexes for SQL of one's own.
///
/// A view computes what it shows (addresses as text, times, texts by number), so that no index on the tables behind it
/// could answer `WHERE client_ip = …`. The indexes therefore stand on copies of the views, and the views read the copies
/// as long as they are there. Whatever writes rows to the case removes them again: `CaseSchema.refreshViews`.
extension CaseStore {
    /// Makes the copies and their indexes, in one transaction.
    ///
    /// - Returns: the rows of each copied view.
    package func makeIndexes() throws(StoreError) -> [(view: CaseView, rows: Int)] {
        var made: [(view: CaseView, rows: Int)] = []
        try transaction { database in
            for view in CaseView.allCases {
                guard let indexes = IndexedCopy.columns[view] else { continue }
                let copy = IndexedCopy.table(view)
                try database.execute(sql: "CREATE TABLE \(copy) AS SELECT * FROM \(view.name)")
                try database.execute(sql: "DROP VIEW \(view.name)")
                try database.execute(sql: IndexedCopy.viewSQL(view))
                for columns in indexes {
                    let name = columns.map { $0.replacing("_ip", with: "") }.joined(separator: "_")
                    try database.execute(
                        sql: "CREATE INDEX \(copy)_\(name) ON \(copy)(\(columns.joined(separator: ", ")))")
                }
                made.append((view, try Int.fetchOne(database, sql: "SELECT count(*) FROM \(copy)") ?? 0))
            }
            // Without counts of their values SQLite cannot choose between indexes.
            try database.execute(sql: "ANALYZE")
        }
        return made
    }
}

/// The copies of views that carry indexes.
enum IndexedCopy {
    /// The columns of each index.
    static let columns: [CaseView: [[String]]] = [
        .requests: [
            ["id"], ["time_ns"], ["client_ip", "time_ns"], ["domain", "time_ns"], ["status"], ["target_ip", "time_ns"],
            ["trace_id"], ["connection_id"],
        ],
        .connections: [
            ["id"], ["end_ns"], ["client_ip", "end_ns"], ["server_ip", "server_port"], ["domain"], ["duration_ms"],
        ],
        .flowRecords: [["srcaddr", "end_ns"], ["dstaddr", "end_ns"]],
    ]

    static func table(_ view: CaseView) -> String { "indexed_\(view.name)" }

    /// The statement that makes a view read its copy.
    static func viewSQL(_ view: CaseView) -> String { "CREATE VIEW \(view.name) AS SELECT * FROM \(table(view))" }
}
