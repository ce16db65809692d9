/// One flow in `rate`, whole: which packets a sample keeps, told from their addresses and ports alone.
///
/// The live capture compiles the same function into the kernel's filter, so both must agree on every packet:
/// - Both directions of a flow have the same hash; it is kept if the hash is below 2³² / `rate`. The flows of a sample of
///   one in 20 are therefore among those of one in 10.
/// - TCP and UDP packets are told by addresses and ports. Fragments (the first one too), ICMP and everything else are told
///   by their addresses alone: all parts of a datagram stay together, but may be kept where the flow is not, and the other
///   way round. So are IPv6 packets with extension headers.
/// - Up to two VLAN tags are stepped over. Tunnels are not: their outer packet decides.
/// - What is not IP, or too short to tell, is not kept.
package struct FlowSample: Sendable, Equatable {
    /// A constant: the same flows on every run and every machine.
    package static let defaultSeed: UInt32 = 0x6A09_E667

    /// One flow in so many is kept; 1 keeps everything.
    package let rate: UInt32
    package let seed: UInt32

    /// - Parameter rate: one flow in so many; 0 is taken for 1.
    package init(rate: UInt32, seed: UInt32 = defaultSeed) {
        self.rate = max(1, rate)
        self.seed = seed
    }

    /// Keeps everything.
    package static let all = FlowSample(rate: 1)

    /// The sample as one of the options that shape a result; empty for everything.
    package var fingerprint: String {
        if rate == 1 { return "" }
        return ";sample=\(rate)" + (seed == Self.defaultSeed ? "" : ";sample-seed=\(seed)")
    }

    /// Hashes below this are kept. Not of use for a rate of 1.
    package var threshold: UInt32 { UInt32(clamping: (UInt64(1) << 32) / UInt64(rate)) }

    /// Where a link layer has the type of what it carries, and how long its header is.
    package struct LinkLayout: Sendable, Equatable {
        /// The place of the EtherType; `nil` where the version of IP is all there is to tell.
        package var typePosition: Int?
        package var headerLength: Int
        /// Whether VLAN tags may stand before the type.
        package var hasTags: Bool

        /// The layout of a LINKTYPE_ value, or `nil` if frames of it cannot be sampled.
        package init?(linkType: UInt16) {
            switch linkType {
            case 1: (typePosition, headerLength, hasTags) = (12, 14, true)
            case 113: (typePosition, headerLength, hasTags) = (14, 16, false)
            case 276: (typePosition, headerLength, hasTags) = (0, 20, false)
            case 12, 14, 101, 228, 229: (typePosition, headerLength, hasTags) = (nil, 0, false)
            case 0, 108: (typePosition, headerLength, hasTags) = (nil, 4, false)
            default: return nil
            }
        }
    }

    /// VLAN tags that are stepped over.
    package static let tagLimit = 2
    /// IEEE 802.1Q, 802.1ad, and what came before it.
    package static let tagTypes: [UInt32] = [0x8100, 0x88A8, 0x9100]

    /// Whether the sample has this frame.
    package func keeps(_ bytes: Span<UInt8>, _ frame: Range<Int>, _ layout: LinkLayout) -> Bool {
        if rate == 1 { return true }
        guard let hash = hash(bytes, frame, layout) else { return false }
        return hash < threshold
    }

    /// The hash of a frame's flow, or `nil` where there is none to tell.
    package func hash(_ bytes: Span<UInt8>, _ frame: Range<Int>, _ layout: LinkLayout) -> UInt32? {
        let end = min(frame.upperBound, bytes.count)
        var ip = frame.lowerBound + layout.headerLength
        guard frame.lowerBound >= 0, ip < end else { return nil }
        var isV6 = bytes[ip] >> 4 == 6
        if let typePosition = layout.typePosition {
            var place = frame.lowerBound + typePosition
            guard place + 2 <= end else { return nil }
            var type = Self.word16(bytes, place)
            if layout.hasTags {
                var tags = 0
                while tags < Self.tagLimit, type == 0x8100 || type == 0x88A8 || type == 0x9100 {
                    place += 4
                    ip += 4
                    tags += 1
                    guard place + 2 <= end else { return nil }
                    type = Self.word16(bytes, place)
                }
            }
            guard type == 0x0800 || type == 0x86DD else { return nil }
            isV6 = type == 0x86DD
        } else if !isV6, bytes[ip] >> 4 != 4 {
            return nil
        }
        return isV6 ? hash6(bytes, ip, end) : hash4(bytes, ip, end)
    }

    @inline(__always)
    private func hash4(_ bytes: Span<UInt8>, _ ip: Int, _ end: Int) -> UInt32? {
        guard ip + 20 <= end else { return nil }
        var ports: (UInt32, UInt32) = (0, 0)
        let number = bytes[ip + 9]
        if Self.word16(bytes, ip + 6) & 0x3FFF == 0, number == 6 || number == 17 {
            let transport = ip + Int(bytes[ip] & 15) * 4
            guard transport + 4 <= end else { return nil }
            ports = (Self.word16(bytes, transport), Self.word16(bytes, transport + 2))
        }
        return hash((Self.word32(bytes, ip + 12), ports.0), (Self.word32(bytes, ip + 16), ports.1))
    }

    @inline(__always)
    private func hash6(_ bytes: Span<UInt8>, _ ip: Int, _ end: Int) -> UInt32? {
        guard ip + 40 <= end else { return nil }
        var ports: (UInt32, UInt32) = (0, 0)
        let next = bytes[ip + 6]
        if next == 6 || next == 17 {
            guard ip + 44 <= end else { return nil }
            ports = (Self.word16(bytes, ip + 40), Self.word16(bytes, ip + 42))
        }
        return hash((Self.folded(bytes, ip + 8), ports.0), (Self.folded(bytes, ip + 24), ports.1))
    }

    /// The hash of two ends, whichever comes first.
    @inline(__always)
    func hash(_ first: (address: UInt32, port: UInt32), _ second: (address: UInt32, port: UInt32)) -> UInt32 {
        var sum = mixed(first.address, first.port) &+ mixed(second.address, second.port)
        sum ^= sum >> 16
        sum &*= 0x7FEB_352D
        sum ^= sum >> 15
        sum &*= 0x846C_A68B
        return sum ^ sum >> 16
    }

    @inline(__always)
    private func mixed(_ address: UInt32, _ port: UInt32) -> UInt32 {
        var value = (address ^ seed) &* 0x9E37_79B1
        value ^= value >> 15
        value = (value &+ port) &* 0x85EB_CA77
        value ^= value >> 13
        return value &* 0xC2B2_AE3D
    }

    /// An IPv6 address as one word.
    @inline(__always)
    private static func folded(_ bytes: Span<UInt8>, _ place: Int) -> UInt32 {
        var value = word32(bytes, place)
        for word in 1..<4 { value = (value &* 0x9E37_79B1) ^ word32(bytes, place + 4 * word) }
        return value
    }

    @inline(__always)
    private static func word16(_ bytes: Span<UInt8>, _ place: Int) -> UInt32 {
        UInt32(bytes[place]) << 8 | UInt32(bytes[place + 1])
    }

    @inline(__always)
    private static func word32(_ bytes: Span<UInt8>, _ place: Int) -> UInt32 {
        word16(bytes, place) << 16 | word16(bytes, place + 2)
    }
}
