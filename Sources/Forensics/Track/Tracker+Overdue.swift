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

/// Whose time-outs passed: some with who they are, the rest as counts.
package struct OverdueList: Sendable {
    package fileprivate(set) var waits: [Overdue] = []
    /// SYNs beyond the limit.
    package fileprivate(set) var furtherHandshakes: UInt64 = 0
    /// Requests beyond the limit.
    package fileprivate(set) var furtherResponses: UInt64 = 0
    /// Health checks beyond the limit.
    package fileprivate(set) var furtherHealthChecks: UInt64 = 0
    fileprivate let limit: Int

    fileprivate init(limit: Int) { self.limit = limit }

    fileprivate mutating func add(_ waiting: Overdue.Waiting, _ deadline: Int64, _ core: ConnectionCore) {
        guard waits.count < limit else {
            switch waiting {
            case .handshake: furtherHandshakes += 1
            case .response: furtherResponses += 1
            case .healthCheck: furtherHealthChecks += 1
            }
            return
        }
        waits.append(
            Overdue(
                waiting: waiting, time: Timestamp(nanoseconds: deadline), client: core.client, server: core.server))
    }
}

extension Tracker {
    /// Returns whose time-out passed after `start` and not after `end`: each once, if calls cover time without gaps.
    ///
    /// Nothing changes: the connection is given out at its own end, with the same verdict. At most `limit` are told one by one.
    package func overdue(after start: Timestamp, until end: Timestamp, limit: Int) -> OverdueList {
        var found = OverdueList(limit: limit)
        for place in shards.indices {
            shards[place].overdue(after: start.nanoseconds, until: end.nanoseconds, output.kept, &found)
        }
        found.waits.sort { ($0.time, $0.client, $0.server) < ($1.time, $1.client, $1.server) }
        return found
    }
}

extension ShardTracker {
    func overdue(
        after start: Int64, until end: Int64, _ kept: borrowing LiveTexts, _ found: inout OverdueList
    ) {
        let timeout = tables.options.timeout
        for place in 0..<connections.capacity {
            let core = connections[place]
            guard core.record != 0 else { continue }
            let deadline = core.start &+ timeout
            if core.isTCP, deadline > start, deadline <= end, case .s0 = EndpointMachine.state(core),
                core.detail < 0 || !tables.details[core.detail].isUnreachable, !core.hasUnseenAnswer
            {
                found.add(.handshake, deadline, core)
            }
            guard core.stream >= 0 else { continue }
            tables.overdue(core, after: start, until: end, kept, &found)
        }
    }
}

extension ShardTables {
    func overdue(
        _ core: ConnectionCore, after start: Int64, until end: Int64, _ kept: borrowing LiveTexts,
        _ found: inout OverdueList
    ) {
        let stream = streams[core.stream]
        var next = stream.oldest
        while next >= 0 {
            let exchange = pending[next]
            let deadline = exchange.requestEnd &+ options.timeout
            // An answer that began too late waits for its end still.
            if deadline > start, deadline <= end,
                !exchange.marks.contains(.responding) || exchange.responseStart > deadline,
                !exchange.marks.contains(.malformed), !isAnsweredUnseen(exchange, core, stream),
                !isLeftOut(identity(of: exchange, core, stream, kept))
            {
                found.add(exchange.marks.contains(.healthCheck) ? .healthCheck : .response, deadline, core)
            }
            next = exchange.next
        }
    }
}
