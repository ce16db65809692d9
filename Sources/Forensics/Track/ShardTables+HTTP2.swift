import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Which direction showed that the connection speaks HTTP/2.
    enum HTTP2Beginning {
        /// The client's preface was read.
        case client
        /// The server's SETTINGS came first: the client's preface is awaited.
        case server
        /// The server answered an Upgrade: its frames are next, and the client's preface. RFC 7540, section 3.2.
        case upgrade
    }

    /// Reads both directions as HTTP/2 from here on.
    mutating func beginHTTP2(_ core: inout ConnectionCore, _ stream: inout StreamState, by beginning: HTTP2Beginning) {
        guard openHTTP2(&core, &stream) else { return }
        for side in 0..<2 {
            dropChunks(&stream, side)
            dropBuffer(&stream, side)
        }
        switch beginning {
        case .client:
            stream.halves[0].mode = .http2
            stream.halves[1].mode = .http2
        case .server: stream.halves[1].mode = .http2
        case .upgrade:
            stream.halves[0].mode = .head
            stream.halves[1].mode = .http2
        }
    }

    /// Reads a direction of a connection whose beginning was not seen as HTTP/2, from the frames at hand on. The other waits
    /// for frames of its own. Of both the header tables are unknown, other than what they gain from here on.
    mutating func resumeHTTP2(_ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int) {
        if openHTTP2(&core, &stream) { stream.halves[side].mode = .http2 }
    }

    /// Gives a connection its header tables; false at the cap.
    private mutating func openHTTP2(_ core: inout ConnectionCore, _ stream: inout StreamState) -> Bool {
        core.service = .h2
        if stream.http2 >= 0 { return true }
        guard http2.count < options.http2PerShard else {
            counters.refusedBuffers += 1
            stopReading(&stream)
            return false
        }
        stream.http2 = http2.allocate(HTTP2Connection())
        return true
    }

    /// Reads the server's first frames; those before the range are in the direction's buffer.
    mutating func openHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let kept = stream.halves[piece.side].buffer
        stream.halves[piece.side].buffer = -1
        beginHTTP2(&core, &stream, by: .server)
        if kept >= 0 {
            let buffer = buffers.take(kept)
            let count = buffer.bytes.count
            let begun = StreamPiece(piece.side, 0..<count, length: count, buffer.place)
            _ = deliverHTTP2(&core, &stream, buffer.bytes.span, begun, &out)
            buffers.putBack(kept, buffer)
            buffers.release(kept)
        }
        return deliverHTTP2(&core, &stream, bytes, piece, &out)
    }

    /// Reads frames, whole or in pieces.
    mutating func deliverHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let (side, range, index) = (piece.side, piece.range, stream.http2)
        guard index >= 0 else {
            stopReading(&stream)
            return piece.length
        }
        var half = http2[index].take(side)
        let held = half.heldBytes
        if side == 1, !half.hasBegun, half.bytes.isEmpty, HTTP1.looksLikeResponse(bytes, range).isYes {
            http2[index].putBack(side, half)
            return answerPlainly(&core, &stream, bytes, piece, &out)
        }
        var position = range.lowerBound
        var missing = piece.length - range.count
        var isWhole = true
        while isWhole, position < range.upperBound || missing > 0 {
            if half.remaining < 0 {
                isWhole = readFrameHead(&half, bytes, &position, range.upperBound, piece.place)
            } else {
                readFramePayload(stream, &half, bytes, piece, &position, &missing)
            }
            if isWhole, half.remaining == 0 {
                half.remaining = -1
                isWhole = finishFrame(&core, &stream, &half, side, piece.place, &out)
                half.bytes.removeAll(keepingCapacity: half.bytes.count <= HTTP2Connection.scratchLimit)
            }
        }
        http2Bytes &+= half.heldBytes &- held
        http2[index].putBack(side, half)
        if isWhole, !exceedsHTTP2Room(index) { return piece.length }
        if isWhole { counters.refusedBuffers += 1 }
        // What was not captured does not end the connection: frames may be found again.
        if !isWhole, piece.isCut {
            loseFraming(&core, &stream, side, &out)
        } else {
            abandonHTTP2(&core, &stream, &out)
        }
        return piece.length
    }

    /// Collects the nine bytes before a payload; false where the framing is lost.
    private mutating func readFrameHead(
        _ half: inout HTTP2Connection.Half, _ bytes: Span<UInt8>, _ position: inout Int, _ end: Int,
        _ place: PacketPlace
    ) -> Bool {
        guard position < end else { return false }
        if half.bytes.isEmpty, !half.awaitsContinuation { half.place = place }
        while half.bytes.count < 9, position < end {
            half.bytes.append(bytes[position])
            position += 1
        }
        guard half.bytes.count == 9 else { return true }
        var frame = HTTP2FrameHead()
        let result = HTTP2FrameHead.parse(half.bytes.span, 0..<9, into: &frame)
        half.frame = frame
        guard case .complete = result,
            half.awaitsContinuation == (frame.type == .continuation),
            !half.awaitsContinuation || frame.stream == half.opening.stream,
            !half.isFrameRead || half.frame.length + half.block.count <= HTTP2Connection.blockLimit
        else {
            counters.http2Malformed += 1
            return false
        }
        half.bytes.removeAll(keepingCapacity: true)
        half.hasBegun = true
        half.remaining = half.frame.length
        return true
    }

    /// Keeps or steps over bytes of a payload, captured or not.
    private mutating func readFramePayload(
        _ stream: StreamState, _ half: inout HTTP2Connection.Half, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ position: inout Int, _ missing: inout Int
    ) {
        let end = piece.range.upperBound
        var taken = min(half.remaining, end - position)
        if half.isFrameRead, !half.isCut {
            for offset in 0..<taken { half.bytes.append(bytes[position + offset]) }
        }
        position += taken
        if position == end {
            let unseen = min(missing, half.remaining - taken)
            missing -= unseen
            taken += unseen
            if unseen > 0, half.isFrameRead { half.isCut = true }
        }
        if half.frame.type == .data { accountHTTP2(stream, piece.side, half.frame.stream, taken, piece.place) }
        half.remaining -= taken
    }

    /// Looks into a frame that has come to its end; false where nothing after it can be read.
    private mutating func finishFrame(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ half: inout HTTP2Connection.Half, _ side: Int,
        _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Bool {
        switch half.frame.type {
        case .headers, .pushPromise, .continuation:
            guard let block = half.frame.headerBlock(half.bytes.span, 0..<half.bytes.count) else {
                if !half.isCut { counters.http2Malformed += 1 }
                return false
            }
            half.block += half.bytes[block]
            if half.frame.type != .continuation { half.opening = half.frame }
            half.awaitsContinuation = !half.frame.endsHeaders
            return half.awaitsContinuation || finishBlock(&core, &stream, &half, side, place, &out)
        case .data:
            if half.frame.endsStream { endHTTP2(&core, &stream, side, half.frame.stream, place, &out) }
        case .resetStream:
            // Four bytes, unless cut: a head that tells any other length is malformed.
            let code = half.isCut ? .max : half.bytes.span.uint32(at: 0)
            half.isCut = false
            resetHTTP2(&core, &stream, side, half.frame.stream, code, place, &out)
        case .goAway:
            if half.bytes.count >= 8 {
                http2[stream.http2].goAway[side] = HTTP2ErrorCode(code: half.bytes.span.uint32(at: 4))
            }
            if side == 1, half.bytes.count >= 4 {
                http2[stream.http2].lastStream = half.bytes.span.uint32(at: 0) & 0x7FFF_FFFF
                http2[stream.http2].goAwayEnd = stream.halves[1].expected
            }
            half.isCut = false
        case .priority, .settings, .ping, .windowUpdate, nil: break
        }
        return true
    }

    /// Reads a header block. The beginning of one that the snap length cut tells what it tells: pseudo-headers come first
    /// (RFC 9113, section 8.3). What it would have added to the table is unknown, and with it how far older entries are away.
    private mutating func finishBlock(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ half: inout HTTP2Connection.Half, _ side: Int,
        _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Bool {
        var head = HTTP2Head()
        swap(&head, &headScratch)
        let block = half.block
        let isDecoded = half.decoder.decode(block.span, 0..<block.count, into: &head)
        if half.isCut {
            head.isCut = true
            half.decoder = HPACKDecoder()
        } else if !isDecoded {
            counters.http2Malformed += 1
        }
        if isDecoded || half.isCut, half.opening.type == .headers {
            let length = half.isCut ? half.opening.length : block.count
            let seen = HeadReading(bytes: length, first: half.place, last: place, isWhole: !half.isCut)
            takeHTTP2(&core, &stream, side, half.opening, head, seen, &out)
        }
        swap(&head, &headScratch)
        half.block.removeAll(keepingCapacity: half.block.count <= HTTP2Connection.scratchLimit)
        let isReadOn = isDecoded || half.isCut
        half.isCut = false
        return isReadOn
    }

    /// A server that speaks HTTP/1 alone answers the preface as it answers any garbled request: that is the answer to what
    /// waits, where its first frame would be SETTINGS. RFC 9113, section 3.4.
    private mutating func answerPlainly(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        counters.http2Malformed += 1
        var head = HTTPResponseHead()
        _ = HTTPResponseHead.parse(bytes, piece.range, into: &head)
        if stream.oldest >= 0, head.status >= 200 {
            var exchange = pending[stream.oldest]
            exchange.status = head.status
            exchange.marks.insert(.responding)
            if head.flags.has(.awselbServer) { exchange.marks.insert(.loadBalancerAnswered) }
            exchange.responseStart = piece.place.time
            exchange.responseEnd = piece.place.time
            exchange.responseBytes = UInt64(piece.length)
            pending[stream.oldest] = exchange
            finishOldest(&core, &stream, .complete, &out)
        }
        abandonHTTP2(&core, &stream, &out)
        return piece.length
    }

    /// Forgets what a direction was in the middle of, and its header table, which may have missed a block: indices count from
    /// the newest entry, so that what it gains from here on is right again. Answers may be among what was lost.
    mutating func loseHTTP2(_ stream: StreamState, _ side: Int) {
        dropHTTP2(stream.http2, side)
        guard side == 1 else { return }
        var index = stream.oldest
        while index >= 0 {
            pending[index].marks.insert(.unread)
            index = pending[index].next
        }
    }

    /// Stops reading what is no HTTP/2, or breaks its rules. What waits was answered unseen.
    mutating func abandonHTTP2(_ core: inout ConnectionCore, _ stream: inout StreamState, _ out: inout TrackOutput) {
        stopReading(&stream)
        while stream.oldest >= 0 { finishOldest(&core, &stream, .notCaptured, &out) }
        // The record tells that it was given up; nothing that it holds is read any more.
        if stream.http2 >= 0 { for side in 0..<2 { dropHTTP2(stream.http2, side) } }
    }

    /// Whether there is no room for what HTTP/2 connections hold, and this one holds more than its part: with many small ones
    /// those that grow are given up, not those that came last.
    private func exceedsHTTP2Room(_ index: Int32) -> Bool {
        guard http2Bytes > options.http2BytesPerShard else { return false }
        return http2[index].heldBytes > options.http2BytesPerShard / max(1, options.http2PerShard)
    }

    /// Frees what a direction holds.
    private mutating func dropHTTP2(_ index: Int32, _ side: Int) {
        http2Bytes &-= http2[index].take(side).heldBytes
    }

    /// Whether reading HTTP/2 was given up.
    func hasLostHTTP2(_ stream: StreamState) -> Bool {
        guard stream.http2 >= 0, stream.halves[0].mode == .opaque else { return false }
        return stream.halves[1].mode == .opaque
    }

    mutating func releaseHTTP2(_ stream: inout StreamState) {
        guard stream.http2 >= 0 else { return }
        http2Bytes &-= http2[stream.http2].heldBytes
        http2[stream.http2] = HTTP2Connection()
        http2.release(stream.http2)
        stream.http2 = -1
    }
}
