import Foundation
import GRDB
import Synchronization

/// A case file: everything that was read of the evidence, in one SQLite database.
///
/// One process writes at a time, on one thread of its choosing; any number read, with any SQLite tool, meanwhile.
package final class CaseStore: Sendable {
    /// What a case is opened for.
    package enum Access: Sendable {
        /// Writing; the file is made if it does not exist.
        case create
        /// Writing to a new case that is thrown away: nothing waits for the disk, and nobody else may read it meanwhile.
        case scratch
        /// As `scratch`, to be asked by `rows` alone: requests of logs are in a `RowSpool`.
        case spooled
        /// Writing to a case that exists.
        case readWrite
        /// Writing to a case that exists what no row says: the indexes that `index` made stay.
        case annotate
        case readOnly

        /// Whether the file is a new one that nobody keeps.
        var isThrownAway: Bool { self == .scratch || self == .spooled }
    }

    package let path: String
    package let access: Access
    /// What `--max-memory` allows.
    let memory: Int64
    let queue: DatabaseQueue
    private let lock: CaseLock?
    /// The file that was opened.
    private let identity: SharedFile.Identity?
    /// Whether opening the case removed what `index` had made: its copies would not follow what is written now.
    package let hasLostIndexes: Bool
    let dictionary: CaseDictionary
    private let inserter = Mutex<BulkInserter?>(nil)
    /// Where requests of logs are; `nil` where they are in their table.
    let spool: RowSpool?
    /// By source: rows that could not be stored as too many facts began in one packet.
    let droppedRows = Mutex<[UInt32: UInt64]>([:])

    /// Opens the case at `path`.
    ///
    /// - Parameter memory: what `--max-memory` allows; how many texts and profiles are remembered while writing, and how many values an
    ///   hour may have, follow from it.
    /// - Throws: `StoreError`: `notSQLite`, `notACase`, `newerVersion`, `needsRewrite`, `doesNotExist`, `cannotOpen`,
    ///   `noPermission`, `busy`.
    package init(path: String, access: Access, memory: Int64 = 512 << 20) throws(StoreError) {
        self.path = path
        self.access = access
        self.memory = memory
        try Self.prepareFile(path, access)
        lock = access == .readOnly ? nil : try CaseLock(casePath: path)
        do {
            let (queue, hasLostIndexes) = try Self.open(path, access)
            (self.queue, self.hasLostIndexes) = (queue, hasLostIndexes)
            identity = SharedFile.identity(path)
            spool = try queue.writeWithoutTransaction { database in
                access == .spooled ? try RowSpool(making: path, database) : try RowSpool(of: path, database)
            }
            dictionary = CaseDictionary(
                nextIDs: CaseDictionary.NextIDs(), limits: CaseDictionary.Limits(memory: memory))
            if access != .readOnly { try prepareWriting() }
        } catch {
            lock?.release()
            throw StoreError(error, path: path)
        }
    }

    deinit { close() }

    /// Closes the file; the store is of no use after that. The write-ahead log is folded in.
    package func close() {
        let isLeft = isGone && (try? foldLog()) == true
        try? queue.close()
        inserter.withLock { $0 = nil }
        // SQLite leaves these behind of a file that was moved; a new case of that name is not to read them.
        if isLeft, lock?.isInPlace == true, SharedFile.identity(path) == nil {
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        lock?.release()
    }

    // MARK: A case that is moved or removed

    /// Whether what is written goes to a file that is no longer at its path.
    private var isGone: Bool {
        access != .readOnly && !access.isThrownAway && (identity == nil || SharedFile.identity(path) != identity)
    }

    /// Refuses to go on where what is written would be where nobody looks, or nowhere.
    package func checkPlace() throws(StoreError) {
        if isGone {
            throw StoreError(
                .gone, path, problem: "was removed or moved away while it was written",
                remedy: "run the command anew for a new case")
        }
    }

    /// Returns an encoder for this case: one for each thread that makes rows.
    package func makeEncoder(requests: RequestRows = .whole) -> RowEncoder {
        RowEncoder(dictionary: dictionary, requests: requests)
    }

    // MARK: Opening

    private static func prepareFile(_ path: String, _ access: Access) throws(StoreError) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let exists = attributes != nil
        if attributes?[.type] as? FileAttributeType == .typeDirectory {
            throw StoreError(.cannotOpen, path, problem: "this is a folder", remedy: "name a file for the case")
        }
        if exists {
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw StoreError(
                    .noPermission, path, problem: "no permission to read it", remedy: "ask its owner, or be its owner")
            }
            guard access == .readOnly || FileManager.default.isWritableFile(atPath: path) else {
                throw StoreError(
                    .noPermission, path, problem: "no permission to write to it", remedy: "name another --store")
            }
            return
        }
        guard access == .create || access.isThrownAway else {
            throw StoreError(.doesNotExist, path, problem: "no such case", remedy: "make one with `lbforensics ingest`")
        }
        // Another process may make it at this moment, and hold its lock: its file stays.
        guard let made = SharedFile.open(path, permissions: 0o600) else {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            if FileManager.default.fileExists(atPath: folder), !FileManager.default.isWritableFile(atPath: folder) {
                throw StoreError(
                    .noPermission, path, problem: "no permission to make it in that folder",
                    remedy: "name another --store")
            }
            throw StoreError(
                .cannotOpen, path, problem: "the file cannot be made here",
                remedy: "check the folder, or name another --store")
        }
        try? made.close()
    }

    private static func open(_ path: String, _ access: Access) throws -> (DatabaseQueue, hasLostIndexes: Bool) {
        var configuration = Configuration()
        configuration.readonly = access == .readOnly
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = false
        configuration.label = "case"
        configuration.maximumReaderCount = 1
        do {
            return try openQueue(path, path, access, configuration)
        } catch let error as DatabaseError where access == .readOnly && lacksSharedMemory(error) {
            // A folder that may not be written to, and a full disk, have no place for the shared memory of the write-ahead log;
            // without a log the file stands still and can be read as it is.
            guard logSize(path) == 0 else {
                if hasNoRoom(error) { throw error }
                throw StoreError(
                    .noPermission, path,
                    problem:
                        "cannot be read where it is, as part of it is in \(path)-wal and its folder may not be written to",
                    remedy: "copy both files to a folder of yours")
            }
            return try openQueue("file:\(escaped(path))?immutable=1", path, access, configuration)
        }
    }

    /// Opens the file, which reads from it, and makes sure that it is a case.
    private static func openQueue(
        _ name: String, _ path: String, _ access: Access, _ configuration: Configuration
    ) throws -> (DatabaseQueue, hasLostIndexes: Bool) {
        let queue = try DatabaseQueue(path: name, configuration: configuration)
        return (queue, try queue.writeWithoutTransaction { database in try check(database, path, access) })
    }

    /// How SQLite says that it cannot make a file beside the case: by the folder's permissions, or on a file system that
    /// is mounted read-only.
    private static func lacksSharedMemory(_ error: DatabaseError) -> Bool {
        [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode.primaryResultCode) || hasNoRoom(error)
    }

    /// How SQLite says that the disk has no room for that file.
    private static func hasNoRoom(_ error: DatabaseError) -> Bool {
        [.SQLITE_IOERR_SHMSIZE, .SQLITE_IOERR_SHMMAP, .SQLITE_IOERR_SHMOPEN, .SQLITE_FULL]
            .contains(error.extendedResultCode)
    }

    private static func escaped(_ path: String) -> String {
        path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    }

    /// Refuses what is no case of this version; makes a new file a case.
    ///
    /// - Returns: whether the copies that `index` made had to be removed.
    private static func check(_ database: Database, _ path: String, _ access: Access) throws -> Bool {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        let isNew = tables == 0 && application == 0 && version == 0
        if isNew {
            if access == .readOnly {
                throw StoreError(
                    .notACase, path, problem: "this file holds no case", remedy: "make one with `lbforensics ingest`")
            }
        } else if application != CaseSchema.applicationID {
            throw StoreError(
                .notACase, path, problem: "this SQLite database is not a case of lbforensics",
                remedy: "name another --store")
        } else if version > CaseSchema.version {
            throw StoreError(
                .newerVersion, path, problem: "written by a newer lbforensics",
                place: "case version \(version), this program knows \(CaseSchema.version)",
                remedy: "use that one, or ingest into a new case")
        } else if version < CaseSchema.oldestVersion {
            throw StoreError(
                .needsRewrite, path, problem: "written by an older lbforensics", place: "case version \(version)",
                remedy: "read its sources again: `lbforensics ingest --store NEW INPUT…`")
        }
        if access == .readOnly {
            try CaseSchema.shadowViews(database)
            return false
        }
        if isNew { try database.execute(sql: "PRAGMA page_size = \(CaseSchema.pageSize)") }
        try database.execute(sql: "PRAGMA cache_size = -8192")
        // Some distributions build SQLite so that it writes zeros over all that is deleted, and over each new page first.
        try database.execute(sql: "PRAGMA secure_delete = OFF")
        try setJournal(database, path, access)
        var hasLostIndexes = false
        try database.inTransaction(.immediate) {
            if isNew { try database.execute(sql: "PRAGMA application_id = \(CaseSchema.applicationID)") }
            if version < CaseSchema.version { try CaseSchema.migrate(database, from: version) }
            try CaseSchema.addTables(database)
            hasLostIndexes = try CaseSchema.refreshViews(database, keepingCopies: access == .annotate)
            return .commit
        }
        return hasLostIndexes
    }

    private static func setJournal(_ database: Database, _ path: String, _ access: Access) throws {
        if access.isThrownAway {
            _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = TRUNCATE")
            try database.execute(sql: "PRAGMA synchronous = OFF")
            return
        }
        guard try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL") == "wal" else {
            throw StoreError(
                .cannotOpen, path, problem: "its file system has no shared memory for a write-ahead log",
                remedy: "name a --store on a local disk")
        }
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
        try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }

    private func prepareWriting() throws {
        try queue.writeWithoutTransaction { database in
            try dictionary.load(from: database)
            let made = try BulkInserter(database)
            inserter.withLock { $0 = made }
        }
    }

    // MARK: Access for the other parts of the store

    /// Runs a block on the connection and tells errors as the store's own.
    func access<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        do {
            return try queue.writeWithoutTransaction(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Runs a block on the connection; what SQLite throws is told as the store's own error, other errors pass.
    func run<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            return try queue.writeWithoutTransaction(body)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Runs a block inside one transaction.
    func transaction(_ body: (Database) throws -> Void) throws(StoreError) {
        try access { database in
            try database.inTransaction(.immediate) {
                try body(database)
                return .commit
            }
        }
    }

    /// The bytes of the write-ahead log; 0 if there is none.
    func logSize() -> Int64 { Self.logSize(path) }

    private static func logSize(_ path: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    func insert(_ image: EncodedBatch.TableImage, into table: String) throws {
        try inserter.withLock { inserter in
            guard let inserter else { throw StoreError(unforeseen: "the case is not open for writing", at: path) }
            try inserter.insert(image, into: table)
        }
    }
}
