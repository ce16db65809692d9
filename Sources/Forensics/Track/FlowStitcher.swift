package import ForensicsModel

/// Puts the rows of VPC flow logs together into connections.
///
/// A row tells of one direction of one flow on one interface during one interval. Both directions, and intervals that
/// follow one another with at most one interval and a minute between them, are one connection; a SYN in a later
/// interval begins another. Times of flow logs are up to a minute off, and so are durations.
///
/// Logs are given one after the other, in order of their first rows; what no later row can continue is given out after
/// each. Rows of one log are put into order of time, up to `rowLimit` of them at once. Flows lie in a pool, and an
/// open-addressing table finds them by their identity.
package struct FlowStitcher: ~Copyable {
    /// What AWS says times may be off by, and the shorter of the two intervals that it aggregates over.
    private static let minute: Int64 = 60_000_000_000
    private static let longInterval: Int64 = 600_000_000_000
    /// How many rows ahead the slots of the table are fetched, and the flows that they name; in giving out how many ahead the
    /// flows, and what is known of their paths.
    private static let slotsAhead = 12
    private static let flowsAhead = 6

    private var index = FlowIndex()
    private var flows = Pool<StitchedFlow>()
    /// The end of each open flow by its place in the pool, `.max` elsewhere: what is over is found without the flows.
    private var ends: [Int64] = []
    /// No open flow ends before.
    private var earliest = Int64.max
    /// The rows of the log at hand, and the hashes of their flows.
    private var rows: [FlowInterval] = []
    private var hashes: [UInt32] = []
    /// Places of flows that are over; of those before `given` the connections are given out.
    private var closed: [Int32] = []
    private var given = 0
    private var names = FlowNames()
    private var sights = FlowSights()
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
    ///   - limit: connections that may be open at a time, below 2³¹.
    ///   - rowLimit: rows that are held to be put into order.
    ///   - servers: who serves, learned from all rows before; with none the higher port is the client's.
    package init(limit: Int, rowLimit: Int, servers: FlowServers = FlowServers()) {
        self.servers = servers
        self.limit = min(max(1, limit), Int(Int32.max) / 2)
        self.rowLimit = max(1, rowLimit)
    }

    /// Takes rows of the log at hand.
    package mutating func take(_ batch: borrowing FlowIntervals) {
        names.begin(batch.texts)
        unusable += UInt64(batch.incomplete)
        let taken = batch.rows.span
        for place in taken.indices {
            guard taken[place].isTimed else {
                unusable += 1
                continue
            }
            if taken[place].end &- taken[place].start > Self.minute + Self.minute / 2 { interval = Self.longInterval }
            var row = taken[place]
            row.interface = names.number(row.interface)
            sights.note(row.interface)
            row.rejectReason = names.number(row.rejectReason)
            rows.append(row)
            hashes.append(FlowIdentity.of(row).identity.hash)
        }
        if rows.count >= rowLimit { placeRows() }
    }

    /// Stitches the rows of the log at hand: `giveOut` then gives the connections that are complete.
    ///
    /// - Parameter next: the first time of the log that follows, or `nil` after the last one: everything is given out.
    package mutating func finishLog(next: Timestamp?) {
        placeRows()
        if let next {
            close(endedBefore: Self.earlier(next.nanoseconds, by: gap))
        } else {
            for place in ends.indices where ends[place] != .max { close(Int32(place)) }
        }
    }

    /// Whether so many connections are complete that they should be given out before the log is finished: one log may
    /// have more than there is room for.
    package var isFull: Bool { closed.count >= limit / 4 }

    /// Gives out the next connections that are complete, at most `count`. Those that were complete at the first call come
    /// in order of their ids; go on until there are none.
    ///
    /// - Parameter batch: takes them; what it held is forgotten.
    /// - Returns: whether there were any.
    package mutating func giveOut(_ count: Int, into batch: inout StitchedFlows) -> Bool {
        batch.removeAll()
        names.beginGiving()
        if given == 0 {
            let ids = closed.map { UInt64(bitPattern: flows[$0].id.rawValue) }
            closed = RadixOrder.order(ids).map { closed[Int($0)] }
        }
        let end = min(closed.count, given + count)
        for rank in given..<end {
            if rank + Self.slotsAhead < end {
                flows.fetch(closed[rank + Self.slotsAhead])
                sights.fetch(flows[closed[rank + Self.flowsAhead]].identity)
            }
            let place = closed[rank]
            let reason = flows[place].rejectReason
            let interface = flows[place].identity.interface
            let isRepeated = sights.isRepeated(
                flows[place].identity, from: flows[place].start, to: flows[place].end)
            batch.append(
                flows[place], servers, errorReason: names.text(reason, in: &batch.texts),
                details: names.details(interface, in: &batch.texts), node: names.text(interface, in: &batch.texts),
                isRepeated: isRepeated)
            flows.release(place)
        }
        let isAny = end > given
        given = end
        if given == closed.count {
            closed.removeAll(keepingCapacity: true)
            given = 0
        }
        return isAny
    }

    private var gap: Int64 { interval + Self.minute }

    /// A time moved back, not before the first there is.
    private static func earlier(_ time: Int64, by gap: Int64) -> Int64 {
        let (result, overflow) = time.subtractingReportingOverflow(gap)
        return overflow ? .min : result
    }

    // MARK: - Placing

    private mutating func placeRows() {
        var (taken, keys): ([FlowInterval], [UInt32]) = ([], [])
        swap(&taken, &rows)
        swap(&keys, &hashes)
        place(taken.span, keys.span, IntervalOrder.order(taken).span)
        taken.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        swap(&taken, &rows)
        swap(&keys, &hashes)
    }

    private mutating func place(_ rows: Span<FlowInterval>, _ hashes: Span<UInt32>, _ order: Span<UInt32>) {
        for rank in order.indices {
            if rank &+ Self.slotsAhead < order.count {
                index.fetch(UInt64(hashes[Int(order[rank &+ Self.slotsAhead])]))
                fetchFlow(hashes[Int(order[rank &+ Self.flowsAhead])])
            }
            let row = Int(order[rank])
            if index.count >= limit { makeRoom(at: rows[row].start) }
            place(rows[row], hashes[row])
        }
    }

    /// Fetches the flow that a row will go to: the one that its slot names, else the place of the next new one.
    @inline(__always)
    private func fetchFlow(_ hash: UInt32) {
        let place = index.candidate(index.home(UInt64(hash)), UInt64(hash))
        flows.fetch(place >= 0 ? place : flows.nextPlace)
    }

    private mutating func place(_ row: borrowing FlowInterval, _ hash: UInt32) {
        let (identity, side) = FlowIdentity.of(row)
        var place = find(identity, UInt64(hash))
        let gap = gap
        if place >= 0,
            !flows.chunks[Pool<StitchedFlow>.chunk(place)][Pool<StitchedFlow>.place(place)]
                .continues(with: row, from: side, gap: gap)
        {
            close(place)
            place = -1
        }
        if place < 0 { place = open(StitchedFlow(row, identity, hash)) }
        let end = flows.chunks[Pool<StitchedFlow>.chunk(place)][Pool<StitchedFlow>.place(place)].add(row, from: side)
        ends[Int(place)] = min(end, .max - 1)
        earliest = min(earliest, end)
    }

    /// The place of the open flow with an identity; -1 if there is none.
    @inline(__always)
    private func find(_ identity: FlowIdentity, _ hash: UInt64) -> Int32 {
        var slot = index.home(hash)
        while true {
            let place = index.candidate(slot, hash)
            if place == -2 { return -1 }
            if place >= 0,
                flows.chunks[Pool<StitchedFlow>.chunk(place)][Pool<StitchedFlow>.place(place)].identity.isSame(identity)
            {
                return place
            }
            slot = index.next(slot)
        }
    }

    private mutating func open(_ flow: StitchedFlow) -> Int32 {
        let place = flows.allocate(flow)
        index.insert(UInt64(flow.hash), place)
        if Int(place) == ends.count { ends.append(.max) }
        return place
    }

    private mutating func close(_ place: Int32) {
        index.remove(UInt64(flows[place].hash), place)
        ends[Int(place)] = .max
        closed.append(place)
    }

    // MARK: - What is over

    private mutating func close(endedBefore time: Int64) {
        if earliest >= time { return }
        earliest = .max
        for place in ends.indices where ends[place] != .max {
            if ends[place] < time { close(Int32(place)) } else { earliest = min(earliest, ends[place]) }
        }
    }

    /// Closes what is over by a time; where all is still open, the half that was silent longest.
    private mutating func makeRoom(at time: Int64) {
        close(endedBefore: Self.earlier(time, by: gap))
        guard index.count >= limit else { return }
        var silent: [(end: Int64, id: FactID, place: Int32)] = []
        silent.reserveCapacity(index.count)
        for place in ends.indices where ends[place] != .max {
            silent.append((ends[place], flows[Int32(place)].id, Int32(place)))
        }
        silent.sort { ($0.end, $0.id) < ($1.end, $1.id) }
        for flow in silent[...(silent.count / 2)] { close(flow.place) }
        evicted += UInt64(silent.count / 2 + 1)
    }
}
