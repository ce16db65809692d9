#if Cloud
    import Synchronization

    /// Credentials that are asked for again before they end.
    package final class CredentialSource: Sendable {
        /// Seconds before their end at which credentials are renewed.
        package static let margin: Int64 = 600

        private let load: @Sendable () throws(CloudError) -> AWSCredentials
        private let now: @Sendable () -> Int64
        private let held = Mutex<AWSCredentials?>(nil)

        package init(
            now: @escaping @Sendable () -> Int64, load: @escaping @Sendable () throws(CloudError) -> AWSCredentials
        ) {
            self.now = now
            self.load = load
        }

        /// Credentials that are good for the next minutes.
        ///
        /// Where renewing fails, those that have not ended yet serve on.
        package func credentials() throws(CloudError) -> AWSCredentials {
            let time = now()
            let known = held.withLock { $0 }
            if let known, known.expiration.map({ $0 - time > Self.margin }) ?? true { return known }
            do throws(CloudError) {
                let fresh = try load()
                held.withLock { $0 = fresh }
                return fresh
            } catch {
                if let known, let end = known.expiration, end > time { return known }
                throw error
            }
        }

        /// Forgets credentials that AWS does not accept.
        package func discard(_ refused: AWSCredentials) {
            held.withLock { if $0 == refused { $0 = nil } }
        }
    }
#endif
