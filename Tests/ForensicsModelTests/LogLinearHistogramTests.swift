import ForensicsModel
import Testing

@Suite struct LogLinearHistogramTests {
    @Test func `every value lies inside its bucket and a bucket is at most one part in 64 wide`() {
        var value: Int64 = 0
        while value < Int64.max / 64 {
            let index = LogLinearHistogram.index(of: value)
            #expect(LogLinearHistogram.lowerBound(of: index) <= value)
            #expect(value < LogLinearHistogram.lowerBound(of: index + 1))
            let error = abs(LogLinearHistogram.representative(of: index) - value)
            #expect(Double(error) <= Double(value) / 100)
            value = value * 17 / 16 + 1
        }
    }

    @Test func `a sum stops at the largest value`() {
        var histogram = LogLinearHistogram()
        histogram.add(1 << 62)
        #expect(histogram.sum == 1 << 62)
        histogram.add(1 << 62)
        #expect(histogram.sum == .max)
        var other = LogLinearHistogram()
        other.add(1 << 40, count: 1 << 40)
        #expect(other.sum == .max)
        histogram.merge(other)
        #expect(histogram.sum == .max)
    }

    @Test func `merging in any order gives the same histogram`() {
        let values = (0..<1000).map { Int64($0 * $0 * 31) }
        var whole = LogLinearHistogram()
        var odd = LogLinearHistogram()
        var even = LogLinearHistogram()
        for value in values {
            whole.add(value)
            if value % 2 == 0 { even.add(value) } else { odd.add(value) }
        }
        even.merge(odd)
        #expect(even == whole)
        #expect(whole.quantile(0.5).map { abs($0 - values[499]) <= values[499] / 100 } == true)
        #expect(whole.quantile(1) == values.last)
        #expect(LogLinearHistogram().quantile(0.5) == nil)
    }
}
