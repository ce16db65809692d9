/// Logarithm and exponential in plain arithmetic, so that every machine gives the same bits.
///
/// A C library may round the last bit differently from another; reports promise identical bytes.
package enum ElementaryFunctions {
    private static let ln2High = 0.693_147_180_369_123_8
    private static let ln2Low = 1.908_214_929_270_587_7e-10
    private static let squareRootOfTwo = 1.414_213_562_373_095_1

    /// Returns the natural logarithm; −∞ for 0, NaN for negative values.
    package static func log(_ value: Double) -> Double {
        guard value > 0 else { return value == 0 ? -.infinity : .nan }
        guard value.isFinite else { return value }
        var mantissa = value.significand
        var exponent = Double(value.exponent)
        if mantissa > squareRootOfTwo {
            mantissa /= 2
            exponent += 1
        }
        return exponent * ln2High + (exponent * ln2Low + doubledArtanh((mantissa - 1) / (mantissa + 1)))
    }

    /// Returns `log(1 + value)` without the loss that the sum has for small values.
    package static func log1p(_ value: Double) -> Double {
        abs(value) < 0.25 ? doubledArtanh(value / (2 + value)) : log(1 + value)
    }

    /// Returns `e` to the power of `value`; 0 and +∞ past the representable range.
    package static func exp(_ value: Double) -> Double {
        guard !value.isNaN else { return value }
        if value > 709.782_712_893_384 { return .infinity }
        if value < -745.133_219_101_942 { return 0 }
        let power = (value * 1.442_695_040_888_963_4).rounded()
        let rest = (value - power * ln2High) - power * ln2Low
        var sum = 1.0
        for term in stride(from: 15.0, through: 1, by: -1) { sum = 1 + sum * rest / term }
        return Double(sign: .plus, exponent: Int(power), significand: sum)
    }

    /// Returns 2·artanh(s) for |s| ≤ 0.18 by its series.
    private static func doubledArtanh(_ s: Double) -> Double {
        let square = s * s
        var sum = 0.0
        for odd in stride(from: 23.0, through: 3, by: -2) { sum = (sum + 1 / odd) * square }
        return 2 * (s + s * sum)
    }
}
