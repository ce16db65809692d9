import ForensicsCompare
import ForensicsModel
import Testing

/// Quantiles that one value makes: a time-out that many requests ran into.
@Suite struct QuantileAtomTests {
    /// Latencies of 20 to 119 ms, and as many of three seconds as asked for.
    private static func latencies(_ count: Int, timedOut: Int) -> LogLinearHistogram {
        var histogram = LogLinearHistogram()
        for index in 0..<count { histogram.add(Int64(20 + index % 100) * 1_000_000) }
        for _ in 0..<timedOut { histogram.add(3_000_000_000) }
        return histogram
    }

    /// How many of 5,000 ran into the time-out before and during, the quantile, whether that is a change. Two-by-two tables:
    /// 0 and 200 of 5,000 differ by fourteen standard errors, 100 and 110 by 0.7.
    @Test(arguments: [
        (0, 200, 0.99, true), (200, 0, 0.99, true), (0, 450, 0.95, true), (100, 110, 0.99, false), (0, 0, 0.99, false),
    ])
    func `a quantile that one value makes is compared by how many have that value`(
        before: Int, during: Int, quantile: Double, isChange: Bool
    ) {
        let p = QuantileMeter.pValue(
            Self.latencies(5000 - before, timedOut: before), Self.latencies(5000 - during, timedOut: during),
            quantile: quantile)
        #expect(isChange ? p < 1e-9 : p > 0.05, "\(p)")
    }
}
