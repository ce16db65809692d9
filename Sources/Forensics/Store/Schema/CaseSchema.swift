import GRDB

/// The tables of a case, its version, and how an older case becomes a current one.
///
/// Tables are private and only gain; what users may rely on are the views, which are made anew when they differ.
enum CaseSchema {
    /// `PRAGMA application_id`: the four letters `LBFx`.
    static let applicationID: Int32 = 0x4C42_4678
    /// `PRAGMA user_version` of a current case.
    static let version = 3
    /// Cases older than this hold rows that this version cannot carry on with.
    static let oldestVersion = 1
    /// Larger pages make appending cheaper; from here on it gains nothing. See the benchmarks' notes.
    static let pageSize = 32768

    /// Brings the tables to the current version, one step at a time.
    static func migrate(_ database: Database, from version: Int) throws {
        for step in version..<Self.version {
            try database.execute(sql: steps[step])
            try database.execute(sql: "PRAGMA user_version = \(step + 1)")
        }
    }

    /// Rows of version 2 may have shorter trace ids (`TraceCell`); those of version 1 are read as they are. What checks saw of a
    /// log tells when (`EpisodeCourse`) from version 3 on; of older cases it is read without.
    private static let steps: [String] = [firstVersion, "", ""]

    private static let firstVersion: String = {
        let rows = RowTable.allCases.map { $0.createSQL(as: $0.name) }
        let profiles = ProfileKind.allCases.map(\.createSQL)
        let owners = ownerTables.map { "CREATE TABLE \($0)" }
        return (rows + profiles + [fixedTables] + owners).joined(separator: ";\n")
    }()

    private static let fixedTables = """
        CREATE TABLE text(id INTEGER PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE address6(id INTEGER PRIMARY KEY, address BLOB NOT NULL, text TEXT NOT NULL);
        CREATE TABLE unit(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, vantage TEXT,
            options TEXT NOT NULL, status TEXT NOT NULL);
        CREATE TABLE source(ordinal INTEGER PRIMARY KEY AUTOINCREMENT, unit INTEGER NOT NULL, rank INTEGER NOT NULL,
            first_row INTEGER NOT NULL, last_row INTEGER NOT NULL, row_shift INTEGER NOT NULL, path TEXT NOT NULL, kind INTEGER NOT NULL, vantage TEXT, bytes INTEGER, content_key TEXT,
            decoded_length INTEGER, options TEXT NOT NULL, sha256 TEXT, sample_rate INTEGER, time_base INTEGER,
            first_time INTEGER, last_time INTEGER, accepted INTEGER NOT NULL DEFAULT 0,
            anomalous INTEGER NOT NULL DEFAULT 0, ignored TEXT, rejected TEXT, anomalies TEXT, status TEXT NOT NULL,
            ingested_at INTEGER, detail TEXT);
        CREATE INDEX source_rank ON source(rank);
        CREATE TABLE reject(id INTEGER PRIMARY KEY, offset INTEGER NOT NULL, reason TEXT NOT NULL, sample BLOB NOT NULL);
        CREATE TABLE coverage_span(source INTEGER NOT NULL, load_balancer TEXT, node TEXT, from_time INTEGER,
            to_time INTEGER, reason TEXT);
        CREATE TABLE seek_point(source INTEGER NOT NULL, decoded_offset INTEGER NOT NULL, raw_offset INTEGER NOT NULL,
            record INTEGER NOT NULL, PRIMARY KEY(source, decoded_offset)) WITHOUT ROWID;
        CREATE TABLE finding(id INTEGER PRIMARY KEY, number INTEGER, source INTEGER NOT NULL, record INTEGER NOT NULL,
            "check" TEXT NOT NULL, severity INTEGER NOT NULL, blame INTEGER NOT NULL, kind INTEGER NOT NULL,
            subject TEXT NOT NULL, summary TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
            count INTEGER NOT NULL);
        CREATE TABLE finding_evidence(finding INTEGER NOT NULL, position INTEGER NOT NULL, source INTEGER NOT NULL,
            record INTEGER NOT NULL, offset INTEGER NOT NULL, measure INTEGER NOT NULL,
            PRIMARY KEY(finding, position)) WITHOUT ROWID;
        CREATE TABLE rollup(id INTEGER PRIMARY KEY, data TEXT NOT NULL);
        CREATE TABLE distribution(id INTEGER PRIMARY KEY, count INTEGER, p50 INTEGER, p95 INTEGER, p99 INTEGER,
            max INTEGER, sum INTEGER, data TEXT NOT NULL)
        """

    /// The list of owners, and what views look addresses up in.
    private static let ownerTables = [
        "owner(network TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID",
        "owner4(first INTEGER PRIMARY KEY, last INTEGER NOT NULL, name TEXT NOT NULL)",
        "owner6(first BLOB PRIMARY KEY, last BLOB NOT NULL, name TEXT NOT NULL) WITHOUT ROWID",
    ]

    /// Tables that came later and that an older program has no use for: it neither misses nor harms them.
    private static let laterTables = [
        (name: "source_tag", columns: "source INTEGER PRIMARY KEY, tag TEXT NOT NULL"),
        (name: "source_beginning", columns: "source INTEGER PRIMARY KEY, content_key TEXT NOT NULL"),
        (name: "stitched", columns: "source INTEGER PRIMARY KEY"),
        (name: "sighted", columns: "id INTEGER PRIMARY KEY, data BLOB NOT NULL"),
        (name: "joined", columns: "source INTEGER PRIMARY KEY"),
        // What an older program adds or removes is told by the sources: see `HourBody`.
        (name: "hour_rollup", columns: "id INTEGER PRIMARY KEY, data TEXT NOT NULL"),
        // Data segments of captures by minute (`BucketID` of slot 0). Cases that an older program read have none.
        (
            name: "segment",
            columns: "id INTEGER PRIMARY KEY, client_sent INTEGER NOT NULL, client_resent INTEGER NOT NULL, "
                + "client_unseen INTEGER NOT NULL, client_largest INTEGER NOT NULL, server_sent INTEGER NOT NULL, "
                + "server_resent INTEGER NOT NULL, server_unseen INTEGER NOT NULL, server_largest INTEGER NOT NULL"
        ),
        (name: "hour_source", columns: "source INTEGER PRIMARY KEY, home INTEGER NOT NULL"),
    ]

