import ForensicsDecode
import ForensicsModel
import Testing

/// The promises about replaced addresses. RFC 6890 lists the special-purpose blocks, RFC 4291 IPv6's.
@Suite struct AddressAnonymizerTests {
    static func anonymizer(_ secret: String = "a secret of many bytes") -> AddressAnonymizer {
        AddressAnonymizer(key: AnonymizationKey(secret: Array(secret.utf8)))
    }

    /// How many first bits two addresses share.
    private static func shared(_ one: IPAddress, _ other: IPAddress) -> Int {
        one.high == other.high
            ? 64 + (one.low ^ other.low).leadingZeroBitCount : (one.high ^ other.high).leadingZeroBitCount
    }

    /// Pairs that share any number of bits, in every block of interest.
    private static func pairs(isV4: Bool) -> [(IPAddress, IPAddress)] {
        var generator = SystemRandomNumberGenerator()
        let starts: [IPAddress] = ["10.0.0.0", "192.168.0.0", "224.0.0.0", "100.64.0.0", "fe80::", "fd00::", "ff02::1"]
            .compactMap { IPAddress($0) }.filter { $0.isV4 == isV4 }
        return (0..<400).map { index in
            let random = IPAddress(
                high: UInt64.random(in: 0 ... .max, using: &generator),
                low: UInt64.random(in: 0 ... .max, using: &generator))
            var one = isV4 ? IPAddress(v4: UInt32(truncatingIfNeeded: random.low)) : random
            if index % 3 == 0, let start = starts.randomElement() {
                one =
                    isV4
                    ? IPAddress(v4: (start.v4 ?? 0) | (one.v4 ?? 0) & 0xFFFF)
                    : IPAddress(high: start.high, low: random.low)
            }
            let bit = UInt64.random(in: 0..<(isV4 ? 32 : 128), using: &generator)
            var other = one
            if bit < 64 { other.low ^= 1 << bit } else { other.high ^= 1 << (bit - 64) }
            // What comes behind the first bit that differs does not matter.
            if bit < 64, bit > 0 { other.low ^= random.high & ((1 << bit) - 1) }
            return (one, other)
        }
    }

    @Test(arguments: [true, false])
    func `two addresses share as many first bits afterwards as before`(isV4: Bool) {
        var anonymizer = Self.anonymizer()
        for (one, other) in Self.pairs(isV4: isV4) where one.isV4 == other.isV4 {
            let (first, second) = (anonymizer.replacing(one), anonymizer.replacing(other))
            #expect(Self.shared(first, second) == Self.shared(one, other), "\(one) \(other) \(first) \(second)")
            #expect(first.isV4 == one.isV4)
        }
    }

    @Test func `no two addresses become one`() {
        var anonymizer = Self.anonymizer()
        let results = Set((0..<4096).map { anonymizer.replacing(IPAddress(v4: 0xC633_6000 + $0)) })
        #expect(results.count == 4096)
        // All of a /20 are in one /20.
        #expect(Set(results.compactMap(\.v4).map { $0 >> 12 }).count == 1)
    }

    @Test(
        arguments: [
            "0.0.0.0", "127.0.0.1", "127.8.9.10", "169.254.169.254", "224.0.0.251", "255.255.255.255", "::", "::1",
            "ff02::1", "ff02::fb", "ff05::1:3", "::ffff:127.0.0.1",
        ])
    func `an address that means the same everywhere stays`(text: String) throws {
        let address = try #require(IPAddress(text))
        var anonymizer = Self.anonymizer()
        #expect(anonymizer.replacing(address) == address)
        #expect(anonymizer.count.kept == 1 && anonymizer.count.v4 == 0 && anonymizer.count.v6 == 0)
    }

    @Test(
        arguments: [
            ("10.1.2.3", "10.0.0.0", 8), ("172.20.1.2", "172.16.0.0", 12), ("192.168.7.8", "192.168.0.0", 16),
            ("100.70.1.1", "100.64.0.0", 10), ("239.1.2.3", "224.0.0.0", 4), ("fe80::10ff:fe00:1", "fe80::", 64),
            ("fd12:3456::1", "fd00::", 8), ("ff02::1:ff12:3456", "ff02::1:ff00:0", 104), ("ff3e::db8:1", "ff3e::", 16),
            ("2001:db8::1", "2000::", 3), ("::ffff:10.9.8.7", "10.0.0.0", 8),
        ])
    func `an address of a special block becomes another one of it`(text: String, block: String, length: Int) throws {
        let (address, first) = (try #require(IPAddress(text)), try #require(IPAddress(block)))
        var anonymizer = Self.anonymizer()
        let result = anonymizer.replacing(address)
        #expect(Self.shared(result, first) - (first.isV4 ? 96 : 0) >= length, "\(result)")
        #expect(result != address)
        #expect(anonymizer.replacing(address) == result)
    }

    @Test func `no public address becomes a private one`() {
        var anonymizer = Self.anonymizer()
        for address in (0..<2000).map({ IPAddress(v4: $0 &* 2_147_001 &+ 0x0B00_0000) }) {
            #expect(anonymizer.replacing(address).isPrivate == address.isPrivate, "\(address)")
        }
    }

    @Test func `one secret gives one result, another another`() throws {
        let address = try #require(IPAddress("198.51.100.67"))
        var (one, same, other) = (Self.anonymizer(), Self.anonymizer(), Self.anonymizer("another secret of bytes"))
        #expect(one.replacing(address) == same.replacing(address))
        #expect(one.replacing(address) != other.replacing(address))
        #expect(one.replacing(hardware: 0x0A11_2233_4455) == same.replacing(hardware: 0x0A11_2233_4455))
        #expect(one.replacing(hardware: 0x0A11_2233_4455) != other.replacing(hardware: 0x0A11_2233_4455))
    }

    @Test func `hardware addresses are replaced by local ones, groups stay groups`() {
        var anonymizer = Self.anonymizer()
        let card = anonymizer.replacing(hardware: 0x001B_2133_4455)
        #expect(card >> 40 & 3 == 2)
        #expect(card & 0xFFFF_FFFF != 0x2133_4455)
        for kept in [0, 0xFFFF_FFFF_FFFF, 0x0180_C200_000E, 0x0100_5E00_00FB, 0x3333_0000_0001] as [UInt64] {
            #expect(anonymizer.replacing(hardware: kept) == kept)
        }
        let cluster = anonymizer.replacing(hardware: 0x03BF_0A01_0203)
        #expect(cluster >> 40 & 1 == 1)
        #expect(cluster & 0xFFFF_FFFF != 0x0A01_0203)
        // A solicited node's group has the same last bits as the address of IP.
        let group = anonymizer.replacing(IPAddress(high: 0xFF02 << 48, low: 0x0000_0001_FF12_3456))
        #expect(anonymizer.replacing(hardware: 0x3333_FF12_3456) == 0x3333_FF00_0000 | group.low & 0xFF_FFFF)
        #expect(anonymizer.count.hardware == 3)
    }
}
