import CBulkRows
import GRDB

/// The bridge to `CBulkRows`: the one file of the stage that hands out addresses of memory.
///
/// SAFETY: every address lives only for the call it is given to; the C side copies what it keeps and checks every length.
/// Handles of the C side are made in an `init` and freed in the `deinit` of the one object that holds them; those of SQLite are
/// the connection's and the statement's, on whose queue alone they are used.
enum BulkRows {
    /// Makes the database image of a sheet's rows, which must be in order of their ids.
    static func image(_ sheet: RowSheet) throws(StoreError) -> [UInt8] {
        let sql = sheet.table.createSQL(as: "t")
        let kinds = sheet.table.columns.map(\.kind.rawValue)
        let rows = sheet.storedCount
        // A cell takes at most nine bytes and one in the header, a row 20 more; pages add a little.
        var capacity =
            (rows * (sheet.width * 6 + 20) + sheet.arena.count + sheet.words.count * 8) / pageSize * pageSize + 4
            * pageSize
        while true {
            var made: Int64 = 0
            let image = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                made = unsafe make(sheet, sql: sql, kinds: kinds, rows: rows, into: buffer.baseAddress, capacity)
                count = Int(max(0, made))
            }
            if made > 0 { return image }
            guard made == 0, capacity < sizeLimit else {
                throw StoreError(unforeseen: "rows of \(sheet.table.name) cannot be encoded (\(made))", at: "case")
            }
            capacity *= 2
        }
    }

    private static let pageSize = Int(BULK_PAGE)
    private static let sizeLimit = 1 << 33

    private static func make(
        _ sheet: RowSheet, sql: String, kinds: [UInt8], rows: Int, into bytes: UnsafeMutablePointer<UInt8>?,
        _ capacity: Int
    ) -> Int64 {
        unsafe sheet.cells.withUnsafeBufferPointer { cells in
            unsafe sheet.arena.withUnsafeBufferPointer { arena in
                unsafe sheet.words.withUnsafeBufferPointer { words in
                    unsafe sheet.order.withUnsafeBufferPointer { order in
                        unsafe bulk_image_make(
                            sql, cells.baseAddress, order.isEmpty ? nil : order.baseAddress, rows,
                            UInt32(sheet.width), kinds, arena.baseAddress, arena.count, words.baseAddress,
                            words.count, bytes, capacity)
                    }
                }
            }
        }
    }

    /// Whether an open file is the one that a path names now.
    static func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
        unsafe bulk_is_same_file(descriptor, path) != 0
    }

    /// The byte of its SQL that a connection's last error points at.
    static func errorOffset(_ database: Database) -> Int? {
        let offset = unsafe bulk_error_offset(UnsafeMutableRawPointer(database.sqliteConnection))
        return offset < 0 ? nil : Int(offset)
    }
}

/// Copies images into the case. Owns the memory that the attached database `bulk` reads, so it must outlive the
/// connection.
///
/// Only used on the queue of that connection, which runs one block at a time: that is why it may cross threads.
@safe
final class BulkInserter: @unchecked Sendable {
    private let inserter: OpaquePointer?

    /// Attaches `bulk` to a connection that is outside any transaction.
    init(_ database: Database) throws {
        try database.execute(sql: "ATTACH ':memory:' AS bulk")
        unsafe inserter = bulk_inserter_make(UnsafeMutableRawPointer(database.sqliteConnection))
    }

    deinit { unsafe bulk_inserter_free(inserter) }

