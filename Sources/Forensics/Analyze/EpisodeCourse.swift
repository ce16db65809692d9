package import ForensicsModel

/// How the records of an episode spread over its time: counts of equal stretches, which grow with it.
///
/// An episode with a steady background lasts for hours, and when its records came is then what matters. Stretches are minutes, or
/// as many as the next power of two where that would be more than `limit`, on a grid that does not depend on the episode: courses
/// add up to the same one in any order.
package struct EpisodeCourse: Sendable, Equatable {
    /// Most stretches that are told apart.
    package static let limit = 64
    /// Nanoseconds.
    private static let minute: Int64 = 60_000_000_000

    /// How many times the minute has doubled.
    private var doublings = 0
    /// The number of the first stretch since the epoch.
    private var first: Int64
    /// Records per stretch; empty for one record, and where nothing is known.
    package private(set) var counts: [UInt64] = []
    /// Whether each record's time was told.
    private(set) var isKnown = true

    /// The course of one record.
    init(_ time: Timestamp) { first = time.bucket(width: Self.minute) / Self.minute }

    /// The course of records of an episode from `start` to `end`, whose counts are told one after the other; `nil` where one
    /// is missing.
    init?(from start: Timestamp, to end: Timestamp, counts next: () -> UInt64?) {
        self.init(start)
        reach(EpisodeCourse(end))
        for place in counts.indices {
            guard let count = next() else { return nil }
            counts[place] = count
        }
    }

    /// Forgets all: of some records the times are not known.
    mutating func forget() {
        counts = []
        isKnown = false
    }

    /// Adds one record.
    mutating func note(_ time: Timestamp) {
        guard isKnown else { return }
        let number = (time.bucket(width: Self.minute) / Self.minute) >> doublings
        if counts.isEmpty || number < first || number - first >= counts.count { return join(EpisodeCourse(time)) }
        counts[Int(number - first)] += 1
    }

    /// Adds all of another course.
    mutating func join(_ other: EpisodeCourse) {
        guard isKnown, other.isKnown else { return forget() }
        var other = other
        reach(other)
        while other.doublings < doublings { other.double() }
        let place = Int(other.first - first)
        if other.counts.isEmpty {
            counts[place] += 1
        } else {
            for (index, count) in other.counts.enumerated() { counts[place + index] += count }
        }
    }

    /// Makes stretches, without records, as far as another course goes.
    private mutating func reach(_ other: EpisodeCourse) {
        if counts.isEmpty { counts = [1] }
        var other = other
        while doublings < other.doublings { double() }
        while true {
            while other.doublings < doublings { other.double() }
            let low = min(first, other.first)
            let high = max(first + Int64(counts.count), other.first + Int64(max(1, other.counts.count)))
            if high - low > Self.limit {
                double()
                continue
            }
            if low < first { counts.insert(contentsOf: repeatElement(0, count: Int(first - low)), at: 0) }
            first = low
            if high - low > counts.count {
                counts.append(contentsOf: repeatElement(0, count: Int(high - low) - counts.count))
            }
            return
        }
    }

    /// Joins stretches by two.
    private mutating func double() {
        let start = first >> 1
        if !counts.isEmpty {
            let last = (first + Int64(counts.count) - 1) >> 1
            var joined = [UInt64](repeating: 0, count: Int(last - start) + 1)
            for (index, count) in counts.enumerated() { joined[Int((first + Int64(index)) >> 1 - start)] += count }
            counts = joined
        }
        first = start
        doublings += 1
    }

    // MARK: - When most came

    /// A stretch of time with its records.
    package struct Busy: Equatable {
        package var start: Timestamp
        package var end: Timestamp
        package var count: UInt64
    }

    /// Of fewer records, or stretches, nothing is told.
    private static let leastRecords: UInt64 = 20
    private static let leastStretches = 6
    /// The part of all records that is most of them, and the part of the time, one in so many, that is short for that.
    private static let most = 0.75
    private static let short = 2
    /// A stretch is busy from so many times the mean on.
    private static let busy = 1.5

    /// The time in which three in four records came, if that is at most half of the whole: the stretches that exceed one and a half times
    /// the mean most, altogether.
    package var busiest: Busy? {
        let total = counts.reduce(0, +)
        guard total >= Self.leastRecords, counts.count >= Self.leastStretches else { return nil }
        let bar = Self.busy * Double(total) / Double(counts.count)
        var (best, sum, start) = (0.0, 0.0, 0)
        var run = 0..<0
        for (index, count) in counts.enumerated() {
            sum += Double(count) - bar
            if sum <= 0 {
                (sum, start) = (0, index + 1)
            } else if sum > best {
                (best, run) = (sum, start..<index + 1)
            }
        }
        let count = counts[run].reduce(0, +)
        guard Double(count) >= Self.most * Double(total), Self.short * run.count <= counts.count else { return nil }
        return Busy(start: time(of: run.lowerBound), end: time(of: run.upperBound), count: count)
    }

    private func time(of stretch: Int) -> Timestamp {
        Timestamp(nanoseconds: ((first + Int64(stretch)) << doublings) * Self.minute)
    }
}
