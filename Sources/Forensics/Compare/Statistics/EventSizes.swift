import ForensicsModel

/// How large events are that bring bytes: what an amount of bytes varies by although events are independent.
///
/// A sum of independent amounts varies, in units of the mean amount, by E[x²]/E[x] (compound Poisson). Bytes of the two
/// directions are known apart only; their sum is taken as if the largest went together (Minkowski), the cautious side.
struct EventSizes: Sendable {
    /// E[x²]/E[x] of the events of both windows; 0 where nothing tells.
    let dispersion: Double
    /// The largest event of both windows; 0 where nothing tells.
    let largest: Double

    init(_ windows: [WindowAggregate]) {
        var sum = 0.0
        var root = 0.0
        var largest = 0.0
        for measure in [DistributionMeasure.bytesFromClient, .bytesFromServer] {
            var squares = 0.0
            var maximum = 0.0
            for histogram in windows.compactMap({ $0.distributions[measure] }) {
                for (index, count) in histogram.counts.enumerated() where count > 0 {
                    let size = Double(min(LogLinearHistogram.representative(of: index), histogram.maximum))
                    sum += Double(count) * size
                    squares += Double(count) * size * size
                }
                maximum = max(maximum, Double(histogram.maximum))
            }
            root += squares.squareRoot()
            largest += maximum
        }
        dispersion = sum > 0 ? root * root / sum : 0
        self.largest = largest
    }
}
