/// How Athena is reached, as the user wrote it.
public struct AthenaSettings: Sendable {
    /// The workgroup; `nil` for the account's primary one.
    public var workgroup: String?
    /// Where Athena writes its answers, `s3://bucket/prefix`; `nil` for the workgroup's own place.
    public var outputLocation: String?
    /// Profile, region and endpoint.
    public var cloud = CloudOptions()
    /// US dollars for a terabyte (10¹² bytes) scanned; AWS asks 5 in most regions.
    public var pricePerTerabyte = 5.0

    /// Creates settings with the defaults of the command line.
    public init() {}

    /// An engine that runs statements through the Athena API.
    ///
    /// - Parameters:
    ///   - stop: cancels what runs.
    ///   - note: takes the state of what runs and what it cost.
    /// - Throws: `ForensicsError` where the build has no part that talks to AWS, or no credentials can be found.
    public func engine(
        database: String, stop: StopFlag, note: @escaping @Sendable (String) -> Void
    ) throws(ForensicsError) -> any LakeEngine {
        #if Cloud
            return try AthenaEngine(self, database: database, stop: stop, note: note)
        #else
            throw ForensicsError(
                .unavailable, "athena: this build talks to no service; --emit-sql prints what to run elsewhere.")
        #endif
    }
}
