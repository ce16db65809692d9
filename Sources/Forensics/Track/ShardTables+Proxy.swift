import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Reads the headers of PROXY protocol before the client's first bytes.
    mutating func deliverProxy(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        guard keep(&stream, side, bytes, range, place) else {
            stopReading(&stream)
            return length
        }
        let index = stream.halves[side].buffer
        let isCut = length > range.count
        let (result, header, total) = readProxy(index, isCut: isCut)
        switch result {
        case .incomplete where isCut:
            // Where it ends is not known: the next segment may begin a head.
            name(&core, &stream, header, place, &out)
            loseFraming(&stream, side)
            return length
        case .incomplete where total <= Self.headLimit: return length
        case .incomplete, .malformed:
            counters.proxyMalformed += 1
            stopReading(&stream)
            return length
        case .complete(let used):
            name(&core, &stream, header, place, &out)
            // Whatever follows it is looked at next, and takes the mark away.
            core.halves[0].marks.insert(.proxyHeader)
            let known = total - range.count
            if used < known {
                // What was kept behind the header could have been a further one: it begins the stream, with what comes now.
                buffers.keep(index, used..<known)
                return 0
            }
            dropBuffer(&stream, side)
            stream.halves[side].remaining = Int64(used - known)
            return passProxy(&stream, side, length)
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
    mutating func passProxy(_ stream: inout StreamState, _ side: Int, _ length: Int) -> Int {
        let used = min(stream.halves[side].remaining, Int64(length))
        stream.halves[side].remaining -= used
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
