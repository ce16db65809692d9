import ForensicsDecode

/// Bodies of HTTP/1: stepped over and counted. RFC 9112, section 6.
extension ShardTables {
    /// Reads a body of a known length.
    mutating func deliverBody(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let side = piece.side
        if side == 0, leavesOutBody(&stream, bytes, piece.range) { return 0 }
        let used = Int(min(stream.halves[side].remaining, Int64(piece.length)))
        account(&stream, side, used, piece.place)
        stream.halves[side].remaining -= Int64(used)
        if stream.halves[side].remaining == 0 { messageEnd(&core, &stream, side, &out) }
        return used
    }

    /// Reads a chunked body.
    mutating func deliverChunks(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let side = piece.side
        if side == 0, leavesOutBody(&stream, bytes, piece.range) { return 0 }
        let index = stream.halves[side].chunks
        var body = chunked[index]
        let taken = body.consume(bytes, piece.range)
        if body.isFinished {
            account(&stream, side, taken, piece.place)
            dropChunks(&stream, side)
            messageEnd(&core, &stream, side, &out)
            return max(taken, 1)
        }
        account(&stream, side, piece.length, piece.place)
        let missing = piece.length - piece.range.count
        if body.isMalformed || missing > 0 && !body.skip(missing) {
            loseFraming(&stream, side)
        } else {
            chunked[index] = body
        }
        return piece.length
    }

    /// Counts bytes of a message and moves its last time.
    mutating func account(_ stream: inout StreamState, _ side: Int, _ count: Int, _ place: PacketPlace) {
        let index = side == 0 ? stream.newest : stream.oldest
        guard index >= 0, count > 0 else { return }
        var exchange = pending[index]
        if side == 0 {
            guard stream.halves[0].mode == .body || stream.halves[0].mode == .chunked else { return }
            exchange.requestBytes &+= UInt64(count)
            exchange.requestEnd = max(exchange.requestEnd, place.time)
        } else {
            if case .resync = stream.halves[1].mode {
                passUnread(stream, count, place)
                // Of which stream they are is not known.
                if stream.http2 >= 0 { return }
            }
            guard exchange.marks.contains(.responding) else { return }
            exchange.responseBytes &+= UInt64(count)
            exchange.responseEnd = max(exchange.responseEnd, place.time)
        }
        pending[index] = exchange
    }

    /// Whether the next request comes instead of a body that was announced: its client had a final answer before it sent
    /// any of it. A client that waited sends none then; one that did not wait may. RFC 9110, section 10.1.1.
    private mutating func leavesOutBody(
        _ stream: inout StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>
    ) -> Bool {
        let expectation = stream.expectation
        stream.expectation = .none
        guard case .answered = expectation, !range.isEmpty, !HTTP1.looksLikeRequest(bytes, range).isNo else {
            return false
        }
        dropChunks(&stream, 0)
        stream.halves[0].remaining = 0
        stream.halves[0].mode = .head
        return true
    }

    mutating func dropChunks(_ stream: inout StreamState, _ side: Int) {
        if stream.halves[side].chunks >= 0 { chunked.release(stream.halves[side].chunks) }
        stream.halves[side].chunks = -1
    }
}
