/// Data segments of one direction that captures saw, and how many of them had been sent before.
///
/// A data segment is a TCP segment with payload, other than keep-alives and window probes. Sent before is what Wireshark calls
/// retransmission, fast or spurious retransmission. What segmentation offload made one packet of counts as the segments of `span`
/// bytes that it fills, so that the share does not depend on how the host hands its packets over.
package struct SegmentCounts: Sendable, Equatable {
    /// The payload of a full segment on Ethernet without options of TCP; bytes.
    package static let span: UInt32 = 1460

    package var sent: UInt64 = 0
    /// Of these, those that had been sent before.
    package var resent: UInt64 = 0
    /// Of these, those whose bytes were not captured the first time: they were lost before they came to the capture point.
    package var unseen: UInt64 = 0
    /// How many of `resent` the connection had that had most; of several minutes the sum of theirs.
    package var largest: UInt64 = 0

    package init() {}

    /// The share of those that had been sent before, 0 where there are none.
    package var share: Double { sent == 0 ? 0 : Double(resent) / Double(sent) }

    /// Those sent again, without the connection that had most of each minute: of everybody.
    package var ofOthers: UInt64 { resent - min(largest, resent) }

    /// The segments that a payload fills.
    @inline(__always)
    package static func segments(of length: UInt32) -> UInt64 {
        length <= span ? 1 : UInt64((length &- 1) / span &+ 1)
    }

    /// Adds those of another minute.
    package mutating func add(_ other: SegmentCounts) {
        sent += other.sent
        resent += other.resent
        unseen += other.unseen
        largest += other.largest
    }

    /// Adds those of other connections of the same minute.
    package mutating func addOthers(_ other: SegmentCounts) {
        let most = max(largest, other.largest)
        add(other)
        largest = most
    }
}

/// Data segments of one minute, by who sent them.
package struct SegmentMinute: Sendable, Equatable {
    /// Minutes since the epoch.
    package var minute: Int64
    package var fromClients = SegmentCounts()
    package var fromServers = SegmentCounts()

    package init(minute: Int64) { self.minute = minute }

    /// Adds those of other connections of the same minute.
    package mutating func addOthers(_ other: SegmentMinute) {
        fromClients.addOthers(other.fromClients)
        fromServers.addOthers(other.fromServers)
    }
}
