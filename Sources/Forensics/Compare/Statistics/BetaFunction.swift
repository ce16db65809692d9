/// The regularized incomplete beta function and its inverse, for real parameters.
///
/// Abramowitz and Stegun, section 26.5; continued fraction by Lentz' method.
package enum BetaFunction {
    /// Returns I_x(a, b) for a, b > 0.
    package static func regularized(_ x: Double, _ a: Double, _ b: Double) -> Double {
        regularized(x, complement: 1 - x, a, b)
    }

    /// Returns I_x(a, b) where `complement` is 1 − x, known more exactly than the difference would be.
    package static func regularized(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
        if x <= 0 { return 0 }
        if complement <= 0 { return 1 }
        let logFront =
            GammaFunctions.logGamma(a + b) - GammaFunctions.logGamma(a) - GammaFunctions.logGamma(b)
            + a * ElementaryFunctions.log(x) + b * ElementaryFunctions.log(complement)
        let front = ElementaryFunctions.exp(logFront)
        if x < (a + 1) / (a + b + 2) { return min(1, front * continuedFraction(x, a, b) / a) }
        return max(0, 1 - front * continuedFraction(complement, b, a) / b)
    }

    /// A point between 0 and 1 with its distance to 1.
    package struct Point {
        package var value: Double
        package var complement: Double

        /// The odds `value / (1 − value)`; +∞ at 1.
        package var odds: Double { complement > 0 ? value / complement : .infinity }
    }

    /// Returns the x with I_x(a, b) = `probability`.
    ///
    /// Newton steps inside a shrinking bracket; the side nearer to 0 is solved, so odds keep their precision.
    package static func quantile(_ probability: Double, _ a: Double, _ b: Double) -> Point {
        if probability <= 0 { return Point(value: 0, complement: 1) }
        if probability >= 1 { return Point(value: 1, complement: 0) }
        if a > b {
            let mirrored = solve(1 - probability, b, a)
            return Point(value: 1 - mirrored, complement: mirrored)
        }
        let value = solve(probability, a, b)
        return Point(value: value, complement: 1 - value)
    }

    private static func solve(_ probability: Double, _ a: Double, _ b: Double) -> Double {
        let logBeta = GammaFunctions.logGamma(a) + GammaFunctions.logGamma(b) - GammaFunctions.logGamma(a + b)
        var low = 0.0
        var high = 1.0
        var x = a / (a + b)
        for _ in 0..<200 {
            let error = regularized(x, a, b) - probability
            if error == 0 { return x }
            if error > 0 { high = x } else { low = x }
            let logDensity =
                (a - 1) * ElementaryFunctions.log(x) + (b - 1) * ElementaryFunctions.log1p(-x) - logBeta
            var next = x - error / ElementaryFunctions.exp(logDensity)
            if !(next > low && next < high) { next = low > 0 ? (low * high).squareRoot() : high / 16 }
            if abs(next - x) <= 1e-14 * x || next == low || next == high { return next }
            x = next
        }
        return x
    }

    private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        if abs(d) < tiny { d = tiny }
        d = 1 / d
        var h = d
        for step in 1..<20_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            for numerator in [even, odd] {
                d = 1 + numerator * d
                if abs(d) < tiny { d = tiny }
                c = 1 + numerator / c
                if abs(c) < tiny { c = tiny }
                d = 1 / d
                h *= d * c
            }
            if abs(d * c - 1) < 1e-16 { break }
        }
        return h
    }
}
