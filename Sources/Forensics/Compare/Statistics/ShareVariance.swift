/// How far a value's share of a total may be off, where the value and the rest vary independently.
///
/// By the delta method, for a share s = v / (v + r) with var v = φ·v and var r = ψ·r:
/// var(log s) = (1 − s)² · φ / v + s · (1 − s) · ψ / v. With φ = ψ = 1 it is that of a binomial share, (1 − s) / v.
package struct ShareVariance: Sendable {
    /// The variance of the logarithm of the share.
    package let ofLogarithm: Double
    /// The variance of the logarithm of a Poisson count as large as the value.
    package let ofOneCount: Double

    /// - Parameters:
    ///   - value: the value's count; at least half an event is taken, and half an event of the rest.
    ///   - total: the count of everything, the value included.
    ///   - dispersion: variance over mean of the value.
    ///   - restDispersion: variance over mean of the rest.
    package init(value: Double, total: Double, dispersion: Double, restDispersion: Double) {
        let count = max(0.5, value)
        let rest = max(0.5, total - value)
        let others = rest / (count + rest)
        ofOneCount = 1 / count
        ofLogarithm = others * (others * dispersion + (1 - others) * restDispersion) / count
    }
}
