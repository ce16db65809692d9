package import ForensicsModel
import GRDB

/// Data segments of captures by minute.
extension CaseStore {
    /// Adds minutes of a source to those that are stored. What the connection with
    /// most has sent again runs on through the parts of a minute.
    static func store(_ minutes: [SegmentMinute], of source: UInt32, _ database: Database) throws {
        guard !minutes.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO segment VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET
                client_sent = client_sent + excluded.client_sent, client_resent = client_resent + excluded.client_resent,
                client_unseen = client_unseen + excluded.client_unseen,
                client_largest = max(client_largest, excluded.client_largest),
                server_sent = server_sent + excluded.server_sent, server_resent = server_resent + excluded.server_resent,
                server_unseen = server_unseen + excluded.server_unseen,
                server_largest = max(server_largest, excluded.server_largest)
                """)
        for minute in minutes {
            let counts = [minute.fromClients, minute.fromServers].flatMap {
                [$0.sent, $0.resent, $0.unseen, $0.largest]
            }
            let id = BucketID.make(source: source, slot: 0, minute: minute.minute, isHealthCheck: false)
            try statement.execute(arguments: StatementArguments([id] + counts.map { Int64(clamping: $0) }))
        }
    }

    /// The data segments of some sources in some minutes together, and whether any are known.
    ///
    /// - Parameters:
    ///   - sources: public ids.
    ///   - minutes: minutes since the epoch.
    package func segments(of sources: [UInt32], in minutes: Range<Int64>) throws(StoreError) -> SegmentMinute? {
        try access { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT count(*), total(client_sent), total(client_resent), total(client_unseen), total(client_largest),
                    total(server_sent), total(server_resent), total(server_unseen), total(server_largest)
                    FROM segment WHERE id BETWEEN ? AND ?
                    """)
            var sum = SegmentMinute(minute: minutes.lowerBound)
            var isKnown = false
            let wanted = Set(sources)
            for source in try CountedSource.all(database) where wanted.contains(source.rank) {
                let ids = Self.bucketRange(source.ordinal, 0, minutes)
                guard let row = try Row.fetchOne(statement, arguments: [ids.lowerBound, ids.upperBound]),
                    row[0] as Int64 > 0
                else { continue }
                isKnown = true
                sum.fromClients.add(Self.counts(row, from: 1))
                sum.fromServers.add(Self.counts(row, from: 5))
            }
            return isKnown ? sum : nil
        }
    }

    private static func counts(_ row: Row, from column: Int) -> SegmentCounts {
        var counts = SegmentCounts()
        // `total` gives a number with a fraction, which no sum passes.
        func number(_ offset: Int) -> UInt64 { UInt64(min(max(row[column + offset] as Double, 0), 9e15)) }
        (counts.sent, counts.resent, counts.unseen, counts.largest) = (number(0), number(1), number(2), number(3))
        return counts
    }
}
