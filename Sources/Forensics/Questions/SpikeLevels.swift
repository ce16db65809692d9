import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// The levels that a spike may show in, beside counts: the 95th percentile per minute of what tells how long things take.
struct SpikeLevels {
    let session: CaseSession
    let group: EvidenceGroup
    let minutes: Range<Int64>

    private static let measures: [DistributionMeasure] = [.totalTime, .connectionDuration]

    /// Returns a series per measure that the evidence has, in milliseconds.
    ///
    /// Read twice: what lies above the usual can be counted once it is known what is usual.
    func series() throws(ForensicsError) -> [SpikeSeries] {
        var found = try levels()
        let usual = found.mapValues(\.usual)
        let above = try exceeding(usual.mapValues { $0.map(Self.bucket) })
        for (measure, counts) in above {
            guard let samples = found[measure]?.samples else { continue }
            found[measure]?.exceedance = SpikeExceedance(samples: samples, above: counts)
        }
        return Self.measures.compactMap { found[$0] }
    }

    /// The bucket of a level in milliseconds.
    private static func bucket(_ level: Double) -> Int {
        LogLinearHistogram.index(of: Int64(min(max(0, level * 1e6), 9e18)))
    }

    /// Where several sources hold a minute, the mean of theirs by count.
    private func levels() throws(ForensicsError) -> [DistributionMeasure: SpikeSeries] {
        let none = [(sum: Double, count: Double)](repeating: (0, 0), count: minutes.count)
        var sums = Dictionary(uniqueKeysWithValues: Self.measures.map { ($0, none) })
        try read { packed, index in
            let count = Double(packed.count)
            sums[packed.measure, default: none][index].sum += Double(packed.p95) / 1e6 * count
            sums[packed.measure, default: none][index].count += count
        }
        return sums.reduce(into: [:]) { result, pair in
            guard pair.value.contains(where: { $0.count > 0 }) else { return }
            result[pair.key] = SpikeSeries(
                name: "p95 of the \(MeasureName.words(pair.key.name))", isCount: false,
                values: pair.value.map { $0.count > 0 ? $0.sum / $0.count : .nan }, samples: pair.value.map(\.count))
        }
    }

    /// How many values per minute lie in buckets above one.
    private func exceeding(
        _ limits: [DistributionMeasure: [Int]]
    ) throws(ForensicsError) -> [DistributionMeasure: [Double]] {
        var above = limits.mapValues { [Double](repeating: 0, count: $0.count) }
        try read { packed, index in
            guard let limit = limits[packed.measure]?[index] else { return }
            var reader = RollupReader()
            while let cell = reader.nextCell(packed.json.span) {
                if cell.index > limit { above[packed.measure, default: []][index] += Double(cell.count) }
            }
        }
        return above
    }

    private func read(_ body: (PackedDistribution, Int) -> Void) throws(ForensicsError) {
        try session.reading {
            try session.store.loadDistributions(sources: group.sources, minutes: minutes, measures: Self.measures) {
                _, packed in
                let index = Int(packed.minute - minutes.lowerBound)
                guard !packed.healthChecks, packed.count > 0, index >= 0, index < minutes.count else { return }
                body(packed, index)
            }
        }
    }
}
