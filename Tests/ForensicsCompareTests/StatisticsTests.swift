import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

@Suite struct StatisticsTests {
    private func isClose(_ value: Double, _ expected: Double, _ relative: Double, _ absolute: Double = 0) -> Bool {
        abs(value - expected) <= max(absolute, relative * abs(expected)) || value == expected
    }

    @Test func `logarithm and exponential agree with the C library to the last digits`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let x = exp((random.uniform() - 0.5) * 1400)
            #expect(isClose(ElementaryFunctions.log(x), log(x), 4e-16, 4e-16))
            let small = random.uniform() * 2 - 0.999
            #expect(isClose(ElementaryFunctions.log1p(small), log1p(small), 1e-15))
            let y = (random.uniform() - 0.5) * 1400
            #expect(isClose(ElementaryFunctions.exp(y), exp(y), 1e-15))
        }
        #expect(ElementaryFunctions.exp(-800) == 0)
        #expect(ElementaryFunctions.log(0) == -.infinity)
    }

    @Test(arguments: [
        (0.5, 0.572_364_942_924_700_1), (1, 0), (3, 0.693_147_180_559_945_3), (10.5, 13.940_625_219_403_763),
        (1e6, 12_815_504.569_147_611), (1e-3, 6.907_178_885_383_853),
    ]) func `the logarithm of the gamma function has its tabulated values`(x: Double, expected: Double) {
        #expect(isClose(GammaFunctions.logGamma(x), expected, 1e-12, 1e-13))
    }

    /// scipy.stats.binomtest(k, n).proportion_ci(0.95, 'exact'), as odds.
    @Test(arguments: [
        (10.0, 20.0, 0.893_508_89, 4.784_552_44), (0.0, 12.0, 2.778_597_33, -1), (7.0, 0.0, 0, 0.693_813_98),
    ]) func `a ratio of two counts has the exact conditional interval`(
        before: Double, during: Double, lower: Double, upper: Double
    ) {
        let outcome = RateComparison.compare(
            before: .init(before, exposure: 60), during: .init(during, exposure: 60), dispersion: .poisson,
            confidence: 0.95)
        #expect(isClose(outcome.ratio.lower ?? -1, lower, 1e-5, 1e-12))
        #expect(isClose(outcome.ratio.upper ?? -1, upper, 1e-5, 1e-12))
    }

    @Test func `nothing counted at all gives no ratio and no doubt`() {
        let outcome = RateComparison.compare(
            before: .init(0, exposure: 60), during: .init(0, exposure: 60), dispersion: .poisson, confidence: 0.95)
        #expect(outcome.ratio == RateRatio(value: nil, lower: nil, upper: nil))
        #expect(outcome.pValue == 1)
    }

    @Test func `a wider exposure moves the ratio and its bounds alike`() throws {
        let one = RateComparison.compare(
            before: .init(40, exposure: 60), during: .init(90, exposure: 60), dispersion: .poisson, confidence: 0.95)
        let two = RateComparison.compare(
            before: .init(40, exposure: 120), during: .init(90, exposure: 60), dispersion: .poisson, confidence: 0.95)
        let pairs = [
            (one.ratio.value, two.ratio.value), (one.ratio.lower, two.ratio.lower), (one.ratio.upper, two.ratio.upper),
        ]
        for (a, b) in pairs { #expect(isClose(try #require(b), 2 * (try #require(a)), 1e-9)) }
    }

    @Test func `adjusted p-values are those of Benjamini and Hochberg`() {
        let values = [0.01, 0.04, 0.03, 0.005, 0.5]
        let expected = [0.025, 0.05, 0.05, 0.025, 0.5]
        for (value, expected) in zip(BenjaminiHochberg.adjusted(values), expected) {
            #expect(isClose(value, expected, 1e-12))
        }
    }
}

