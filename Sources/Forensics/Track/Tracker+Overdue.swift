package import ForensicsModel

/// Somebody who waits for an answer longer than the time-out, while the connection is still open.
package struct Overdue: Sendable, Equatable {
    /// What is waited for.
    package enum Waiting: Sendable {
        /// For the answer to a SYN.
        case handshake
        case response
        case healthCheck
    }

    package var waiting: Waiting
    package var connection: FactID
    /// Since when it is waited.
    package var start: Timestamp
    /// When the time-out passed.
    package var time: Timestamp
    /// Who waits.
    package var client: Endpoint
    /// Who does not answer.
    package var server: Endpoint
    /// A digest of what tells a request, or a SYN, that passes the host twice: the same on both legs. 0 where nothing does.
    package var leg: UInt64
}

/// Whose time-outs passed: some with who they are, the rest as counts.
package struct OverdueList: Sendable {
    /// In order of their time-outs, as many as the limit allows.
    package fileprivate(set) var waits: [Overdue] = []
    /// SYNs beyond the limit.
    package fileprivate(set) var furtherHandshakes: UInt64 = 0
    /// Requests beyond the limit.
    package fileprivate(set) var furtherResponses: UInt64 = 0
    /// Health checks beyond the limit.
    package fileprivate(set) var furtherHealthChecks: UInt64 = 0
    fileprivate let limit: Int

    fileprivate init(limit: Int) { self.limit = limit }

    /// Removes some of those that are told one by one.
    package mutating func removeWaits(where isRemoved: (Overdue) -> Bool) { waits.removeAll(where: isRemoved) }

    /// - Parameters:
    ///   - start, deadline: since when it is waited, and until when it was to be.
    ///   - leg: what `Overdue.leg` is.
    fileprivate mutating func add(
        _ waiting: Overdue.Waiting, _ start: Int64, _ deadline: Int64, _ core: ConnectionCore, leg: UInt64
    ) {
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
                waiting: waiting, connection: core.id, start: Timestamp(nanoseconds: start),
                time: Timestamp(nanoseconds: deadline),
                client: core.client, server: core.server, leg: leg))
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
                core.detail < 0 || !tables.details[core.detail].isUnreachable, !core.hasUnseenAnswer,
                !tables.holes.meet(after: core.start, until: deadline)
            {
                found.add(.handshake, core.start, deadline, core, leg: core.synLeg)
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
                !exchange.marks.contains(.malformed), !exchange.isAnsweredUnread,
                !isAnsweredUnseen(exchange, core, stream), !hasHungUp(on: exchange, before: deadline, stream),
                !holes.meet(after: exchange.requestEnd, until: deadline),
                !isLeftOut(identity(of: exchange, core, stream, kept))
            {
                let isCheck = exchange.marks.contains(.healthCheck)
                found.add(
                    isCheck ? .healthCheck : .response, exchange.start, deadline, core,
                    leg: isCheck ? 0 : exchange.leg(core, kept))
            }
            next = exchange.next
        }
    }

    /// Whether the client no longer waited when a time passed: it had closed, and who checks health has run out of its own time.
    private func hasHungUp(on exchange: PendingExchange, before deadline: Int64, _ stream: StreamState) -> Bool {
        if exchange.marks.contains(.healthCheck) { return false }
        if exchange.marks.contains(.responding) { return leave(from: exchange, stream).map { $0 < deadline } ?? false }
        return exchange.responseEnd > 0 && exchange.responseEnd < deadline
    }
}

extension ConnectionCore {
    /// What tells a SYN whose destination is translated on the host.
    fileprivate var synLeg: UInt64 {
        let client = client
        return OverdueDigest.of([client.address.high, client.address.low, UInt64(client.port), UInt64(halves[0].base)])
    }
}

extension PendingExchange {
    /// What tells a request that a proxy passes on with its trace, or whose destination is translated on the host.
    fileprivate func leg(_ core: ConnectionCore, _ kept: borrowing LiveTexts) -> UInt64 {
        if let root = traceRoot { return OverdueDigest.of([root.high, root.low]) }
        let client = core.client
        let path = template.isNone ? 0 : kept.read(template) { TextTable.digest($0, $1) }
        // No translation changes them, whoever the client is then.
        if core.initialNumbers != 0 { return OverdueDigest.of([core.initialNumbers, requestBytes, path]) }
        return OverdueDigest.of([client.address.high, client.address.low, UInt64(client.port), requestBytes, path])
    }
}

private enum OverdueDigest {
    /// A digest of words that is never 0.
    static func of(_ words: [UInt64]) -> UInt64 {
        var digest: UInt64 = 0
        for word in words {
            digest = (digest ^ word).foldedProduct(with: 0x9E37_79B9_7F4A_7C15) &+ 1
        }
        return digest | 1
    }
}
