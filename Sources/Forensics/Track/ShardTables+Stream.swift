import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Segments that one direction may hold until a gap before them is filled.
    static let heldLimit: UInt8 = 16

    /// Reads the payload of one segment.
    mutating func payload(
        _ core: inout ConnectionCore, _ direction: Int, _ packet: Packet, _ bytes: Span<UInt8>,
        _ place: PacketPlace, _ out: inout TrackOutput
    ) {
        if core.marks.contains(.opaque) { return }
        let position = Int(packet.payloadPosition)
        let length = Int(packet.payloadLength)
        guard position >= 0, position <= bytes.count else { return }
        let captured = max(0, min(Int(packet.payloadCaptured), length, bytes.count - position))
        // A request may begin here.
        if captured == 0, direction == 0, !core.halves[0].hasCutHead {
            core.halves[0].hasCutHead = options.isLoadBalancerSide(core.originator)
        }
        let sequence = packet.sequence &+ (packet.hasSYN ? 1 : 0)
        if core.stream < 0 || !hasBegun(core.stream) {
            guard begin(&core, direction, bytes, position..<(position + captured), length) else { return }
        }
        let index = core.stream
        var stream = streams[index]
        var side = direction
        if core.marks.contains(.clientGuessed), stream.isUntold {
            orient(&core, &stream, direction, bytes, position..<(position + captured), length)
            // The guess of who is the client may have been put right.
            side = core.direction(of: packet)
        }
        let piece = StreamPiece(side, position..<(position + captured), length: length, place)
        arrive(&core, &stream, bytes, piece, at: sequence, &out)
        if hasLostHTTP2(stream) { abandonHTTP2(&core, &stream, &out) }
        if core.halves[side].marks.contains(.sentFIN) { endIfComplete(&core, &stream, side, place, &out) }
        settle(&core, index, stream)
    }

    /// Puts a stream back, or frees it where nothing is left to read or to keep.
    mutating func settle(_ core: inout ConnectionCore, _ index: Int32, _ stream: StreamState) {
        streams[index] = stream
        core.marks.remove(.holdsSegments)
        if stream.halves[0].heldCount > 0 || stream.halves[1].heldCount > 0 { core.marks.insert(.holdsSegments) }
        guard stream.halves[0].mode == .opaque, stream.halves[1].mode == .opaque, stream.oldest < 0 else { return }
        core.marks.insert(.opaque)
        if stream.label < 0 {
            releaseStream(index)
            core.settledDomain = stream.domain
        }
    }

    @inline(__always)
    private func hasBegun(_ stream: Int32) -> Bool {
        streams.chunks[Pool<StreamState>.chunk(stream)][Pool<StreamState>.place(stream)].marks.contains(.begun)
    }

    /// Makes the stream of a connection, or begins to read by the one that keeps the text of its tunnel: what the packets
    /// before the first payload told is known by now.
    mutating func open(_ core: inout ConnectionCore) -> Bool {
        var stream = core.stream < 0 ? StreamState() : streams[core.stream]
        stream.marks.insert(.begun)
        let whole = core.marks.contains(.startSeen)
        for side in 0..<2 {
            let half = core.halves[side]
            stream.halves[side].mode = whole ? .undecided : .resync
            if half.marks.contains(.base) {
                stream.halves[side].expected = half.base &+ 1
                stream.halves[side].isAnchored = whole
            }
        }
        if core.stream < 0 { core.stream = streams.allocate(stream) } else { streams[core.stream] = stream }
        hasGrown = true
        return true
    }

    /// Orders a segment: reads it, drops what was read before, or keeps it until the gap before it is filled.
    private mutating func arrive(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        at sequence: UInt32, _ out: inout TrackOutput
    ) {
        let side = piece.side
        guard side >= 0 else { return }
        if !stream.halves[side].isAnchored {
            stream.halves[side].isAnchored = true
            stream.halves[side].expected = side == 1 ? serverStart(stream, sequence) : sequence
        }
        let ahead = Int(Int32(bitPattern: sequence &- stream.halves[side].expected))
        if ahead <= 0 {
            let known = -ahead
            guard known < piece.length else { return }
            if side == 1, ahead == 0, answersUnseen(core, stream, bytes, piece.range) {
                hold(&core, &stream, bytes, piece, at: sequence, &out)
                return
            }
            var rest = piece
            rest.drop(known)
            deliver(&core, &stream, bytes, rest, &out)
        } else if passGap(&core, &stream, side, ahead, piece.place, &out) {
            deliver(&core, &stream, bytes, piece, &out)
        } else {
            hold(&core, &stream, bytes, piece, at: sequence, &out)
            return
        }
        if stream.halves[side].held >= 0 { drain(&core, &stream, side, &out) }
        // An answer that waited for its request.
        if side == 0, stream.halves[1].held >= 0, !hasUnseenRequest(core, stream) { drain(&core, &stream, 1, &out) }
    }

    /// Where the server's bytes begin of which these are the first that were seen: at what the client had when it asked, if that lies
    /// before them.
    private func serverStart(_ stream: StreamState, _ sequence: UInt32) -> UInt32 {
        guard stream.oldest >= 0, stream.http2 < 0 else { return sequence }
        let asked = pending[stream.oldest].acknowledged
        return TCPAnalysis.isAfter(sequence, asked) ? asked : sequence
    }

    /// Whether an answer came to which no request is known while the server has acknowledged bytes of the client that were
    /// not seen: they may come yet, as packets of several queues are not in order, or were lost, which the client tells by
    /// acknowledging the answer.
    private func answersUnseen(
        _ core: ConnectionCore, _ stream: StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>
    ) -> Bool {
        // Where nothing of the client is captured, nothing of it will come.
        guard stream.oldest < 0, stream.http2 < 0, core.halves[0].packets > 0, hasUnseenRequest(core, stream) else {
            return false
        }
        let mode = stream.halves[1].mode
        guard mode == .head || mode == .undecided else { return false }
        return HTTP1.looksLikeResponse(bytes, range).isYes
    }

    private func hasUnseenRequest(_ core: ConnectionCore, _ stream: StreamState) -> Bool {
        stream.halves[0].isAnchored && TCPAnalysis.isAfter(core.halves[1].ack, stream.halves[0].expected)
    }

    /// Steps over a gap whose bytes need not be read: they lie inside a body or record.
    private mutating func passGap(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ gap: Int, _ place: PacketPlace,
        _ out: inout TrackOutput
    ) -> Bool {
        if side == 0, case .answered = stream.expectation { return false }
        switch stream.halves[side].mode {
        case .opaque, .untilClose, .resync: break
        case .body, .tls:
            guard stream.halves[side].remaining >= Int64(gap) else { return false }
            stream.halves[side].remaining -= Int64(gap)
        case .chunked:
            var body = chunked[stream.halves[side].chunks]
            guard body.skip(gap) else { return false }
            chunked[stream.halves[side].chunks] = body
        case .http2: guard stream.http2 >= 0, http2[stream.http2].skip(side, gap) else { return false }
        case .head, .undecided: return false
        }
        if side == 0 { stream.expectation = .none }
        stream.halves[side].expected &+= UInt32(truncatingIfNeeded: gap)
        account(&stream, side, gap, place)
        if stream.halves[side].mode == .body, stream.halves[side].remaining == 0 {
            messageEnd(&core, &stream, side, &out)
        }
        return true
    }

    /// Reads bytes in order. The segment's first byte is the expected one.
    mutating func deliver(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ whole: StreamPiece,
        _ out: inout TrackOutput
    ) {
        let side = whole.side
        stream.halves[side].expected &+= UInt32(truncatingIfNeeded: whole.length)
        var piece = whole
        while piece.length > 0 {
            var used = piece.length
            switch stream.halves[side].mode {
            case .opaque: return
            case .untilClose: account(&stream, side, used, piece.place)
            case .body: used = deliverBody(&core, &stream, bytes, piece, &out)
            case .chunked: used = deliverChunks(&core, &stream, bytes, piece, &out)
            case .resync:
                if used == whole.length, resumes(&core, &stream, bytes, piece) { continue }
                account(&stream, side, used, piece.place)
            case .undecided: used = decide(&core, &stream, bytes, piece, &out)
            case .head: used = deliverHead(&core, &stream, bytes, piece, &out)
            case .tls: used = deliverTLS(&core, &stream, bytes, piece, &out)
            case .http2: used = deliverHTTP2(&core, &stream, bytes, piece, &out)
            }
            piece.drop(used)
        }
    }

    /// Gives up following a direction until a segment begins with something that looks like a head.
    mutating func loseFraming(_ stream: inout StreamState, _ side: Int) {
        dropChunks(&stream, side)
        dropBuffer(&stream, side)
        stream.halves[side].remaining = 0
        if stream.halves[side].mode == .tls { stream.halves[side].tlsMarks |= TLSMark.unread }
        stream.halves[side].mode = .resync
        counters.resynchronizations += 1
        if stream.http2 >= 0 { loseHTTP2(stream, side) }
    }

    /// Stops reading both directions.
    mutating func stopReading(_ stream: inout StreamState) {
        for side in 0..<2 { stopReading(&stream, side) }
    }

    /// Stops reading one direction.
    mutating func stopReading(_ stream: inout StreamState, _ side: Int) {
        dropChunks(&stream, side)
        dropBuffer(&stream, side)
        dropHeld(&stream, side)
        stream.halves[side].mode = .opaque
    }

    mutating func dropBuffer(_ stream: inout StreamState, _ side: Int) {
        if stream.halves[side].buffer >= 0 { buffers.release(stream.halves[side].buffer) }
        stream.halves[side].buffer = -1
    }

    mutating func releaseStream(_ index: Int32) {
        var stream = streams[index]
        if stream.marks.contains(.free) { return }
        stopReading(&stream)
        while stream.oldest >= 0 {
            let next = pending[stream.oldest].next
            releasePending(stream.oldest)
            stream.oldest = next
        }
        if stream.label >= 0 {
            labels[stream.label].isFree = true
            labels.release(stream.label)
        }
        releaseHTTP2(&stream)
        dropHandshake(&stream)
        stream = StreamState()
        stream.marks.insert(.free)
        streams[index] = stream
        streams.release(index)
    }

    mutating func releasePending(_ index: Int32) {
        heldTextBytes -= Int(pending[index].textBytes)
        pending.chunks[Pool<PendingExchange>.chunk(index)][Pool<PendingExchange>.place(index)].record = 0
        pending.release(index)
    }
}
