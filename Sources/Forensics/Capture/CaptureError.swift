/// Why an interface cannot be read: one line with what to do.
package struct CaptureError: Error, Sendable, Equatable {
    /// What is in the way.
    package enum Code: Sendable, Equatable {
        /// The right to capture is missing.
        case permission
        case noSuchInterface
        case interfaceDown
        /// A filter that is none, or not for this interface.
        case badFilter
        /// The interface went away, or the system refused something.
        case system
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
