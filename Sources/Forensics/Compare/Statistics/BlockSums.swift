/// Sums over the blocks of several series, each in units of its mean.
struct BlockSums {
    var squares = 0.0
    private var lagged = 0.0
    var degrees = 0.0
    /// Blocks of the longest series.
    var longest = 0
    private var means = 0.0
    private var count = 0

    /// By how many standard errors a correlation is taken higher than estimated: short windows underestimate it, and a
    /// correlation that is too low gives false alarms. With this, about 5 % of null comparisons fail at the
    /// 95 % level.
    private static let cautiousErrors = 1.3
    private static let largestCorrelation = 0.9

    init(_ series: [MinuteSeries], block: Int) {
        for one in series {
            let moments = one.moments(block: block)
            guard moments.mean > 0, moments.blocks > 1 else { continue }
            squares += moments.squares / moments.mean
            lagged += moments.lagged / moments.mean
            degrees += Double(moments.blocks - 1)
            longest = max(longest, moments.blocks)
            means += moments.mean
            count += 1
        }
    }

    /// The average count per block.
    var meanSize: Double { count > 0 ? means / Double(count) : 0 }

    /// The lag-1 autocorrelation with Kendall's correction for its bias in short series.
    private var correlation: Double {
        let count = Double(longest)
        guard squares > 0, count > 4 else { return 0 }
        return (lagged / squares + 1 / count) / (1 - 3 / count)
    }

    /// The largest correlation that a series of this length can support: it leaves three independent stretches.
    private var supported: Double { min(Self.largestCorrelation, max(0, 1 - 4 / Double(max(1, longest)))) }

    /// What correlation of minutes adds to the variance of a long sum, beyond the variance of blocks of `length`, if
    /// minutes are a first-order autoregression.
    func inflation(ofBlocks length: Int) -> Double {
        guard degrees > 0 else { return 1 }
        let r = min(supported, max(0, correlation + Self.cautiousErrors / degrees.squareRoot()))
        guard r > 0 else { return 1 }
        let whole = (1 + r) / (1 - r)
        var power = 1.0
        for _ in 0..<length { power *= r }
        let block = whole - 2 * r * (1 - power) / (Double(length) * (1 - r) * (1 - r))
        return max(1, whole / block)
    }

    /// What correlation seen between these very blocks adds, where it is beyond chance.
    var observedInflation: Double {
        let r = min(supported, correlation)
        guard degrees > 0, r > 1.645 / degrees.squareRoot() else { return 1 }
        return (1 + r) / (1 - r)
    }
}
