package import ForensicsModel

/// Somebody who waits for an answer longer than the time-out, while the connection is still open.
package struct Overdue: Sendable, Equatable {
    package enum Waiting: Sendable {
        /// For the answer to a SYN.
        case handshake
        case response
        case healthCheck
    }

    package var waiting: Waiting
    /// When the time-out passed.
    package var time: Timestamp
    package var client: Endpoint
    package var server: Endpoint

    package init(waiting: Waiting, time: Timestamp, client: Endpoint, server: Endpoint) {
        self.waiting = waiting
        self.time = time
        self.client = client
        self.server = server
    }
}

extension Tracker {
    /// Returns whose time-out passed after `start` and not after `end`: each once, if calls cover time without gaps.
    ///
    /// Nothing changes: the connection is given out at its own end, with the same verdict. At most `limit` are returned.
    package func overdue(after start: Timestamp, until end: Timestamp, limit: Int) -> [Overdue] {
        var found: [Overdue] = []
        for place in shards.indices where found.count < limit {
            shards[place].overdue(after: start.nanoseconds, until: end.nanoseconds, limit: limit, &found)
        }
        found.sort { ($0.time, $0.client, $0.server) < ($1.time, $1.client, $1.server) }
        return found
    }
}

extension ShardTracker {
    func overdue(after start: Int64, until end: Int64, limit: Int, _ found: inout [Overdue]) {
        let timeout = tables.options.timeout
        for place in 0..<connections.capacity where found.count < limit {
            let core = connections[place]
            guard core.record != 0 else { continue }
            let deadline = core.start &+ timeout
            if core.isTCP, deadline > start, deadline <= end, case .s0 = EndpointMachine.state(core) {
                found.append(
                    Overdue(
                        waiting: .handshake, time: Timestamp(nanoseconds: deadline), client: core.client,
                        server: core.server))
            }
            guard core.stream >= 0 else { continue }
            tables.overdue(core, after: start, until: end, limit: limit, &found)
        }
    }
}

extension ShardTables {
    func overdue(
        _ core: ConnectionCore, after start: Int64, until end: Int64, limit: Int, _ found: inout [Overdue]
    ) {
        var next = streams[core.stream].oldest
        while next >= 0, found.count < limit {
            let exchange = pending[next]
            let deadline = exchange.requestEnd &+ options.timeout
            if deadline > start, deadline <= end, !exchange.marks.contains(.responding),
                !exchange.marks.contains(.malformed)
            {
                let isCheck = exchange.marks.contains(.healthCheck)
                found.append(
                    Overdue(
                        waiting: isCheck ? .healthCheck : .response, time: Timestamp(nanoseconds: deadline),
                        client: core.client, server: core.server))
            }
            next = exchange.next
        }
    }
}
