#if Cloud
    /// Why AWS could not be asked, or what it refused.
    ///
    /// Its text has the form `SUBJECT: what is wrong; what to do.`.
    package struct CloudError: Error, Sendable, Equatable, CustomStringConvertible {
        /// What went wrong, as far as the exit status and the caller care.
        package enum Code: Sendable {
            /// No credentials, or no region, anywhere in the chain.
            case noCredentials
            /// AWS refused: the text names the missing action.
            case accessDenied
            case notFound
            /// Could not be reached, or failed after every retry.
            case unavailable
            /// An answer that is not what the API promises, or a request that AWS finds malformed.
            case malformed
            /// What was listed is not what is there now.
            case changed
            /// A name or URL that cannot be right.
            case usage
            /// The user asked for a stop.
            case stopped
        }

        package var code: Code
        /// What was asked for: a URL, a metric namespace, a topic.
        package var subject: String
        /// What is wrong, without a full stop.
        package var problem: String
        /// What the user can do, without a full stop.
        package var remedy: String

        package init(_ code: Code, _ subject: String, problem: String, remedy: String) {
            self.code = code
            self.subject = subject
            self.problem = problem
            self.remedy = remedy
        }

        package var description: String { "\(subject): \(problem); \(remedy)." }

        /// Two errors are equal if they mean the same to a caller.
        package static func == (left: CloudError, right: CloudError) -> Bool { left.code == right.code }
    }
#endif
