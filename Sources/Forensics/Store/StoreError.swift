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
        /// It was removed, or moved away, while it was written.
        case gone
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
    /// One line for the user: `PATH: what is wrong (where); what to do.`
    package var message: String

    /// - Parameters:
    ///   - subject: what the error is about: a path as a rule.
    ///   - problem: what is wrong, without a full stop.
    ///   - place: where, or what SQLite says; `nil` for the whole of it.
    ///   - remedy: what the user can do, without a full stop.
    package init(_ code: Code, _ subject: String, problem: String, place: String? = nil, remedy: String) {
        self.code = code
        message = "\(subject): \(problem)\(place.map { " (\($0))" } ?? ""); \(remedy)."
    }

    /// What nobody foresaw.
    package init(unforeseen what: String, at path: String) {
        self.init(.internal, path, problem: what, remedy: Self.unforeseenRemedy)
    }

    /// What to do about what nobody foresaw.
    package static let unforeseenRemedy = "report this, and the command that shows it"

    package var description: String { message }

    /// Creates the error that tells what SQLite said about the case at `path`.
    init(_ error: any Error, path: String) {
        if let store = error as? StoreError {
            self = store
            return
        }
        guard let database = error as? DatabaseError else {
            self.init(unforeseen: "\(error)", at: path)
            return
        }
        let text = database.message ?? "SQLite error \(database.resultCode.rawValue)"
        self = Self.translate(database.extendedResultCode, path: path, text: text)
    }

    static func translate(_ code: ResultCode, path: String, text: String) -> StoreError {
        // The file beside the case that its readers share finds no room either.
        if code == .SQLITE_FULL || code == .SQLITE_IOERR_SHMSIZE {
            return StoreError(
                .diskFull, path, problem: "the disk is full", remedy: "make room and run the same command again")
        }
        switch code.primaryResultCode {
        case .SQLITE_IOERR:
            return StoreError(
                .inputOutput, path, problem: "cannot be read or written", place: text,
                remedy: "check the disk, or name another --store")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(
                .busy, path, problem: "another process is using the case", remedy: "wait for it and try again")
        case .SQLITE_NOTADB:
            return StoreError(
                .notSQLite, path, problem: "this file is not an SQLite database", remedy: "name another --store")
        case .SQLITE_CORRUPT:
            return StoreError(
                .corrupt, path, problem: "the case is damaged", place: text, remedy: "ingest its sources into a new one"
            )
        case .SQLITE_CANTOPEN:
            return StoreError(
                .cannotOpen, path, problem: "cannot be opened", place: text,
                remedy: "check the folder and its permissions, or name another --store")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return StoreError(
                .noPermission, path, problem: "no permission to write", place: text, remedy: "name another --store")
        case .SQLITE_INTERRUPT:
            return StoreError(.interrupted, path, problem: "interrupted", remedy: "run the same command again")
        default:
            return StoreError(unforeseen: text, at: path)
        }
    }
}
