import ForensicsDecode
import ForensicsModel

/// Finds second sightings of one packet: copies of a mirror or of `-i any`, and packets that go in circles.
///
/// A packet is known again by its flow, IP id, sequence and acknowledgment numbers, flags, window and length. A real
/// retransmission has a new IP id. An id of 0 (and IPv6, which has none) decides nothing alone: then the last header
/// bytes, which hold the TCP timestamps, and the first payload bytes must agree too, and the sighting must be on
/// another interface or in another capture direction. The memory is a fixed table per shard; a newer packet takes an
/// older one's place.
struct DuplicateFilter {
    enum Verdict {
        case fresh, duplicate
        /// The third or a later sighting in one direction, each with a lower TTL.
        case loop
    }

    private struct Sighting {
        var time: Int64 = .min
        var interface: UInt16 = 0
        var direction: UInt8 = 0
        var ttl: UInt8 = 0
        /// Sightings in one direction with a falling TTL.
        var falling: UInt8 = 0
    }

    private static let slotCount = 256
    /// A packet in a loop comes back after a round trip of the loop, not within the window of a mirror.
    private static let loopWindow: Int64 = 1_000_000_000
    /// Bytes of payload that must agree where there is no IP id.
    private static let payloadSample = 32

    /// What was seen in each slot, apart from the rest: nearly every packet asks for this alone, and finds another's.
    /// In place: arrays would be asked at every packet whether they are shared.
    private var fingerprints = InlineArray<256, UInt64>(repeating: 0)
    private var sightings = InlineArray<256, Sighting>(repeating: Sighting())

    @inline(__always)
    mutating func judge(
        _ packet: Packet, _ bytes: Span<UInt8>, hash: UInt64, window: Int64
    ) -> Verdict {
        let fingerprint = Self.fingerprint(packet, bytes, hash)
        let slot = Int(truncatingIfNeeded: fingerprint) & (Self.slotCount &- 1)
        if fingerprints[slot] != fingerprint {
            fingerprints[slot] = fingerprint
            sightings[slot] = Sighting(
                time: packet.time.nanoseconds, interface: packet.interface, direction: packet.captureDirection,
                ttl: packet.ttl, falling: 1)
            return .fresh
        }
        return again(&sightings[slot], packet, window)
    }

    private func again(_ known: inout Sighting, _ packet: Packet, _ window: Int64) -> Verdict {
        let apart = packet.time.nanoseconds &- known.time
        let sameSide = known.interface == packet.interface && known.direction == packet.captureDirection
        if apart < 0 || apart > (sameSide && packet.ttl < known.ttl ? Self.loopWindow : window) {
            known.time = packet.time.nanoseconds
            known.ttl = packet.ttl
            known.interface = packet.interface
            known.direction = packet.captureDirection
            known.falling = 1
            return .fresh
        }
        if packet.ipID == 0, sameSide {
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

    @inline(__always)
    private static func fingerprint(_ packet: Packet, _ bytes: Span<UInt8>, _ hash: UInt64) -> UInt64 {
        let numbers = UInt64(packet.sequence) << 32 | UInt64(packet.acknowledgment)
        let shape =
            UInt64(packet.ipID) << 48 | UInt64(packet.sourcePort) << 32 | UInt64(packet.tcpFlags.rawValue) << 16
            | UInt64(packet.window)
        var value = mix(hash ^ numbers, shape ^ 0x9E37_79B9_7F4A_7C15)
        value = mix(value ^ UInt64(UInt32(bitPattern: packet.payloadLength)), packet.source.low ^ 0xBF58_476D_1CE4_E5B9)
        if packet.ipID == 0 { value = sample(packet, bytes, value) }
        return value
    }

    /// Folds in the last 12 header bytes and the first payload bytes, a word at a time.
    private static func sample(_ packet: Packet, _ bytes: Span<UInt8>, _ seed: UInt64) -> UInt64 {
        let position = Int(packet.payloadPosition)
        let end = min(position + min(Int(packet.payloadCaptured), payloadSample), bytes.count)
        guard position >= 12, position <= bytes.count else { return seed }
        var value = mix(seed ^ bytes.uint64(at: position - 12), bytes.uint64(at: position - 8) ^ 0x94D0_49BB_1331_11EB)
        var index = position
        while index + 8 <= end {
            value = (value ^ bytes.uint64(at: index)) &* 0x9E37_79B9_7F4A_7C15
            index += 8
        }
        return value ^ value >> 32
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
