/// How AWS is reached, as the user wrote it.
public struct CloudOptions: Sendable {
    /// Profile of the shared files; `nil` for what the environment says.
    public var profile: String?
    /// Region; `nil` for that of the environment, the profile or the instance.
    public var region: String?
    /// Base URL of a service with the same API; `nil` for what the environment or the profile says, or AWS.
    public var endpoint: String?
    /// Whether the caller pays for reading from a bucket that asks for it.
    public var paysForRequests = false

    /// Those of how AWS is reached, with their values; `nil` where nothing was given.
    var given: [(name: String, value: String?)] {
        [("--profile", profile), ("--region", region), ("--endpoint-url", endpoint)]
    }

    /// Creates options that leave everything to the environment.
    public init() {}
}
