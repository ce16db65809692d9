import Foundation
import GRDB
import Synchronization

/// The requests of logs beside a case that is thrown away: the images that encoders made, one behind the other in a file.
///
/// To put each row into SQLite's tree as well costs as much as to make it, and of such a case nobody reads requests but
/// `CaseStore.rows`: no SQL sees what is here. The case knows where the images of each log lie.
final class RowSpool: Sendable {
    /// Where an image lies in the file, in bytes.
    struct Place: Sendable {
        var offset: Int64
        var length: Int64
    }

    private let file: FileHandle
    private let end = Mutex<Int64>(0)

    /// The file beside a case.
    private static func path(_ casePath: String) -> String { casePath + "-rows" }

    /// Begins the file of a case that is made.
    init(making casePath: String, _ database: Database) throws {
        guard let file = SharedFile.open(Self.path(casePath), permissions: 0o600) else {
            throw StoreError(
                .cannotOpen, Self.path(casePath), problem: "the file cannot be made here",
                remedy: "check the folder, or set TMPDIR to another")
        }
        self.file = file
        try database.execute(
            sql: "CREATE TABLE spooled(place INTEGER PRIMARY KEY, length INTEGER NOT NULL, source INTEGER NOT NULL)")
    }

    /// Opens the file of a case; `nil` if it has none.
    init?(of casePath: String, _ database: Database) throws {
        guard try database.tableExists("spooled"), let file = FileHandle(forReadingAtPath: Self.path(casePath)) else {
            return nil
        }
        self.file = file
    }

    /// Adds the rows of a log.
    func append(_ image: EncodedBatch.TableImage, of log: UInt32, _ database: Database) throws {
        try end.withLock { end in
            let written = SharedFile.append(image.bytes, to: file)
            guard written == image.bytes.count else {
                throw DatabaseError(resultCode: written > 0 || errno == ENOSPC ? .SQLITE_FULL : .SQLITE_IOERR_WRITE)
            }
            try database.execute(
                sql: "INSERT INTO spooled VALUES(?, ?, ?)", arguments: [end, image.bytes.count, Int64(log)])
            end += Int64(image.bytes.count)
        }
    }

    /// Forgets the rows of a log; their bytes stay where they are.
    static func remove(_ ordinal: Int64, _ database: Database) throws {
        guard try database.tableExists("spooled") else { return }
        try database.execute(sql: "DELETE FROM spooled WHERE source = ?", arguments: [ordinal])
    }

    /// Where the rows of each log lie, by its ordinal, in order of their ids.
    static func places(_ database: Database) throws -> [UInt32: [Place]] {
        var places: [UInt32: [Place]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT source, place, length FROM spooled ORDER BY place") {
            places[UInt32(clamping: row[0] as Int64), default: []].append(Place(offset: row[1], length: row[2]))
        }
        return places
    }

    /// A cursor on the images; `nil` where memory is out.
    func cursor(width: Int, limit: Int) -> BulkCursor? {
        BulkCursor(spooled: file.fileDescriptor, width: width, limit: limit)
    }
}
