/// What one row of a VPC flow log tells about a connection: one direction, one interval, one interface.
///
/// Less than half the size of the row: it goes from thread to thread and is put into order.
package struct FlowInterval: Sendable {
    package var id: FactID
    /// Seconds would do; nanoseconds as everywhere. 0 where the row has no time.
    package var start: Int64 = 0
    /// Nanoseconds; never before `start`. 0 where the row has no time.
    package var end: Int64 = 0
    /// AWS field: `packets`.
    package var packets: UInt64 = 0
    /// AWS field: `bytes`: with headers.
    package var bytes: UInt64 = 0
    /// The name of the interface; none if the format does not tell.
    package var interface = TextID.none
    package var rejectReason = TextID.none
    /// The packet's own addresses where the format has them: the others name the interface's first address.
    package var source: Endpoint
    package var destination: Endpoint
    package var ipProtocol: UInt8
    /// FIN 1, SYN 2, RST 4, SYN-ACK 18, of the whole interval; 0 if the format does not tell.
    package var flags: UInt8 = 0
    /// Whether the format tells flags; 0 is then that of packets with ACK alone.
    package var hasFlags = false
    package var isReject = false
    package var isIngress: Bool?
    /// Whether the row has a time: without one it tells who talks to whom, but is no part of a connection.
    package var isTimed = false

    package init(id: FactID, source: Endpoint, destination: Endpoint, ipProtocol: UInt8) {
        self.id = id
        self.source = source
        self.destination = destination
        self.ipProtocol = ipProtocol
    }

    /// Sets the times; either may be missing.
    @inline(__always)
    package mutating func setTimes(_ start: Timestamp?, _ end: Timestamp?) {
        guard let first = start ?? end, let last = end ?? start else { return }
        isTimed = true
        self.start = first.nanoseconds
        self.end = max(first.nanoseconds, last.nanoseconds)
    }

    /// A SYN without ACK: who sends it is the client.
    @inline(__always)
    package var isOpening: Bool { flags & 0x12 == 0x02 }
    /// A SYN with ACK: who sends it is the server.
    @inline(__always)
    package var isAnswer: Bool { flags & 0x12 == 0x12 }
    /// A SYN with or without ACK, among all packets of the row: the flags are theirs together.
    @inline(__always)
    package var hasSYN: Bool { flags & 0x02 != 0 }

    /// In order of time; rows of one second as they stand in the logs.
    package static func precedes(_ left: borrowing FlowInterval, _ right: borrowing FlowInterval) -> Bool {
        if left.start != right.start { return left.start < right.start }
        if left.end != right.end { return left.end < right.end }
        return left.id < right.id
    }
}

/// Some rows of one flow log, with their texts.
package struct FlowIntervals: Sendable {
    package var texts = TextTable()
    package var rows: [FlowInterval] = []
    /// Rows without addresses, ports or protocol, which a custom format may leave out.
    package var incomplete = 0

    package init() {}

    /// Forgets the rows and texts and keeps the memory.
    package mutating func removeAll() {
        texts.removeAll()
        rows.removeAll(keepingCapacity: true)
        incomplete = 0
    }
}
