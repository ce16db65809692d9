/// What one dimension value, or all traffic, did in some stretch of time. All sums are integers.
///
/// Requests and connections belong to the stretch that holds their record time.
package struct Activity: Sendable, Equatable {
    package var requests: Int64 = 0
    package var connections: Int64 = 0
    /// Transport or HTTP bytes, both directions.
    package var bytes: Int64 = 0
    /// Requests answered 4xx or 5xx, or never; connections refused, reset, unanswered or with a failed handshake.
    package var errors: Int64 = 0
    /// The longest connection, or where the source has only requests the longest request: nanoseconds.
    package var longest: Int64 = 0

    package init() {}

    /// Adds what `other` counted. Counts of facts cannot overflow; bytes are what logs claim, and stop at the largest value.
    @inline(__always)
    package mutating func add(_ other: Activity) {
        requests &+= other.requests
        connections &+= other.connections
        bytes = bytes.addingSaturated(other.bytes)
        errors &+= other.errors
        longest = max(longest, other.longest)
    }

    package func value(of measure: RankMeasure) -> Int64 {
        switch measure {
        case .requests: requests
        case .connections: connections
        case .bytes: bytes
        case .errors: errors
        case .duration: longest
        }
    }
}

/// What ranks and shares are counted in: `--by`.
public enum RankMeasure: String, Sendable, CaseIterable {
    /// Requests with their answers.
    case requests
    /// Transport connections.
    case connections
    /// Bytes of both directions.
    case bytes
    /// Failed requests and connections.
    case errors
    /// The longest connection.
    case duration

    /// What shares and series count: longest times do not add up, so connections, or requests where there are none.
    package func counted(hasConnections: Bool) -> RankMeasure {
        self == .duration ? (hasConnections ? .connections : .requests) : self
    }
}

/// What all traffic of a window or bucket did.
package struct TrafficTotals: Sendable, Equatable {
    package var activity = Activity()
    /// Connections whose start lies in the stretch.
    package var opened: Int64 = 0
    package var clientErrors: Int64 = 0
    package var serverErrors: Int64 = 0
    package var timeouts: Int64 = 0
    package var resets: Int64 = 0
    /// Connections longer than the question's `--long`.
    package var long: Int64 = 0
    package var healthChecks: Int64 = 0
    package var failedHealthChecks: Int64 = 0

    package init() {}

    package mutating func add(_ other: TrafficTotals) {
        activity.add(other.activity)
        opened += other.opened
        clientErrors += other.clientErrors
        serverErrors += other.serverErrors
        timeouts += other.timeouts
        resets += other.resets
        long += other.long
        healthChecks += other.healthChecks
        failedHealthChecks += other.failedHealthChecks
    }
}
