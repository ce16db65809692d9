#if Cloud
    /// Keys that sign requests to AWS.
    package struct AWSCredentials: Sendable, Equatable {
        package var accessKeyID: String
        package var secretAccessKey: String
        /// Of temporary credentials; `nil` for long-term ones.
        package var sessionToken: String?
        /// When they end, seconds since 1970; `nil` where they do not.
        package var expiration: Int64?

        package init(
            accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Int64? = nil
        ) {
            self.accessKeyID = accessKeyID
            self.secretAccessKey = secretAccessKey
            self.sessionToken = sessionToken
            self.expiration = expiration
        }
    }
#endif
