import GRDB

/// Questions in SQL: the user's own, the named ones, and whole views.
extension CaseStore {
    /// Runs one statement that only reads and hands out its rows.
    ///
    /// - Parameters:
    ///   - parameters: Values by the name of `:name`; names that the statement does not use are allowed.
    ///   - header: Called once, before any row, with the names of the columns.
    ///   - row: Called for each row; returns whether to go on. Neither block may call the store.
    /// - Throws: `StoreError` `badQuery` with the place for SQL that cannot be used; what the blocks throw.
    package func query(
        _ sql: String, parameters: [String: SQLValue] = [:], header: ([String]) throws -> Void,
        row: ([SQLValue]) throws -> Bool
    ) throws {
        guard SQLScan.reads(sql) else {
            throw Self.badQuery("is no SELECT, WITH, VALUES or EXPLAIN", remedy: Self.readOnlyRemedy)
        }
        do {
            try queue.read { database in
                let statement = try Self.statement(sql, parameters, database)
                try header(statement.columnNames)
                try Self.handOut(statement, row)
            }
        } catch let error as DatabaseError {
            throw error.resultCode.primaryResultCode == .SQLITE_ERROR
                ? Self.badQuery(error.message ?? "cannot be run") : StoreError(error, path: path)
        }
    }

    /// Whether a statement reads rows of requests, connections or health checks, through whichever view or copy of one: those are
    /// the rows that a case may have been told not to keep. What cannot be run reads none.
    package func readsFacts(_ sql: String) -> Bool {
        let copies = [CaseView.requests, .connections].map(IndexedCopy.table)
        let tables = [RowTable.request, .connection, .healthCheck].map(\.name) + copies
        let region = try? queue.read { database in
            SQLScan.reads(sql) ? try database.makeStatement(sql: sql).databaseRegion : DatabaseRegion()
        }
        return tables.contains { region?.isModified(byEventsOfKind: .insert(tableName: $0)) ?? false }
    }

    private static func statement(
        _ sql: String, _ parameters: [String: SQLValue], _ database: Database
    ) throws -> Statement {
        do {
            let statement = try database.makeStatement(sql: sql)
            guard statement.isReadonly else {
                throw badQuery("would write", remedy: readOnlyRemedy)
            }
            try statement.setArguments(StatementArguments(parameters.mapValues(\.databaseValue)))
            return statement
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_ERROR {
            throw badQuery(
                error.message ?? "cannot be run", SQLScan.place(sql, offset: BulkRows.errorOffset(database)))
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_MISUSE {
            // GRDB's words here are for programmers.
            let isSecond = error.message?.hasPrefix("Multiple statements") == true
            throw isSecond
                ? badQuery("holds more than one statement", remedy: "leave out what follows the first semicolon")
                : badQuery(error.message ?? "its parameters do not fit")
        }
    }

    private static let readOnlyRemedy = "the case is read only, so give one statement that reads"

    private static func badQuery(
        _ problem: String, _ place: String? = nil,
        remedy: String = "correct it (`lbforensics help export` lists the views)"
    ) -> StoreError {
        StoreError(.badQuery, "query", problem: problem, place: place, remedy: remedy)
    }

    private static func handOut(_ statement: Statement, _ body: ([SQLValue]) throws -> Bool) throws {
        let rows = try Row.fetchCursor(statement)
        var values: [SQLValue] = []
        while let row = try rows.next() {
            values.removeAll(keepingCapacity: true)
            for value in row.databaseValues { values.append(SQLValue(value)) }
            if try !body(values) { return }
        }
    }

    /// Hands out a whole view, in an order that does not depend on how the case was made: by public source and
    /// record, or by the view's own key.
    package func exportView(
        _ view: CaseView, header: ([String]) throws -> Void, row: ([SQLValue]) throws -> Bool
    ) throws {
        do {
            try queue.read { database in
                try header(try database.makeStatement(sql: "SELECT * FROM \(view.name) LIMIT 0").columnNames)
                var isWanted = true
                for part in try Self.parts(of: view, database) where isWanted {
                    let statement = try database.cachedStatement(sql: part.sql)
                    try statement.setArguments(part.arguments)
                    try Self.handOut(statement) { values in
                        isWanted = try row(values)
                        return isWanted
                    }
                }
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// The statements whose rows, one after another, are the view in order.
    private static func parts(of view: CaseView, _ database: Database) throws -> [(
        sql: String, arguments: StatementArguments
    )] {
        if let order = view.order { return [("SELECT * FROM \(view.name) ORDER BY \(order)", [])] }
        let sources = try Row.fetchAll(database, sql: "SELECT rank, kind FROM source ORDER BY rank")
        // Implied connections span sources and would be looked for once per source: they come all together, where the
        // first source of their kind stands.
        let body = view == .connections ? "(\(ConnectionView.stored))" : view.name
        var parts: [(sql: String, arguments: StatementArguments)] = []
        var hasImplied = view != .connections
        for source in sources {
            if !hasImplied, source[1] == ConnectionView.impliedKind {
                parts.append(("SELECT * FROM (\(ConnectionView.implied)) ORDER BY id", []))
                hasImplied = true
            }
            parts.append(("SELECT * FROM \(body) WHERE source_id = ?", [source[0] as Int64]))
        }
        return parts
    }
}

/// What can be told of a statement from its text.
enum SQLScan {
    /// Whether the first word is that of a statement that reads.
    static func reads(_ sql: String) -> Bool {
        ["SELECT", "WITH", "VALUES", "EXPLAIN"].contains(firstWord(sql).uppercased())
    }

    private static func firstWord(_ sql: String) -> String {
        var rest = Substring(sql)
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "(" }
            if rest.hasPrefix("--") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                var isOpen = true
                rest = rest.dropFirst(2)
                while isOpen, !rest.isEmpty {
                    isOpen = !rest.hasPrefix("*/")
                    rest = isOpen ? rest.dropFirst() : rest.dropFirst(2)
                }
            } else {
                return String(rest.prefix { $0.isLetter })
            }
        }
    }

    /// The place in the statement as people count: `line 2, column 8`; `nil` where SQLite tells none.
    static func place(_ sql: String, offset: Int?) -> String? {
        guard let offset, offset <= sql.utf8.count else { return nil }
        let before = Array(sql.utf8.prefix(offset))
        let line = before.count { $0 == 0x0A } + 1
        let column = before.count - (before.lastIndex(of: 0x0A) ?? -1)
        return "line \(line), column \(column)"
    }
}
