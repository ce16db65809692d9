/// A pseudo-random source that gives the same numbers from the same seed on every machine.
///
/// SplitMix64, integers alone: no floating-point function of the platform takes part, so the last bit cannot differ.
/// Each part of the sample owns a stream of its own, so that a change in one part leaves the others as they were.
struct SeededGenerator {
    private var state: UInt64

    /// Creates the stream `name` of `seed`.
    init(seed: UInt64, stream name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        state = seed &* 0x9e37_79b9_7f4a_7c15 ^ hash
    }

    /// Returns the next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Returns a number in `0 ..< bound`; `bound` is positive.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Returns a number in `low ... high`.
    mutating func between(_ low: Int, _ high: Int) -> Int {
        low + below(high - low + 1)
    }

    /// Returns true in `perMille` of a thousand cases.
    mutating func chance(_ perMille: Int) -> Bool {
        below(1000) < perMille
    }

    /// Returns one of `choices`, which is not empty.
    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[below(choices.count)]
    }

    /// Returns an index drawn by `weights`.
    mutating func weighted(_ weights: [Int]) -> Int {
        var rest = below(weights.reduce(0, +))
        for (index, weight) in weights.enumerated() {
            if rest < weight { return index }
            rest -= weight
        }
        return weights.count - 1
    }

    /// Returns a value of the distribution whose evenly spaced quantiles are `table`, linear between them.
    mutating func quantile(_ table: [Int]) -> Int {
        let position = below((table.count - 1) * 4096)
        let low = table[position / 4096]
        let high = table[position / 4096 + 1]
        return low + (high - low) * (position % 4096) / 4096
    }

    /// Returns `value` plus or minus up to `perCent` of it.
    mutating func around(_ value: Int, perCent: Int) -> Int {
        value * (1000 + between(-10 * perCent, 10 * perCent)) / 1000
    }

    /// Returns `count` lower-case hexadecimal digits.
    mutating func hex(_ count: Int) -> String {
        var text = ""
        var bits: UInt64 = 0
        for index in 0..<count {
            if index % 16 == 0 { bits = next() }
            text += String(bits & 15, radix: 16)
            bits >>= 4
        }
        return text
    }
}
