import GRDB

/// Rows of a running capture on their way into the case: what a checkpoint adds up and the rows it is made of are stored in
/// one transaction, so that a capture that is killed leaves both or neither.
///
/// Rows wait in tables in memory that no other connection sees; a second of a capture has few.
extension CaseStore {
    /// Keeps the rows of a batch until the next checkpoint.
    package func stage(_ batch: EncodedBatch) throws(StoreError) {
        try access { database in
            try dictionary.store(into: database)
            for image in batch.images {
                let table = image.table
                try Self.prepareStaging(of: table, database)
                do {
                    try insert(image, into: Self.staged(table))
                } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CONSTRAINT {
                    // A fact of an earlier batch began in the same packet.
                    try copyOneByOne(table, from: "bulk.t", into: Self.staged(table), database)
                }
            }
            noteDropped(batch.dropped)
        }
    }

    private static func staged(_ table: RowTable) -> String { "temp.staged_\(table.name)" }

    private static func hasStaging(of table: RowTable, _ database: Database) throws -> Bool {
        let known = try database.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM sqlite_temp_master WHERE name = ?)")
        return try Bool.fetchOne(known, arguments: ["staged_\(table.name)"]) ?? false
    }

    private static func prepareStaging(of table: RowTable, _ database: Database) throws {
        if try Self.hasStaging(of: table, database) { return }
        // Changing where they lie would empty the tables that are there.
        if try Int.fetchOne(database, sql: "PRAGMA temp_store") != 2 {
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        try database.execute(sql: table.createSQL(as: staged(table)))
    }

    private func copyOneByOne(
        _ table: RowTable, from origin: String, into destination: String, _ database: Database
    ) throws {
        try database.inSavepoint {
            noteDropped(try Self.insertOneByOne(table, from: origin, into: destination, database))
            return .commit
        }
    }

    /// Takes what waits into the case, inside the caller's transaction.
    func storeStaged(_ database: Database) throws {
        for table in RowTable.allCases where try Self.hasStaging(of: table, database) {
            let (origin, destination) = (Self.staged(table), "main.\(table.name)")
            do {
                try database.cachedStatement(sql: "INSERT INTO \(destination) SELECT * FROM \(origin)").execute()
            } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CONSTRAINT {
                try copyOneByOne(table, from: origin, into: destination, database)
            }
            try database.cachedStatement(sql: "DELETE FROM \(origin)").execute()
        }
    }
}
