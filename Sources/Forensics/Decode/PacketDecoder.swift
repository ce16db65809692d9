package import ForensicsModel

/// Decodes frames into packets: link, network and transport headers, tunnels taken off.
///
/// Pure: the same frames give the same packets. Whatever the bytes, a frame becomes one packet or, if its link type is
/// not decoded, one reject; what is wrong with it is noted as anomalies and the fields before it are kept.
package enum PacketDecoder {
    /// Decodes a batch: moves its bytes and rejects over to `packets`, replaces what was in there with one packet a
    /// frame, in order, and counts every frame as accepted or rejected.
    ///
    /// - Returns: the frames, whose memory may be used again.
    /// - Complexity: O(frames); at most `PacketSide.tunnelDepth` tunnels, four VLAN tags, eight MPLS labels and ten
    ///   IPv6 extension headers are stepped over in each.
    @discardableResult
    package static func decode(
        _ batch: consuming FrameBatch, into packets: inout PacketBatch, tally: inout LedgerTally
    ) -> [FrameHeader] {
        packets.reset(source: batch.source)
        packets.rejects = batch.rejects
        var side = PacketSide()
        swap(&side.tunnels, &packets.tunnels)
        swap(&side.icmpErrors, &packets.icmpErrors)
        swap(&side.fragments, &packets.fragments)
        decodeFrames(batch.bytes.span, batch.frames.span, &packets, &side, &tally)
        swap(&side.tunnels, &packets.tunnels)
        swap(&side.icmpErrors, &packets.icmpErrors)
        swap(&side.fragments, &packets.fragments)
        packets.bytes = batch.bytes
        return batch.frames
    }

    private static func decodeFrames(
        _ bytes: Span<UInt8>, _ frames: Span<FrameHeader>, _ batch: inout PacketBatch, _ side: inout PacketSide,
        _ tally: inout LedgerTally
    ) {
        // Constants of another module are calls; they stay out of the loop.
        let ethernet = LinkType.ethernet
        let snaplenCut: UInt64 = 1 << UInt64(Anomaly.snaplenCut.rawValue)
        let longer: UInt64 = 1 << UInt64(Anomaly.capturedLongerThanOriginal.rawValue)
        let blank = Packet(time: Timestamp(nanoseconds: 0), offset: 0, record: 0)
        var packets: [Packet] = []
        swap(&packets, &batch.packets)
        // What an earlier batch left is written over.
        if packets.count < frames.count {
            packets.append(contentsOf: repeatElement(blank, count: frames.count - packets.count))
        }
        var out = packets.mutableSpan
        var made = 0
        var anomalous: UInt64 = 0
        var cut: UInt64 = 0
        var earliest = Int64.max
        var latest = Int64.min
        for index in 0..<frames.count {
            let frame = frames[index]
            let layer = frameLayer(frame, bytes.count)
            out[made] = blank
            out[made].time = frame.time
            out[made].offset = frame.offset
            out[made].record = frame.record
            out[made].captureDirection = frame.captureDirection
            out[made].interface = frame.interface
            if layer.captured != frame.originalLength {
                out[made].anomalies = layer.captured < frame.originalLength ? snaplenCut : longer
            }
            if case .sound = frame.clock {} else { out[made].anomalies |= anomaly(of: frame.clock) }
            if frame.linkType == ethernet {
                EthernetLink.decode(bytes, layer, &out[made], &side)
            } else if !LinkRegistry.decode(frame.linkType, bytes, layer, &out[made], &side) {
                reject(bytes, frame, layer, &batch, &tally)
                continue
            }
            let anomalies = out[made].anomalies
            if anomalies != 0 {
                anomalous &+= 1
                // Most packets of a capture with a snap length have this one and no other.
                if anomalies == snaplenCut { cut &+= 1 } else { count(anomalies, &tally) }
            }
            earliest = min(earliest, frame.time.nanoseconds)
            latest = max(latest, frame.time.nanoseconds)
            made &+= 1
            side.index &+= 1
        }
        packets.removeLast(packets.count - made)
        swap(&packets, &batch.packets)
        guard made > 0 else { return }
        tally.accepted += UInt64(made)
        tally.anomalous += anomalous
        tally.note(.snaplenCut, count: cut)
        tally.see(Timestamp(nanoseconds: earliest))
        tally.see(Timestamp(nanoseconds: latest))
    }

    /// Returns the frame as a layer, cut to the buffer.
    @inline(__always)
    private static func frameLayer(_ frame: FrameHeader, _ count: Int) -> Layer {
        let start = min(max(frame.position, 0), count)
        let captured = min(max(frame.capturedLength, 0), count &- start)
        let length = min(max(captured, frame.originalLength), Int(Int32.max))
        return Layer(position: start, end: start &+ captured, wireEnd: start &+ length, depth: 0)
    }

    /// What is wrong with a record's time, as a bit of `Packet.anomalies`.
    @inline(never)
    private static func anomaly(of clock: FrameClock) -> UInt64 {
        switch clock {
        case .sound: 0
        case .missing: 1 << UInt64(Anomaly.packetWithoutTime.rawValue)
        case .steppedBack: 1 << UInt64(Anomaly.timeBackwards.rawValue)
        case .afterJump: 1 << UInt64(Anomaly.timeJump.rawValue)
        }
    }

    @inline(never)
    private static func count(_ anomalies: UInt64, _ tally: inout LedgerTally) {
        var rest = anomalies
        while rest != 0 {
            if let anomaly = Anomaly(rawValue: UInt8(rest.trailingZeroBitCount)) { tally.note(anomaly) }
            rest &= rest &- 1
        }
    }

    @inline(never)
    private static func reject(
        _ bytes: Span<UInt8>, _ frame: FrameHeader, _ layer: Layer, _ batch: inout PacketBatch,
        _ tally: inout LedgerTally
    ) {
        tally.reject(.unsupportedLinkType)
        guard batch.rejects.count < PacketBatch.rejectLimit else { return }
        var sample: [UInt8] = []
        for index in layer.position..<min(layer.end, layer.position + Reject.sampleLimit) {
            sample.append(bytes[index])
        }
        let id = FactID(source: batch.source, record: frame.record)
        batch.rejects.append(
            Reject(id: id, offset: frame.offset, reason: .unsupportedLinkType, sample: sample))
    }

    /// Decodes a datagram that was put together from fragments and appended to the batch's buffer.
    ///
    /// The packet that carries the last fragment becomes the whole: the transport header is read, tunnels are taken
    /// off, and the marks of a fragment are gone. `tally` counts what is found wrong only now.
    ///
    /// - Parameters:
    ///   - packet: index of the packet that is to become the whole.
    ///   - place: of any of its fragments: what the payload is, and in how many tunnels.
    ///   - payload: the IP payload in `batch.bytes`.
    ///   - length: its true length, where fragments were not captured whole.
    package static func decodeReassembled(
        _ packet: Int, _ place: FragmentPlace, payload: Range<Int>, length: Int, in batch: inout PacketBatch,
        tally: inout LedgerTally
    ) {
        guard packet >= 0, packet < batch.packets.count, payload.upperBound <= batch.bytes.count else { return }
        var whole = batch.packets[packet]
        let before = whole.anomalies
        whole.attributes.subtract([.firstFragment, .laterFragment, .noTransport])
        var side = PacketSide()
        swap(&side.tunnels, &batch.tunnels)
        swap(&side.icmpErrors, &batch.icmpErrors)
        swap(&side.fragments, &batch.fragments)
        side.index = Int32(truncatingIfNeeded: packet)
        let layer = Layer(
            position: payload.lowerBound, end: payload.upperBound,
            wireEnd: payload.lowerBound + max(payload.count, length), depth: Int(place.depth))
        if whole.attributes.contains(.ipv6) {
            IPv6.decodeExtensions(batch.bytes.span, place.nextHeader, layer, &whole, &side)
        } else {
            Transport.decode(batch.bytes.span, place.nextHeader, layer, &whole, &side)
        }
        swap(&side.tunnels, &batch.tunnels)
        swap(&side.icmpErrors, &batch.icmpErrors)
        swap(&side.fragments, &batch.fragments)
        batch.packets[packet] = whole
        count(whole.anomalies & ~before, &tally)
        if before == 0, whole.anomalies != 0 { tally.anomalous += 1 }
    }
}

extension PacketBatch {
    /// Empties the batch and keeps its memory; its packets stay, to be written over.
    fileprivate mutating func reset(source: UInt32) {
        bytes = []
        tunnels.removeAll(keepingCapacity: true)
        icmpErrors.removeAll(keepingCapacity: true)
        fragments.removeAll(keepingCapacity: true)
        rejects = []
        self.source = source
    }
}
