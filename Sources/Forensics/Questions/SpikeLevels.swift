import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// The levels that a spike may show in, beside counts: quantiles per minute of what tells how long things take.
struct SpikeLevels {
    let session: CaseSession
    let group: EvidenceGroup
    let minutes: Range<Int64>

    /// A quantile of a measure.
    private struct Level: Hashable {
        var measure: DistributionMeasure
        var isMedian = false

        var name: String { "\(isMedian ? "median" : "p95") of the \(MeasureName.words(measure.name))" }

        func value(_ packed: PackedDistribution) -> Double { Double(isMedian ? packed.p50 : packed.p95) / 1e6 }
    }

    /// A few slow ones show in the 95th percentile, as much more of many in the median first, which chance moves less.
    private static let watched = [
        Level(measure: .totalTime), Level(measure: .totalTime, isMedian: true), Level(measure: .connectionDuration),
        Level(measure: .tlsHandshake), Level(measure: .tlsHandshake, isMedian: true),
    ]

    /// Returns a series per level that the evidence has, in milliseconds.
    ///
    /// Read twice: what lies above the usual can be counted once it is known what is usual.
    func series() throws(ForensicsError) -> [SpikeSeries] {
        var found = try levels()
        let usual = found.mapValues(\.usual)
        let above = try exceeding(usual.mapValues { $0.map(Self.bucket) })
        for (level, counts) in above {
            guard let samples = found[level]?.samples else { continue }
            found[level]?.exceedance = SpikeExceedance(samples: samples, above: counts)
        }
        return Self.watched.compactMap { found[$0] }
    }

    /// The bucket of a level in milliseconds.
    private static func bucket(_ level: Double) -> Int {
        LogLinearHistogram.index(of: Int64(min(max(0, level * 1e6), 9e18)))
    }

    /// Where several sources hold a minute, the mean of theirs by count.
    private func levels() throws(ForensicsError) -> [Level: SpikeSeries] {
        let none = [(sum: Double, count: Double)](repeating: (0, 0), count: minutes.count)
        var sums = Dictionary(uniqueKeysWithValues: Self.watched.map { ($0, none) })
        try read { packed, index in
            let count = Double(packed.count)
            for level in Self.watched where level.measure == packed.measure {
                sums[level, default: none][index].sum += level.value(packed) * count
                sums[level, default: none][index].count += count
            }
        }
        return sums.reduce(into: [:]) { result, pair in
            guard pair.value.contains(where: { $0.count > 0 }) else { return }
            var series = SpikeSeries(
                name: pair.key.name, isCount: false,
                values: pair.value.map { $0.count > 0 ? $0.sum / $0.count : .nan }, samples: pair.value.map(\.count))
            // Quick requests of somebody make a median fall, and nothing quicker.
            series.risesOnly = pair.key.isMedian
            result[pair.key] = series
        }
    }

    /// How many values per minute lie in buckets above one.
    private func exceeding(_ limits: [Level: [Int]]) throws(ForensicsError) -> [Level: [Double]] {
        var above = limits.mapValues { [Double](repeating: 0, count: $0.count) }
        try read { packed, index in
            for (level, limits) in limits where level.measure == packed.measure {
                var reader = RollupReader()
                while let cell = reader.nextCell(packed.json.span) {
                    if cell.index > limits[index] { above[level, default: []][index] += Double(cell.count) }
                }
            }
        }
        return above
    }

    private func read(_ body: (PackedDistribution, Int) -> Void) throws(ForensicsError) {
        let measures = Array(Set(Self.watched.map(\.measure))).sorted()
        try session.reading {
            try session.store.loadDistributions(sources: group.sources, minutes: minutes, measures: measures) {
                _, packed in
                let index = Int(packed.minute - minutes.lowerBound)
                guard !packed.healthChecks, packed.count > 0, index >= 0, index < minutes.count else { return }
                body(packed, index)
            }
        }
    }
}
