import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Requests of one connection of HTTP/1 that wait for their answers.
    static let pipelineLimit: UInt16 = 256
    /// Open streams of one connection of HTTP/2: servers allow 100 to 250, and each frame is looked for among them.
    static let streamLimit: UInt16 = 1024

    /// Takes a request head: the exchange begins to wait for its answer.
    mutating func request(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ head: HTTPRequestHead,
        _ bytes: Span<UInt8>, _ seen: HeadReading, _ out: inout TrackOutput
    ) {
        if head.flags.has(.http2Preface) {
            beginHTTP2(&core, &stream, by: .client)
            return
        }
        counters.httpRequests += 1
        stream.marks.insert(.http)
        if core.isServiceUnknown { core.service = .http }
        if stream.oldest >= 0, !seen.isUnfinished {
            giveUpUnseenAnswers(&core, &stream, before: seen.first.acknowledgment, &out)
        }
        var exchange = PendingExchange(
            record: seen.first.record, source: seen.first.source, offset: seen.first.offset, start: seen.first.time)
        // Of a head in several segments the last may have come before the first.
        exchange.requestEnd = max(seen.first.time, seen.last.time)
        exchange.acknowledged = seen.first.acknowledgment
        if stream.marks.contains(.answered) { exchange.marks.insert(.reused) }
        if stream.marks.contains(.lastAnswered) { exchange.marks.insert(.unwelcome) }
        exchange.requestBytes = UInt64(seen.bytes)
        exchange.version = head.version
        exchange.scheme = .http
        let fields = RequestFields(head)
        describe(&exchange, fields, bytes, &out.kept)
        classify(&exchange, &core, fields, isProxied: isProxied(stream))
        if seen.isUnfinished { exchange.marks.insert(.unfinished) }
        let isCut = !seen.isWhole && !head.flags.has(.badLength)
        if isCut || stream.marks.contains(.clientCut) { noteCutHead(&exchange, &core) }
        if stream.domain.isNone { stream.domain = exchange.domain }
        if stream.oldest < 0, stream.orphanEnd != 0, TCPAnalysis.isAfter(stream.orphanEnd, exchange.acknowledged) {
            // Captured after its answer: the client had less of the server when it asked.
            emit(exchange, &core, stream, .notCaptured, &out)
            stream.marks.insert(.answered)
        } else {
            // What comes from here on had more: numbers that go round are not to be compared for ever.
            stream.orphanEnd = 0
            queue(exchange, &core, &stream, &out)
        }
        if seen.isUnfinished {
            stream.halves[0].mode = .resync
        } else {
            frameRequest(&stream, head, isWhole: seen.isWhole)
        }
    }

    /// Sets how the bytes after a request head are read.
    private mutating func frameRequest(
        _ stream: inout StreamState, _ head: HTTPRequestHead, isWhole: Bool
    ) {
        stream.expectation = .none
        guard isWhole else {
            loseFraming(&stream, 0)
            return
        }
        if head.flags.has(.expectContinue) { stream.expectation = .waiting }
        switch head.bodyFraming {
        case .none:
            stream.expectation = .none
            stream.halves[0].mode = .head
        case .length(let length):
            stream.halves[0].mode = .body
            stream.halves[0].remaining = length
        case .chunked:
            stream.halves[0].mode = .chunked
            stream.halves[0].chunks = chunked.allocate(HTTPChunkedBody())
        case .untilClose, .tunnel: stream.halves[0].mode = .resync
        }
    }

    /// Older requests whose answers passed by unseen, or without a known end, are over once the client goes on.
    ///
    /// The answers are those bytes that the client has acknowledged since it asked. Of requests sent one after the other
    /// without waiting (pipelined), of which some answers were lost, all count as over: nothing tells which ones were.
    ///
    /// - Parameter acknowledged: what the client has acknowledged by its next request, which may have waited behind a gap.
    private mutating func giveUpUnseenAnswers(
        _ core: inout ConnectionCore, _ stream: inout StreamState, before acknowledged: UInt32, _ out: inout TrackOutput
    ) {
        if !stream.halves[1].isAnchored {
            // Nothing of the server was seen on a connection that began before the capture: its bytes begin here.
            guard TCPAnalysis.isAfter(acknowledged, pending[stream.oldest].acknowledged) else { return }
            stream.halves[1].isAnchored = true
            stream.halves[1].expected = acknowledged
        }
        if TCPAnalysis.isAfter(acknowledged, stream.halves[1].expected) {
            giveUpGap(&core, &stream, 1, &out)
            if TCPAnalysis.isAfter(acknowledged, stream.halves[1].expected) {
                readCutHead(&core, &stream, 1, &out)
                loseFraming(&stream, 1)
                stream.halves[1].expected = acknowledged
            }
        } else if stream.halves[1].mode != .resync {
            return
        }
        while stream.oldest >= 0, TCPAnalysis.isAfter(acknowledged, pending[stream.oldest].acknowledged) {
            let isAnswered = pending[stream.oldest].marks.contains(.responding)
            finishOldest(&core, &stream, isAnswered ? .complete : .notCaptured, &out)
        }
        stream.refused = 0
    }

    /// An answer to a request that was not seen: older ones whose answers the client has taken, unseen too, are over, and so are
    /// those whose answers may be among what was not read.
    private mutating func giveUpAnswered(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ out: inout TrackOutput
    ) {
        guard stream.halves[0].isAnchored else { return }
        while stream.oldest >= 0 {
            let exchange = pending[stream.oldest]
            guard exchange.isAnsweredUnread || TCPAnalysis.isAfter(core.halves[0].ack, exchange.acknowledged) else {
                return
            }
            finishOldest(&core, &stream, .notCaptured, &out)
        }
    }

    /// Bytes of the client were lost, in which it may have asked for something else: requests before them whose answers it has
    /// taken, unseen or unread, are over.
    mutating func giveUpTaken(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ out: inout TrackOutput
    ) {
        while stream.oldest >= 0 {
            let exchange = pending[stream.oldest]
            let isUnread =
                exchange.isAnsweredUnread && TCPAnalysis.isAfter(core.halves[0].ack, exchange.acknowledged)
            guard isUnread || isAnsweredUnseen(exchange, core, stream) else { return }
            finishOldest(&core, &stream, .notCaptured, &out)
        }
    }

    /// Puts an exchange at the end of the connection's queue; at a cap it is given out at once.
    mutating func queue(
        _ exchange: PendingExchange, _ core: inout ConnectionCore, _ stream: inout StreamState,
        _ out: inout TrackOutput
    ) {
        let isCrowded = stream.pendingCount >= (stream.http2 < 0 ? Self.pipelineLimit : Self.streamLimit)
        let isFull =
            stream.refused > 0 || pending.count >= options.pendingPerShard
            || heldTextBytes + Int(exchange.textBytes) > options.textBytesPerShard
        if isCrowded || isFull {
            if isCrowded { counters.crowdedRequests += 1 } else { counters.refusedRequests += 1 }
            // Answers of HTTP/2 name their stream; none has to be passed over.
            if stream.http2 < 0, stream.refused < .max { stream.refused += 1 }
            emit(exchange, &core, stream, .notCaptured, &out)
            return
        }
        heldTextBytes += Int(exchange.textBytes)
        let index = pending.allocate(exchange)
        if stream.newest >= 0 { pending[stream.newest].next = index } else { stream.oldest = index }
        stream.newest = index
        stream.pendingCount += 1
    }

    /// Takes a response head: the oldest request is being answered.
    mutating func response(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ head: HTTPResponseHead,
        _ bytes: Span<UInt8>, _ seen: HeadReading, _ out: inout TrackOutput
    ) {
        counters.httpResponses += 1
        stream.marks.insert(.http)
        if core.isServiceUnknown { core.service = .http }
        if head.isInterim {
            passInterim(&stream, seen)
            return
        }
        if stream.oldest >= 0, pending[stream.oldest].marks.contains(.responding) {
            finishOldest(&core, &stream, .complete, &out)
        }
        if TCPAnalysis.isAfter(seen.first.acknowledgment, stream.halves[0].expected) {
            giveUpAnswered(&core, &stream, &out)
        }
        if stream.oldest < 0, !TCPAnalysis.isAfter(seen.first.acknowledgment, stream.halves[0].expected) {
            readUnfinishedHead(&core, &stream, &out)
        }
        if stream.oldest < 0, isClientUncaptured(core, stream) {
            beginUnasked(&core, &stream, head, seen, &out)
        }
        guard stream.oldest >= 0 else {
            orphan(&stream, head, isWhole: seen.isWhole)
            return
        }
        // The answer is that of the request whose body is awaited, if no other waits.
        if case .waiting = stream.expectation, stream.oldest == stream.newest { stream.expectation = .answered }
        stream.marks.remove(.answersNoHTTP)
        var exchange = pending[stream.oldest]
        exchange.marks.remove(.unread)
        exchange.status = head.status
        if exchange.marks.contains(.malformed), !exchange.marks.contains(.responding) {
            counters.httpRequests += 1
            counters.httpMalformed += 1
            core.marks.insert(.hasExchanges)
        }
        exchange.marks.insert(.responding)
        exchange.responseStart = seen.first.time
        exchange.responseEnd = max(seen.first.time, seen.last.time)
        exchange.responseBytes = UInt64(seen.bytes)
        if head.flags.has(.connectionClose) { stream.marks.insert(.lastAnswered) }
        if head.flags.has(.grpc) { exchange.marks.insert(.grpc) }
        if head.flags.has(.awselbServer) { exchange.marks.insert(.loadBalancerAnswered) }
        if head.status >= 300, head.status < 400, !head.location.isEmpty {
            exchange.marks.insert(.redirect)
            let host = out.kept.bytes(exchange.domain)
            if RedirectTarget.isSame(bytes, head.location, exchange, host: host) {
                exchange.marks.insert(.selfRedirect)
            }
            event(.redirect, &core, direction: 1, seen.first, value: Int64(head.status), &out)
        }
        pending[stream.oldest] = exchange
        let framing = head.bodyFraming(
            requestWasHead: exchange.marks.contains(.head), requestWasConnect: exchange.marks.contains(.connect))
        frameResponse(&core, &stream, framing, isWhole: seen.isWhole, head.flags, &out)
    }

    /// Passes over an answer that announces another. What of a packet was not captured behind the beginning of one may hold the
    /// final answer. RFC 9110, section 15.2.
    private mutating func passInterim(_ stream: inout StreamState, _ seen: HeadReading) {
        if seen.isWhole {
            stream.halves[1].mode = .head
        } else {
            loseFraming(&stream, 1)
            passUnread(stream, seen.bytes, seen.last)
        }
    }

    /// Whether an answer without a request is none that crossed it, or whose request came before the capture: nothing of the
    /// client was captured since the connection began, or since the answer before.
    private func isClientUncaptured(_ core: ConnectionCore, _ stream: StreamState) -> Bool {
        core.halves[0].packets == 0 && stream.refused == 0 && (core.marks.contains(.startSeen) || stream.orphanEnd != 0)
    }

    /// Begins the exchange of which the answer alone was captured.
    private mutating func beginUnasked(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ head: HTTPResponseHead, _ seen: HeadReading,
        _ out: inout TrackOutput
    ) {
        counters.httpRequests += 1
        counters.orphanResponses += 1
        counters.unaskedAnswers += 1
        core.marks.insert(.hasExchanges)
        var exchange = PendingExchange(
            record: seen.first.record, source: seen.first.source, offset: seen.first.offset, start: seen.first.time)
        exchange.marks.insert(.unasked)
        exchange.version = head.version
        exchange.scheme = .http
        noteCutHead(&exchange, &core)
        queue(exchange, &core, &stream, &out)
    }

    /// Sets how the bytes after a response head are read. Of a head that is not whole the framing is not known, and the next head
    /// ends it, unless its status alone tells that a tunnel follows.
    private mutating func frameResponse(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ framing: HTTPBodyFraming, isWhole: Bool,
        _ flags: HTTPHeadFlags, _ out: inout TrackOutput
    ) {
        switch framing {
        case .tunnel: openTunnel(&core, &stream, isWhole: isWhole, flags, &out)
        case _ where !isWhole: loseFraming(&stream, 1)
        case .length(let length):
            stream.halves[1].mode = .body
            stream.halves[1].remaining = length
        case .chunked:
            stream.halves[1].mode = .chunked
            stream.halves[1].chunks = chunked.allocate(HTTPChunkedBody())
        case .untilClose: stream.halves[1].mode = .untilClose
        case .none:
            stream.halves[1].mode = .head
            finishOldest(&core, &stream, .complete, &out)
        }
    }

    /// What follows is of another protocol: the answer is over.
    private mutating func openTunnel(
        _ core: inout ConnectionCore, _ stream: inout StreamState, isWhole: Bool, _ flags: HTTPHeadFlags,
        _ out: inout TrackOutput
    ) {
        if flags.has(.upgradeH2C), stream.oldest >= 0 {
            awaitAnswerOverHTTP2(stream.oldest)
            beginHTTP2(&core, &stream, by: .upgrade)
            if !isWhole { loseFraming(&core, &stream, 1, &out) }
            return
        }
        if stream.oldest >= 0 { pending[stream.oldest].marks.insert(.upgraded) }
        if flags.has(.upgradeWebSocket) { core.service = .webSocket }
        let isConnect = stream.oldest >= 0 && pending[stream.oldest].marks.contains(.connect)
        finishOldest(&core, &stream, .complete, &out)
        guard isConnect else {
            // Cut before it names the protocol: the client's first bytes may tell HTTP/2.
            if isWhole || flags.has(.upgradeWebSocket) { stopReading(&stream) } else { loseFraming(&stream, 1) }
            return
        }
        // What goes through the tunnel is looked at as on a new connection.
        for side in 0..<2 {
            dropBuffer(&stream, side)
            stream.halves[side].mode = .undecided
        }
    }

    /// 101 was only the way to the answer, which comes on stream 1. RFC 7540, section 3.2.
    private mutating func awaitAnswerOverHTTP2(_ index: Int32) {
        pending[index].marks.remove(.responding)
        pending[index].status = 0
        pending[index].streamID = 1
        pending[index].scheme = .h2c
    }

    /// Passes over an answer whose request was not seen or was given out already.
    private mutating func orphan(_ stream: inout StreamState, _ head: HTTPResponseHead, isWhole: Bool) {
        if stream.refused > 0 {
            stream.refused -= 1
        } else {
            counters.orphanResponses += 1
            stream.orphanEnd = stream.halves[1].expected
        }
        guard isWhole else {
            loseFraming(&stream, 1)
            return
        }
        switch head.bodyFraming(requestWasHead: false, requestWasConnect: false) {
        case .none: stream.halves[1].mode = .head
        case .length(let length):
            stream.halves[1].mode = .body
            stream.halves[1].remaining = length
        case .chunked:
            stream.halves[1].mode = .chunked
            stream.halves[1].chunks = chunked.allocate(HTTPChunkedBody())
        case .untilClose, .tunnel: stream.halves[1].mode = .resync
        }
    }

    /// A message is whole: the next byte begins a head.
    mutating func messageEnd(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ out: inout TrackOutput
    ) {
        stream.halves[side].mode = .head
        guard side == 1, stream.oldest >= 0, pending[stream.oldest].marks.contains(.responding) else { return }
        finishOldest(&core, &stream, .complete, &out)
    }

    /// Gives out the oldest request of a connection.
    mutating func finishOldest(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ end: ExchangeEnd, _ out: inout TrackOutput
    ) {
        let index = stream.oldest
        guard index >= 0 else { return }
        let exchange = pending[index]
        stream.oldest = exchange.next
        if stream.oldest < 0 { stream.newest = -1 }
        stream.pendingCount -= 1
        releasePending(index)
        emit(exchange, &core, stream, end, &out)
        stream.marks.insert(.answered)
    }
}
