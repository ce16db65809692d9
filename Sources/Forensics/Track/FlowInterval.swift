package import ForensicsModel

/// What one row of a VPC flow log tells about a connection: one direction, one interval, one interface.
///
/// Rows without addresses, ports, protocol or times, which a custom format may leave out, tell of no connection.
package struct FlowInterval: Sendable {
    package var id: FactID
    /// Seconds would do; nanoseconds as everywhere.
    package var start: Int64
    package var end: Int64
    package var source: Endpoint
    package var destination: Endpoint
    package var packets: UInt64
    package var bytes: UInt64
    /// The stitcher's number of the interface's name; 0 if the format does not tell.
    package var interface: UInt32
    package var rejectReason: UInt32
    package var ipProtocol: UInt8
    /// FIN 1, SYN 2, RST 4, SYN-ACK 18, of the whole interval; 0 if the format does not tell.
    package var flags: UInt8
    package var isReject: Bool
    package var isIngress: Bool?

    /// Takes a row apart; `nil` where a column is missing that a connection cannot do without.
    ///
    /// - Parameter names: gives the stitcher's number of a text of the row.
    init?(_ record: FlowRecord, _ names: (TextID) -> UInt32) {
        guard let ends = Self.ends(record), let ipProtocol = record.ipProtocol,
            let start = record.start ?? record.end, let end = record.end ?? record.start
        else { return nil }
        id = record.id
        self.start = start.nanoseconds
        self.end = max(start.nanoseconds, end.nanoseconds)
        source = ends.source
        destination = ends.destination
        packets = record.packets ?? 0
        bytes = record.bytes ?? 0
        interface = names(record.interface)
        rejectReason = names(record.rejectReason)
        self.ipProtocol = ipProtocol
        flags = record.tcpFlags ?? 0
        isReject = record.hasAction && record.isReject
        isIngress = record.isIngress
    }

    /// Who sent a row's packets to whom; `nil` where the row does not tell.
    static func ends(_ record: FlowRecord) -> (source: Endpoint, destination: Endpoint)? {
        // The packet's own addresses where the format has them: the others name the interface's first address.
        guard let from = record.packetSource ?? record.source, let to = record.packetDestination ?? record.destination,
            let sourcePort = record.sourcePort, let destinationPort = record.destinationPort
        else { return nil }
        return (Endpoint(from, sourcePort), Endpoint(to, destinationPort))
    }

    /// A SYN without ACK: who sends it is the client.
    var isOpening: Bool { flags & 0x12 == 0x02 }
    /// A SYN with ACK: who sends it is the server.
    var isAnswer: Bool { flags & 0x12 == 0x12 }
    var hasSYN: Bool { flags & 0x02 != 0 }
    var hasFIN: Bool { flags & 0x01 != 0 }
    var hasRST: Bool { flags & 0x04 != 0 }

    /// In order of time; rows of one second as they stand in the logs.
    static func precedes(_ left: FlowInterval, _ right: FlowInterval) -> Bool {
        if left.start != right.start { return left.start < right.start }
        if left.end != right.end { return left.end < right.end }
        return left.id < right.id
    }
}
