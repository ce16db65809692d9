package import ForensicsModel

/// Replaces addresses: of IP prefix-preservingly, of hardware at random, both always in the same way under one key.
package struct AddressAnonymizer: Sendable {
    private let v4: PrefixCipher
    private let v6: PrefixCipher
    private let hardware: PrefixCipher
    private let identifiers: PrefixCipher
    private var known: [IPAddress: IPAddress] = [:]
    private var knownHardware: [UInt64: UInt64] = [:]

    /// How many addresses are remembered, and counted.
    private static let memoryLimit = 1 << 18

    /// How many different addresses were met.
    package struct Count: Sendable, Equatable {
        package var v4 = 0
        package var v6 = 0
        package var hardware = 0
        /// Addresses of IP that stay what they are.
        package var kept = 0
        /// There are more than were counted.
        package var isLowerBound = false
    }

    package private(set) var count = Count()

    package init(key: AnonymizationKey) {
        v4 = PrefixCipher(key: key.bytes(for: "ipv4"))
        v6 = PrefixCipher(key: key.bytes(for: "ipv6"))
        hardware = PrefixCipher(key: key.bytes(for: "hardware"))
        identifiers = PrefixCipher(key: key.bytes(for: "identifiers"))
    }

    /// Returns what stands for an address.
    ///
    /// Addresses that share some first bits, and no more, share as many afterwards. Loopback, IPv4 link-local, unspecified
    /// and broadcast addresses and assigned multicast groups stay; private ones stay within their block.
    package mutating func replacing(_ address: IPAddress) -> IPAddress {
        if let known = known[address] { return known }
        let result = compute(address)
        guard known.count < Self.memoryLimit else {
            count.isLowerBound = true
            return result
        }
        known[address] = result
        if Self.isKept(address) {
            count.kept += 1
        } else if address.isV4 {
            count.v4 += 1
        } else {
            count.v6 += 1
        }
        return result
    }

    private func compute(_ address: IPAddress) -> IPAddress {
        if let number = address.v4 {
            let bits = PrefixCipher.Bits(high: UInt64(number) << 32, low: 0)
            let result = v4.replacing(bits, from: SpecialAddresses.keptBits(v4: bits), count: 32)
            return IPAddress(v4: UInt32(truncatingIfNeeded: result.high >> 32))
        }
        let bits = PrefixCipher.Bits(high: address.high, low: address.low)
        let result = v6.replacing(bits, from: SpecialAddresses.keptBits(v6: bits), count: 128)
        return IPAddress(high: result.high, low: result.low)
    }

    private static func isKept(_ address: IPAddress) -> Bool {
        if let number = address.v4 {
            return SpecialAddresses.keptBits(v4: .init(high: UInt64(number) << 32, low: 0)) == 32
        }
        return SpecialAddresses.keptBits(v6: .init(high: address.high, low: address.low)) == 128
    }

    /// Returns what stands for a hardware address of 48 bits, in the low bits.
    ///
    /// Group addresses stay group addresses; the assigned ones stay what they are, and those of IPv6's solicited-node groups
    /// go with them. All others come out as locally administered, so that none is a real card's.
    package mutating func replacing(hardware address: UInt64) -> UInt64 {
        if address == 0 || address == 0xFFFF_FFFF_FFFF { return address }
        if let known = knownHardware[address] { return known }
        let result = compute(hardware: address)
        guard knownHardware.count < Self.memoryLimit else {
            count.isLowerBound = true
            return result
        }
        knownHardware[address] = result
        if result != address { count.hardware += 1 }
        return result
    }

    private mutating func compute(hardware address: UInt64) -> UInt64 {
        switch address >> 24 {
        // Spanning tree, LLDP; Cisco's; IPv4's and IPv6's assigned groups. IEEE 802.1D; RFC 1112; RFC 2464.
        case 0x0180C2, 0x01000C: return address
        case 0x01005E where address & 0xFFFF00 == 0: return address
        case 0x333300: return address
        case 0x3333FF:
            let group = IPAddress(high: 0xFF02 << 48, low: 0x0000_0001_FF00_0000 | address & 0xFF_FFFF)
            return address & ~0xFF_FFFF | compute(group).low & 0xFF_FFFF
        default: break
        }
        let random = hardware.scrambled(PrefixCipher.Bits(high: 0, low: address)).high >> 16
        let (group, local): (UInt64, UInt64) = (0x0100_0000_0000, 0x0200_0000_0000)
        return random & ~(group | local) | address & group | local
    }

    /// Returns eight bytes that stand for an identifier, or for bytes that tell packets apart.
    func scrambled(_ kind: UInt64, _ value: UInt64) -> UInt64 {
        identifiers.scrambled(PrefixCipher.Bits(high: kind, low: value)).high
    }
}
