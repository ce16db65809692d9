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
            joined.json = totals.packed
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

extension TrafficTotals {
    /// The packed form.
    fileprivate var packed: [UInt8] {
        var json: [UInt8] = [0x5B]
        for field in TotalsField.allCases {
            if field.rawValue > 0 { json.append(0x2C) }
            DecimalText.append(self[field], to: &json)
        }
        json.append(0x5D)
        return json
    }
}

extension PackedDistribution {
    /// Returns the distribution of the values of both, or `nil` if either is not the packed form.
    package func joined(with other: PackedDistribution) -> PackedDistribution? {
        guard var cells = Self.cells(json), let more = Self.cells(other.json) else { return nil }
        for (index, count) in more { cells[index, default: 0] += count }
        let pairs = cells.sorted { $0.key < $1.key }.map { (index: $0.key, count: $0.value) }
        var joined = self
        joined.count = count + other.count
        joined.maximum = max(maximum, other.maximum)
        joined.sum = sum.addingSaturated(other.sum)
        let histogram = LogLinearHistogram(sparse: pairs, maximum: joined.maximum, sum: joined.sum)
        joined.p50 = histogram.quantile(0.5) ?? 0
        joined.p95 = histogram.quantile(0.95) ?? 0
        joined.p99 = histogram.quantile(0.99) ?? 0
        joined.json = [0x5B]
        for pair in pairs {
            if joined.json.count > 1 { joined.json.append(0x2C) }
            joined.json.append(0x5B)
            DecimalText.append(UInt64(pair.index), to: &joined.json)
            joined.json.append(0x2C)
            DecimalText.append(pair.count, to: &joined.json)
            joined.json.append(0x5D)
        }
        joined.json.append(0x5D)
        return joined
    }

    private static func cells(_ json: [UInt8]) -> [Int: UInt64]? {
        var cells: [Int: UInt64] = [:]
        var reader = RollupReader()
        while let cell = reader.nextCell(json.span) { cells[cell.index, default: 0] += cell.count }
        return reader.isComplete ? cells : nil
    }
}
