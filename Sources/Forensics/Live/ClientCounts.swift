import ForensicsModel

/// The clients of a stretch with the most requests or connections; past `limit` further ones are not told apart.
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
    private(set) var others: UInt64 = 0

    package init() {}

    /// Counts a request of a client; past `limit` clients, of those that are known already.
    package mutating func noteRequest(_ client: IPAddress) { note(client) { $0.requests += 1 } }

    /// Counts a connection of a client, likewise.
    package mutating func noteConnection(_ client: IPAddress) { note(client) { $0.connections += 1 } }

    private mutating func note(_ client: IPAddress, _ change: (inout Count) -> Void) {
        if counts.count < Self.limit {
            change(&counts[client, default: Count()])
        } else if let known = counts.index(forKey: client) {
            change(&counts.values[known])
        } else {
            others += 1
        }
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
