/// Where a series jumps: the medians of the minutes before and after differ by more than chance and more than a slow change.
struct LevelJumps {
    /// The first place after each jump, in order.
    private(set) var positions: [Int] = []

    private let before: [Double]
    private let after: [Double]
    private let values: [Double]
    private let width: Int
    private let scale: SpikeScale

    /// Minutes to either side that a jump is read from, at most: by night or day a rhythm rises by less than a sixth in them.
    static let widest = 30
    private static let narrowest = 5
    /// The smallest factor that is a jump: less than what a spike needs, since few minutes tell it.
    private static let leastFactor = 1.33
    /// The smallest jump in standard errors of what it is read from: more where there are more places to look at. Whether a
    /// level stands out is judged by all its minutes.
    private var leastErrors: Double { width < Self.widest ? 3 : 4 }
    private static let day = 1440
    private static let most = 64

    /// - Parameters:
    ///   - values: what was measured, on the scale.
    ///   - minutes: when.
    init(_ values: [Double], minutes: [Int], scale: SpikeScale) {
        self.values = values
        self.scale = scale
        width = min(Self.widest, max(Self.narrowest, values.count / 6))
        before = Self.trailingMedians(values, width: width)
        after = Self.trailingMedians(values.reversed(), width: width).reversed()
        let found = (Self.narrowest...values.count - Self.narrowest).filter { abs(size(at: $0)) >= least(at: $0) }
            .filter { isWatched($0, minutes) }
        var chosen: [Int] = []
        for place in found.sorted(by: { (abs(size(at: $0)), $1) > (abs(size(at: $1)), $0) }) {
            guard chosen.count < Self.most, !chosen.contains(where: { abs($0 - place) < width }) else { continue }
            chosen.append(place)
        }
        let days = chosen.filter { !isDaily($0, minutes) }
        positions = Array(Set(days.map(refined))).sorted()
    }

    /// How much higher the minutes after a place are than those before it.
    func size(at place: Int) -> Double { after[place] - before[place] }

    /// How much higher the minutes after a stretch are than those before it.
    func size(around stretch: Range<Int>) -> Double { after[stretch.upperBound] - before[stretch.lowerBound] }

    /// What is a jump at a place.
    func least(at place: Int) -> Double {
        let factor = scale.distance(of: Self.leastFactor, from: min(before[place], after[place]))
        let (left, right) = (Double(min(place, width)), Double(min(values.count - place, width)))
        // A median's standard error is a quarter larger than a mean's.
        let parts = 1.25 * (1 / max(1, left) + 1 / max(1, right)).squareRoot()
        // The noise near by takes a sort: only where it decides.
        guard abs(size(at: place)) >= max(factor, leastErrors * parts * scale.smallestDeviation) else {
            return max(factor, leastErrors * parts * scale.smallestDeviation)
        }
        return max(factor, leastErrors * parts * noise(near: place))
    }

    /// The standard deviation of a minute around a place, told by how neighbours differ: the night's is not the day's.
    private func noise(near place: Int) -> Double {
        let (first, last) = (max(1, place - width), min(values.count, place + width))
        let steps = (first..<last).map { abs(values[$0] - values[$0 - 1]) }
        return max(scale.smallestDeviation, 1.4826 * SpikeCourse.median(steps) / 2.0.squareRoot())
    }

    /// Whether the minutes that tell of a jump lie close together: beyond a gap the rhythm has gone on.
    private func isWatched(_ place: Int, _ minutes: [Int]) -> Bool {
        let (first, last) = (max(0, place - width), min(values.count, place + width) - 1)
        return minutes[last] - minutes[first] < (last - first + 1) * 3 / 2
    }

    /// Whether another day jumps likewise at that time: what runs every day.
    private func isDaily(_ place: Int, _ minutes: [Int]) -> Bool {
        let jump = size(at: place)
        let last = minutes.last ?? 0
        var minute = minutes[place] % Self.day
        while minute <= last {
            defer { minute += Self.day }
            guard minute != minutes[place] else { continue }
            let (low, high) = (Self.place(minute - width, in: minutes), Self.place(minute + width, in: minutes))
            let first = max(Self.narrowest, low)
            let last = min(high, values.count - Self.narrowest)
            guard first < last else { continue }
            for other in first..<last {
                if size(at: other) * jump > 0, abs(size(at: other)) >= abs(jump) / 2 { return true }
            }
        }
        return false
    }

    /// The place near a jump where the minutes before are nearest to one level and those after to the other.
    private func refined(_ place: Int) -> Int {
        let (first, last) = (max(0, place - width), min(values.count, place + width))
        let (low, high) = (before[place], after[place])
        var best = place
        var least = Double.infinity
        var gain = 0.0
        for index in first..<last {
            if index >= max(first + 1, Self.narrowest), index <= values.count - Self.narrowest, gain < least {
                (best, least) = (index, gain)
            }
            gain += abs(values[index] - low) - abs(values[index] - high)
        }
        return best
    }

    private static func place(_ minute: Int, in minutes: [Int]) -> Int {
        var (low, high) = (0, minutes.count)
        while low < high {
            let middle = (low + high) / 2
            if minutes[middle] < minute { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// For each place the median of up to so many values before it; the first has none and takes the first value.
    private static func trailingMedians(_ values: [Double], width: Int) -> [Double] {
        var sorted: [Double] = []
        var medians = [values[0]]
        medians.reserveCapacity(values.count + 1)
        for index in values.indices {
            if index >= width, let old = sorted.firstIndex(of: values[index - width]) { sorted.remove(at: old) }
            sorted.insert(values[index], at: sorted.firstIndex { $0 >= values[index] } ?? sorted.count)
            let half = sorted.count / 2
            medians.append(sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2)
        }
        return medians
    }
}
