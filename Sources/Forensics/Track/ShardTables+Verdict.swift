/// How an exchange ended, where more is known than the packet tells that ended it.
extension ShardTables {
    /// The end as it is to be told: what the client acknowledged was answered though the answer was not captured, and a checker
    /// that hangs up once it has the status has what it wanted.
    func verdict(
        _ end: ExchangeEnd, _ exchange: PendingExchange, _ core: ConnectionCore, _ stream: StreamState
    ) -> ExchangeEnd {
        let byClient: Bool
        switch end {
        case .complete, .notCaptured, .deadlinePassed: return end
        case .reset(let side, _): byClient = side == 0
        case .serverClosed, .evidenceEnds: byClient = false
        }
        if exchange.marks.contains(.responding), exchange.marks.contains(.healthCheck) {
            if case .evidenceEnds = end { return end }
            if byClient || core.halves[0].marks.contains(.endedFirst) { return .complete }
        }
        // A reset of the client may hold any number; `ended` looks at it.
        let isUnseen = !byClient && lacksAnswer(exchange, core, stream)
        return isUnseen || exchange.hasLostEnd ? .notCaptured : end
    }

    /// Whether the client has acknowledged what the capture lacks of an answer: all of it, or perhaps its end.
    func lacksAnswer(_ exchange: PendingExchange, _ core: ConnectionCore, _ stream: StreamState) -> Bool {
        if !exchange.marks.contains(.responding) { return isAnsweredUnseen(exchange, core, stream) }
        return exchange.streamID != 0 && stream.halves[1].isAnchored && hasTakenUnseen(core, stream)
    }

    /// When the client hung up, where it did so while it waited for an answer that then came: `nil` elsewhere. Who closes its side to
    /// say that nothing follows does so with the request.
    func leave(from exchange: PendingExchange, _ stream: StreamState) -> Int64? {
        guard exchange.marks.contains(.responding), stream.clientEnd != 0, stream.clientEnd < exchange.responseStart,
            stream.clientEnd &- exchange.requestEnd >= Self.halfClose
        else { return nil }
        return stream.clientEnd
    }

    /// When the client hung up in the middle of an answer of HTTP/1: who has asked his last and only says so does it before.
    func gone(from exchange: PendingExchange, _ core: ConnectionCore, _ stream: StreamState) -> Int64? {
        guard exchange.marks.contains(.responding), !exchange.marks.contains(.healthCheck),
            exchange.streamID == 0, stream.clientEnd != 0,
            stream.clientEnd >= exchange.responseStart, core.halves[0].marks.contains(.endedFirst)
        else { return nil }
        return stream.clientEnd
    }

    /// Whether some of an answer was sent again and again and the client did not acknowledge it.
    func isUndelivered(_ exchange: PendingExchange, _ core: ConnectionCore) -> Bool {
        guard core.detail >= 0, exchange.marks.contains(.responding) else { return false }
        return details[core.detail].undeliveredAt[1] >= exchange.responseStart
    }

    /// For how long a part of a request, or of its answer, was sent again and again and was not acknowledged; 0 if none was.
    func undeliveredTime(_ exchange: PendingExchange, _ core: ConnectionCore) -> Int64 {
        guard core.detail >= 0 else { return 0 }
        let asked = details[core.detail].undeliveredAt[0]
        let isBefore = exchange.responseStart == 0 || asked <= exchange.responseStart
        let request = isBefore ? asked &- exchange.start : 0
        let answer = isUndelivered(exchange, core) ? details[core.detail].undeliveredAt[1] &- exchange.responseStart : 0
        return max(0, max(request, answer))
    }

    /// How long after a request its FIN may come that ends the request alone, sent a second time included: health checks and
    /// people wait longer before they give up.
    private static let halfClose: Int64 = 500_000_000

    /// Whether the client has acknowledged more since it asked than what was seen of the server: the answer, which the
    /// capture lacks. Of HTTP/2 it may be of another stream, or none, which nothing tells.
    func isAnsweredUnseen(_ exchange: PendingExchange, _ core: ConnectionCore, _ stream: StreamState) -> Bool {
        guard core.isTCP, !exchange.marks.contains(.responding) else { return false }
        let acknowledged = core.halves[0].ack
        guard TCPAnalysis.isAfter(acknowledged, exchange.acknowledged) else { return false }
        if stream.halves[1].isAnchored { return hasTakenUnseen(core, stream) }
        // No byte of the server was seen since it was asked.
        return TCPAnalysis.isAfter(acknowledged, exchange.acknowledged &+ fin(of: core))
    }

    /// Whether the client has acknowledged more than what was seen of the server.
    private func hasTakenUnseen(_ core: ConnectionCore, _ stream: StreamState) -> Bool {
        TCPAnalysis.isAfter(core.halves[0].ack, stream.halves[1].expected &+ fin(of: core))
    }

    /// The number that the server's FIN takes, once it was seen.
    private func fin(of core: ConnectionCore) -> UInt32 { core.halves[1].marks.contains(.sentFIN) ? 1 : 0 }
}
