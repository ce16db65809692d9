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
        let text = keepQuestion(message, &texts)
        if text.isNone { return }
        guard core.stream >= 0 else {
            core.settledDomain = text
            return
        }
        var stream = streams[core.stream]
        labels[label(of: &stream)].details = text
        streams[core.stream] = stream
    }

    /// Takes the first message of a client of DNS; unsure where more of it is needed.
    mutating func decideDNS(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ kept: Int32, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ texts: inout LiveTexts
    ) -> Likelihood {
        if kept < 0 {
            let result = Self.looksLikeQuestion(bytes, range)
            if result.isYes { takeQuestion(&core, &stream, bytes, range, &texts) }
            return result
        }
        var scratch = buffers[kept].bytes
        for position in range.prefix(DNSMessage.nameLimit * 2) { scratch.append(bytes[position]) }
        let result = Self.looksLikeQuestion(scratch.span, 0..<scratch.count)
        if result.isYes { takeQuestion(&core, &stream, scratch.span, 0..<scratch.count, &texts) }
        return result
    }

    /// Whether the first bytes that a client sends to port 53 over TCP can be a message of DNS: two bytes of length, then the
    /// message. RFC 1035, section 4.2.2.
    private static func looksLikeQuestion(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Likelihood {
        guard range.count >= 2 else { return .unsure }
        let length = Int(bytes.uint16(at: range.lowerBound))
        guard questionLengths.contains(length) else { return .no }
        var message = DNSMessage()
        switch DNSMessage.parse(bytes, question(bytes, range), into: &message) {
        case .complete: return message.isResponse || message.questionCount != 1 || message.answerCount > 0 ? .no : .yes
        case .incomplete: return range.count >= 2 + length ? .no : .unsure
        case .malformed: return .no
        }
    }

    /// From a head and the root's name to a question padded far beyond what is usual; below the first bytes of TLS and HTTP.
    private static let questionLengths = 17...4096

    private static func question(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound + 2
        return start..<min(start + Int(bytes.uint16(at: range.lowerBound)), range.upperBound)
    }

    /// Takes the name that a connection's first message asks for; nothing more of it is read.
    private mutating func takeQuestion(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ range: Range<Int>,
        _ texts: inout LiveTexts
    ) {
        var message = DNSMessage()
        core.service = .dns
        if case .complete = DNSMessage.parse(bytes, Self.question(bytes, range), into: &message) {
            let text = keepQuestion(message, &texts)
            if !text.isNone { labels[label(of: &stream)].details = text }
        }
        stopReading(&stream)
    }

    /// Keeps a name that was asked for as the details of its connection; none where there is no room.
    private mutating func keepQuestion(_ message: DNSMessage, _ texts: inout LiveTexts) -> LiveText {
        if message.name.isEmpty { return .none }
        var details = Array("{\"dns_query\":".utf8)
        JSONText.append(message.name.span, 0..<message.name.count, to: &details)
        details.append(0x7D)
        guard heldTextBytes + details.count <= options.textBytesPerShard else {
            counters.refusedTexts += 1
            return .none
        }
        heldTextBytes += details.count
        return texts.intern(details)
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
