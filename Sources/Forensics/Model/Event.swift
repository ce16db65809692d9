/// A notable packet or line: what a check is fed besides connections and exchanges.
package struct Event: Sendable {
    /// The raw value is stored where a finding cites the event: values are only ever added.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case retransmission = 1
        case fastRetransmission, spuriousRetransmission
        case outOfOrder, duplicateACK, lostSegment, ackedLostSegment
        /// Of `zeroWindow` the `value` is for how long the window stayed closed: nanoseconds until its side's next packet, or until
        /// the connection's last.
        case zeroWindow, windowFull, zeroWindowProbe, zeroWindowProbeACK, windowUpdate
        case keepAlive, keepAliveACK, reusedPorts
        case reset, synRetransmission
        /// `value` is the falling TTL.
        case ttlFalling
        case icmpUnreachable, icmpTimeExceeded, icmpFragmentationNeeded
        case tlsAlert
        /// A payload byte after an idle gap of `value` nanoseconds.
        case idleGap
        case redirect
        case hairpin
        case proxyHeader
        case duplicatePacket
        case sslFailure
        /// A reset after `value` nanoseconds without payload, in which keep-alives passed.
        case quietReset
        /// The first FIN, after `value` nanoseconds without payload on a connection that had carried some.
        case idleClose
        /// The first RST, after `value` nanoseconds without a packet on a connection that had carried payload and waited for no
        /// answer.
        case idleReset
    }

    package var kind: Kind
    /// Who sent the packet, seen from the connection.
    package var direction: Direction
    /// The record that shows it.
    package var id: FactID
    /// Its first byte in the decoded stream of its source.
    package var offset: UInt64
    package var time: Timestamp
    package var connection: FactID
    package var client: Endpoint
    package var server: Endpoint
    package var value: Int64

    package init(
        kind: Kind, direction: Direction, id: FactID, offset: UInt64, time: Timestamp, connection: FactID,
        client: Endpoint, server: Endpoint, value: Int64
    ) {
        self.kind = kind
        self.direction = direction
        self.id = id
        self.offset = offset
        self.time = time
        self.connection = connection
        self.client = client
        self.server = server
        self.value = value
    }
}
