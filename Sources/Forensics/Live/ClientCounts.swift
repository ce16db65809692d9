import ForensicsModel

/// The clients of a stretch with the most requests or connections. Of more than `limit` those that did least so far make way, so that who
/// comes late and often is told; one that comes again begins anew.
///
/// Behind a load balancer a client has requests and no connection of its own, in front of one that passes TLS on it has
/// connections alone. One that has both is told by what it has more of: they are the same traffic, and never added.
package struct ClientCounts: Sendable {
    /// What one client did.
    package struct Count: Sendable, Equatable {
        package var requests: UInt64 = 0
        package var connections: UInt64 = 0

        /// Whether the client is told by its requests: it has at least as many as connections.
        package var isOfRequests: Bool { requests >= connections }
        /// What it is ranked by: requests or connections, whichever are more.
        package var larger: UInt64 { max(requests, connections) }
    }

    static let limit = 16_384
    private var counts: [IPAddress: Count] = [:]

    package init() {}

    /// Counts a request of a client.
    package mutating func noteRequest(_ client: IPAddress) { note(client) { $0.requests += 1 } }

    /// Counts a connection of a client.
    package mutating func noteConnection(_ client: IPAddress) { note(client) { $0.connections += 1 } }

    private mutating func note(_ client: IPAddress, _ change: (inout Count) -> Void) {
        if counts.count >= Self.limit, counts[client] == nil {
            counts = Dictionary(top(Self.limit / 2).map { ($0.client, $0.count) }, uniquingKeysWith: { $1 })
        }
        change(&counts[client, default: Count()])
    }

    /// The largest, then by address.
    package func top(_ number: Int) -> [(client: IPAddress, count: Count)] {
        Array(
            counts.map { (client: $0.key, count: $0.value) }.sorted { left, right in
                let sizes = (left.count.larger, right.count.larger)
                return sizes.0 != sizes.1 ? sizes.0 > sizes.1 : left.client < right.client
            }.prefix(number))
    }
}
