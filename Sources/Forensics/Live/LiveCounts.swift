import ForensicsModel

/// What was counted in a stretch of a capture: facts of the sample, not scaled.
struct LiveCounts: Sendable {
    var packets: UInt64 = 0
    /// On the wire.
    var bytes: UInt64 = 0
    var tcpPackets: UInt64 = 0
    var udpPackets: UInt64 = 0
    var otherPackets: UInt64 = 0
    /// Connections that ended, or were given out.
    var connections: UInt64 = 0
    var requests: UInt64 = 0
    var httpsConnections: UInt64 = 0
    var clientErrors: UInt64 = 0
    var serverErrors: UInt64 = 0
    var healthChecks: UInt64 = 0
    var failedHealthChecks: UInt64 = 0
    var timedOutHealthChecks: UInt64 = 0
    /// Lines of the error log by `EventKind`, written or suppressed.
    var events = [UInt64](repeating: 0, count: EventKind.allCases.count)

    mutating func note(_ kind: EventKind, count: UInt64 = 1) { events[kind.index] += count }
    func count(_ kind: EventKind) -> UInt64 { events[kind.index] }

    var loops: UInt64 { count(.redirectLoop) + count(.proxyLoop) + count(.trafficLoop) }

    mutating func add(_ other: LiveCounts) {
        packets += other.packets
        bytes += other.bytes
        tcpPackets += other.tcpPackets
        udpPackets += other.udpPackets
        otherPackets += other.otherPackets
        connections += other.connections
        requests += other.requests
        httpsConnections += other.httpsConnections
        clientErrors += other.clientErrors
        serverErrors += other.serverErrors
        healthChecks += other.healthChecks
        failedHealthChecks += other.failedHealthChecks
        timedOutHealthChecks += other.timedOutHealthChecks
        for index in events.indices { events[index] += other.events[index] }
    }
}

/// The clients of a stretch with the most requests and connections; past `limit` further ones are not told apart.
struct ClientCounts: Sendable {
    static let limit = 16_384
    private var counts: [IPAddress: UInt64] = [:]
    private(set) var others: UInt64 = 0

    mutating func note(_ client: IPAddress) {
        if counts[client] != nil || counts.count < Self.limit {
            counts[client, default: 0] += 1
        } else {
            others += 1
        }
    }

    /// The largest, then by address.
    func top(_ number: Int) -> [(client: IPAddress, count: UInt64)] {
        Array(
            counts.map { (client: $0.key, count: $0.value) }
                .sorted { $0.count != $1.count ? $0.count > $1.count : $0.client < $1.client }.prefix(number))
    }
}
