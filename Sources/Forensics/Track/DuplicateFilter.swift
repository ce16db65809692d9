import ForensicsDecode
import ForensicsModel

/// Finds second sightings of one packet: copies of a mirror or of `-i any`, and packets that go in circles.
///
/// A packet is known again by its flow, IP id, sequence and acknowledgment numbers, flags, window and length. A real
/// retransmission has a new IP id. An id of 0 (and IPv6, which has none) decides nothing alone: then the last header
/// bytes, which hold the TCP timestamps, and the first payload bytes must agree too, and the sighting must be on
/// another interface or in another capture direction, or within a tenth of a millisecond, in which nobody sends the
/// same bytes again. Where many packets are seen twice, as from a mirror of both directions, every second sighting is a
/// copy. What two files hold with the same time is one record: files of a set may overlap. A newer packet takes an older
/// one's place; where many of those it takes are younger than the window, as with a quick flow, the table grows up to a bound.
struct DuplicateFilter {
    enum Verdict {
        case fresh, duplicate
        /// The third or a later sighting in one direction, each with a lower TTL.
        case loop
    }

    private struct Sighting {
        var fingerprint: UInt64 = 0
        /// Long before any packet, yet not so long that differences pass 64 bits.
        var time: Int64 = -1 << 61
        var interface: UInt16 = 0
        var direction: UInt8 = 0
        var ttl: UInt8 = 0
        /// Sightings in one direction with a falling TTL.
        var falling: UInt8 = 0
        /// The last bits of the source's ordinal.
        var source: UInt16 = 0
        /// The last sighting was taken for a copy of the one before.
        var isPaired = false
    }

    private static let slotCounts = 256...8192
    /// A packet in a loop comes back after a round trip of the loop, not within the window of a mirror.
    private static let loopWindow: Int64 = 1_000_000_000
    /// Bytes of payload that must agree where there is no IP id.
    private static let payloadSample = 32

    /// A second sighting on the same side without an IP id to tell: nanoseconds.
    private static let copyWindow: Int64 = 100_000

    /// Groups of neighbours, of which the oldest makes way.
    private var sightings = [Sighting](repeating: Sighting(), count: Self.slotCounts.lowerBound)
    private static let groupLength = 4
    /// Of as many new packets as there are slots: those that have come, and those that took the place of one within the
    /// window.
    private var fresh = 0
    private var crowded = 0
    /// Whether a packet that its IP id or its payload tells was seen twice.
    private var hasCopies = false
    /// Of the last packets that are sent once at a time: those that were seen first, and those that were seen again on the same
    /// side within the window.
    private var single = 0
    private var repeated = 0
    private static let countLimit = 4096

    /// Whether one side sees its packets twice as a rule: networks do not retransmit every fourth packet as soon as that.
    private var isDoubled: Bool { repeated &* 4 > single }

    @inline(__always)
    mutating func judge(
        _ packet: Packet, _ bytes: Span<UInt8>, hash: UInt64, source: UInt32, window: Int64
    ) -> Verdict {
        let source = UInt16(truncatingIfNeeded: source)
        let fingerprint = Self.fingerprint(packet, bytes, hash)
        let first = Int(truncatingIfNeeded: fingerprint) & (sightings.count &- Self.groupLength)
        var slot = first
        var oldest = first
        while slot < first &+ Self.groupLength {
            if sightings[slot].fingerprint == fingerprint { return again(slot, packet, source, window) }
            if sightings[slot].time < sightings[oldest].time { oldest = slot }
            slot &+= 1
        }
        let now = packet.time.nanoseconds
        let isCrowded = now &- sightings[oldest].time < window
        sightings[oldest] = Sighting(
            fingerprint: fingerprint, time: now, interface: packet.interface, direction: packet.captureDirection,
            ttl: packet.ttl, falling: 1, source: source)
        count(isCrowded)
        if Self.isTelling(packet) { note(isRepeated: false) }
        return .fresh
    }

    /// Makes room where a quarter of the new packets took the place of one that might still have been seen again.
    @inline(__always)
    private mutating func count(_ isCrowded: Bool) {
        fresh &+= 1
        if isCrowded {
            crowded &+= 1
            if crowded &* 4 > sightings.count { grow() }
        }
        guard fresh >= sightings.count else { return }
        fresh = 0
        crowded = 0
    }

    private mutating func grow() {
        fresh = 0
        crowded = 0
        guard sightings.count < Self.slotCounts.upperBound else { return }
        let old = sightings
        sightings = [Sighting](
            repeating: Sighting(), count: min(old.count * Self.groupLength, Self.slotCounts.upperBound))
        for sighting in old where sighting.fingerprint != 0 {
            // Groups part by further bits, so that none overflows.
            var slot = Int(truncatingIfNeeded: sighting.fingerprint) & (sightings.count - Self.groupLength)
            while sightings[slot].fingerprint != 0, slot % Self.groupLength < Self.groupLength - 1 { slot += 1 }
            sightings[slot] = sighting
        }
    }

