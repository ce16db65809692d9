#if Cloud
    /// Why AWS could not be asked, or what it refused.
    package struct CloudError: Error, Sendable, Equatable, CustomStringConvertible {
        package enum Code: Sendable {
            /// No credentials anywhere in the chain.
            case noCredentials
            /// AWS refused: the message names the missing action.
            case accessDenied
            case notFound
            /// Could not be reached, or failed after every retry.
            case unavailable
            /// An answer that is not what the API promises.
            case malformed
            /// A name or URL that cannot be right.
            case usage
        }

        package var code: Code
        package var description: String

        package init(_ code: Code, _ description: String) {
            self.code = code
            self.description = description
        }

        /// Two errors are equal if they mean the same to a caller.
        package static func == (left: CloudError, right: CloudError) -> Bool { left.code == right.code }
    }
#endif
