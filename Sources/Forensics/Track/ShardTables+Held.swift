import ForensicsModel

extension ShardTables {
    /// Keeps a segment that came before its turn; at a cap the gap is given up.
    mutating func hold(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        at sequence: UInt32, _ out: inout TrackOutput
    ) {
        let side = piece.side
        if side == 0 { core.halves[0].marks.remove(.proxyHeader) }
        if stream.halves[side].heldCount < Self.heldLimit, let buffer = buffers.allocate(piece.place) {
            if buffers.append(buffer, bytes, piece.range) {
                let segment = HeldSegment(
                    sequence: sequence, length: UInt32(truncatingIfNeeded: piece.length), place: piece.place,
                    buffer: buffer)
                insertHeld(&stream, side, segment)
                return
            }
            buffers.release(buffer)
        }
        counters.refusedBuffers += stream.halves[side].heldCount < Self.heldLimit ? 1 : 0
        giveUpGap(&core, &stream, side, &out)
        let ahead = Int(Int32(bitPattern: sequence &- stream.halves[side].expected))
        guard ahead + piece.length > 0 else { return }
        if ahead > 0 { loseFraming(&core, &stream, side, &out) }
        let known = max(0, -ahead)
        stream.halves[side].expected = sequence &+ UInt32(truncatingIfNeeded: known)
        var rest = piece
        rest.drop(known)
        deliver(&core, &stream, bytes, rest, &out)
    }

    /// Puts a segment into the list by sequence number, after those that begin at the same place.
    private mutating func insertHeld(_ stream: inout StreamState, _ side: Int, _ segment: HeldSegment) {
        var segment = segment
        var previous: Int32 = -1
        var current = stream.halves[side].held
        while current >= 0, !TCPAnalysis.isAfter(held[current].sequence, segment.sequence) {
            previous = current
            current = held[current].next
        }
        segment.next = current
        let index = held.allocate(segment)
        if previous >= 0 { held[previous].next = index } else { stream.halves[side].held = index }
        stream.halves[side].heldCount += 1
    }

    /// Reads the held segments whose turn has come.
    mutating func drain(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ out: inout TrackOutput
    ) {
        while stream.halves[side].held >= 0 {
            let index = stream.halves[side].held
            let segment = held[index]
            let ahead = Int(Int32(bitPattern: segment.sequence &- stream.halves[side].expected))
            if ahead > 0 { return }
            stream.halves[side].held = segment.next
            stream.halves[side].heldCount -= 1
            held.release(index)
            let length = Int(segment.length)
            if -ahead < length {
                let buffer = buffers.take(segment.buffer)
                var piece = StreamPiece(side, 0..<buffer.bytes.count, length: length, segment.place)
                piece.drop(-ahead)
                deliver(&core, &stream, buffer.bytes.span, piece, &out)
                buffers.putBack(segment.buffer, buffer)
            }
            buffers.release(segment.buffer)
        }
    }

    /// Takes the bytes before the first held segment for lost and reads on from there.
    mutating func giveUpGap(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ out: inout TrackOutput
    ) {
        while stream.halves[side].held >= 0 {
            readCutHead(&core, &stream, side, &out)
            loseFraming(&core, &stream, side, &out)
            stream.halves[side].expected = held[stream.halves[side].held].sequence
            drain(&core, &stream, side, &out)
        }
    }

    /// Gives up a gap that the receiver has acknowledged: it has the bytes, the capture has not.
    mutating func acknowledged(
        _ core: inout ConnectionCore, by direction: Int, _ acknowledgment: UInt32, _ out: inout TrackOutput
    ) {
        guard core.stream >= 0 else { return }
        let index = core.stream
        var stream = streams[index]
        let side = 1 - direction
        guard stream.halves[side].held >= 0 else { return }
        guard TCPAnalysis.isAfter(acknowledgment, held[stream.halves[side].held].sequence) else { return }
        giveUpGap(&core, &stream, side, &out)
        settle(&core, index, stream)
    }

    mutating func dropHeld(_ stream: inout StreamState, _ side: Int) {
        while stream.halves[side].held >= 0 {
            let index = stream.halves[side].held
            buffers.release(held[index].buffer)
            stream.halves[side].held = held[index].next
            held.release(index)
        }
        stream.halves[side].heldCount = 0
    }
}
