/// Adding packed counts to packed counts: what is stored of a source grows from portion to portion.
extension PackedRollup {
    /// Returns the counts of this and another roll-up of the same place, or `nil` if either is not the packed form.
    package func joined(with other: PackedRollup) -> PackedRollup? {
        var joined = self
        if dimension == 0 {
            guard var totals = RollupReader.totals(json.span), let more = RollupReader.totals(other.json.span) else {
                return nil
            }
            totals.add(more)
            joined.json = RollupBuilder.json(totals)
            return joined
        }
        guard let dimension = Dimension(rawValue: dimension) else { return nil }
        var sum = RollupSum(dimension)
        guard sum.add(json.span), sum.add(other.json.span) else { return nil }
        joined.json = sum.packed()
        return joined
    }
}

extension PackedDistribution {
    /// Returns the distribution of the values of both, or `nil` if either is not the packed form.
    package func joined(with other: PackedDistribution) -> PackedDistribution? {
        guard var cells = Self.cells(json), let more = Self.cells(other.json) else { return nil }
        for (index, count) in more { cells[index, default: 0] &+= count }
        let pairs = cells.sorted { $0.key < $1.key }.map { (index: $0.key, count: $0.value) }
        let summary = DistributionTable.Summary(
            count: count + other.count, sum: sum.addingSaturated(other.sum), maximum: max(maximum, other.maximum))
        return RollupBuilder.pack(pairs, summary, measure, BucketKey(minute: minute, healthChecks: healthChecks))
    }

    private static func cells(_ json: [UInt8]) -> [Int: UInt64]? {
        var cells: [Int: UInt64] = [:]
        var reader = RollupReader()
        while let cell = reader.nextCell(json.span) { cells[cell.index, default: 0] &+= cell.count }
        return reader.isComplete ? cells : nil
    }
}
