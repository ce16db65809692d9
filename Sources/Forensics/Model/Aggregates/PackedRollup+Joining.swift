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
        let bucket = BucketKey(minute: minute, healthChecks: healthChecks)
        var values = ValueTable(seed: Self.seed)
        var activities = ActivityTable(entryLimit: .max)
        for json in [json, other.json] {
            guard Self.add(json.span, dimension, bucket, &values, &activities) else { return nil }
        }
        _ = activities.settle(&values)
        var run = RollupBuilder.Run()
        run.begin(bucket, dimension.rawValue)
        activities.forEachInOrder(values) { run.entries.append(($0.ordinal, $0.activity)) }
        var packed: [PackedRollup] = []
        run.close(values, into: &packed)
        joined.json = packed.first?.json ?? Array("[]".utf8)
        return joined
    }

    private static let seed: UInt64 = 0x9216_D5D9_8979_FB1B

    /// Adds the entries of a dimension; returns `false` for what is not the packed form.
    private static func add(
        _ json: Span<UInt8>, _ dimension: Dimension, _ bucket: BucketKey, _ values: inout ValueTable,
        _ activities: inout ActivityTable
    ) -> Bool {
        var reader = RollupReader()
        while let entry = reader.next(json) {
            let ordinal =
                switch entry.value {
                case .v4(let address): values.ordinal(IPAddress(v4: address), dimension)
                case .text(let range): values.ordinal(printed: json, range, dimension)
                case .unescaped: values.ordinal(printed: reader.scratch.span, 0..<reader.scratch.count, dimension)
                }
            activities.add(ordinal, bucket, entry.activity)
        }
        return reader.isComplete
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
