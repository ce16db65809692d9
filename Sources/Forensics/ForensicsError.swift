import ForensicsStore

/// Why a command could not do all it was asked: the exit status and one line for the user.
///
/// The message has the form `PATH: what is wrong (where); what to do.`, without the program's name.
public struct ForensicsError: Error, Sendable, Equatable {
    /// The exit statuses of the command line; see the README.
    public enum Code: Int32, Sendable {
        /// The command line cannot be meant.
        case usage = 64
        /// An input could not be used, or a window has no coverage.
        case data = 65
        /// An input does not exist.
        case noInput = 66
        /// A service cannot be reached.
        case unavailable = 69
        /// The case or an output cannot be written or read.
        case io = 74
        /// Not allowed to.
        case permission = 77
        /// Stopped by the user.
        case interrupted = 130
    }

    /// Decides the exit status.
    public var code: Code
    /// One line, for a person.
    public var message: String

    /// Creates an error with its exit status and its line.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What nobody foresaw, such as an error of the system that no stage has a name for.
    init(unforeseen error: any Error, at path: String) {
        self.init(.io, StoreError(unforeseen: "\(error)", at: path).message)
    }

    /// Two errors are equal if they end the program alike; the text is for people.
    public static func == (left: ForensicsError, right: ForensicsError) -> Bool { left.code == right.code }
}
