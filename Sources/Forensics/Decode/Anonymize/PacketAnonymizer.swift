package import ForensicsModel

/// Rewrites captured frames so that they can be given away: addresses replaced, payload zeroed, the rest of the headers kept.
///
/// The new frame is as long as the old one and begins as zeros. Only what is understood is written: a field that tells
/// nobody's name as it is, an address replaced, a checksum anew. So nothing that is not understood can be given away. Headers
/// are found as `PacketDecoder` finds them, by the same limits: the new frame decodes to the same packet with other
/// addresses.
///
/// A checksum that was right is right again, one that was wrong stays wrong with another value (a partial one of an offload
/// engine would tell the addresses' sum), and 0 stays 0. One that cannot be checked, as the packet is cut or in fragments,
/// comes out right for a packet that goes on with zeros.
package struct PacketAnonymizer: Sendable {
    /// What addresses are replaced with.
    package var addresses: AddressAnonymizer
    /// The frame at hand as it comes out.
    var out: [UInt8] = []
    var state = State()

    /// What is known besides the bytes.
    struct State {
        var tally = AnonymizationTally()
        /// Lengths in IP headers count although they reach beyond the layer around them: in what mirrors, quotes and first
        /// fragments hold, which may be the beginning alone.
        var trustsLengths = false
        /// A header of the frame at hand was not understood to its end.
        var isUnread = false
    }

    /// What became of the bytes so far.
    package var tally: AnonymizationTally { state.tally }

    /// - Parameter addresses: what addresses are replaced with, and the key of everything else that is.
    package init(addresses: AddressAnonymizer) { self.addresses = addresses }

    /// Returns the captured bytes of a frame as they can be given away.
    ///
    /// - Parameter bytes: the buffer that holds the frame.
    package mutating func anonymize(_ frame: FrameHeader, _ bytes: Span<UInt8>) -> [UInt8] {
        let start = min(max(frame.position, 0), bytes.count)
        let captured = min(max(frame.capturedLength, 0), bytes.count - start)
        let length = min(max(captured, frame.originalLength), Int(Int32.max))
        out = [UInt8](repeating: 0, count: captured)
        state.trustsLengths = false
        state.isUnread = false
        let before = tally.written
        let layer = Layer(position: 0, end: captured, wireEnd: length, depth: 0)
        link(frame.linkType, bytes.extracting(start..<(start + captured)), layer)
        state.tally.others += captured - (tally.written - before)
        state.tally.packets += 1
        if state.isUnread { state.tally.unreadPackets += 1 }
        return out
    }

    // MARK: - What is written

    /// Leaves bytes as they are, as far as they were captured.
    mutating func keep(_ bytes: Span<UInt8>, _ position: Int, _ count: Int) {
        let end = min(position + count, out.count)
        guard position < end else { return }
        for index in position..<end { out[index] = bytes[index] }
        state.tally.kept += end - position
    }

    /// Writes a number in network order as something replaced.
    mutating func replace(_ position: Int, _ count: Int, with value: UInt64) {
        for index in 0..<count {
            out[position + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - index)))
        }
        state.tally.replaced += count
    }

    /// Replaces an IPv4 address.
    mutating func replaceV4(_ bytes: Span<UInt8>, _ position: Int) {
        let address = addresses.replacing(IPAddress(v4: bytes.uint32(at: position)))
        replace(position, 4, with: UInt64(address.v4 ?? 0))
    }

    /// Replaces an IPv6 address.
    mutating func replaceV6(_ bytes: Span<UInt8>, _ position: Int) {
        write(
            addresses.replacing(IPAddress(high: bytes.uint64(at: position), low: bytes.uint64(at: position + 8))),
            position)
    }

    /// Writes the 16 bytes of an address.
    mutating func write(_ address: IPAddress, _ position: Int) {
        replace(position, 8, with: address.high)
        replace(position + 8, 8, with: address.low)
    }

    /// Replaces a hardware address of six bytes.
    mutating func replaceHardware(_ bytes: Span<UInt8>, _ position: Int) {
        let address = UInt64(bytes.uint16(at: position)) << 32 | UInt64(bytes.uint32(at: position + 2))
        replace(position, 6, with: addresses.replacing(hardware: address))
    }

    /// Leaves zeros for the payload of an application.
    mutating func zero(_ layer: Layer) { state.tally.payload += max(0, layer.captured) }

    /// Leaves zeros for what is not understood.
    mutating func giveUp() { state.isUnread = true }
}
