import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Reads the headers of PROXY protocol before the client's first bytes.
    mutating func deliverProxy(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece,
        _ out: inout TrackOutput
    ) -> Int {
        guard keep(&stream, bytes, piece) else {
            stopReading(&stream)
            return piece.length
        }
        let index = stream.halves[piece.side].buffer
        let (result, header, total) = readProxy(index, isCut: piece.isCut)
        switch result {
        case .incomplete where piece.isCut:
            // Where it ends is not known: the next segment may begin a head.
            name(&core, &stream, header, piece.place, &out)
            loseFraming(&stream, piece.side)
            return piece.length
        case .incomplete where total <= Self.headLimit: return piece.length
        case .incomplete, .malformed:
            counters.proxyMalformed += 1
            stopReading(&stream)
            return piece.length
        case .complete(let used):
            name(&core, &stream, header, piece.place, &out)
            // Whatever follows it is looked at next, and takes the mark away.
            core.halves[0].marks.insert(.proxyHeader)
            let known = total - piece.range.count
            if used < known {
                // What was kept behind the header could have been a further one: it begins the stream, with what comes now.
                buffers.keep(index, used..<known)
                return 0
            }
            dropBuffer(&stream, piece.side)
            stream.halves[piece.side].remaining = Int64(used - known)
            return passProxy(&stream, piece)
        }
    }

    /// Reads the headers in a direction's buffer, of which it tells the length too.
    ///
    /// - Parameter isCut: whether what comes next was not captured. A header of which this is the beginning is told as it is,
    ///   with the length that it has; where it follows another, that one alone.
    private mutating func readProxy(
        _ index: Int32, isCut: Bool
    ) -> (result: HeadResult, header: ProxyHeader, total: Int) {
        let buffer = buffers.take(index)
        let range = 0..<buffer.bytes.count
        var header = ProxyHeader()
        var result = ProxyHeader.parse(buffer.bytes.span, range, into: &header)
        if isCut, case .incomplete = result {
            result =
                header.count > 0
                ? .complete(length: header.length) : ProxyHeader.parseCut(buffer.bytes.span, range, into: &header)
        }
        buffers.putBack(index, buffer)
        return (result, header, range.count)
    }

    /// Steps over what is left of a header.
    mutating func passProxy(_ stream: inout StreamState, _ piece: StreamPiece) -> Int {
        let used = min(stream.halves[piece.side].remaining, Int64(piece.length))
        stream.halves[piece.side].remaining -= used
        return Int(used)
    }

    /// Takes the client that PROXY protocol names in the connection's first header.
    private mutating func name(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ header: ProxyHeader, _ place: PacketPlace,
        _ out: inout TrackOutput
    ) {
        if stream.marks.contains(.proxySeen) { return }
        stream.marks.insert(.proxySeen)
        event(.proxyHeader, &core, direction: 0, place, value: Int64(header.version), &out)
        if header.isSourceCut {
            // The peer is a load balancer that speaks for others.
            stream.marks.insert(.clientCut)
            core.marks.insert(.backend)
            counters.cutProxyHeaders += 1
        }
        guard let source = header.source, !header.isLocal else { return }
        let index = label(of: &stream)
        labels[index].isProxied = true
        labels[index].proxyClient = source
    }

    /// Whether PROXY protocol named the client of a connection.
    func isProxied(_ stream: StreamState) -> Bool { stream.label >= 0 && labels[stream.label].isProxied }
}
