import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// The statistics against statsmodels, on generated data.
@Suite(.enabled(if: SciPy.hasStatsmodels, "Python has no statsmodels")) struct StatsmodelsTests {
    /// Runs a program that reads lines of numbers as `lines` and prints numbers.
    private func ask(_ body: String, _ lines: [[Double]]) -> [Double] {
        let program = """
            import sys, numpy as np, statsmodels.api as sm, statsmodels.stats.rates as rates
            from statsmodels.stats.multitest import multipletests
            lines = [[float(x) for x in line.split()] for line in sys.stdin]
            \(body)
            """
        let input = lines.map { $0.map { String($0) }.joined(separator: " ") }.joined(separator: "\n")
        return SciPy.run(program, input).compactMap(Double.init)
    }

    private func isClose(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
        abs(value - expected) <= tolerance * max(abs(expected), 1e-300)
    }

    @Test func `large counts have the interval of a ratio of two Poisson rates on the log scale`() throws {
        var random = SeededGenerator(seed: 21)
        let lines = (0..<50).map { _ in
            [
                6000 + random.uniform() * 90_000, 6000 + random.uniform() * 90_000, 60 + random.uniform() * 3000,
                60 + random.uniform() * 3000,
            ].map { $0.rounded() }
        }
        let expected = ask(
            """
            for b, d, tb, td in lines:
                low, high = rates.confint_poisson_2indep(d, td, b, tb, method="wald-log", compare="ratio")
                print(repr(float(low))); print(repr(float(high)))
            """, lines)
        try #require(expected.count == 2 * lines.count)
        for (index, line) in lines.enumerated() {
            let outcome = RateComparison.compare(
                before: .init(line[0], exposure: line[2]), during: .init(line[1], exposure: line[3]),
                dispersion: .poisson, confidence: 0.95)
            #expect(isClose(outcome.ratio.lower ?? 0, expected[2 * index], 1e-9), "\(line)")
            #expect(isClose(outcome.ratio.upper ?? 0, expected[2 * index + 1], 1e-9), "\(line)")
        }
    }

    @Test func `bursty counts have the interval and p-value of a quasi-Poisson regression`() throws {
        var random = SeededGenerator(seed: 22)
        let lines = (0..<30).map { _ in
            let factor = 1 + random.uniform() * 9
            return [
                factor * (6000 + random.uniform() * 40_000), factor * (6000 + random.uniform() * 40_000),
                60 + random.uniform() * 3000, 60 + random.uniform() * 3000, factor,
            ]
        }
        let expected = ask(
            """
            for b, d, tb, td, factor in lines:
                model = sm.GLM([b, d], [[1, 0], [1, 1]], family=sm.families.Poisson(), exposure=[tb, td])
                fit = model.fit(scale=factor, tol=1e-12)
                low, high = np.exp(fit.conf_int()[1])
                print(repr(float(low))); print(repr(float(high))); print(repr(float(fit.pvalues[1])))
            """, lines)
        try #require(expected.count == 3 * lines.count)
        for (index, line) in lines.enumerated() {
            let outcome = RateComparison.compare(
                before: .init(line[0], exposure: line[2]), during: .init(line[1], exposure: line[3]),
                dispersion: Dispersion(factor: line[4], degrees: .infinity), confidence: 0.95)
            #expect(isClose(outcome.ratio.lower ?? 0, expected[3 * index], 1e-7), "\(line)")
            #expect(isClose(outcome.ratio.upper ?? 0, expected[3 * index + 1], 1e-7), "\(line)")
            if expected[3 * index + 2] > 1e-200 {
                #expect(isClose(outcome.pValue, expected[3 * index + 2], 1e-6), "\(line)")
            }
        }
    }

    @Test func `the interval of a share ratio is that of the delta method, derived numerically`() throws {
        var random = SeededGenerator(seed: 26)
        let lines = (0..<30).map { _ -> [Double] in
            let (factor, rest) = (1 + random.uniform() * 4, 1 + random.uniform() * 4)
            func count(_ scale: Double) -> Double { (scale * (1 + random.uniform())).rounded() }
            return [count(90_000), count(100_000), count(90_000), count(100_000), factor, rest]
        }
        let expected = ask(
            """
            from scipy.stats import norm
            def slope(function, x):
                h = x * 1e-4
                return (function(x + h) - function(x - h)) / (2 * h)
            for v1, r1, v2, r2, phi, psi in lines:
                log_share = lambda v, r: np.log(v / (v + r))
                variance = 0
                for v, r in [(v1, r1), (v2, r2)]:
                    by_value = slope(lambda x: log_share(x, r), v)
                    by_rest = slope(lambda x: log_share(v, x), r)
                    variance += by_value**2 * phi * v + by_rest**2 * psi * r
                ratio = (v2 / (v2 + r2)) / (v1 / (v1 + r1))
                width = norm.ppf(0.975) * np.sqrt(variance)
                print(repr(float(ratio * np.exp(-width)))); print(repr(float(ratio * np.exp(width))))
            """, lines)
        try #require(expected.count == 2 * lines.count)
        for (index, line) in lines.enumerated() {
            let (before, during) = (line[0] + line[1], line[2] + line[3])
            let variances = [(line[0], before), (line[2], during)].map {
                ShareVariance(value: $0.0, total: $0.1, dispersion: line[4], restDispersion: line[5])
            }
            let factor = variances.reduce(0) { $0 + $1.ofLogarithm } / variances.reduce(0) { $0 + $1.ofOneCount }
            let ratio = RateComparison.compare(
                before: .init(line[0], exposure: before), during: .init(line[2], exposure: during),
                dispersion: Dispersion(factor: factor, degrees: .infinity), confidence: 0.95
            ).ratio
            #expect(isClose(ratio.lower ?? 0, expected[2 * index], 1e-6), "\(line)")
            #expect(isClose(ratio.upper ?? 0, expected[2 * index + 1], 1e-6), "\(line)")
        }
    }

    @Test func `the dispersion of a dimension is Pearson's of a Poisson regression with a mean for each value`() throws
    {
        var random = SeededGenerator(seed: 23)
        for minutes in [15, 40, 90] {
            let counts = (0..<6).map { value in
                (0..<minutes).map { _ in Double(random.poisson(Double(8 * (value + 1)) * random.gamma(shape: 2))) }
            }
            let start = Timestamp(nanoseconds: TrafficModel.origin)
            let window = TimeWindow(start: start, end: start.advanced(by: Int64(minutes) * TrafficModel.minute))
            let grid = MinuteGrid(WindowAggregate(window: window, exposure: window.length))
            let pool = Dispersion.pool(
                counts.map { series in
                    grid.series(
                        series.enumerated().map { .init(minute: Int32($0.offset), count: Int64($0.element)) })
                }, floor: 1)
            let expected = ask(
                """
                y, x = [], []
                for value, line in enumerate(lines):
                    n = len(line) // \(pool.blockLength)
                    for block in range(n):
                        y.append(sum(line[block * \(pool.blockLength):(block + 1) * \(pool.blockLength)]))
                        x.append([1.0 if other == value else 0.0 for other in range(len(lines))])
                print(repr(float(sm.GLM(y, x, family=sm.families.Poisson()).fit(scale="X2").scale)))
                """, counts)
            #expect(!pool.isAssumed && pool.inflation >= 1)
            #expect(isClose(pool.dispersion.factor / pool.inflation, expected.first ?? 0, 1e-6), "\(minutes)")
        }
    }

    @Test func `adjusted p-values are those of multipletests`() {
        var random = SeededGenerator(seed: 24)
        let values = (0..<200).map { _ in pow(random.uniform(), 3) }
        let expected = ask("for v in multipletests(lines[0], method='fdr_bh')[1]: print(repr(float(v)))", [values])
        #expect(expected.count == values.count)
        for (own, other) in zip(BenjaminiHochberg.adjusted(values), expected) { #expect(isClose(own, other, 1e-12)) }
    }

    @Test func `quantiles of histograms are NumPy's within one per cent`() {
        var random = SeededGenerator(seed: 25)
        var histogram = LogLinearHistogram()
        let values = (0..<5000).map { _ in (exp(random.normal() * 2 + 16)).rounded() }
        for value in values { histogram.add(Int64(value)) }
        let shares = [0.01, 0.25, 0.5, 0.95, 0.99, 0.999]
        let expected = ask(
            "for q in \(shares): print(repr(float(np.quantile(lines[0], q, method='inverted_cdf'))))", [values])
        #expect(expected.count == shares.count)
        for (share, other) in zip(shares, expected) {
            #expect(isClose(Double(histogram.quantile(share) ?? 0), other, 0.01), "\(share)")
        }
    }
}
