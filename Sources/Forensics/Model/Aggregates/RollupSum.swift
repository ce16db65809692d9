/// What several packed roll-ups of one dimension add up to: portions of a minute, or the minutes of an hour.
package struct RollupSum: Sendable {
    /// Entries that were added; as many values as they have at most.
    package private(set) var entryCount = 0
    private let dimension: Dimension
    private var mapper: DimensionMapper
    /// By ordinal of the value.
    private var activities: [Activity] = []
    /// Entries on their way into the table: many at once, since each value is somewhere else in memory.
    private var addresses: [UInt32] = []
    private var pending: [Activity] = []

    /// Creates a sum of nothing.
    package init(_ dimension: Dimension) {
        self.dimension = dimension
        mapper = DimensionMapper(dimensions: [dimension], seed: 0x9216_D5D9_8979_FB1B)
        addresses.reserveCapacity(FactBlock.size)
        pending.reserveCapacity(FactBlock.size)
    }

    /// How many values there are.
    package var valueCount: Int { mapper.values.count }

    /// Adds the entries of a packed dimension.
    ///
    /// - Returns: `false` for what is not the packed form; what precedes the defect was added.
    package mutating func add(_ json: Span<UInt8>) -> Bool {
        var reader = RollupReader()
        while let entry = reader.next(json) {
            entryCount += 1
            switch entry.value {
            case .v4(let address):
                addresses.append(address)
                pending.append(entry.activity)
                if addresses.count == FactBlock.size { addPending() }
            case .text(let range): add(entry.activity, mapper.values.ordinal(printed: json, range, dimension))
            case .unescaped:
                let text = reader.scratch.span
                add(entry.activity, mapper.values.ordinal(printed: text, 0..<text.count, dimension))
            }
        }
        addPending()
        return reader.isComplete
    }

    private mutating func addPending() {
        mapper.fill(dimension, v4: addresses)
        for index in addresses.indices { add(pending[index], mapper.ordinals[index]) }
        addresses.removeAll(keepingCapacity: true)
        pending.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private mutating func add(_ activity: Activity, _ ordinal: UInt32) {
        let index = Int(ordinal)
        if index >= activities.count {
            activities.append(
                contentsOf: repeatElement(Activity(), count: max(index + 1, activities.count * 2) - activities.count))
        }
        activities[index].add(activity)
    }

    /// Returns the sum in the packed form.
    ///
    /// - Parameter limit: at most so many values are named; all beyond are in `(other)`.
    package func packed(limit: Int = PackedRollup.valueLimit) -> [UInt8] {
        let ranks = mapper.values.ranks()
        var run = RollupBuilder.Run(limit: limit)
        run.begin(BucketKey(minute: 0, healthChecks: false), dimension.rawValue)
        var order = [UInt32](repeating: 0, count: ranks.count)
        for (ordinal, rank) in ranks.enumerated() { order[Int(rank)] = UInt32(ordinal) }
        run.entries = order.map { ($0, activities[Int($0)]) }
        return run.json(mapper.values) ?? Array("[]".utf8)
    }
}
