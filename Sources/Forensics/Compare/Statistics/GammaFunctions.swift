/// The gamma function's logarithm and its incomplete forms.
///
/// Abramowitz and Stegun, sections 6.1 and 6.5; Lanczos' approximation with g = 7.
package enum GammaFunctions {
    private static let lanczos: [Double] = [
        0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
        -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
        1.505_632_735_149_311_6e-7,
    ]

    /// Returns the logarithm of Γ(x) for x > 0, relative error below 1e-13.
    package static func logGamma(_ x: Double) -> Double {
        if x < 0.5 { return logGamma(x + 1) - ElementaryFunctions.log(x) }
        let shifted = x - 1
        var sum = lanczos[0]
        for index in 1..<lanczos.count { sum += lanczos[index] / (shifted + Double(index)) }
        let t = shifted + 7.5
        let halfLogOfTwoPi = 0.918_938_533_204_672_8
        return halfLogOfTwoPi + (shifted + 0.5) * ElementaryFunctions.log(t) - t + ElementaryFunctions.log(sum)
    }

    /// Returns the upper regularized incomplete gamma function Q(a, x).
    package static func upperRegularized(_ a: Double, _ x: Double) -> Double {
        guard x > 0 else { return 1 }
        guard x.isFinite else { return 0 }
        return x < a + 1 ? 1 - series(a, x) : continuedFraction(a, x)
    }

    /// Returns the complementary error function.
    package static func erfc(_ x: Double) -> Double {
        let tail = upperRegularized(0.5, x * x)
        return x >= 0 ? tail : 2 - tail
    }

    private static func front(_ a: Double, _ x: Double) -> Double {
        ElementaryFunctions.exp(a * ElementaryFunctions.log(x) - x - logGamma(a))
    }

    private static func series(_ a: Double, _ x: Double) -> Double {
        var term = 1 / a
        var sum = term
        var denominator = a
        for _ in 0..<10_000 {
            denominator += 1
            term *= x / denominator
            sum += term
            if abs(term) < abs(sum) * 1e-17 { break }
        }
        return sum * front(a, x)
    }

    private static func continuedFraction(_ a: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / b
        var h = d
        for step in 1..<10_000 {
            let an = -Double(step) * (Double(step) - a)
            b += 2
            d = an * d + b
            if abs(d) < tiny { d = tiny }
            c = b + an / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            h *= d * c
            if abs(d * c - 1) < 1e-16 { break }
        }
        return front(a, x) * h
    }
}
