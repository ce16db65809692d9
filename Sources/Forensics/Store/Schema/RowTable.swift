/// A table of rows that are written in bulk: one per origin, so that each stays narrow.
///
/// The row id is `source ordinal << sourceShift | record << (sourceShift - 32) | sequence`. Captures leave ten bits for
/// facts that begin in one packet (pipelined requests); log lines give one fact each.
enum RowTable: UInt8, CaseIterable, Sendable {
    /// Requests of ALB and CLB logs.
    case requestLog = 0
    /// Requests found in packets.
    case requestPacket
    /// Connections of NLB, ALB connection, CLB and flow logs.
    case connectionLog
    /// Connections found in packets.
    case connectionPacket
    case healthCheck
    case flowRecord
    /// The places of connections of a minute or more, so that long ones are found without reading all.
    case longConnection

    /// What a column holds. Decides how cells are written and read.
    enum ColumnKind: UInt8, Sendable {
        case integer = 0
        /// A non-negative integer, a text or a blob.
        case variant = 1
    }

    struct Column: Sendable {
        let name: String
        let kind: ColumnKind
    }

    var name: String {
        switch self {
        case .requestLog: "request_log"
        case .requestPacket: "request_packet"
        case .connectionLog: "connection_log"
        case .connectionPacket: "connection_packet"
        case .healthCheck: "health_check"
        case .flowRecord: "flow_record"
        case .longConnection: "long_connection"
        }
    }

    /// How far the source's ordinal stands from the right of a row id.
    var sourceShift: Int64 {
        switch self {
        case .requestPacket, .healthCheck: 42
        case .requestLog, .connectionLog, .connectionPacket, .flowRecord, .longConnection: 32
        }
    }

    /// The most facts that may begin in one record.
    var sequenceLimit: Int64 { Int64(1) << (sourceShift - 32) }

    /// Connections of this many nanoseconds are in `longConnection`.
    static let longConnectionLimit: Int64 = 60_000_000_000

    /// The greatest ordinal whose ids fit 63 bits in every table.
    static let ordinalLimit: UInt32 = 1 << 21 - 1

    /// The columns after the row id, in the order of the cells.
    var columnNames: [String] {
        switch self {
        case .requestLog: Self.requestColumns
        case .requestPacket: Self.requestColumns + ["connection", "forwarded_for"]
        case .connectionLog: Self.connectionColumns
        case .connectionPacket:
            Self.connectionColumns + [
                "handshake", "history", "retransmissions", "out_of_order", "duplicate_acks", "zero_windows", "resets",
                "ja4", "tunnel",
            ]
        case .healthCheck: ["time", "latency", "target", "target_port", "checker", "probe"]
        case .flowRecord:
            [
                "time", "duration", "source", "source_port", "destination", "destination_port", "packet_source",
                "packet_destination", "packets", "bytes", "flow", "extra",
            ]
        case .longConnection: ["time", "duration"]
        }
    }

    private static let requestColumns = [
        "time", "elapsed", "total", "client", "client_port", "peer", "target", "route", "outcome", "user_agent", "path",
        "argument", "trace", "trace_key", "request_time", "target_time", "response_time", "bytes_from_client",
        "bytes_from_server", "extra",
    ]

    private static let connectionColumns = [
        "time", "elapsed", "duration", "client", "client_port", "peer", "server", "server_port", "route", "link",
        "trace_key", "bytes_from_client", "bytes_from_server", "packets_from_client", "packets_from_server",
        "tls_handshake",
    ]

    private static let variantColumns: Set<String> = ["argument", "trace", "forwarded_for"]

    /// All columns, the row id first.
    var columns: [Column] {
        [Column(name: "id", kind: .integer)]
            + columnNames.map { Column(name: $0, kind: Self.variantColumns.contains($0) ? .variant : .integer) }
    }

    /// The statement that makes the table under a name. Columns have no type, so that values stay what they are.
    func createSQL(as name: String) -> String {
        "CREATE TABLE \(name)(id INTEGER PRIMARY KEY, \(columnNames.joined(separator: ", ")))"
    }
}
