import ForensicsDecode
import ForensicsModel

/// Requests and answers of HTTP/2: each stream is one exchange. RFC 9113, section 8.1.
extension ShardTables {
    /// Takes a header list: of a request, of its answer, or of the trailers of either.
    mutating func takeHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ frame: HTTP2FrameHead,
        _ head: HTTP2Head, _ seen: HeadReading, _ out: inout TrackOutput
    ) {
        var index = pendingHTTP2(stream, frame.stream)
        if side == 1 {
            if index < 0, head.isResponse, !http2[stream.http2].resets.holds(frame.stream) {
                index = beginUnaskedHTTP2(&core, &stream, frame.stream, head, seen, &out)
            }
            answerHTTP2(&core, &stream, index, head, seen, &out)
        } else if index >= 0 {
            pending[index].requestEnd = seen.last.time
            pending[index].requestBytes &+= UInt64(seen.bytes)
        } else if head.isRequest || head.hasUnknownFields && !head.scheme.isEmpty {
            // `:method` may be an entry that was set before the capture began.
            requestHTTP2(&core, &stream, frame.stream, head, seen, &out)
        }
        if frame.endsStream { endHTTP2(&core, &stream, side, frame.stream, seen.last, &out) }
    }

    private mutating func requestHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ number: UInt32, _ head: HTTP2Head,
        _ seen: HeadReading, _ out: inout TrackOutput
    ) {
        counters.http2Requests += 1
        stream.marks.insert(.http)
        var exchange = PendingExchange(
            record: seen.first.record, source: seen.first.source, offset: seen.first.offset, start: seen.first.time)
        exchange.requestEnd = seen.last.time
        exchange.acknowledged = seen.first.acknowledgment
        exchange.requestBytes = UInt64(seen.bytes)
        exchange.version = .http2
        exchange.scheme = .h2c
        exchange.streamID = number
        // Sent once the client had been told that it would not be answered. RFC 9113, section 6.8.
        if number > http2[stream.http2].lastStream,
            !TCPAnalysis.isAfter(http2[stream.http2].goAwayEnd, exchange.acknowledged)
        {
            exchange.marks.formUnion([.unwelcome, .reused])
        }
        let fields = RequestFields(head)
        describe(&exchange, fields, head.text.span, &out.kept)
        if head.grpcTimeout > 0 { exchange.deadline = head.grpcTimeout }
        classify(&exchange, &core, fields, isProxied: isProxied(stream))
        if head.hasUnknownFields || head.isCut || stream.marks.contains(.clientCut) { noteCutHead(&exchange, &core) }
        if stream.domain.isNone { stream.domain = exchange.domain }
        if http2[stream.http2].orphans.holds(number) {
            emit(exchange, &core, stream, .notCaptured, &out)
        } else {
            let isAlone = stream.oldest < 0
            queue(exchange, &core, &stream, &out)
            // At a cap it was given out.
            guard stream.newest >= 0, pending[stream.newest].streamID == number else { return }
            http2[stream.http2].newest = isAlone ? number : max(http2[stream.http2].newest, number)
        }
    }

    /// Takes an answer of which no request is known: it tells of one where nothing of the client is captured; elsewhere the request
    /// may come yet.
    ///
    /// - Returns: the request, or -1.
    private mutating func beginUnaskedHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ number: UInt32, _ head: HTTP2Head,
        _ seen: HeadReading, _ out: inout TrackOutput
    ) -> Int32 {
        counters.orphanResponses += 1
        // The first may answer what came before the capture.
        let isBegun = core.marks.contains(.startSeen) || !http2[stream.http2].orphans.isEmpty
        guard isBegun, core.halves[0].packets == 0, head.status >= 200 else {
            http2[stream.http2].orphans.note(number)
            return -1
        }
        counters.http2Requests += 1
        counters.unaskedAnswers += 1
        core.marks.insert(.hasExchanges)
        var exchange = PendingExchange(
            record: seen.first.record, source: seen.first.source, offset: seen.first.offset, start: seen.first.time)
        exchange.marks.insert(.unasked)
        exchange.version = .http2
        exchange.scheme = .h2c
        exchange.streamID = number
        noteCutHead(&exchange, &core)
        queue(exchange, &core, &stream, &out)
        return pendingHTTP2(stream, number)
    }

    private mutating func answerHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ index: Int32, _ head: HTTP2Head,
        _ seen: HeadReading, _ out: inout TrackOutput
    ) {
        if head.isResponse { counters.http2Responses += 1 }
        guard index >= 0 else { return }
        // Interim answers, which end nothing.
        if head.isResponse, head.status < 200 { return }
        var exchange = pending[index]
        // `:status` is an entry that was set before the capture began, or was cut.
        if !head.isResponse, head.hasUnknownFields || head.isCut { exchange.marks.insert(.unread) }
        if head.isResponse, !exchange.marks.contains(.responding) {
            exchange.status = head.status
            exchange.marks.insert(.responding)
            exchange.responseStart = seen.first.time
            if head.isGRPC { exchange.marks.insert(.grpc) }
            if head.status >= 300, head.status < 400, !head.location.isEmpty {
                exchange.marks.insert(.redirect)
                let host = out.kept.bytes(exchange.domain)
                if RedirectTarget.isSame(head.text.span, head.location, exchange, host: host) {
                    exchange.marks.insert(.selfRedirect)
                }
                event(.redirect, &core, direction: 1, seen.first, value: Int64(head.status), &out)
            }
        }
        // What was lost before did not end it.
        if exchange.marks.contains(.responding) { exchange.marks.remove(.unread) }
        if head.grpcStatus >= 0 {
            exchange.marks.insert(.grpc)
            exchange.grpcStatus = Int8(clamping: head.grpcStatus)
        }
        exchange.responseEnd = seen.last.time
        exchange.responseBytes &+= UInt64(seen.bytes)
        let opensTunnel = head.isResponse && head.status < 300 && exchange.marks.contains(.connect)
        if opensTunnel { exchange.marks.insert(.upgraded) }
        pending[index] = exchange
        // What goes through it is no answer, and takes as long as both sides like.
        if opensTunnel { finish(index, &core, &stream, .complete, &out) }
    }

    /// The request of a stream that waits for its whole answer, or -1.
    func pendingHTTP2(_ stream: StreamState, _ number: UInt32) -> Int32 {
        // What was given out at a cap is looked for with every frame.
        if stream.http2 >= 0, number > http2[stream.http2].newest { return -1 }
        var index = stream.oldest
        while index >= 0, pending[index].streamID != number { index = pending[index].next }
        return index
    }

    /// Counts bytes of a body and moves its last time.
    mutating func accountHTTP2(
        _ stream: StreamState, _ side: Int, _ number: UInt32, _ count: Int, _ place: PacketPlace
    ) {
        let index = pendingHTTP2(stream, number)
        guard index >= 0, count > 0 else { return }
        if side == 0 {
            pending[index].requestBytes &+= UInt64(count)
            pending[index].requestEnd = max(pending[index].requestEnd, place.time)
        } else if pending[index].marks.contains(.responding) {
            pending[index].marks.remove(.unread)
            pending[index].responseBytes &+= UInt64(count)
            pending[index].responseEnd = max(pending[index].responseEnd, place.time)
        }
    }

    /// One direction of a stream is over; the server's end is the end of the exchange.
    mutating func endHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ number: UInt32,
        _ place: PacketPlace, _ out: inout TrackOutput
    ) {
        let index = pendingHTTP2(stream, number)
        guard index >= 0 else { return }
        if side == 0 {
            pending[index].requestEnd = max(pending[index].requestEnd, place.time)
        } else if pending[index].marks.contains(.responding) {
            pending[index].responseEnd = max(pending[index].responseEnd, place.time)
            finish(index, &core, &stream, .complete, &out)
        } else if pending[index].isAnsweredUnread {
            finish(index, &core, &stream, .notCaptured, &out)
        }
    }

    /// One side gave a stream up (RST_STREAM), which was open until then. What the other sent before it knew is no answer without
    /// a request.
    mutating func resetHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ number: UInt32, _ code: UInt32,
        _ place: PacketPlace, _ out: inout TrackOutput
    ) {
        let index = pendingHTTP2(stream, number)
        guard index >= 0 else { return }
        http2[stream.http2].resets.note(number)
        var exchange = pending[index]
        let isLate = side == 0 && code == Self.cancelCode && exchange.hasPassedDeadline(at: place.time)
        if isLate {
            exchange.marks.insert(.grpc)
            exchange.grpcStatus = Int8(GRPCStatus.deadlineExceeded.rawValue)
        }
        // Sent after a whole answer, whose end was lost: no more of the request is wanted. RFC 9113, section 8.1.
        let isAnswered = side == 1 && exchange.hasLostEnd && (code == Self.noErrorCode || code == Self.streamClosedCode)
        if isLate || exchange.marks.contains(.responding) { exchange.marks.remove(.unread) }
        if !isAnswered, !isLate, code != .max { exchange.resetCode = (HTTP2ErrorCode(code: code), side) }
        pending[index] = exchange
        let end: ExchangeEnd =
            isAnswered ? .complete : isLate ? .deadlinePassed(time: place.time) : .reset(by: side, time: place.time)
        finish(index, &core, &stream, end, &out)
    }

    /// NO_ERROR, STREAM_CLOSED, CANCEL. RFC 9113, section 7.
    private static let noErrorCode: UInt32 = 0
    private static let streamClosedCode: UInt32 = 5
    private static let cancelCode: UInt32 = 8

    /// Gives up following a direction. Of answers of HTTP/2 to which nothing came since the loss before, that one held the end, or
    /// nothing will tell of it: they do not wait for more.
    mutating func loseFraming(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ out: inout TrackOutput
    ) {
        if side == 0, stream.http2 < 0 { giveUpTaken(&core, &stream, &out) }
        if side == 1, stream.http2 >= 0 {
            var index = stream.oldest
            while index >= 0 {
                let next = pending[index].next
                if pending[index].hasLostEnd { finish(index, &core, &stream, .notCaptured, &out) }
                index = next
            }
        }
        loseFraming(&stream, side)
    }

    /// The client closed: no request without an answer waits for one any more.
    mutating func closeHTTP2(_ stream: StreamState, at time: Int64) {
        var index = stream.oldest
        while index >= 0 {
            if !pending[index].marks.contains(.responding), pending[index].responseEnd == 0 {
                pending[index].responseEnd = time
            }
            index = pending[index].next
        }
    }

    /// Gives out one request of a connection, wherever it stands in the queue.
    private mutating func finish(
        _ index: Int32, _ core: inout ConnectionCore, _ stream: inout StreamState, _ end: ExchangeEnd,
        _ out: inout TrackOutput
    ) {
        guard index != stream.oldest else {
            finishOldest(&core, &stream, end, &out)
            return
        }
        var previous = stream.oldest
        while previous >= 0, pending[previous].next != index { previous = pending[previous].next }
        guard previous >= 0 else { return }
        let exchange = pending[index]
        pending[previous].next = exchange.next
        if stream.newest == index { stream.newest = previous }
        stream.pendingCount -= 1
        releasePending(index)
        emit(exchange, &core, stream, end, &out)
    }
}
