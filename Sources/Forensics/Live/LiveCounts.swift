import ForensicsDecode
import ForensicsModel

/// What was counted in a stretch of a capture: facts of the sample, not scaled.
package struct LiveCounts: Sendable {
    /// Packets that were decoded.
    package var packets: UInt64 = 0
    /// On the wire.
    package var bytes: UInt64 = 0
    /// Packets of them that TCP is in; likewise for the next two.
    package var tcpPackets: UInt64 = 0
    package var udpPackets: UInt64 = 0
    package var otherPackets: UInt64 = 0
    /// Connections that ended, or were given out.
    package var connections: UInt64 = 0
    /// Requests that are no health checks, answered or not.
    package var requests: UInt64 = 0
    /// Connections of TLS and QUIC among `connections`.
    package var httpsConnections: UInt64 = 0
    /// Requests answered with 4xx.
    package var clientErrors: UInt64 = 0
    /// Requests answered with 5xx.
    package var serverErrors: UInt64 = 0
    /// Health checks, among them those below.
    package var healthChecks: UInt64 = 0
    /// Health checks that failed before their time-out.
    package var failedHealthChecks: UInt64 = 0
    /// Health checks that waited longer than the time-out.
    package var timedOutHealthChecks: UInt64 = 0
    /// Lines of the error log by `EventKind`, written or suppressed.
    package var events = [UInt64](repeating: 0, count: EventKind.allCases.count)

    package init() {}

    /// Counts lines of a kind, whether the log has room for them or not.
    package mutating func note(_ kind: EventKind, count: UInt64 = 1) { events[kind.index] += count }
    /// Lines of a kind, written or suppressed.
    package func count(_ kind: EventKind) -> UInt64 { events[kind.index] }

    /// Counts health checks that wait longer than the time-out.
    mutating func noteTimedOutHealthChecks(_ number: UInt64) {
        healthChecks += number
        timedOutHealthChecks += number
    }

    /// Lines of all kinds of loops.
    package var loops: UInt64 { count(.redirectLoop) + count(.proxyLoop) + count(.trafficLoop) }

    /// Adds the counts of another stretch.
    package mutating func add(_ other: LiveCounts) {
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

    /// Adds packets, which had so many bytes on the wire.
    mutating func add(_ batch: borrowing PacketBatch, bytes more: UInt64) {
        for index in batch.packets.indices {
            switch batch.packets[index].transport {
            case .tcp: tcpPackets &+= 1
            case .udp: udpPackets &+= 1
            default: otherPackets &+= 1
            }
        }
        packets += UInt64(batch.packets.count)
        bytes += more
    }

    /// What came since an earlier state of the same counts.
    func subtracting(_ earlier: LiveCounts) -> LiveCounts {
        var result = self
        result.packets -= earlier.packets
        result.bytes -= earlier.bytes
        result.tcpPackets -= earlier.tcpPackets
        result.udpPackets -= earlier.udpPackets
        result.otherPackets -= earlier.otherPackets
        result.connections -= earlier.connections
        result.requests -= earlier.requests
        result.httpsConnections -= earlier.httpsConnections
        result.clientErrors -= earlier.clientErrors
        result.serverErrors -= earlier.serverErrors
        result.healthChecks -= earlier.healthChecks
        result.failedHealthChecks -= earlier.failedHealthChecks
        result.timedOutHealthChecks -= earlier.timedOutHealthChecks
        for index in events.indices { result.events[index] -= earlier.events[index] }
        return result
    }
}
