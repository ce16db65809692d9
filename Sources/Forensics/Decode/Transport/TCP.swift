import ForensicsModel

/// Decodes a TCP header. RFC 9293, section 3.1.
///
///      0               1               2               3
///     +-------------------------------+-------------------------------+
///     |          source port          |       destination port        |
///     |                        sequence number                        |
///     |                    acknowledgment number                      |
///     +-------+-------+---------------+-------------------------------+
///     |offset |resrvd |     flags     |            window             |
///     +-------+-------+---------------+-------------------------------+
///     |           checksum            |        urgent pointer         |
///     +-------------------------------+-------------------------------+
enum TCP {
    @inline(__always)
    static func decode(_ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet) {
        packet.transport = .tcp
        guard layer.captured >= 20 else { return decodeCut(bytes, layer, &packet) }
        let start = layer.position
        // Two words: two loads instead of one for each field.
        let first = bytes.uint64(at: start)
        let second = bytes.uint64(at: start &+ 8)
        packet.sourcePort = UInt16(truncatingIfNeeded: first >> 48)
        packet.destinationPort = UInt16(truncatingIfNeeded: first >> 32)
        packet.sequence = UInt32(truncatingIfNeeded: first)
        packet.acknowledgment = UInt32(truncatingIfNeeded: second >> 32)
        let offsetAndFlags = UInt16(truncatingIfNeeded: second >> 16)
        packet.tcpFlags = TCPFlags(rawValue: offsetAndFlags & 0x1FF)
        packet.window = UInt16(truncatingIfNeeded: second)
        let headerLength = Int(offsetAndFlags >> 12) &* 4
        if headerLength != 20 {
            guard headerLength > 20 else { return setBad(layer, &packet) }
            readOptions(bytes, (start &+ 20)..<min(start &+ headerLength, layer.end), &packet)
            if start &+ headerLength > layer.end {
                packet.note(headerLength > layer.length ? .badTCPHeaderLength : .truncatedTransport)
            }
        }
        let payload = min(start &+ headerLength, layer.end)
        packet.payloadPosition = Int32(truncatingIfNeeded: payload)
        packet.payloadCaptured = Int32(truncatingIfNeeded: layer.end &- payload)
        packet.payloadLength = Int32(clamping: max(0, layer.length &- headerLength))
        if offsetAndFlags & 3 == 3 { packet.note(.synAndFin) }
    }

    /// Reads a header that the snap length cut: with its flags it tells all but what window there is.
    @inline(never)
    private static func decodeCut(_ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet) {
        if layer.captured >= 4 {
            packet.sourcePort = bytes.uint16(at: layer.position)
            packet.destinationPort = bytes.uint16(at: layer.position &+ 2)
        }
        if layer.captured >= 8 { packet.sequence = bytes.uint32(at: layer.position &+ 4) }
        if layer.captured >= 12 { packet.acknowledgment = bytes.uint32(at: layer.position &+ 8) }
        guard layer.captured >= 14 else { return Transport.setTruncated(layer, &packet) }
        let offsetAndFlags = bytes.uint16(at: layer.position &+ 12)
        packet.tcpFlags = TCPFlags(rawValue: offsetAndFlags & 0x1FF)
        let headerLength = Int(offsetAndFlags >> 12) &* 4
        guard headerLength >= 20, headerLength <= layer.length else { return Transport.setTruncated(layer, &packet) }
        // An unknown window is open, that of a copy, and of no other packet: nothing tells that it stayed as it was, as that of a
        // duplicate ACK does.
        packet.window = layer.captured >= 16 ? bytes.uint16(at: layer.position &+ 14) : packet.ipID | 0x8000
        packet.note(.truncatedTransport)
        packet.setPayload(layer.advanced(layer.captured))
        packet.payloadLength = Int32(clamping: layer.length &- headerLength)
    }

    @inline(never)
    private static func setBad(_ layer: Layer, _ packet: inout Packet) {
        packet.note(.badTCPHeaderLength)
        packet.attributes.insert(.noTransport)
        packet.setPayload(layer.advanced(min(20, layer.captured)))
    }

    /// Reads maximum segment size, window scale and the presence of selective acknowledgments. RFC 9293, section 3.2;
    /// RFC 7323, section 2; RFC 2018, section 3.
    @inline(__always)
    private static func readOptions(_ bytes: Span<UInt8>, _ options: Range<Int>, _ packet: inout Packet) {
        // Timestamps alone, aligned: what most segments carry.
        if options.count == 12, bytes.uint32(at: options.lowerBound) == 0x0101_080A { return }
        readAllOptions(bytes, options, &packet)
    }

    @inline(never)
    private static func readAllOptions(_ bytes: Span<UInt8>, _ options: Range<Int>, _ packet: inout Packet) {
        var index = options.lowerBound
        let end = options.upperBound
        while index < end {
            let kind = bytes[index]
            if kind == 0 { return }
            if kind == 1 {
                index &+= 1
                continue
            }
            guard index &+ 1 < end else { return packet.note(.badOptions) }
            let length = Int(bytes[index &+ 1])
            guard length >= 2, index &+ length <= end else { return packet.note(.badOptions) }
            switch (kind, length) {
            case (2, 4): packet.maximumSegment = bytes.uint16(at: index &+ 2)
            case (3, 3): packet.windowScale = min(bytes[index &+ 2], 14)
            case (5, 10...): packet.attributes.insert(.sack)
            default: break
            }
            index &+= length
        }
    }
}
