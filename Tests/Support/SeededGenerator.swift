import Foundation

/// Random numbers from a seed: SplitMix64.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &+ 0x1234_5678_9ABC_DEF1 }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    package mutating func normal() -> Double {
        let radius = (-2 * log(max(uniform(), 1e-300))).squareRoot()
        return radius * cos(2 * Double.pi * uniform())
    }

    package mutating func poisson(_ mean: Double) -> Int64 {
        if mean > 60 { return Int64(max(0, (mean + mean.squareRoot() * normal()).rounded())) }
        var left = exp(-mean)
        var count: Int64 = 0
        let u = uniform()
        var sum = left
        while u > sum, count < 1000 {
            count += 1
            left *= mean / Double(count)
            sum += left
        }
        return count
    }

    /// Gamma with a mean of 1 and a shape; Marsaglia and Tsang.
    package mutating func gamma(shape: Double) -> Double {
        if shape < 1 {
            let boost = pow(max(uniform(), 1e-300), 1 / shape)
            return gamma(shape: shape + 1) * (shape + 1) * boost / shape
        }
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            if v > 0, log(max(uniform(), 1e-300)) < 0.5 * x * x + d - d * v + d * log(v) { return d * v / shape }
        }
    }
}
