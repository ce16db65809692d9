import ForensicsModel

/// Finds the values of a dimension that one window has and the other has not; but for those that it may have unrecorded.
struct SeenOnceFinder: Sendable {
    let pair: WindowPair
    let dimension: Dimension

    /// Values of one window alone: the strongest, and how many there are.
    typealias Seen = (listed: [SeenOnce], count: Int)

    /// Values seen only during, most events first, with their first minute.
    func new(_ values: [MergedValue]) -> Seen {
        let total = pair.during.totals.activity.value(of: pair.counted)
        let all = recorded(values.filter { $0.before == 0 && $0.during > 0 })
        let listed = strongest(all, \.during).map { value in
            let series = list(pair.during, value.indexDuring)
            return seen(value, value.during, total, minute(series?.map(\.minute).min(), pair.during))
        }
        return (listed, all.count)
    }

    /// Values seen only before, most events first, with their last minute.
    func gone(_ values: [MergedValue]) -> Seen {
        let total = pair.before.totals.activity.value(of: pair.counted)
        let all = recorded(values.filter { $0.during == 0 && $0.before > 0 })
        let listed = strongest(all, \.before).map { value in
            let series = list(pair.before, value.indexBefore)
            return seen(value, value.before, total, minute(series?.map(\.minute).max(), pair.before))
        }
        return (listed, all.count)
    }

    private func recorded(_ values: [MergedValue]) -> [MergedValue] {
        values.filter { $0.value != MergedValue.overflow && pair.options.isRecorded($0.value, dimension) }
    }

    private func strongest(_ values: [MergedValue], _ count: KeyPath<MergedValue, Int64>) -> [MergedValue] {
        let sorted = values.sorted { left, right in
            let (a, b) = (left[keyPath: count], right[keyPath: count])
            return a != b ? a > b : left.value < right.value
        }
        return Array(sorted.prefix(max(0, pair.options.newAndGoneLimit)))
    }

    private func list(_ window: WindowAggregate, _ index: Int) -> [WindowAggregate.SeriesPoint]? {
        guard let values = window.dimensions[dimension], values.indices.contains(index) else { return nil }
        return values[index].series.filter { $0.count > 0 }
    }

    private func minute(_ minute: Int32?, _ window: WindowAggregate) -> Int64? {
        minute.map { window.window.start.bucket(width: MinuteGrid.width) + Int64($0) * MinuteGrid.width }
    }

    private func seen(_ value: MergedValue, _ count: Int64, _ total: Int64, _ minute: Int64?) -> SeenOnce {
        var owner: String?
        if dimension == .client, let address = IPAddress(value.value) {
            owner = pair.options.owners.owner(of: address)
        }
        return SeenOnce(
            dimension: dimension.name, value: value.value, owner: owner, count: count,
            share: total > 0 ? Double(count) / Double(total) : 0, minuteNanoseconds: minute)
    }
}
