import ForensicsModel
import Testing

@Suite struct RadixOrderTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test(arguments: [0, 1, 8, 11, 12, 31, 33, 53, 64])
    func `keys come in ascending order and equal ones as they lie`(_ bits: Int) {
        var random = Generator(state: UInt64(bits) + 1)
        for count in [0, 1, 2, 100, 3000] {
            let mask = bits == 64 ? UInt64.max : 1 << UInt64(bits) - 1
            let keys = (0..<count).map { _ in random.next() & mask }
            let wanted = keys.indices.sorted { keys[$0] != keys[$1] ? keys[$0] < keys[$1] : $0 < $1 }
            #expect(RadixOrder.order(keys).map { Int($0) } == wanted)
        }
    }

    @Test func `keys that differ only in their highest bits are ordered`() {
        let keys: [UInt64] = [3 << 62, 0, 1 << 63, 1 << 62, 0]
        #expect(RadixOrder.order(keys) == [1, 4, 3, 2, 0])
    }

    @Test(arguments: [0, 7, 9, 10, 99, 100, 101, 999, 1000, 12_345, Int64.max, -1, -10, -100, Int64.min])
    func `numbers are written as decimal digits`(_ value: Int64) {
        var out = Array("x".utf8)
        DecimalText.append(value, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "x\(value)")
    }

    @Test func `the greatest number is written whole`() {
        var out: [UInt8] = []
        DecimalText.append(UInt64.max, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "18446744073709551615")
    }
}
