/// How many events a minute usually has where there are few: means, since medians of such counts tell nothing.
struct SparseCourse {
    /// Events per minute; more than 0.
    let rates: [Double]
    /// About so many minutes tell the rate of each.
    let reference: Double

    private static let day = 1440
    /// Minutes to either side that tell the rate of a minute, where one rate does not hold for all.
    private static let reach = 120
    /// Minutes of the day to either side, and for what runs every day.
    private static let dailyReach = 60
    private static let jobReach = 7
    /// Of no event at all half a one is seen.
    private static let leastEvents = 0.5

    /// - Parameters:
    ///   - values: events per minute; not a number where nobody looked.
    ///   - outside: what does not count.
    init(_ values: [Double], outside stretch: Range<Int>) {
        let minutes = values.indices.filter { !values[$0].isNaN && !stretch.contains($0) }
        let sum = minutes.reduce(0) { $0 + values[$1] }
        let mean = max(Self.leastEvents, sum) / Double(max(1, minutes.count))
        switch SpikeCourse.Kind(values.count) {
        case .single:
            rates = [Double](repeating: mean, count: values.count)
            reference = Double(minutes.count)
        case .running:
            rates = Self.running(values, minutes)
            reference = Double(min(2 * Self.reach, minutes.count))
        case .seasonal:
            rates = Self.seasonal(values, minutes, mean: mean)
            let around = min(stretch.count + 2 * Self.dailyReach, Self.day)
            reference = Double(min(minutes.count, max(1, values.count / Self.day - 1) * around))
        }
    }

    /// The mean of the nearest minutes on both sides.
    private static func running(_ values: [Double], _ minutes: [Int]) -> [Double] {
        var sums = [0.0]
        sums.reserveCapacity(minutes.count + 1)
        for minute in minutes { sums.append(sums[sums.count - 1] + values[minute]) }
        var place = 0
        return values.indices.map { minute in
            while place < minutes.count, minutes[place] < minute { place += 1 }
            let (first, last) = (max(0, place - reach), min(minutes.count, place + reach))
            return max(leastEvents, sums[last] - sums[first]) / Double(max(1, last - first))
        }
    }

    /// The mean of an hour to either side on all days, or of a few minutes on the other days where that is more: a job that
    /// runs every day.
    private static func seasonal(_ values: [Double], _ minutes: [Int], mean: Double) -> [Double] {
        var counts = [Double](repeating: 0, count: values.count)
        var known = counts
        for minute in minutes { (counts[minute], known[minute]) = (values[minute], 1) }
        let (events, measured) = (daily(counts), daily(known))
        let wide = zip(around(events, dailyReach), around(measured, dailyReach)).map { events, measured in
            measured > 0 ? max(leastEvents, events) / measured : mean
        }
        let (jobs, times) = (around(events, jobReach), around(measured, jobReach))
        let (ownEvents, ownTimes) = (around(counts, jobReach), around(known, jobReach))
        return values.indices.map { minute in
            let (events, times) = (jobs[minute % day] - ownEvents[minute], times[minute % day] - ownTimes[minute])
            return max(wide[minute % day], times > 0 ? events / times : 0)
        }
    }

    /// The sums of all days, by minute of the day.
    private static func daily(_ counts: [Double]) -> [Double] {
        counts.indices.reduce(into: [Double](repeating: 0, count: day)) { $0[$1 % day] += counts[$1] }
    }

    /// The sums of so many minutes to either side, where the last is beside the first.
    private static func around(_ counts: [Double], _ reach: Int) -> [Double] {
        var sum = (-reach...reach).reduce(0) { $0 + counts[($1 + counts.count) % counts.count] }
        return counts.indices.map { minute in
            defer {
                sum += counts[(minute + reach + 1) % counts.count]
                sum -= counts[(minute - reach + counts.count) % counts.count]
            }
            return sum
        }
    }
}
