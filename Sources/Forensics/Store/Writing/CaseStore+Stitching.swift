package import ForensicsModel
import GRDB

/// Connections that are made of the rows of several sources: those of flow logs.
///
/// They are made anew whenever the case gains or loses such a source, so that the order of ingesting plays no part. The
/// sources that went into them are noted last: a run that is killed before leaves a note that does not fit, and the next
/// one begins again.
extension CaseStore {
    /// Removes what was stitched before, unless it was stitched from just these sources.
    ///
    /// - Parameter ordinals: all complete sources whose rows are to be stitched.
    /// - Returns: whether there is anything to do.
    package func beginStitching(_ ordinals: [UInt32]) throws(StoreError) -> Bool {
        var isDue = false
        try transaction { database in
            let known = try Int64.fetchAll(database, sql: "SELECT source FROM stitched ORDER BY source")
            guard known != ordinals.sorted().map(Int64.init) else { return }
            isDue = true
            for ordinal in ordinals {
                let range = RowRange(source: ordinal, isCapture: false)
                for table in [RowTable.connection, .longConnection] {
                    try database.execute(
                        sql: "DELETE FROM \(table.name) WHERE id BETWEEN ? AND ?",
                        arguments: [range.first, range.last])
                }
                try Self.removeRange(database, "rollup", Int64(ordinal), 37)
                try Self.removeRange(database, "distribution", Int64(ordinal), 37)
                try Self.removeFindings(of: ordinal, database)
            }
            try database.execute(sql: "DELETE FROM stitched")
            try Self.forgetHours(database)
        }
        return isDue
    }

    /// Stores what the stitched connections, whose rows were appended, add up to, and notes what they were made of.
    ///
    /// - Parameters:
    ///   - home: the source with which roll-ups and distributions lie.
    ///   - counts: what was not stored of them in portions before.
    package func finishStitching(
        _ ordinals: [UInt32], home: UInt32, counts: RollupPortion, findings: [Finding]
    ) throws(StoreError) {
        try transaction { database in
            try Self.store(counts, of: home, database)
            for finding in findings { try Self.store(finding, database) }
            let statement = try database.cachedStatement(sql: "INSERT INTO stitched(source) VALUES(?)")
            for ordinal in ordinals.sorted() { try statement.execute(arguments: [ordinal]) }
        }
    }
}
