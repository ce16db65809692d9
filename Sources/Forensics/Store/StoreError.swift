import GRDB

/// Why the case file could not be used: what happened, and what to do about it.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for a program to act on.
    package enum Code: String, Sendable {
        /// The file exists and is not an SQLite database.
        case notSQLite
        /// An SQLite database of some other program.
        case notACase
        /// Written by a newer version of this program.
        case newerVersion
        /// Written by a version whose rows this one cannot carry on with: its sources must be read again.
        case needsRewrite
        case doesNotExist
        case cannotOpen
        case noPermission
        /// Another process writes to the case.
        case busy
        case diskFull
        case inputOutput
        case corrupt
        case interrupted
        /// The user's own SQL is wrong.
        case badQuery
        /// A unit or source that the case does not hold, or holds in another state.
        case badUnit
        case `internal`
    }

    package var code: Code
    /// One line for the user, with the remedy where there is one.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Creates the error that tells what SQLite said about the case at `path`.
    init(_ error: any Error, path: String) {
        if let store = error as? StoreError {
            self = store
            return
        }
        guard let database = error as? DatabaseError else {
            self.init(.internal, "\(path): \(error)")
            return
        }
        let text = database.message ?? "SQLite error \(database.resultCode.rawValue)"
        self = Self.translate(database.extendedResultCode, path: path, text: text)
    }

    static func translate(_ code: ResultCode, path: String, text: String) -> StoreError {
        // The file beside the case that its readers share finds no room either.
        if code == .SQLITE_FULL || code == .SQLITE_IOERR_SHMSIZE {
            return StoreError(.diskFull, "\(path): the disk is full; make room and run the same command again")
        }
        switch code.primaryResultCode {
        case .SQLITE_IOERR:
            return StoreError(.inputOutput, "\(path): input or output error (\(text))")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(.busy, "\(path): another process is using the case; wait for it and try again")
        case .SQLITE_NOTADB:
            return StoreError(.notSQLite, "\(path): this file is not an SQLite database; name another --store")
        case .SQLITE_CORRUPT:
            return StoreError(.corrupt, "\(path): the case is damaged (\(text)); ingest its sources into a new one")
        case .SQLITE_CANTOPEN:
            return StoreError(.cannotOpen, "\(path): cannot be opened (\(text))")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return StoreError(.noPermission, "\(path): no permission to write (\(text))")
        case .SQLITE_INTERRUPT:
            return StoreError(.interrupted, "\(path): interrupted")
        default:
            return StoreError(.internal, "\(path): \(text)")
        }
    }
}
