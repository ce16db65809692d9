#if Cloud
    /// What every client of AWS needs: credentials, a region, an endpoint and the network.
    package struct AWSSession: Sendable {
        package let connection: SignedConnection
        /// The region that the user, the environment, the profile or this instance names, else us-east-1.
        package private(set) var region: String
        /// Whether somebody named the region.
        package private(set) var isLocated: Bool
        private let source: CredentialSource
        private let transport: HTTPTransport
        private let near: HTTPTransport
        private let chain: CredentialChain
        private let endpoint: String?

        /// - Parameters:
        ///   - profile, region, endpoint: as the user named them; `nil` for what environment and shared files say.
        ///   - connections: how many requests to one host go side by side.
        ///   - now: seconds since 1970.
        package init(
            environment: [String: String], profile: String?, region: String?, endpoint: String?, connections: Int = 8,
            now: @escaping @Sendable () -> Int64
        ) {
            // What is near answers at once, or is not there.
            near = HTTPTransport(bodyLimit: 1 << 20, connectTimeoutSeconds: 1, readTimeoutSeconds: 5)
            let chain = CredentialChain(environment: environment, profile: profile, transport: near)
            transport = HTTPTransport(connections: connections)
            source = CredentialSource(now: now) { () throws(CloudError) in try chain.credentials() }
            connection = SignedConnection(source: source, transport: transport, now: now)
            let named = region ?? chain.region()
            isLocated = named != nil
            self.region = named ?? "us-east-1"
            self.chain = chain
            self.endpoint = endpoint
        }

        /// Finds credentials, and the region where nobody had named it: an instance may tell both later than at the first try.
        ///
        /// - Throws: `CloudError.noCredentials` where there are none yet.
        package mutating func locate() throws(CloudError) {
            _ = try source.credentials()
            guard !isLocated, let found = chain.region() else { return }
            region = found
            isLocated = true
        }

        /// The base URL that the user, the environment or the profile names for a service, such as `S3`; `nil` for AWS's.
        package func endpoint(service: String) -> String? {
            guard let url = endpoint ?? chain.endpoint(service: service) else { return nil }
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }

        /// The id of the instance that this is, or `nil`.
        package func instanceID() -> String? { chain.instanceID() }

        /// Ends every request; nothing can be asked afterwards.
        package func close() {
            transport.shutdown()
            near.shutdown()
        }
    }
#endif
