import ForensicsModel

/// A table of rows that are written in bulk. Columns that only packets fill come last: a row that ends in NULL columns
/// is stored without them.
enum RowTable: UInt8, CaseIterable, Sendable {
    case request = 0
    case connection
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
        case .request: "request"
        case .connection: "connection"
        case .healthCheck: "health_check"
        case .flowRecord: "flow_record"
        case .longConnection: "long_connection"
        }
    }

    /// Connections of this many nanoseconds are in `longConnection`.
    static let longConnectionLimit: Int64 = 60_000_000_000

    /// The columns after the row id, in the order of the cells.
    var columnNames: [String] {
        switch self {
        case .request:
            [
                "time", "elapsed", "total", "client", "client_port", "peer", "target", "route", "outcome", "user_agent",
                "path", "argument", "trace", "trace_key", "request_time", "target_time", "response_time",
                "bytes_from_client", "bytes_from_server", "extra", "connection", "forwarded_for",
                "details",
            ]
        case .connection:
            [
                "time", "elapsed", "duration", "client", "client_port", "peer", "server", "server_port", "route",
                "link",
                "trace_key", "bytes_from_client", "bytes_from_server", "packets_from_client", "packets_from_server",
                "tls_handshake", "handshake", "history", "retransmissions", "out_of_order", "duplicate_acks",
                "zero_windows", "resets", "ja4", "tunnel",
            ]
        case .healthCheck: ["time", "latency", "target", "target_port", "checker", "probe"]
        case .flowRecord:
            [
                "time", "duration", "source", "source_port", "destination", "destination_port", "flow", "packets",
                "bytes", "packet_source", "packet_destination", "extra",
            ]
        case .longConnection: ["time", "duration"]
        }
    }

    private static let variantColumns: Set<String> = ["argument", "trace", "forwarded_for", "details"]

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

/// The row ids of a source: `first + record << shift + sequence`, the same in every row table.
///
/// Lines give one fact each, and short ids; packets leave ten bits for facts that begin in one packet (pipelined
/// requests). The two families of ids lie apart.
struct RowRange: Sendable, Equatable {
    /// The id of record 0.
    let first: Int64
    /// How far the record stands from the right.
    let shift: Int64

    @inline(__always)
    init(source ordinal: UInt32, isCapture: Bool) {
        shift = isCapture ? 10 : 0
        first = isCapture ? 1 << 62 | Int64(ordinal) << 42 : Int64(ordinal) << 32
    }

    /// The id of the last row that the source may have.
    var last: Int64 { first + (1 << (32 + shift)) - 1 }

    /// The most facts that may begin in one record.
    var sequenceLimit: Int64 { 1 << shift }

    /// The first id of a record's facts.
    @inline(__always)
    func id(record: UInt32) -> Int64 { first + Int64(record) << shift }

    /// The record of a row.
    @inline(__always)
    func record(_ id: Int64) -> UInt32 { UInt32(truncatingIfNeeded: (id &- first) >> shift) }

    /// The source of a row of a capture.
    static func source(ofCaptureRow id: Int64) -> UInt32 { UInt32(truncatingIfNeeded: id >> 42 & Int64(ordinalLimit)) }

    /// The log that a row is of; `nil` if it is one of a capture.
    static func log(_ id: Int64) -> UInt32? { id >> 62 == 0 ? UInt32(truncatingIfNeeded: id >> 32) : nil }

    /// The greatest ordinal whose ids lie in these ranges.
    static let ordinalLimit: UInt32 = 1 << 20 - 1
}