    /// Inserts the rows of an image in a transaction of their own.
    ///
    /// - Parameter table: with its schema, as `main.request`; of the image's own form.
    func insert(_ image: EncodedBatch.TableImage, into table: String) throws {
        guard let inserter = unsafe inserter else { throw DatabaseError(resultCode: .SQLITE_NOMEM) }
        let code = unsafe image.bytes.withUnsafeBufferPointer { bytes in
            unsafe bulk_insert(inserter, table, bytes.baseAddress, bytes.count)
        }
        if code != 0 { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

/// Reads a statement's rows as words, thousands at a time.
@safe
struct BulkFetch: ~Copyable {
    private let statement: Statement
    private let kinds: [UInt8]
    private var state = bulk_fetch_state()
    /// The cells of the rows of the last step, row by row.
    private(set) var cells: [Int64]
    /// The bytes that variant cells refer to.
    private(set) var arena: [UInt8]
    private let limit: Int

    /// Prepares to read a statement whose arguments are set.
    init(_ statement: Statement, kinds: [RowTable.ColumnKind], limit: Int) {
        self.statement = statement
        self.kinds = kinds.map(\.rawValue)
        self.limit = limit
        cells = [Int64](repeating: 0, count: limit * kinds.count)
        arena = [UInt8](repeating: 0, count: 1 << 18)
    }

    deinit { unsafe bulk_reset(UnsafeMutableRawPointer(statement.sqliteStatement)) }

    /// Begins again with other arguments.
    mutating func restart(_ arguments: StatementArguments) throws {
        unsafe bulk_reset(UnsafeMutableRawPointer(statement.sqliteStatement))
        try statement.setArguments(arguments)
        state = bulk_fetch_state()
    }

    /// Reads the next rows and returns how many; 0 at the end.
    mutating func step() throws -> Int {
        let width = kinds.count
        while true {
            if state.result != 0 { return 0 }
            var rows: Int64 = 0
            unsafe cells.withUnsafeMutableBufferPointer { cells in
                unsafe arena.withUnsafeMutableBufferPointer { arena in
                    rows = unsafe bulk_fetch(
                        UnsafeMutableRawPointer(statement.sqliteStatement), kinds, UInt32(width), cells.baseAddress,
                        limit, arena.baseAddress, arena.count, &state)
                }
            }
            if state.result != 0, state.result != 101 {
                throw DatabaseError(resultCode: ResultCode(rawValue: state.result))
            }
            if rows > 0 || state.pending == 0 { return Int(rows) }
            arena = [UInt8](repeating: 0, count: arena.count * 2)
        }
    }
}

/// Reads the rows of a table from the pages of the file, thousands at a time. See `bulk_cursor` for when it may be used.
@safe
struct BulkCursor: ~Copyable {
    private let cursor: OpaquePointer
    private var state = bulk_fetch_state()
    /// The cells of the rows of the last step, row by row.
    private(set) var cells: [Int64]
    /// The bytes that variant cells refer to.
    private(set) var arena: [UInt8]
    private let limit: Int

    /// Opens a cursor on a table; `nil` where the file's form is not known.
    init?(_ database: Database, root: UInt32, width: Int, limit: Int) {
        guard
            let cursor = unsafe bulk_cursor_make(
                UnsafeMutableRawPointer(database.sqliteConnection), root, UInt32(width))
        else { return nil }
        unsafe self.cursor = cursor
        self.limit = limit
        cells = [Int64](repeating: 0, count: limit * width)
        arena = [UInt8](repeating: 0, count: 1 << 18)
    }

    /// Opens a cursor on images of a file, which must stay open as long; `nil` where memory is out.
    init?(spooled descriptor: Int32, width: Int, limit: Int) {
        guard let cursor = unsafe bulk_cursor_make_spooled(descriptor, UInt32(width)) else { return nil }
        unsafe self.cursor = cursor
        self.limit = limit
        cells = [Int64](repeating: 0, count: limit * width)
        arena = [UInt8](repeating: 0, count: 1 << 18)
    }

    deinit { unsafe bulk_cursor_free(cursor) }

    /// Goes to an image of a spooled cursor's file.
    mutating func open(_ image: RowSpool.Place) {
        unsafe bulk_cursor_open(cursor, image.offset, image.length)
        state = bulk_fetch_state()
    }

    /// Passes over rows of other times: nanoseconds from the base of the rows' cells, both ends among them.
    mutating func keep(times: ClosedRange<Int64>) {
        unsafe bulk_cursor_between(cursor, times.lowerBound, times.upperBound)
    }

    /// Passes over rows whose column holds none of these values, at least one.
    mutating func keep(_ column: Int, in values: [Int64]) throws {
        let sorted = values.sorted()
        let code = unsafe sorted.withUnsafeBufferPointer { values in
            unsafe bulk_cursor_choose(cursor, UInt32(column), values.baseAddress, values.count)
        }
        if code != 0 { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    /// Begins a new range of row ids.
    mutating func seek(_ range: RowRange) {
        unsafe bulk_cursor_seek(cursor, range.first, range.last)
        state = bulk_fetch_state()
    }

    /// Reads the next rows and returns how many; 0 at the end.
    mutating func step() throws -> Int {
        while true {
            if state.result != 0 { return 0 }
            var rows: Int64 = 0
            unsafe cells.withUnsafeMutableBufferPointer { cells in
                unsafe arena.withUnsafeMutableBufferPointer { arena in
                    rows = unsafe bulk_cursor_next(
                        cursor, cells.baseAddress, limit, arena.baseAddress, arena.count, &state)
                }
            }
            if state.result != 0, state.result != 101 {
                throw DatabaseError(resultCode: ResultCode(rawValue: state.result))
            }
            if rows > 0 || state.pending == 0 { return Int(rows) }
            arena = [UInt8](repeating: 0, count: arena.count * 2)
        }
    }
}
