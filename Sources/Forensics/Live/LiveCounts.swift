import ForensicsDecode
import ForensicsModel

/// What was counted in a stretch of a capture: facts of the sample, not scaled.
package struct LiveCounts: Sendable {
    package var packets: UInt64 = 0
    /// On the wire.
    package var bytes: UInt64 = 0
    package var tcpPackets: UInt64 = 0
    package var udpPackets: UInt64 = 0
    package var otherPackets: UInt64 = 0
    /// Connections that ended, or were given out.
    package var connections: UInt64 = 0
    package var requests: UInt64 = 0
    package var httpsConnections: UInt64 = 0
    package var clientErrors: UInt64 = 0
    package var serverErrors: UInt64 = 0
    package var healthChecks: UInt64 = 0
    package var failedHealthChecks: UInt64 = 0
    package var timedOutHealthChecks: UInt64 = 0
    /// Lines of the error log by `EventKind`, written or suppressed.
    package var events = [UInt64](repeating: 0, count: EventKind.allCases.count)

    package init() {}

    package mutating func note(_ kind: EventKind, count: UInt64 = 1) { events[kind.index] += count }
    package func count(_ kind: EventKind) -> UInt64 { events[kind.index] }

    /// Counts health checks that wait longer than the time-out.
    mutating func noteTimedOutHealthChecks(_ number: UInt64) {
        healthChecks += number
        timedOutHealthChecks += number
    }

    package var loops: UInt64 { count(.redirectLoop) + count(.proxyLoop) + count(.trafficLoop) }

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
