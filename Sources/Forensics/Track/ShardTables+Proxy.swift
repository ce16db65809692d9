import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Reads the headers of PROXY protocol before the client's first bytes.
    mutating func deliverProxy(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ side: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int, _ place: PacketPlace, _ out: inout TrackOutput
    ) -> Int {
        guard length == range.count, keep(&stream, side, bytes, range, place) else {
            stopReading(&stream)
            return length
        }
        let index = stream.halves[side].buffer
        let buffer = buffers.take(index)
        var header = ProxyHeader()
        let result = ProxyHeader.parse(buffer.bytes.span, 0..<buffer.bytes.count, into: &header)
        let total = buffer.bytes.count
        buffers.putBack(index, buffer)
        switch result {
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
            return used - known
        }
    }

    /// Takes the client that PROXY protocol names in the connection's first header.
    private mutating func name(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ header: ProxyHeader, _ place: PacketPlace,
        _ out: inout TrackOutput
    ) {
        if stream.isProxySeen { return }
        stream.isProxySeen = true
        event(.proxyHeader, &core, direction: 0, place, value: Int64(header.version), &out)
        guard let source = header.source, !header.isLocal else { return }
        let index = label(of: &stream)
        labels[index].isProxied = true
        labels[index].proxyClient = source
    }

    /// Whether PROXY protocol named the client of a connection.
    func isProxied(_ stream: StreamState) -> Bool { stream.label >= 0 && labels[stream.label].isProxied }
}
