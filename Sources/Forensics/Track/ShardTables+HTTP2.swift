import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// The client speaks HTTP/2 from here on; what was read of HTTP/1 is over.
    ///
    /// - Parameter isUpgrade: after a 101 the client still sends the preface.
    mutating func beginHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, isUpgrade: Bool, _ out: inout FactBatch
    ) {
        core.service = .h2
        guard http2.count < options.http2PerShard else {
            counters.refusedBuffers += 1
            stopReading(&stream)
            return
        }
        var connection = HTTP2Connection()
        connection.client.preface = isUpgrade ? HTTP2.prefaceLength : 0
        stream.http2 = http2.allocate(connection)
        stream.isHTTP = true
        for side in 0..<2 {
            dropChunks(&stream, side)
            dropBuffer(&stream, side)
            stream.halves[side].mode = .http2
        }
    }

    mutating func releaseHTTP2(_ stream: inout StreamState) {
        guard stream.http2 >= 0 else { return }
        http2[stream.http2].removeAll()
        http2.release(stream.http2)
        stream.http2 = -1
    }

    /// Reads frames in order; returns the bytes used.
    mutating func deliverHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout FactBatch
    ) -> Int {
        guard stream.http2 >= 0 else {
            stopReading(&stream)
            return length
        }
        var half = takeHalf(stream.http2, side)
        if half.preface > 0 {
            let used = min(half.preface, length)
            half.preface -= used
            http2[stream.http2][side] = half
            return used
        }
        if half.remaining > 0 {
            let used = payloadPart(&core, &stream, side, &half, bytes, range, length, place, &out)
            if stream.http2 >= 0 { http2[stream.http2][side] = half }
            return used
        }
        return frameHead(&core, &stream, side, &half, bytes, range, length, place, &out)
    }

    /// Takes a direction out, so that its tables are changed in place and not copied; it is put back after.
    private mutating func takeHalf(_ index: Int32, _ side: Int) -> HTTP2Connection.Half {
        let half = http2[index][side]
        http2[index][side] = HTTP2Connection.Half()
        return half
    }

    private mutating func frameHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ half: inout HTTP2Connection.Half,
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout FactBatch
    ) -> Int {
        let missing = 9 - half.payload.count
        let taken = min(missing, range.count)
        for position in range.prefix(taken) { half.payload.append(bytes[position]) }
        if taken < missing {
            if length > range.count { loseHTTP2(&core, &stream, &out) } else { http2[stream.http2][side] = half }
            return length
        }
        var frame = HTTP2FrameHead()
        let result = HTTP2FrameHead.parse(half.payload.span, 0..<9, into: &frame)
        half.frame = frame
        half.payload.removeAll(keepingCapacity: true)
        guard case .complete = result else {
            counters.http2Malformed += 1
            loseHTTP2(&core, &stream, &out)
            return length
        }
        half.remaining = half.frame.length
        if half.remaining == 0 { frameEnd(&core, &stream, side, &half, place, &out) }
        if stream.http2 >= 0 { http2[stream.http2][side] = half }
        return taken
    }

    /// Takes bytes of a frame's payload: keeps those that are looked into, counts the others.
    private mutating func payloadPart(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ half: inout HTTP2Connection.Half,
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout FactBatch
    ) -> Int {
        let used = min(half.remaining, length)
        switch half.frame.type {
        case .headers, .continuation, .pushPromise:
            guard used <= range.count, half.payload.count + used <= HTTP2Connection.blockLimit else {
                loseHTTP2(&core, &stream, &out)
                return length
            }
            for position in range.prefix(used) { half.payload.append(bytes[position]) }
        case .data: dataBytes(&stream, side, half.frame.stream, used, place)
        default: break
        }
        half.remaining -= used
        if half.remaining == 0 { frameEnd(&core, &stream, side, &half, place, &out) }
        return used
    }

    /// A frame is whole.
    private mutating func frameEnd(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ half: inout HTTP2Connection.Half,
        _ place: PacketPlace, _ out: inout FactBatch
    ) {
        switch half.frame.type {
        case .headers, .continuation, .pushPromise: headerFrame(&core, &stream, side, &half, place, &out)
        case .data:
            if half.frame.flags & 0x01 != 0 { streamEnd(&core, &stream, side, half.frame.stream, place, &out) }
        case .resetStream:
            finish(&core, &stream, half.frame.stream, .reset(by: side, time: place.time), &out)
        default: break
        }
        half.payload.removeAll(keepingCapacity: true)
    }

    private mutating func headerFrame(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ half: inout HTTP2Connection.Half,
        _ place: PacketPlace, _ out: inout FactBatch
    ) {
        guard let part = half.frame.headerBlock(half.payload.span, 0..<half.payload.count),
            half.block.count + part.count <= HTTP2Connection.blockLimit
        else {
            counters.http2Malformed += 1
            loseHTTP2(&core, &stream, &out)
            return
        }
        if half.frame.type != .continuation {
            half.block.removeAll(keepingCapacity: true)
            half.blockEndsStream = half.frame.type == .headers && half.frame.flags & 0x01 != 0
            half.isPushed = half.frame.type == .pushPromise
        }
        for position in part { half.block.append(half.payload[position]) }
        guard half.frame.flags & 0x04 != 0 else { return }
        var head = HTTP2Head()
        let block = half.block
        guard half.decoder.decode(block.span, 0..<block.count, into: &head) else {
            counters.http2Malformed += 1
            loseHTTP2(&core, &stream, &out)
            return
        }
        if half.isPushed { return }
        let bytes = UInt64(half.block.count)
        if side == 0 {
            requestHeaders(&core, &stream, half.frame.stream, head, bytes, place, &out)
        } else {
            responseHeaders(&core, &stream, half.frame.stream, head, bytes, place, &out)
        }
        if half.blockEndsStream { streamEnd(&core, &stream, side, half.frame.stream, place, &out) }
    }

    private mutating func requestHeaders(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ number: UInt32, _ head: HTTP2Head,
        _ length: UInt64, _ place: PacketPlace, _ out: inout FactBatch
    ) {
        guard head.isRequest, find(stream, number) < 0 else { return }
        counters.httpRequests += 1
        var exchange = PendingExchange(
            record: place.record, source: place.source, offset: place.offset, start: place.time)
        exchange.requestBytes = length
        exchange.streamID = number
        exchange.version = .http2
        exchange.scheme = .h2c
        let fields = RequestFields(head)
        describe(&exchange, fields, head.text.span)
        classify(&exchange, &core, fields)
        if head.isGRPC { core.service = .grpc }
        if stream.domain.isNone { stream.domain = exchange.domain }
        queue(exchange, &core, &stream, place, &out)
        // Streams are told apart by their numbers: an answer that is not waited for is passed over by itself.
        stream.refused = 0
    }

    private mutating func responseHeaders(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ number: UInt32, _ head: HTTP2Head,
        _ length: UInt64, _ place: PacketPlace, _ out: inout FactBatch
    ) {
        let index = find(stream, number)
        if head.isResponse, head.status >= 200 { counters.httpResponses += 1 }
        guard index >= 0 else {
            if head.isResponse { counters.orphanResponses += 1 }
            return
        }
        if head.isResponse, head.status < 200 { return }
        if head.isResponse, !pending[index].marks.contains(.responding) {
            pending[index].status = head.status
            pending[index].marks.insert(.responding)
            pending[index].responseStart = place.time
        }
        if head.grpcStatus >= 0 { pending[index].grpcStatus = head.grpcStatus }
        pending[index].responseBytes &+= length
        pending[index].responseEnd = place.time
    }

    private mutating func dataBytes(
        _ stream: inout StreamState, _ side: Int, _ number: UInt32, _ count: Int, _ place: PacketPlace
    ) {
        let index = find(stream, number)
        guard index >= 0 else { return }
        if side == 0 {
            pending[index].requestBytes &+= UInt64(count)
            pending[index].requestEnd = place.time
        } else if pending[index].marks.contains(.responding) {
            pending[index].responseBytes &+= UInt64(count)
            pending[index].responseEnd = place.time
        }
    }

    /// One side has said all: the request is whole, or the answer is and with it the exchange.
    private mutating func streamEnd(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ number: UInt32,
        _ place: PacketPlace, _ out: inout FactBatch
    ) {
        let index = find(stream, number)
        guard index >= 0 else { return }
        if side == 0 {
            pending[index].requestEnd = max(pending[index].requestEnd, place.time)
        } else {
            finish(&core, &stream, number, .complete, &out)
        }
    }

    /// The pending request of a stream, or -1; at most `pipelineLimit` are looked at.
    private func find(_ stream: StreamState, _ number: UInt32) -> Int32 {
        var index = stream.oldest
        while index >= 0, pending[index].streamID != number { index = pending[index].next }
        return index
    }

    private mutating func finish(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ number: UInt32, _ end: ExchangeEnd,
        _ out: inout FactBatch
    ) {
        var previous: Int32 = -1
        var index = stream.oldest
        while index >= 0, pending[index].streamID != number {
            previous = index
            index = pending[index].next
        }
        guard index >= 0 else { return }
        guard previous >= 0 else {
            finishOldest(&core, &stream, end, &out)
            return
        }
        let exchange = pending[index]
        pending[previous].next = exchange.next
        if stream.newest == index { stream.newest = previous }
        stream.pendingCount -= 1
        releasePending(index)
        emit(exchange, &core, stream, end, &out)
    }

    /// The place in the frames is lost, and with a header block the header table: nothing more can be read.
    private mutating func loseHTTP2(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ out: inout FactBatch
    ) {
        counters.resynchronizations += 1
        while stream.oldest >= 0 { finishOldest(&core, &stream, .notCaptured, &out) }
        stopReading(&stream)
        releaseHTTP2(&stream)
    }

    /// Whether a gap lies in a frame that need not be read; steps over it.
    mutating func passHTTP2Gap(_ stream: StreamState, _ side: Int, _ gap: Int, _ place: PacketPlace) -> Bool {
        guard stream.http2 >= 0, http2[stream.http2][side].remaining > gap else { return false }
        switch http2[stream.http2][side].frame.type {
        case .headers, .continuation, .pushPromise: return false
        default:
            http2[stream.http2][side].remaining -= gap
            return true
        }
    }
}
