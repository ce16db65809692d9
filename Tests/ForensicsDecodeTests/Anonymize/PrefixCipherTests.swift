import ForensicsDecode
import ForensicsModel
import Testing

/// Against the values that the authors of Crypto-PAn published with their program, and for IPv6 those that other
/// implementations agree on (Yawning/cryptopan, yacryptopan), all under the key of that program's sample.
@Suite struct PrefixCipherTests {
    private static let key: [UInt8] = [
        21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98,
        87,
        76, 45, 42, 132, 34, 2,
    ]

    private static func bits(_ text: String) throws -> PrefixCipher.Bits {
        let address = try #require(IPAddress(text))
        return PrefixCipher.Bits(
            high: address.v4.map { UInt64($0) << 32 } ?? address.high, low: address.isV4 ? 0 : address.low)
    }

    @Test(
        arguments: [
            ("128.11.68.132", "135.242.180.132"), ("129.118.74.4", "134.136.186.123"),
            ("130.132.252.244", "133.68.164.234"), ("141.223.7.43", "141.167.8.160"),
            ("141.233.145.108", "141.129.237.235"), ("152.163.225.39", "151.140.114.167"),
            ("156.29.3.236", "147.225.12.42"), ("165.247.96.84", "162.9.99.234"),
            ("166.107.77.190", "160.132.178.185"), ("192.102.249.13", "252.138.62.131"),
            ("192.215.32.125", "252.43.47.189"), ("192.233.80.103", "252.25.108.8"),
            ("192.41.57.43", "252.222.221.184"), ("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"),
            ("::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef"), ("::ffff", "78ff:f001:9fc0:20df:8380:b1f1:704:f838"),
            ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"),
            ("2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"),
        ])
    func `an address becomes what Crypto-PAn makes of it`(original: String, expected: String) throws {
        let count = original.contains(":") ? 128 : 32
        let result = PrefixCipher(key: Self.key).replacing(try Self.bits(original), from: 0, count: count)
        #expect(result == (try Self.bits(expected)))
    }
}
