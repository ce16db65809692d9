import ForensicsModel

/// What the checks compare with. The defaults are what the documentation of each check says.
package struct CheckOptions: Sendable {
    /// A TCP or TLS handshake longer than this is slow; nanoseconds.
    package var slowHandshake: Int64 = 1_000_000_000
    /// A request longer than this is slow; nanoseconds.
    package var slowRequest: Int64 = 1_000_000_000
    /// A connection longer than this is long; nanoseconds.
    package var longConnection = RollupBuilder.longLimit
    /// Answers 4xx to one client within a minute that make a burst.
    package var clientErrorBurst: UInt64 = 20
    /// Requests that one client cancels at once within a minute that make a burst.
    package var cancelledBurst: UInt64 = 100
    /// Requests to one target that are cancelled within a minute, not at once, that make a burst.
    package var abandonedBurst: UInt64 = 50
    /// Half-open connections of one server within a minute that make a burst.
    package var halfOpenBurst: UInt64 = 20
    /// Retransmitted segments of one connection, and per hundred of its packets, that make a burst.
    package var retransmissions: UInt32 = 10
    package var retransmissionPercent: UInt64 = 5
    /// Redirects of one client to one path within a minute that make a loop.
    package var redirects: UInt64 = 10
    /// Changes of a target's health within one episode that make it flap.
    package var healthChanges: UInt64 = 4
    /// Episodes that are kept apart, beside those of each check's reserve; the least of more are counted under `(other)`. About a
    /// kilobyte each at most.
    package var episodeLimit = 32_768
    /// Episodes of each check that are kept apart whatever the others have.
    package var episodeReserve = 1024

    package init() {}
}
