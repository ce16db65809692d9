package import ForensicsModel

/// Puts the rows of VPC flow logs together into connections.
///
/// A row tells of one direction of one flow on one interface during one interval. Both directions, and intervals that
/// follow one another with at most one interval and a minute between them, are one connection; a SYN in a later
/// interval begins another. Times of flow logs are up to a minute off, and so are durations.
///
/// Logs are given one after the other, in order of their first rows; what no later row can continue is given out after
/// each. Rows of one log are put into order of time, up to `rowLimit` of them at once.
package struct FlowStitcher: ~Copyable {
    private struct Key: Hashable {
        let first: Endpoint
        let second: Endpoint
        let interface: UInt32
        let ipProtocol: UInt8
    }

    /// What AWS says times may be off by, and the shorter of the two intervals that it aggregates over.
    private static let minute: Int64 = 60_000_000_000
    private static let longInterval: Int64 = 600_000_000_000

    private var flows: [Key: StitchedFlow] = [:]
    private var rows: [FlowInterval] = []
    private var closed: [StitchedFlow] = []
    /// Names of interfaces and reasons, from 1 on.
    private var names = TextTable()
    /// The interval over which the logs aggregate: ten minutes once a row was longer than a minute.
    private var interval = FlowStitcher.minute
    private let servers: FlowServers
    private let limit: Int
    private let rowLimit: Int
    /// Connections given out while they might have gone on, because there was no room.
    package private(set) var evicted: UInt64 = 0
    /// Rows that tell of no connection.
    package private(set) var unusable: UInt64 = 0

    /// - Parameters:
    ///   - limit: connections that may be open at a time.
    ///   - rowLimit: rows that are held to be put into order.
    ///   - servers: who serves, learned from all rows before; with none the higher port is the client's.
    package init(limit: Int, rowLimit: Int, servers: FlowServers = FlowServers()) {
        self.servers = servers
        self.limit = max(1, limit)
        self.rowLimit = max(1, rowLimit)
    }

    /// Takes rows of the log at hand.
    package mutating func take(_ batch: FactBatch) {
        var known: [UInt32: UInt32] = [:]
        let arena = batch.texts.arena
        for record in batch.flowRecords {
            let row = FlowInterval(record) { text in
                if text.isNone { return 0 }
                if let number = known[text.rawValue] { return number }
                let number = names.intern(arena.span, batch.texts.range(text)).rawValue
                known[text.rawValue] = number
                return number
            }
            guard let row else {
                unusable += 1
                continue
            }
            if row.end &- row.start > Self.minute + Self.minute / 2 { interval = Self.longInterval }
            rows.append(row)
        }
        if rows.count >= rowLimit { placeRows() }
    }

    /// Stitches the rows of the log at hand.
    ///
    /// - Parameter next: the first time of the log that follows, or `nil` after the last one: everything is given out.
    /// - Returns: the connections that are complete, in order of their ids.
    package mutating func finishLog(next: Timestamp?) -> FactBatch {
        placeRows()
        if let next {
            let over = next.nanoseconds - gap
            giveOut { $0.end < over }
        } else {
            giveOut { _ in true }
        }
        return batch()
    }

    private var gap: Int64 { interval + Self.minute }

    private mutating func placeRows() {
        rows.sort(by: FlowInterval.precedes)
        for row in rows {
            if flows.count >= limit { makeRoom(at: row.start) }
            place(row)
        }
        rows.removeAll(keepingCapacity: true)
    }

    private mutating func place(_ row: FlowInterval) {
        let isFirst = Self.precedes(row.source, row.destination)
        let key = Key(
            first: isFirst ? row.source : row.destination, second: isFirst ? row.destination : row.source,
            interface: row.interface, ipProtocol: row.ipProtocol)
        let side = isFirst ? 0 : 1
        if flows[key]?.continues(with: row, from: side, gap: gap) == false {
            if let flow = flows.removeValue(forKey: key) { closed.append(flow) }
        }
        flows[key, default: StitchedFlow(row, first: key.first, second: key.second)].add(row, from: side)
    }

    private static func precedes(_ left: Endpoint, _ right: Endpoint) -> Bool {
        if left.address.high != right.address.high { return left.address.high < right.address.high }
        if left.address.low != right.address.low { return left.address.low < right.address.low }
        return left.port < right.port
    }

    /// Gives out what is over by a time; where all is still open, what was silent longest.
    private mutating func makeRoom(at time: Int64) {
        let over = time - gap
        giveOut { $0.end < over }
        guard flows.count >= limit else { return }
        let ends = flows.values.map { (end: $0.end, id: $0.id) }.sorted { ($0.end, $0.id) < ($1.end, $1.id) }
        let last = ends[ends.count / 2]
        let before = flows.count
        giveOut { ($0.end, $0.id) <= (last.end, last.id) }
        evicted += UInt64(before - flows.count)
    }

    private mutating func giveOut(where isOver: (StitchedFlow) -> Bool) {
        var over: [Key] = []
        for (key, flow) in flows where isOver(flow) {
            over.append(key)
            closed.append(flow)
        }
        for key in over { flows[key] = nil }
    }

    private mutating func batch() -> FactBatch {
        closed.sort { $0.id < $1.id }
        var batch = FactBatch()
        batch.connections.reserveCapacity(closed.count)
        let arena = names.arena
        for flow in closed {
            var fact = flow.connection(servers)
            if flow.rejectReason != 0 {
                fact.errorReason = batch.texts.intern(arena.span, names.range(TextID(rawValue: flow.rejectReason)))
            }
            if flow.interface != 0 { fact.details = details(flow.interface, &batch.texts) }
            batch.connections.append(fact)
        }
        closed.removeAll(keepingCapacity: true)
        return batch
    }

    /// `{"interface-id":"eni-…"}`. Names of interfaces hold nothing that JSON escapes; one that does is left out.
    private func details(_ interface: UInt32, _ texts: inout TextTable) -> TextID {
        let name = names.bytes(TextID(rawValue: interface))
        guard name.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) else { return .none }
        return texts.intern(Array("{\"interface-id\":\"".utf8) + name + Array("\"}".utf8))
    }
}
