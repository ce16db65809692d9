/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3).
package struct IPNetwork: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first address of the block; bits past the prefix are zero.
    package let address: IPAddress
    /// The prefix length counted in the 128-bit form: an IPv4 `/24` is 120.
    package let prefixLength: Int

    /// Creates the block of `length` bits around an address; the length is clamped to the address family.
    package init(_ address: IPAddress, length: Int) {
        self.init(address, bits: address.isV4 ? 96 + min(max(length, 0), 32) : min(max(length, 0), 128))
    }

    private init(_ address: IPAddress, bits: Int) {
        prefixLength = bits
        let (high, low) = Self.mask(bits)
        self.address = IPAddress(high: address.high & high, low: address.low & low)
    }

    /// The network that a client is told by: the smallest blocks that are routed on the Internet, /24 and /48.
    package init(around client: IPAddress) { self.init(client, length: client.isV4 ? 24 : 48) }

    /// Creates a block from `a.b.c.d/n`, `x::y/n`, or a single address; `nil` if it is neither.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else {
            guard let address = IPAddress(text) else { return nil }
            self.init(address, length: 128)
            return
        }
        guard let address = IPAddress(String(text[..<slash])), let length = Int(text[text.index(after: slash)...]),
            length >= 0, length <= (address.isV4 ? 32 : 128)
        else { return nil }
        self.init(address, length: length)
    }

    /// Whether an address lies in the block; one of the other family never does, but in blocks that hold all mapped addresses.
    package func contains(_ other: IPAddress) -> Bool {
        let (high, low) = Self.mask(prefixLength)
        return other.high & high == address.high && other.low & low == address.low
    }

    /// Whether a block lies in this one, or is it.
    package func holds(_ other: IPNetwork) -> Bool { prefixLength <= other.prefixLength && contains(other.address) }

    /// Returns the narrowest block that holds this one and another.
    package func common(with other: IPNetwork) -> IPNetwork {
        let (high, low) = (address.high ^ other.address.high, address.low ^ other.address.low)
        let shared = high == 0 ? 64 + low.leadingZeroBitCount : high.leadingZeroBitCount
        return IPNetwork(address, bits: min(shared, prefixLength, other.prefixLength))
    }

    package var description: String {
        "\(address)/\(isV4 ? prefixLength - 96 : prefixLength)"
    }

    package static func < (left: IPNetwork, right: IPNetwork) -> Bool {
        left.address != right.address ? left.address < right.address : left.prefixLength < right.prefixLength
    }

    /// Whether it is a block of IPv4 addresses.
    package var isV4: Bool { prefixLength >= 96 && address.isV4 }

    private static func mask(_ bits: Int) -> (UInt64, UInt64) {
        let high: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : ~(UInt64.max >> UInt64(bits))
        let low: UInt64 = bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        return (high, low)
    }
}

extension [IPNetwork] {
    /// Whether an address may be a load balancer's: a private one, or one in these networks, which the user named.
    @inline(never)
    package func canHoldLoadBalancer(_ address: IPAddress) -> Bool {
        address.isPrivate || contains { $0.contains(address) }
    }
}
