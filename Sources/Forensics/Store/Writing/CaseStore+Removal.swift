import ForensicsModel
import GRDB

/// Removing units with all their rows.
extension CaseStore {
    /// Removes a unit with all its rows: a file that grew, a capture set that is tracked again.
    package func removeUnit(key: String) throws(StoreError) {
        try transaction { database in
            if let id = try Int64.fetchOne(database, sql: "SELECT id FROM unit WHERE key = ?", arguments: [key]) {
                try Self.removeUnit(database, id)
            }
        }
    }

    /// Removes a unit that was begun and is not to be finished; what it was to replace stays.
    package func removeUnit(_ unit: UnitHandle) throws(StoreError) {
        try transaction { database in try Self.removeUnit(database, unit.id) }
    }

    /// Removes every unit that a run left unfinished. Returns how many there were.
    @discardableResult
    package func removePartialUnits() throws(StoreError) -> Int {
        var count = 0
        try transaction { database in
            let units = try Int64.fetchAll(
                database, sql: "SELECT id FROM unit WHERE status = ?", arguments: [SourceStatus.partial.rawValue])
            for unit in units { try Self.removeUnit(database, unit) }
            count = units.count
        }
        return count
    }

    static func removeUnit(_ database: Database, _ unit: Int64) throws {
        let ordinals = try Int64.fetchAll(database, sql: "SELECT ordinal FROM source WHERE unit = ?", arguments: [unit])
        for ordinal in ordinals {
            for table in RowTable.allCases {
                try database.execute(
                    sql: """
                        DELETE FROM \(table.name) WHERE id BETWEEN (SELECT first_row FROM source WHERE ordinal = ?1)
                        AND (SELECT last_row FROM source WHERE ordinal = ?1)
                        """, arguments: [ordinal])
            }
            try RowSpool.remove(ordinal, database)
            try removeRange(database, "reject", ordinal, 32)
            try removeRange(database, "rollup", ordinal, 37)
            try removeRange(database, "distribution", ordinal, 37)
            try removeRange(database, "segment", ordinal, 37)
            try removeRange(database, "sighted", ordinal, sightingsShift)
            for table in ["coverage_span", "seek_point", "source_tag", "source_beginning"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE source = ?", arguments: [ordinal])
            }
            try removeFindings(of: UInt32(clamping: ordinal), database)
        }
        try database.execute(sql: "DELETE FROM source WHERE unit = ?", arguments: [unit])
        try database.execute(sql: "DELETE FROM unit WHERE id = ?", arguments: [unit])
    }

    static func removeRange(_ database: Database, _ table: String, _ ordinal: Int64, _ shift: Int64) throws {
        try database.execute(
            sql: "DELETE FROM \(table) WHERE id BETWEEN ? AND ?",
            arguments: [ordinal << shift, ((ordinal + 1) << shift) - 1])
    }
}