@Suite(.enabled(if: SciPy.isAvailable)) struct SciPyOracleTests {
    private func check(
        _ expression: String, _ lines: [[Double]], tolerance: Double, _ own: ([Double]) -> Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = SciPy.map(expression, lines)
        #expect(expected.count == lines.count, sourceLocation: sourceLocation)
        for (line, expected) in zip(lines, expected) {
            let value = own(line)
            let isClose = value == expected || abs(value - expected) <= tolerance * max(abs(expected), 1e-290)
            #expect(isClose, "\(line): \(value), SciPy \(expected)", sourceLocation: sourceLocation)
        }
    }

    private func grid(_ count: Int, seed: UInt64, _ make: (inout SeededGenerator) -> [Double]) -> [[Double]] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in make(&random) }
    }

    @Test func `incomplete beta`() {
        let lines = grid(400, seed: 2) {
            [exp(($0.uniform() - 0.5) * 16), exp(($0.uniform() - 0.5) * 16), $0.uniform()]
        }
        check("sp.betainc(a[0],a[1],a[2])", lines, tolerance: 2e-9) { BetaFunction.regularized($0[2], $0[0], $0[1]) }
    }

    @Test func `inverse of the incomplete beta`() {
        let lines = grid(300, seed: 3) {
            [0.1 + $0.uniform() * 3000, 0.1 + $0.uniform() * 3000, 1e-6 + 0.999 * $0.uniform()]
        }
        check("sp.betaincinv(a[0],a[1],a[2])", lines, tolerance: 1e-9) {
            BetaFunction.quantile($0[2], $0[0], $0[1]).value
        }
    }

    @Test func `normal tail and its inverse`() {
        let lines = grid(200, seed: 4) { [$0.uniform() * 36 - 5] }
        check("st.norm.sf(a[0])", lines, tolerance: 1e-11) { NormalDistribution.upperTail($0[0]) }
        let tails = grid(200, seed: 5) { [pow(10, -$0.uniform() * 280) * 0.99] }
        check("st.norm.isf(a[0])", tails, tolerance: 1e-10) { NormalDistribution.upperQuantile($0[0]) }
    }

    @Test func `Student tail and its inverse`() {
        let lines = grid(200, seed: 6) { [$0.uniform() * 30 - 5, 1 + $0.uniform() * 200] }
        check("st.t.sf(a[0],a[1])", lines, tolerance: 1e-9) { StudentDistribution.upperTail($0[0], degrees: $0[1]) }
        let tails = grid(200, seed: 7) { [1e-8 + 0.499 * $0.uniform(), 1 + $0.uniform() * 200] }
        check("st.t.isf(a[0],a[1])", tails, tolerance: 1e-8) {
            StudentDistribution.upperQuantile($0[0], degrees: $0[1])
        }
    }

    private func outcome(_ line: [Double]) -> RateComparison.Outcome {
        RateComparison.compare(
            before: .init(line[0], exposure: line[2]), during: .init(line[1], exposure: line[3]),
            dispersion: .poisson, confidence: 0.95)
    }

    private var counts: [[Double]] {
        grid(300, seed: 8) { random in
            let scale = exp(random.uniform() * 7)
            return [
                Double(random.poisson(scale)), Double(random.poisson(scale * (0.3 + random.uniform() * 3))) + 1,
                60 + random.uniform() * 900, 60 + random.uniform() * 900,
            ]
        }
    }

    @Test func `conditional intervals of a rate ratio are Clopper–Pearson's`() {
        let odds =
            "(lambda p: p/(1-p)*a[2]/a[3])(st.binomtest(int(a[1]),int(a[0]+a[1])).proportion_ci(.95,'exact')"
        check("\(odds).low)", counts, tolerance: 1e-7) { outcome($0).ratio.lower ?? .nan }
        let upper = counts.filter { $0[0] > 0 }
        check("\(odds).high)", upper, tolerance: 1e-7) { outcome($0).ratio.upper ?? .nan }
    }

    @Test func `p-values of a rate ratio are twice the smaller binomial tail`() {
        let p = "a[3]/(a[2]+a[3])"
        let tails = "st.binom.sf(a[1]-1,a[0]+a[1],\(p)), st.binom.cdf(a[1],a[0]+a[1],\(p))"
        check("min(1, 2*min(\(tails)))", counts, tolerance: 1e-7) { outcome($0).pValue }
    }

    @Test func `the large-sample interval joins the exact one without a step`() {
        let lines: [[Double]] = [[6000, 6600, 600, 600], [20_000, 19_000, 900, 600], [5500, 90_000, 60, 600]]
        let odds =
            "(lambda p: p/(1-p)*a[2]/a[3])(st.binomtest(int(a[1]),int(a[0]+a[1])).proportion_ci(.95,'exact')"
        check("\(odds).low)", lines, tolerance: 1e-3) { outcome($0).ratio.lower ?? .nan }
        check("\(odds).high)", lines, tolerance: 1e-3) { outcome($0).ratio.upper ?? .nan }
    }

    @Test func `false discovery control`() {
        var random = SeededGenerator(seed: 9)
        for size in [1, 2, 7, 50, 400] {
            let values = (0..<size).map { _ in pow(random.uniform(), 3) }
            let text = values.map { String($0) }.joined(separator: " ")
            let program = """
                import sys, scipy.stats as st
                for v in st.false_discovery_control([float(x) for x in sys.stdin.read().split()]): print(repr(float(v)))
                """
            let expected = SciPy.run(program, text).compactMap(Double.init)
            let own = BenjaminiHochberg.adjusted(values)
            #expect(expected.count == size)
            for (a, b) in zip(own, expected) { #expect(abs(a - b) <= 1e-12) }
        }
    }

    @Test func `the test of a quantile is Pearson's on the table of values above it`() {
        var random = SeededGenerator(seed: 10)
        for _ in 0..<30 {
            var before = LogLinearHistogram()
            var during = LogLinearHistogram()
            let (n, m) = (50 + Int(random.uniform() * 500), 50 + Int(random.uniform() * 500))
            let shift = 1 + random.uniform()
            var lines: [Double] = []
            // Values below 128 are exact in the histogram, so that SciPy sees the same numbers.
            for _ in 0..<n {
                let value = Int64(random.uniform() * 60)
                before.add(value)
                lines.append(Double(value))
            }
            for _ in 0..<m {
                let value = Int64(random.uniform() * 60 * shift)
                during.add(value)
                lines.append(Double(value))
            }
            for quantile in [0.5, 0.95] {
                let program = """
                    import sys, numpy as np, scipy.stats as st
                    v = np.array([float(x) for x in sys.stdin.read().split()])
                    x = np.sort(v)[int(np.ceil(\(quantile)*len(v)))-1]
                    if (v>x).mean() < 0.5*(1-\(quantile)) and x > 0: x = x-0.5
                    b, d = v[:\(n)], v[\(n):]
                    t = [[(b>x).sum(), (b<=x).sum()], [(d>x).sum(), (d<=x).sum()]]
                    print(repr(float(st.chi2_contingency(t, correction=False).pvalue)))
                    """
                let text = lines.map { String($0) }.joined(separator: " ")
                let expected = SciPy.run(program, text).compactMap(Double.init).first ?? .nan
                let own = QuantileMeter.pValue(before, during, quantile: quantile)
                #expect(abs(own - expected) <= 1e-9 * expected, "\(own), SciPy \(expected)")
            }
        }
    }
}
