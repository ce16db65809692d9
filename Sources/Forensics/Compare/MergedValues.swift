import ForensicsModel

/// One value of a dimension with what it did in both windows.
struct MergedValue: Sendable {
    var value: String
    var before: Int64 = 0
    var during: Int64 = 0
    /// Position in the dimension's list of the window, or −1.
    var indexBefore = -1
    var indexDuring = -1

    /// What it did in both together.
    var both: Int64 { before.addingSaturated(during) }

    /// The value that holds what the aggregates could not keep apart.
    static let overflow = "(other)"

    /// Returns the values of both windows, ordered by value; one given twice in a window is added up.
    static func merge(_ pair: WindowPair, _ dimension: Dimension) -> [MergedValue] {
        let old = pair.before.dimensions[dimension] ?? []
        let new = pair.during.dimensions[dimension] ?? []
        // Names alone are looked at while they are put into order: whole values would be copied, with all they hold.
        let (oldNames, newNames) = (old.map(\.value), new.map(\.value))
        let oldOrder = oldNames.indices.sorted { oldNames[$0] < oldNames[$1] }
        let newOrder = newNames.indices.sorted { newNames[$0] < newNames[$1] }
        var merged: [MergedValue] = []
        merged.reserveCapacity(old.count + new.count)
        var left = 0
        var right = 0
        while left < oldOrder.count || right < newOrder.count {
            let takesOld =
                right == newOrder.count
                || (left < oldOrder.count && oldNames[oldOrder[left]] <= newNames[newOrder[right]])
            let index = takesOld ? oldOrder[left] : newOrder[right]
            let name = takesOld ? oldNames[index] : newNames[index]
            let activity = takesOld ? old[index].activity : new[index].activity
            let count = max(0, activity.value(of: pair.counted))
            if merged.last?.value != name { merged.append(MergedValue(value: name)) }
            let last = merged.count - 1
            if takesOld {
                merged[last].before = merged[last].before.addingSaturated(count)
                merged[last].indexBefore = index
                left += 1
            } else {
                merged[last].during = merged[last].during.addingSaturated(count)
                merged[last].indexDuring = index
                right += 1
            }
        }
        return merged.filter { $0.before > 0 || $0.during > 0 }
    }
}
