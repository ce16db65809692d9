/// The standard normal distribution.
package enum NormalDistribution {
    /// Returns the probability of a value above `z`, exact far into the tail.
    package static func upperTail(_ z: Double) -> Double {
        0.5 * GammaFunctions.erfc(z / 1.414_213_562_373_095_1)
    }

    /// Returns the z whose upper tail is `tail`, for 1e-300 ≤ tail < 1; values outside are clamped.
    package static func upperQuantile(_ tail: Double) -> Double {
        if tail > 0.5 { return -upperQuantile(1 - tail) }
        let target = max(tail, 1e-300)
        if target == 0.5 { return 0 }
        let logTarget = ElementaryFunctions.log(target)
        let t = (-2 * logTarget).squareRoot()
        var z =
            t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
        for _ in 0..<8 {
            // Newton on the logarithm of the tail, which is almost straight in z².
            let current = upperTail(z)
            let density = ElementaryFunctions.exp(-z * z / 2) / 2.506_628_274_631_000_2
            let step = (ElementaryFunctions.log(current) - logTarget) * current / density
            z += step
            if abs(step) < 1e-14 * max(1, abs(z)) { break }
        }
        return z
    }
}

/// Student's t distribution; infinite degrees of freedom are the normal distribution.
package enum StudentDistribution {
    /// From here on the difference to the normal distribution is below one part in a million where it is used.
    private static let largeDegrees = 1e7

    /// Returns the probability of a value above `t`.
    package static func upperTail(_ t: Double, degrees: Double) -> Double {
        guard degrees < largeDegrees else { return NormalDistribution.upperTail(t) }
        let square = t * t
        let x = degrees / (degrees + square)
        let tail = 0.5 * BetaFunction.regularized(x, complement: square / (degrees + square), degrees / 2, 0.5)
        return t >= 0 ? tail : 1 - tail
    }

    /// Returns the t whose upper tail is `tail`, for 0 < tail ≤ 0.5.
    package static func upperQuantile(_ tail: Double, degrees: Double) -> Double {
        guard degrees < largeDegrees else { return NormalDistribution.upperQuantile(tail) }
        let point = BetaFunction.quantile(2 * tail, degrees / 2, 0.5)
        return (degrees * point.complement / point.value).squareRoot()
    }
}
