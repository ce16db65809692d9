/// An input that cannot be used: which, what is wrong, where, and what to do about it.
///
/// Its text has the form `PATH: what is wrong (where); what to do.`. One bad input never stops the others, so
/// errors are values that the pipeline collects. Irregular records are not errors: they are rejects and anomalies.
package struct IngestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of trouble it is; decides the exit status.
    package enum Code: Sendable, Equatable, CaseIterable {
        /// There is no such file, or a pattern matches none.
        case notFound
        case permissionDenied
        /// The system reports an error while opening, reading or listing.
        case io
        /// The file can be read, but what it holds cannot be used.
        case unusable
        /// The service that holds it does not answer.
        case unavailable

        /// The exit status: 66, 77, 74, 65 or 69 (sysexits.h).
        package var exitStatus: Int32 {
            switch self {
            case .notFound: 66
            case .permissionDenied: 77
            case .io: 74
            case .unusable: 65
            case .unavailable: 69
            }
        }
    }

    package var code: Code
    /// The path as the user or the walk wrote it; `-` for standard input.
    package var path: String
    /// What is wrong, without a full stop.
    package var problem: String
    /// Where in the input, such as `byte 24`; `nil` for the input as a whole.
    package var place: String?
    /// What the user can do, without a full stop.
    package var remedy: String

    package init(_ code: Code, path: String, problem: String, place: String? = nil, remedy: String) {
        self.code = code
        self.path = path
        self.problem = problem
        self.place = place
        self.remedy = remedy
    }

    package var description: String {
        let name = path == "-" ? "standard input" : path
        let location = place.map { " (\($0))" } ?? ""
        return "\(name): \(problem)\(location); \(remedy)."
    }
}
