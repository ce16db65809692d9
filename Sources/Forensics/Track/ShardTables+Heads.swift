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
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let (side, range) = (piece.side, piece.range)
        if stream.halves[side].remaining > 0 { return passProxy(&stream, piece) }
        if side == 0 { core.halves[0].marks.remove(.proxyHeader) }
        if side == 0, stream.marks.contains(.proxySeen), range.isEmpty {
            // Behind the header all was cut: the next segment may begin a head.
            loseFraming(&stream, side)
            return piece.length
        }
        if side == 1, stream.marks.contains(.asksForTLS) { return takeTLSAnswer(&stream, bytes, piece) }
        let kept = stream.halves[side].buffer
        if side == 0, core.responderPort == 53 {
            let isQuestion = decideDNS(&core, &stream, kept, bytes, range, &out.kept)
            if isQuestion.isYes { return piece.length }
            if isQuestion.isUnsure, !piece.isCut, keep(&stream, bytes, piece) { return piece.length }
        }
        if kept >= 0 {
            var scratch = buffers[kept].bytes
            for position in range.prefix(64) { scratch.append(bytes[position]) }
            return choose(Self.opening(side, scratch.span, 0..<scratch.count), &core, &stream, bytes, piece, &out)
        }
        return choose(Self.opening(side, bytes, range), &core, &stream, bytes, piece, &out)
    }

    private mutating func choose(
        _ opening: Opening, _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>,
        _ piece: StreamPiece, _ out: inout TrackOutput
    ) -> Int {
        let side = piece.side
        switch opening {
        case .http:
            stream.halves[side].mode = .head
            if stream.halves[1 - side].mode == .undecided { stream.halves[1 - side].mode = .head }
            return deliverHead(&core, &stream, bytes, piece, &out)
        case .http2: return openHTTP2(&core, &stream, bytes, piece, &out)
        case .tls:
            stream.halves[side].mode = .tls
            if stream.halves[1 - side].mode == .undecided { stream.halves[1 - side].mode = .tls }
            if core.isServiceUnknown { core.service = .tls }
            return deliverTLS(&core, &stream, bytes, piece, &out)
        case .proxy: return deliverProxy(&core, &stream, bytes, piece, &out)
        case .tlsRequest:
            stream.marks.insert(.asksForTLS)
            return TLSRequest.length
        case .garbledRequest: return malformedRequest(&core, &stream, bytes, piece, &out)
        case .unsure where !piece.isCut:
            if !keep(&stream, bytes, piece) { stopReading(&stream) }
            return piece.length
        case .other, .unsure:
            stopReading(&stream)
            return piece.length
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
        _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece
    ) -> Int {
        stream.marks.remove(.asksForTLS)
        if !piece.range.isEmpty, bytes[piece.range.lowerBound] == 0x53 { return 1 }
        stopReading(&stream)
        return piece.length
    }

    /// Adds bytes to the direction's buffer, taking one if there is none; false at a cap.
    mutating func keep(_ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece) -> Bool {
        var index = stream.halves[piece.side].buffer
        if index < 0 {
            guard let fresh = buffers.allocate(piece.first) else {
                counters.refusedBuffers += 1
                return false
            }
            index = fresh
            stream.halves[piece.side].buffer = index
        }
        guard buffers.append(index, bytes, piece.range) else {
            counters.refusedBuffers += 1
            dropBuffer(&stream, piece.side)
            return false
        }
        return true
    }

    /// Reads an HTTP/1 head, in place where it is whole, else through the direction's buffer.
    mutating func deliverHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        if piece.range.isEmpty { return loseHead(&stream, piece) }
        let index = stream.halves[piece.side].buffer
        if index < 0 { return readHead(&core, &stream, bytes, piece, &out) }
        guard keep(&stream, bytes, piece) else { return loseHead(&stream, piece) }
        var buffer = buffers.take(index)
        let total = buffer.bytes.count
        let known = total - piece.range.count
        let end = HTTP1.headEnd(buffer.bytes.span, 0..<total, from: buffer.searched)
        if end == nil, !piece.isCut, total <= Self.headLimit {
            buffer.searched = max(0, total - 3)
            buffers.putBack(index, buffer)
            return piece.length
        }
        stream.halves[piece.side].buffer = -1
        let whole = piece.behind(known, from: buffer.place)
        let used = readHead(&core, &stream, buffer.bytes.span, whole, &out)
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
        let cut = StreamPiece(side, 0..<count, length: count + 1, buffer.place)
        _ = readHead(&core, &stream, buffer.bytes.span, cut, &out)
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

    /// Reads the head that a piece begins with.
    private mutating func readHead(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        piece.side == 0
            ? readRequest(&core, &stream, bytes, piece, &out) : readResponse(&core, &stream, bytes, piece, &out)
    }

    private mutating func readRequest(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let (range, length) = (piece.range, piece.length)
        var head = HTTPRequestHead()
        switch HTTPRequestHead.parse(bytes, range, into: &head) {
        case .complete(let used):
            let seen = HeadReading(bytes: used, first: piece.first, last: piece.place, isWhole: true)
            request(&core, &stream, head, bytes, seen, &out)
            return used
        case .incomplete where !head.method.isEmpty && (piece.isCut || isTooLong(range)),
            .malformed where head.flags.has(.badLength):
            // Cut by the snap length, perhaps inside of its first line, too long, or with a length that cannot be trusted:
            // the end is not known.
            let seen = HeadReading(bytes: length, first: piece.first, last: piece.place, isWhole: false)
            request(&core, &stream, head, bytes, seen, &out)
            return length
        case .incomplete: return incompleteHead(&stream, bytes, piece)
        case .malformed:
            guard HTTP1.looksLikeRequest(bytes, range).isYes || HTTP1.firstLineNamesVersion(bytes, range) else {
                if stream.marks.contains(.http) { loseFraming(&stream, 0) } else { stopReading(&stream) }
                return length
            }
            return malformedRequest(&core, &stream, bytes, piece, &out)
        }
    }

    private mutating func readResponse(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        var head = HTTPResponseHead()
        switch HTTPResponseHead.parse(bytes, piece.range, into: &head) {
        case .complete(let used):
            let seen = HeadReading(bytes: used, first: piece.first, last: piece.place, isWhole: true)
            response(&core, &stream, head, bytes, seen, &out)
            return used
        case .incomplete where head.status > 0 && (piece.isCut || isTooLong(piece.range)),
            .malformed where head.flags.has(.badLength):
            let seen = HeadReading(bytes: piece.length, first: piece.first, last: piece.place, isWhole: false)
            response(&core, &stream, head, bytes, seen, &out)
            return piece.length
        case .incomplete: return incompleteHead(&stream, bytes, piece)
        case .malformed: return malformedResponse(&stream, piece)
        }
    }

    private mutating func incompleteHead(
        _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece
    ) -> Int {
        if isTooLong(piece.range) || piece.isCut || !keep(&stream, bytes, piece) { return loseHead(&stream, piece) }
        return piece.length
    }

    /// Whether a head of which this is the beginning is given up; counts it.
    private mutating func isTooLong(_ head: Range<Int>) -> Bool {
        guard head.count > Self.headLimit else { return false }
        counters.httpHeadTooLong += 1
        return true
    }

    /// Gives a head up that cannot be read: its bytes are used.
    private mutating func loseHead(_ stream: inout StreamState, _ piece: StreamPiece) -> Int {
        loseFraming(&stream, piece.side)
        if piece.side == 1 { passUnread(stream, piece.length, piece.first) }
        return piece.length
    }

    /// Something that resembles a request and is none: kept in case that an HTTP server answers it.
    private mutating func malformedRequest(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        let (first, range) = (piece.first, piece.range)
        guard stream.oldest < 0 else {
            if stream.marks.contains(.http) { loseFraming(&stream, 0) } else { stopReading(&stream) }
            return piece.length
        }
        var exchange = PendingExchange(
            record: first.record, source: first.source, offset: first.offset, start: first.time)
        exchange.requestEnd = piece.place.time
        exchange.requestBytes = UInt64(piece.length)
        exchange.scheme = .http
        exchange.marks.insert(.malformed)
        var end = range.lowerBound
        while end < range.upperBound, bytes[end] > 0x20, bytes[end] < 0x7F { end += 1 }
        exchange.method = out.kept.intern(bytes, range.lowerBound..<end, limit: TextLimit.method)
        queue(exchange, &core, &stream, &out)
        loseFraming(&stream, 0)
        return piece.length
    }

    private mutating func malformedResponse(_ stream: inout StreamState, _ piece: StreamPiece) -> Int {
        guard stream.marks.contains(.http) else {
            stopReading(&stream)
            return piece.length
        }
        counters.httpMalformed += 1
        // After an answer it may be a part of that one, which told a wrong length.
        if !stream.marks.contains(.answered), stream.oldest >= 0, !pending[stream.oldest].marks.contains(.responding) {
            stream.marks.insert(.answersNoHTTP)
        }
        return loseHead(&stream, piece)
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
