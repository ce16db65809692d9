import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// How many bytes a head may have; a longer one is counted and passed over.
    static let headLimit = 65_536

    /// What the first bytes of a direction can be.
    private enum Opening {
        case http, http2, tls, proxy, tlsRequest, garbledRequest, other, unsure
    }

    /// Decides what a direction carries from its first bytes; returns how many were used.
    mutating func decide(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        if stream.halves[side].remaining > 0 { return passProxy(&stream, side, length) }
        if side == 0 { core.halves[0].marks.remove(.proxyHeader) }
        if side == 0, stream.marks.contains(.proxySeen), range.isEmpty {
            // Behind the header all was cut: the next segment may begin a head.
            loseFraming(&stream, side)
            return length
        }
        if side == 1, stream.marks.contains(.asksForTLS) { return takeTLSAnswer(&stream, bytes, range, length) }
        let kept = stream.halves[side].buffer
        if side == 0, core.responderPort == 53 {
            let isQuestion = decideDNS(&core, &stream, kept, bytes, range, &out.kept)
            if isQuestion.isYes { return length }
            if isQuestion.isUnsure, length == range.count, keep(&stream, side, bytes, range, place) { return length }
        }
        if kept >= 0 {
            var scratch = buffers[kept].bytes
            for position in range.prefix(64) { scratch.append(bytes[position]) }
            return choose(
                Self.opening(side, scratch.span, 0..<scratch.count), &core, &stream, side, bytes, range, length, place,
                &out)
        }
        return choose(Self.opening(side, bytes, range), &core, &stream, side, bytes, range, length, place, &out)
    }

    private mutating func choose(
        _ opening: Opening, _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int,
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        switch opening {
        case .http:
            stream.halves[side].mode = .head
            if stream.halves[1 - side].mode == .undecided { stream.halves[1 - side].mode = .head }
            return deliverHead(&core, &stream, side, bytes, range, length, place, &out)
        case .http2:
            return openHTTP2(&core, &stream, side, bytes, range, length, place, &out)
        case .tls:
            stream.halves[side].mode = .tls
            if stream.halves[1 - side].mode == .undecided { stream.halves[1 - side].mode = .tls }
            if core.isServiceUnknown { core.service = .tls }
            return deliverTLS(&core, &stream, side, bytes, range, length, place, &out)
        case .proxy: return deliverProxy(&core, &stream, side, bytes, range, length, place, &out)
        case .tlsRequest:
            stream.marks.insert(.asksForTLS)
            return TLSRequest.length
        case .garbledRequest:
            return malformedRequest(&core, &stream, bytes, range, length, first: place, place, &out)
        case .unsure where length == range.count:
            if !keep(&stream, side, bytes, range, place) { stopReading(&stream) }
            return length
        case .other, .unsure:
            stopReading(&stream)
            return length
        }
    }

    private static func opening(_ side: Int, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Opening {
        // `PROXY TCP4` has the shape of a request line: it comes first.
        let proxy: Likelihood = side == 0 ? ProxyHeader.looksLike(bytes, range) : .no
        if proxy.isYes { return .proxy }
        let head = side == 0 ? HTTP1.looksLikeRequest(bytes, range) : HTTP1.looksLikeResponse(bytes, range)
        if head.isYes, !proxy.isUnsure { return .http }
        let record = TLS.looksLikeRecord(bytes, range)
        if record.isYes { return .tls }
        if side == 0 {
            if TLSRequest.begins(bytes, range) { return .tlsRequest }
            if head.isNo, HTTP1.firstLineNamesVersion(bytes, range) { return .garbledRequest }
        }
        let settings: Likelihood = side == 1 ? HTTP2.looksLikeServerPreface(bytes, range) : .no
        if settings.isYes { return .http2 }
        return record.isUnsure || head.isUnsure || proxy.isUnsure || settings.isUnsure ? .unsure : .other
    }

    /// Takes the one byte by which a server goes over to TLS (`S`) or does not.
    private mutating func takeTLSAnswer(
        _ stream: inout StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int
    ) -> Int {
        stream.marks.remove(.asksForTLS)
        if !range.isEmpty, bytes[range.lowerBound] == 0x53 { return 1 }
        stopReading(&stream)
        return length
    }

    /// Adds bytes to the direction's buffer, taking one if there is none; false at a cap.
    mutating func keep(
        _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>, _ range: Range<Int>, _ place: PacketPlace
    ) -> Bool {
        var index = stream.halves[side].buffer
        if index < 0 {
            guard let fresh = buffers.allocate(place) else {
                counters.refusedBuffers += 1
                return false
            }
            index = fresh
            stream.halves[side].buffer = index
        }
        guard buffers.append(index, bytes, range) else {
            counters.refusedBuffers += 1
            dropBuffer(&stream, side)
            return false
        }
        return true
    }

    /// Reads an HTTP/1 head, in place where it is whole, else through the direction's buffer.
    mutating func deliverHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        if range.isEmpty { return loseHead(&stream, side, length, place) }
        let index = stream.halves[side].buffer
        if index < 0 {
            return readHead(&core, &stream, side, bytes, range, length, first: place, place, &out)
        }
        guard keep(&stream, side, bytes, range, place) else { return loseHead(&stream, side, length, place) }
        var buffer = buffers.take(index)
        let total = buffer.bytes.count
        let known = total - range.count
        let end = HTTP1.headEnd(buffer.bytes.span, 0..<total, from: buffer.searched)
        if end == nil, length == range.count, total <= Self.headLimit {
            buffer.searched = max(0, total - 3)
            buffers.putBack(index, buffer)
            return length
        }
        stream.halves[side].buffer = -1
        let used = readHead(
            &core, &stream, side, buffer.bytes.span, 0..<total, length + known, first: buffer.place, place, &out)
        buffers.putBack(index, buffer)
        buffers.release(index)
        return max(0, used - known)
    }

    /// Reads the beginning of a head whose rest was not captured, as far as it tells something.
    mutating func readCutHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ out: inout TrackOutput
    ) {
        let index = stream.halves[side].buffer
        guard stream.halves[side].mode == .head, index >= 0 else { return }
        stream.halves[side].buffer = -1
        let buffer = buffers.take(index)
        let count = buffer.bytes.count
        _ = readHead(
            &core, &stream, side, buffer.bytes.span, 0..<count, count + 1, first: buffer.place, buffer.place, &out)
        buffers.putBack(index, buffer)
        buffers.release(index)
    }

    /// Reads what there is of a request whose client did not send the end of its head: the server answers without, or the
    /// connection ends.
    mutating func readUnfinishedHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ out: inout TrackOutput
    ) {
        let index = stream.halves[0].buffer
        guard index >= 0, stream.halves[0].mode == .head, stream.halves[0].held < 0 else { return }
        let buffer = buffers.take(index)
        let range = 0..<buffer.bytes.count
        var head = HTTPRequestHead()
        if case .incomplete = HTTPRequestHead.parse(buffer.bytes.span, range, into: &head), !head.target.isEmpty {
            stream.halves[0].buffer = -1
            let seen = HeadReading(
                bytes: range.count, first: buffer.place, last: buffer.place, isWhole: false, isUnfinished: true)
            request(&core, &stream, head, buffer.bytes.span, seen, &out)
        }
        buffers.putBack(index, buffer)
        if stream.halves[0].buffer < 0 { buffers.release(index) }
    }

    /// Reads the head at the start of the range; `length` counts the bytes that were not captured too.
    private mutating func readHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, first: PacketPlace, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        side == 0
            ? readRequest(&core, &stream, bytes, range, length, first: first, place, &out)
            : readResponse(&core, &stream, bytes, range, length, first: first, place, &out)
    }

    private mutating func readRequest(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>,
        _ length: Int, first: PacketPlace, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        var head = HTTPRequestHead()
        switch HTTPRequestHead.parse(bytes, range, into: &head) {
        case .complete(let used):
            let seen = HeadReading(bytes: used, first: first, last: place, isWhole: true)
            request(&core, &stream, head, bytes, seen, &out)
            return used
        case .incomplete where !head.method.isEmpty && (length > range.count || isTooLong(range)),
            .malformed where head.flags.has(.badLength):
            // Cut by the snap length, perhaps inside of its first line, too long, or with a length that cannot be trusted:
            // the end is not known.
            let seen = HeadReading(bytes: length, first: first, last: place, isWhole: false)
            request(&core, &stream, head, bytes, seen, &out)
            return length
        case .incomplete: return incompleteHead(&stream, 0, bytes, range, length, first)
        case .malformed:
            guard HTTP1.looksLikeRequest(bytes, range).isYes || HTTP1.firstLineNamesVersion(bytes, range) else {
                if stream.marks.contains(.http) { loseFraming(&stream, 0) } else { stopReading(&stream) }
                return length
            }
            return malformedRequest(&core, &stream, bytes, range, length, first: first, place, &out)
        }
    }

    private mutating func readResponse(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>,
        _ length: Int, first: PacketPlace, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        var head = HTTPResponseHead()
        switch HTTPResponseHead.parse(bytes, range, into: &head) {
        case .complete(let used):
            let seen = HeadReading(bytes: used, first: first, last: place, isWhole: true)
            response(&core, &stream, head, bytes, seen, &out)
            return used
        case .incomplete where head.status > 0 && (length > range.count || isTooLong(range)),
            .malformed where head.flags.has(.badLength):
            let seen = HeadReading(bytes: length, first: first, last: place, isWhole: false)
            response(&core, &stream, head, bytes, seen, &out)
            return length
        case .incomplete: return incompleteHead(&stream, 1, bytes, range, length, first)
        case .malformed: return malformedResponse(&stream, length, first)
        }
    }

    private mutating func incompleteHead(
        _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int,
        _ first: PacketPlace
    ) -> Int {
        if isTooLong(range) { return loseHead(&stream, side, length, first) }
        if length > range.count || !keep(&stream, side, bytes, range, first) {
            return loseHead(&stream, side, length, first)
        }
        return length
    }

    /// Whether a head of which this is the beginning is given up; counts it.
    private mutating func isTooLong(_ head: Range<Int>) -> Bool {
        guard head.count > Self.headLimit else { return false }
        counters.httpHeadTooLong += 1
        return true
    }

    /// Gives a head up that cannot be read: its bytes are used.
    private mutating func loseHead(
        _ stream: inout StreamState, _ side: Int, _ length: Int, _ place: PacketPlace
    ) -> Int {
        loseFraming(&stream, side)
        if side == 1 { passUnread(stream, length, place) }
        return length
    }

    /// Something that resembles a request and is none: kept in case that an HTTP server answers it.
    private mutating func malformedRequest(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>,
        _ length: Int, first: PacketPlace, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        guard stream.oldest < 0 else {
            if stream.marks.contains(.http) { loseFraming(&stream, 0) } else { stopReading(&stream) }
            return length
        }
        var exchange = PendingExchange(
            record: first.record, source: first.source, offset: first.offset, start: first.time)
        exchange.requestEnd = place.time
        exchange.requestBytes = UInt64(length)
        exchange.scheme = .http
        exchange.marks.insert(.malformed)
        var end = range.lowerBound
        while end < range.upperBound, bytes[end] > 0x20, bytes[end] < 0x7F { end += 1 }
        exchange.method = out.kept.intern(bytes, range.lowerBound..<end, limit: TextLimit.method)
        queue(exchange, &core, &stream, place, &out)
        loseFraming(&stream, 0)
        return length
    }

    private mutating func malformedResponse(
        _ stream: inout StreamState, _ length: Int, _ place: PacketPlace
    ) -> Int {
        guard stream.marks.contains(.http) else {
            stopReading(&stream)
            return length
        }
        counters.httpMalformed += 1
        // After an answer it may be a part of that one, which told a wrong length.
        if !stream.marks.contains(.answered), stream.oldest >= 0, !pending[stream.oldest].marks.contains(.responding) {
            stream.marks.insert(.answersNoHTTP)
        }
        return loseHead(&stream, 1, length, place)
    }

    /// Returns the stream's label, making it if there is none.
    mutating func label(of stream: inout StreamState) -> Int32 {
        if stream.label < 0 {
            stream.label = labels.allocate(ConnectionLabel())
            hasGrown = true
        }
        return stream.label
    }
}

/// A head that was read: how long it is and where it was.
struct HeadReading {
    var bytes: Int
    var first: PacketPlace
    var last: PacketPlace
    /// Whether the end of the head is known, and with it the framing of the body.
    var isWhole: Bool
    /// Whether all of the head that was sent was read, and its end was not sent.
    var isUnfinished = false
}