    /// Counts a packet that can be known again.
    @inline(__always)
    private mutating func note(isRepeated: Bool) {
        if isRepeated { repeated &+= 1 } else { single &+= 1 }
        guard single &+ repeated >= Self.countLimit else { return }
        single /= 2
        repeated /= 2
    }

    private mutating func again(_ slot: Int, _ packet: Packet, _ source: UInt16, _ window: Int64) -> Verdict {
        let before = sightings[slot]
        var known = before
        let verdict = again(&known, packet, source, window)
        sightings[slot] = known
        guard Self.isTelling(packet) else { return verdict }
        if case .duplicate = verdict { hasCopies = true }
        let apart = packet.time.nanoseconds &- before.time
        // Files of a set that overlap hold the same records.
        if before.source == source, Self.isSameSide(before, packet), apart >= 0, apart <= window {
            note(isRepeated: true)
        }
        return verdict
    }

    /// Whether a packet is sent once at a time: what has neither IP id nor payload may answer each of several segments. A SYN comes
    /// again after a second. RFC 6298, section 2.
    @inline(__always)
    private static func isTelling(_ packet: Packet) -> Bool {
        packet.ipID != 0 || packet.isTCP && (packet.payloadLength > 0 || packet.hasSYN)
    }

    private static func isSameSide(_ known: Sighting, _ packet: Packet) -> Bool {
        known.interface == packet.interface && known.direction == packet.captureDirection
    }

    private func again(
        _ known: inout Sighting, _ packet: Packet, _ source: UInt16, _ window: Int64
    ) -> Verdict {
        let apart = packet.time.nanoseconds &- known.time
        if apart == 0, known.source != source, known.ttl == packet.ttl { return .duplicate }
        defer { known.source = source }
        let sameSide = Self.isSameSide(known, packet)
        if apart < 0 || apart > (sameSide && packet.ttl < known.ttl ? Self.loopWindow : window) {
            known.time = packet.time.nanoseconds
            known.ttl = packet.ttl
            known.interface = packet.interface
            known.direction = packet.captureDirection
            known.falling = 1
            known.isPaired = false
            return .fresh
        }
        if packet.ipID == 0, sameSide, !isCopy(packet, &known, apart: apart) {
            known.time = packet.time.nanoseconds
            return .fresh
        }
        guard sameSide, packet.ttl < known.ttl else {
            return sameSide && packet.ttl > known.ttl ? .fresh : .duplicate
        }
        known.ttl = packet.ttl
        known.time = packet.time.nanoseconds
        known.falling = known.falling < .max ? known.falling + 1 : .max
        return known.falling >= 3 ? .loop : .duplicate
    }

    /// Whether a packet without an IP id is a copy of one that was seen within the window on the same side.
    ///
    /// Nobody sends the same payload twice at once. An acknowledgment may well be sent again, for each segment that arrives: where
    /// packets are seen twice, so is each of these.
    private func isCopy(_ packet: Packet, _ known: inout Sighting, apart: Int64) -> Bool {
        let isBare = packet.payloadLength == 0 && !(packet.isTCP && packet.tcpFlags.rawValue & 0x07 != 0)
        if isDoubled {
            known.isPaired = !isBare || !known.isPaired
            return known.isPaired
        }
        if packet.isTCP, packet.hasSYN { return true }
        return apart <= Self.copyWindow && (packet.payloadLength > 0 || hasCopies && !isBare)
    }

    @inline(__always)
    private static func fingerprint(_ packet: Packet, _ bytes: Span<UInt8>, _ hash: UInt64) -> UInt64 {
        let numbers = UInt64(packet.sequence) << 32 | UInt64(packet.acknowledgment)
        let shape =
            UInt64(packet.ipID) << 48 | UInt64(packet.sourcePort) << 32 | UInt64(packet.tcpFlags.rawValue) << 16
            | UInt64(packet.window)
        var value = (hash ^ numbers).foldedProduct(with: shape ^ 0x9E37_79B9_7F4A_7C15)
        value = (value ^ UInt64(UInt32(bitPattern: packet.payloadLength)))
            .foldedProduct(with: packet.source.low ^ 0xBF58_476D_1CE4_E5B9)
        if packet.ipID == 0 { value = sample(packet, bytes, value) }
        return value
    }

    /// Folds in the last 12 header bytes and the first payload bytes, a word at a time.
    private static func sample(_ packet: Packet, _ bytes: Span<UInt8>, _ seed: UInt64) -> UInt64 {
        let position = Int(packet.payloadPosition)
        let end = min(position + min(Int(packet.payloadCaptured), payloadSample), bytes.count)
        guard position >= 12, position <= bytes.count else { return seed }
        var value = (seed ^ bytes.uint64(at: position - 12))
            .foldedProduct(with: bytes.uint64(at: position - 8) ^ 0x94D0_49BB_1331_11EB)
        var index = position
        while index + 8 <= end {
            value = (value ^ bytes.uint64(at: index)) &* 0x9E37_79B9_7F4A_7C15
            index += 8
        }
        return value ^ value >> 32
    }
}
