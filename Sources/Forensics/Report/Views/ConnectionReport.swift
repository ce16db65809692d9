package import ForensicsModel

/// The connections that a measure ranks first.
package struct ConnectionReport: Sendable {
    private struct Entry {
        var score: Int64
        var fact: Connection
        var domain: String?
    }

    private let measure: RankMeasure
    private let limit: Int
    private let owners: OwnerTable
    private var kept: [Entry] = []
    private var added = 0

    /// What single connections can be ranked by: each is one, and how many requests it carried no evidence of connections tells.
    package static let measures: [RankMeasure] = [.duration, .bytes, .errors]

    /// Creates the report of at most `limit` connections.
    ///
    /// - Parameter measure: one of `measures`; others rank as `duration`.
    package init(measure: RankMeasure, limit: Int, owners: OwnerTable = OwnerTable()) {
        self.measure = measure
        self.limit = limit
        self.owners = owners
    }

    /// Adds a connection, in any order; those that cannot be among the first any more are counted and dropped.
    package mutating func add(_ connection: Connection, domain: String?) {
        added += 1
        kept.append(Entry(score: score(connection), fact: connection, domain: domain))
        if kept.count > limit * 2 + 8192 { cut() }
    }

    /// The connections by measure, ties by id.
    package var table: ReportTable {
        var sorted = self
        sorted.cut()
        let left = added - sorted.kept.count
        return ReportTable(
            name: "top", columns: columns, rows: sorted.kept.map(row), note: TopReport.note(left), more: left)
    }

    private mutating func cut() {
        kept.sort { $0.score != $1.score ? $0.score > $1.score : $0.fact.id < $1.fact.id }
        if kept.count > limit { kept.removeLast(kept.count - limit) }
    }

    private func score(_ connection: Connection) -> Int64 {
        switch measure {
        case .bytes: connection.bytesTotal
        case .errors: Self.errors(connection)
        case .requests, .connections, .duration: connection.duration ?? 0
        }
    }

    /// What went wrong of a connection: its resets, retransmissions and full buffers, or that it failed without a reset.
    private static func errors(_ connection: Connection) -> Int64 {
        let resets = Int64(connection.resets ?? 0)
        return resets + Int64(connection.retransmissions ?? 0) + Int64(connection.zeroWindows ?? 0)
            + (connection.isError && resets == 0 ? 1 : 0)
    }

    /// What they are ranked by stays on a narrow terminal; the id, which says nothing by itself, goes first.
    private var columns: [ReportColumn] {
        let isByDuration = measure != .bytes && measure != .errors
        return [
            ReportColumn("id", "Connection", .identifier, isMinor: true), ReportColumn("client", "Client"),
            ReportColumn("owner", "Owner"), ReportColumn("server", "Server", isKey: true),
            ReportColumn("domain", "Domain", isSecondary: true),
            ReportColumn("start_time", "Start", .time, isSecondary: true),
            ReportColumn("duration_ms", "Duration", .milliseconds, isPoint: isByDuration),
            ReportColumn("packets", "Packets", .count, isSecondary: true),
            ReportColumn("bytes", "Bytes", .bytes, isPoint: measure == .bytes),
            ReportColumn("state", "State", isSecondary: true),
            ReportColumn("retransmissions", "Retrans.", .count, isSecondary: true),
            ReportColumn("resets", "Resets", .count, isSecondary: true),
            ReportColumn("errors", "Errors", .count, isMinor: measure != .errors, isPoint: measure == .errors),
            ReportColumn(TopReport.cutColumn, nil, .flag, isMinor: true),
        ]
    }

    private func row(_ entry: Entry) -> ReportRow {
        let connection = entry.fact
        var packets: Int64?
        if let from = connection.packetsFromClient, let to = connection.packetsFromServer {
            packets = Int64(clamping: from).addingSaturated(Int64(clamping: to))
        }
        return [
            .integer(connection.id.rawValue), .optional(connection.client.told),
            .optional(owners.owner(of: connection.client.address)), .optional(connection.server.told),
            .optional(entry.domain), .integer(connection.start.nanoseconds), Self.duration(connection),
            .optional(packets),
            connection.bytesFromClient == nil && connection.bytesFromServer == nil
                ? .absent : .integer(connection.bytesTotal),
            .optional(connection.state.name),
            .optional(connection.retransmissions.map { Int64($0) }), .optional(connection.resets.map { Int64($0) }),
            .count(Self.errors(connection), ifToldBy: connection.kind.told, [.connections, .errors]),
            connection.duration == nil ? .absent : .flag(connection.isCensored),
        ]
    }

    /// One that the edge of the evidence cut lasted at least as long.
    private static func duration(_ connection: Connection) -> ReportCell {
        guard let milliseconds = connection.duration.map({ Double($0) / 1e6 }) else { return .absent }
        return connection.isCensored ? .atLeast(milliseconds) : .number(milliseconds)
    }
}
