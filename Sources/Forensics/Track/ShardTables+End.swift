import ForensicsModel

extension ShardTables {
    /// Takes a FIN or RST: what waits for an answer may not get one.
    mutating func ended(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ place: PacketPlace,
        _ out: inout TrackOutput
    ) {
        guard core.stream >= 0 else { return }
        let index = core.stream
        var stream = streams[index]
        guard stream.marks.contains(.begun) else { return }
        // A FIN of the client that the capture lacks.
        let client = core.halves[0].marks
        if direction == 1, client.contains(.endedFirst), client.rawValue & HalfMarks.ended.rawValue == 0 {
            endRequests(core, &stream, at: place.time)
        }
        if segment.rst {
            if direction == 1, stream.halves[1].held < 0, segment.sequence == stream.halves[1].expected {
                endHandshake(&core, &stream, place, &out)
            }
            giveUpGap(&core, &stream, 0, &out)
            giveUpGap(&core, &stream, 1, &out)
            readUnfinishedHead(&core, &stream, &out)
            while stream.oldest >= 0 {
                // Without ACK the number means nothing. RFC 9293, section 3.1.
                let isAnswered =
                    direction == 0 && segment.ack && lacksAnswer(pending[stream.oldest], core, stream)
                finishOldest(
                    &core, &stream, isAnswered ? .notCaptured : .reset(by: direction, time: place.time), &out)
            }
            // Requests that were on their way to a server that resets are lost, and told.
            if direction == 1, stream.marks.contains(.http), stream.http2 < 0 {
                stopReading(&stream, 1)
            } else {
                stopReading(&stream)
            }
        } else {
            endIfComplete(&core, &stream, direction, place, &out)
        }
        settle(&core, index, stream)
    }

    /// Ends a direction whose FIN was seen once all before it has been read.
    mutating func endIfComplete(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ place: PacketPlace,
        _ out: inout TrackOutput
    ) {
        let half = stream.halves[side]
        if half.isAnchored {
            guard half.held < 0, half.expected &+ 1 == core.halves[side].next else { return }
        }
        if side == 0 {
            readUnfinishedHead(&core, &stream, &out)
            endRequests(core, &stream, at: place.time)
        } else {
            endHandshake(&core, &stream, place, &out)
            endAnswers(&core, &stream, place, &out)
        }
    }

    /// Notes when the client closed its side, which requests may still wait behind.
    private mutating func endRequests(_ core: ConnectionCore, _ stream: inout StreamState, at time: Int64) {
        if stream.clientEnd == 0 { stream.clientEnd = time }
        guard stream.oldest >= 0, stream.http2 >= 0 || !pending[stream.oldest].marks.contains(.responding) else {
            return
        }
        // Where the server had closed before, it was not the client that did not wait.
        if pending[stream.oldest].responseEnd == 0, !hasServerClosed(core, stream) {
            pending[stream.oldest].responseEnd = time
        }
        if stream.http2 >= 0 { closeHTTP2(stream, at: time) }
    }

    private mutating func endAnswers(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ place: PacketPlace, _ out: inout TrackOutput
    ) {
        if stream.oldest >= 0, pending[stream.oldest].marks.contains(.responding),
            stream.halves[1].mode == .untilClose || stream.halves[1].mode == .resync
        {
            finishOldest(&core, &stream, .complete, &out)
        }
        readUnfinishedHead(&core, &stream, &out)
        while stream.oldest >= 0 { finishOldest(&core, &stream, .serverClosed(time: place.time), &out) }
        guard stream.marks.contains(.http) else { return }
        if stream.http2 < 0 { stopReading(&stream, 1) } else { stopReading(&stream) }
    }

    /// Whether the server closed or reset a connection of HTTP/1 whose answers were read to their end.
    private func hasServerClosed(_ core: ConnectionCore, _ stream: StreamState) -> Bool {
        guard stream.marks.contains(.http), stream.http2 < 0, stream.halves[1].mode == .opaque else { return false }
        return core.halves[1].marks.contains(.sentFIN) || core.halves[1].marks.contains(.sentRST)
    }

    /// Brings what is still open on a connection to its end: the connection is given out.
    mutating func conclude(_ core: inout ConnectionCore, at end: Int64, _ out: inout TrackOutput) {
        let reset = settleReset(&core)
        guard core.stream >= 0 else { return }
        var stream = streams[core.stream]
        if stream.halves[0].held >= 0 { giveUpGap(&core, &stream, 0, &out) }
        if stream.halves[1].held >= 0 { giveUpGap(&core, &stream, 1, &out) }
        if stream.oldest >= 0, pending[stream.oldest].marks.contains(.responding), stream.halves[1].mode == .untilClose,
            core.halves[1].marks.contains(.sentFIN)
        {
            finishOldest(&core, &stream, .complete, &out)
        }
        readUnfinishedHead(&core, &stream, &out)
        while stream.oldest >= 0 {
            let how = reset.map { self.end($0, core, stream) } ?? lateEnd(core, stream, end)
            finishOldest(&core, &stream, how, &out)
        }
        streams[core.stream] = stream
    }

    /// How a reset ends the oldest request: what came after it was met by it.
    private func end(_ reset: DoubtfulReset, _ core: ConnectionCore, _ stream: StreamState) -> ExchangeEnd {
        let exchange = pending[stream.oldest]
        // Without ACK the number means nothing. RFC 9293, section 3.1.
        if reset.side == 0, reset.hasACK, lacksAnswer(exchange, core, stream) { return .notCaptured }
        return .reset(by: reset.side, time: max(reset.time, exchange.requestEnd))
    }

    /// How the oldest request ends with its connection: what came after the server's end was met by it.
    private func lateEnd(_ core: ConnectionCore, _ stream: StreamState, _ end: Int64) -> ExchangeEnd {
        // A reset may have been captured before the first request that met it.
        let isReset = core.halves[1].marks.contains(.sentRST) && stream.http2 < 0
        guard isReset || hasServerClosed(core, stream) else {
            // Nobody looks any more for the answer to a request whose connection had to make room, but its client may have
            // hung up before.
            let isLost = core.marks.contains(.evicted) && pending[stream.oldest].responseEnd == 0
            return isLost ? .notCaptured : .evidenceEnds(end)
        }
        let time = pending[stream.oldest].requestEnd
        return isReset ? .reset(by: 1, time: time) : .serverClosed(time: time)
    }
}
