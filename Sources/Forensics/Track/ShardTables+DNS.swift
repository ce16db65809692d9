import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Reads the name that a client's datagram to port 53 asks for: the first of the flow, kept in the details.
    ///
    /// Not its domain: who asks for the address of a name has not connected to it yet. RFC 1035, section 4.1.
    mutating func question(
        _ core: inout ConnectionCore, _ packet: Packet, _ bytes: Span<UInt8>, _ texts: inout LiveTexts
    ) {
        let start = min(max(Int(packet.payloadPosition), 0), bytes.count)
        let datagram = start..<min(start + max(Int(packet.payloadCaptured), 0), bytes.count)
        if datagram.isEmpty { return }
        core.marks.insert(.opaque)
        var message = DNSMessage()
        switch DNSMessage.parse(bytes, datagram, into: &message) {
        case .complete: break
        case .incomplete:
            // Cut by the snap length: the name is not whole.
            if packet.payloadCaptured >= packet.payloadLength { counters.dnsMalformed += 1 }
            return
        case .malformed:
            counters.dnsMalformed += 1
            core.service = .unknown
            return
        }
        if message.name.isEmpty { return }
        var details = Array("{\"dns_query\":".utf8)
        JSONText.append(message.name.span, 0..<message.name.count, to: &details)
        details.append(0x7D)
        guard heldTextBytes + details.count <= options.textBytesPerShard else {
            counters.refusedTexts += 1
            return
        }
        heldTextBytes += details.count
        let text = texts.intern(details)
        guard core.stream >= 0 else {
            core.settledDomain = text
            return
        }
        var stream = streams[core.stream]
        labels[label(of: &stream)].details = text
        streams[core.stream] = stream
    }

    /// Gives back what the name that a flow asked for takes.
    mutating func releaseQuestion(_ core: ConnectionCore, _ texts: borrowing LiveTexts) {
        let text = core.stream < 0 ? core.settledDomain : heldDetails(of: core.stream)
        if !text.isNone { heldTextBytes -= texts.byteCount(of: text) }
    }

    private func heldDetails(of stream: Int32) -> LiveText {
        let label = streams[stream].label
        return label < 0 ? .none : labels[label].details
    }
}