    /// What each input is looked up by, among tens of thousands of log objects.
    private static let laterIndexes = [
        (name: "source_unit", columns: "source(unit)"), (name: "source_content", columns: "source(content_key)"),
    ]

    /// Makes the later tables and indexes that are not there.
    static func addTables(_ database: Database) throws {
        for table in laterTables {
            try database.execute(sql: "CREATE TABLE IF NOT EXISTS \(table.name)(\(table.columns))")
        }
        for index in laterIndexes {
            try database.execute(sql: "CREATE INDEX IF NOT EXISTS \(index.name) ON \(index.columns)")
        }
    }

    /// Makes every view whose definition is not this binary's, and removes the copies that `index` made.
    ///
    /// - Parameter keepingCopies: whether a copy stays that has the columns of this binary's view: nothing it holds will change.
    /// - Returns: whether a copy was removed.
    static func refreshViews(_ database: Database, keepingCopies: Bool) throws -> Bool {
        var hasRemoved = false
        let definitions = try definitions(database)
        for view in CaseView.allCases where definitions[view.name] != view.createSQL {
            if definitions[view.name] == IndexedCopy.viewSQL(view) {
                if keepingCopies, try isCurrent(copyOf: view, database) { continue }
                hasRemoved = true
            }
            if definitions[view.name] != nil { try database.execute(sql: "DROP VIEW \(view.name)") }
            try database.execute(sql: "DROP TABLE IF EXISTS \(IndexedCopy.table(view))")
            try database.execute(sql: view.createSQL)
        }
        return hasRemoved
    }

    /// Whether the copy of a view has the columns that this binary's view has.
    private static func isCurrent(copyOf view: CaseView, _ database: Database) throws -> Bool {
        try database.execute(sql: view.createTemporarySQL)
        let own = try columns(of: view, in: "temp", database)
        try database.execute(sql: "DROP VIEW temp.\(view.name)")
        return try columns(of: view, in: "main", database) == own
    }

    /// Gives a connection that may only read this binary's views of an older case, and the later tables, which are empty there.
    ///
    /// Nothing of it is in the file: a view or table of the connection's own hides that of the file.
    static func shadowViews(_ database: Database) throws {
        let definitions = try definitions(database)
        for table in laterTables where definitions[table.name] == nil {
            try database.execute(sql: "CREATE TEMP TABLE \(table.name)(\(table.columns))")
        }
        for view in CaseView.allCases where definitions[view.name] != view.createSQL {
            if definitions[view.name] == IndexedCopy.viewSQL(view), try isCurrent(copyOf: view, database) { continue }
            try database.execute(sql: view.createTemporarySQL)
        }
    }

    /// Gives a connection that may only read an empty list of owners of its own, which its views then look up: one of the
    /// file sees the file's list.
    static func shadowOwners(_ database: Database) throws {
        for table in ownerTables { try database.execute(sql: "CREATE TEMP TABLE \(table)") }
        for view in CaseView.allCases {
            try database.execute(sql: "DROP VIEW IF EXISTS temp.\(view.name)")
            try database.execute(sql: view.createTemporarySQL)
        }
    }

    /// The statement that made each table and view of the file, by its name.
    private static func definitions(_ database: Database) throws -> [String: String] {
        let known = try Row.fetchAll(
            database, sql: "SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view')")
        var definitions: [String: String] = [:]
        for row in known { definitions[row["name"]] = row["sql"] }
        return definitions
    }

    private static func columns(of view: CaseView, in schema: String, _ database: Database) throws -> [String] {
        try String.fetchAll(
            database, sql: "SELECT name FROM pragma_table_info(?, ?)", arguments: [view.name, schema])
    }
}

/// Places of roll-ups and distributions: one number orders them by source, dimension, minute and whether they are of
/// health checks.
enum BucketID {
    /// - Parameter slot: the dimension or measure, below 128.
    static func make(source: UInt32, slot: UInt8, minute: Int64, isHealthCheck: Bool) -> Int64 {
        Int64(source) << 37 | Int64(slot & 127) << 30 | (minute + minuteBias) << 1 | (isHealthCheck ? 1 : 0)
    }

    static func minute(_ id: Int64) -> Int64 { (id >> 1 & (1 << 29 - 1)) - minuteBias }
    static func slot(_ id: Int64) -> UInt8 { UInt8(id >> 30 & 127) }
    static func isHealthCheck(_ id: Int64) -> Bool { id & 1 == 1 }

    /// Every minute of the representable years, which begin before the epoch, counts from 0 with this added.
    static let minuteBias: Int64 = 1 << 28

    /// SQL for the minute's start in nanoseconds.
    static func nanosecondsSQL(_ id: String) -> String {
        "((\(id) >> 1 & \(1 << 29 - 1)) - \(minuteBias)) * 60000000000"
    }

    /// SQL that joins a table of buckets to its source.
    static func rowsSQL(_ table: String) -> String {
        "FROM source s CROSS JOIN \(table) u ON u.id BETWEEN s.ordinal << 37 AND ((s.ordinal + 1) << 37) - 1"
    }
}
