package import ForensicsModel
import GRDB

/// A request of an access log, as far as it tells of the connection that brought it.
package struct TracedRequest: Sendable, Equatable {
    package var id: FactID
    /// The log's id of the connection, never 0 (ALB field `conn_trace_id`); `nil` where the record names none.
    package var key: UInt64?
    package var start: Timestamp
    package var end: Timestamp
    /// Index of the client among those asked for.
    package var client: UInt32
    /// Whether the connection was upgraded to a WebSocket: then the request is all of it.
    package var isUpgraded: Bool

    package init(id: FactID, key: UInt64?, start: Timestamp, end: Timestamp, client: UInt32, isUpgraded: Bool) {
        self.id = id
        self.key = key
        self.start = start
        self.end = end
        self.client = client
        self.isUpgraded = isUpgraded
    }
}

extension CaseStore {
    /// Hands out the requests of some clients, each named once, whose record names its connection, source by source in
    /// order of ids; of those that name none, those longer than `limit` nanoseconds.
    ///
    /// Reads what it hands out and no more: several times quicker than `scanRequests`.
    ///
    /// - Parameter admits: whether requests to a load balancer's node are wanted, by their names; `nil` for all.
    package func scanTraces(
        _ scan: FactScan, of clients: [IPAddress], orLongerThan limit: Int64,
        admits: ((_ loadBalancer: String?, _ node: String?) -> Bool)? = nil,
        _ body: ([TracedRequest]) throws -> Void
    ) throws {
        try run { database in
            try database.inTransaction(.deferred) {
                let indices = ClientIndices(
                    try clients.indices.flatMap { index in
                        try Self.cells(clients[index], database).map { ($0, UInt32(index)) }
                    })
                guard !indices.cells.isEmpty else { return .commit }
                var profiles = try ProfileReader(database)
                profiles.beginBatch()
                var texts = TextTable()
                var batch: [TracedRequest] = []
                var admitted: [Int64: Bool] = [:]
                let columns = TraceColumns()
                let selection = RowScan(
                    table: .request, width: columns.width, chosen: (columns.client, indices.cells))
                try rows(selection, scan, database) { cells, _, rows, origin in
                    batch.removeAll(keepingCapacity: true)
                    for row in 0..<rows {
                        let row = row * columns.width
                        let key = cells[row + columns.key]
                        let time = Cell.readTime(cells[row + columns.time], base: origin.base)
                        let elapsed = Cell.readDuration(cells[row + columns.elapsed]) ?? 0
                        guard key != Cell.null || elapsed > limit, scan.window?.contains(time) ?? true,
                            let client = indices.index(of: cells[row + columns.client])
                        else { continue }
                        let number = cells[row + columns.route]
                        let route = try profiles.route(number, &texts)
                        if let admits {
                            let isAdmitted =
                                admitted[number] ?? admits(texts.string(route.loadBalancer), texts.string(route.node))
                            admitted[number] = isAdmitted
                            if !isAdmitted { continue }
                        }
                        let scheme = route.scheme
                        batch.append(
                            TracedRequest(
                                id: origin.id(cells[row]), key: key == Cell.null ? nil : UInt64(bitPattern: key),
                                start: time.advanced(by: -elapsed), end: time, client: client,
                                isUpgraded: scheme == .ws || scheme == .wss))
                    }
                    if !batch.isEmpty { try body(batch) }
                    return true
                }
                return .commit
            }
        }
    }

    /// Where a request keeps what is read of it.
    private struct TraceColumns {
        let time = place("time")
        let elapsed = place("elapsed")
        let client = place("client")
        let route = place("route")
        let key = place("trace_key")
        var width: Int { key + 1 }

        private static func place(_ name: String) -> Int {
            RowTable.request.columns.firstIndex { $0.name == name } ?? 0
        }
    }

    /// The clients asked for by the cells that name them. To look for one of a hundred takes less than to hash it.
    private struct ClientIndices {
        /// Ascending.
        let cells: [Int64]
        private let indices: [UInt32]

        init(_ named: [(cell: Int64, index: UInt32)]) {
            let sorted = named.sorted { $0.cell < $1.cell }
            cells = sorted.map(\.cell)
            indices = sorted.map(\.index)
        }

        func index(of cell: Int64) -> UInt32? {
            var (low, high) = (0, cells.count)
            while low < high {
                let middle = (low + high) / 2
                if cells[middle] < cell { low = middle + 1 } else { high = middle }
            }
            return low < cells.count && cells[low] == cell ? indices[low] : nil
        }
    }

    /// How rows name an address: one that was met again after it had been forgotten has several numbers (`CaseDictionary`).
    private static func cells(_ address: IPAddress, _ database: Database) throws -> [Int64] {
        if let v4 = address.v4 { return [Cell.address(v4: v4)] }
        let ids = try UInt32.fetchAll(
            database, sql: "SELECT id FROM address6 WHERE text = ?", arguments: [address.description])
        return ids.map { Cell.address(v6: $0) }
    }
}
