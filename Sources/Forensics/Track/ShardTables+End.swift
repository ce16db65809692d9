import ForensicsModel

extension ShardTables {
    /// Takes a FIN or RST: what waits for an answer may not get one.
    mutating func ended(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ place: PacketPlace,
        _ out: inout FactBatch
    ) {
        guard core.stream >= 0 else { return }
        let index = core.stream
        var stream = streams[index]
        if segment.rst {
            giveUpGap(&core, &stream, 0, &out)
            giveUpGap(&core, &stream, 1, &out)
            while stream.oldest >= 0 {
                finishOldest(&core, &stream, .reset(by: direction, time: place.time), &out)
            }
            stopReading(&stream)
        } else {
            endIfComplete(&core, &stream, direction, place, &out)
        }
        settle(&core, index, stream)
    }

    /// Ends a direction whose FIN was seen once all before it has been read.
    mutating func endIfComplete(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ place: PacketPlace,
        _ out: inout FactBatch
    ) {
        let half = stream.halves[side]
        if half.isAnchored {
            guard half.held < 0, half.expected &+ 1 == core.halves[side].next else { return }
        }
        if side == 0 {
            guard stream.oldest >= 0, stream.http2 >= 0 || !pending[stream.oldest].marks.contains(.responding) else {
                return
            }
            if pending[stream.oldest].responseEnd == 0 { pending[stream.oldest].responseEnd = place.time }
            if stream.http2 >= 0 { closeHTTP2(stream, at: place.time) }
        } else {
            endAnswers(&core, &stream, place, &out)
        }
    }

    private mutating func endAnswers(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ place: PacketPlace, _ out: inout FactBatch
    ) {
        if stream.oldest >= 0, pending[stream.oldest].marks.contains(.responding),
            stream.halves[1].mode == .untilClose || stream.halves[1].mode == .resync
        {
            finishOldest(&core, &stream, .complete, &out)
        }
        while stream.oldest >= 0 { finishOldest(&core, &stream, .serverClosed(time: place.time), &out) }
        if stream.isHTTP { stopReading(&stream) }
    }

    /// Brings what is still open on a connection to its end: the connection is given out.
    mutating func conclude(_ core: inout ConnectionCore, at end: Int64, _ out: inout FactBatch) {
        guard core.stream >= 0 else { return }
        var stream = streams[core.stream]
        if stream.halves[0].held >= 0 { giveUpGap(&core, &stream, 0, &out) }
        if stream.halves[1].held >= 0 { giveUpGap(&core, &stream, 1, &out) }
        if stream.oldest >= 0, pending[stream.oldest].marks.contains(.responding), stream.halves[1].mode == .untilClose,
            core.halves[1].marks.contains(.sentFIN)
        {
            finishOldest(&core, &stream, .complete, &out)
        }
        while stream.oldest >= 0 { finishOldest(&core, &stream, .evidenceEnds(end), &out) }
        streams[core.stream] = stream
    }
}
