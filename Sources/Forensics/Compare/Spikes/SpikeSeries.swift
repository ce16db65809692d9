package import ForensicsModel

/// Values per minute in which a spike may show.
package struct SpikeSeries: Sendable {
    /// What the user is told: a measure, or a dimension and its value.
    package var name: String
    /// Whether the values count events rather than measure a level: a latency in milliseconds.
    package var isCount: Bool
    /// Whether each unit of a count is an event of its own: bytes are not.
    package var countsEvents: Bool
    /// Whether it counts what a service is there for: that nobody comes is an incident, that nothing fails is none.
    package var isTraffic = false
    /// Whether it may be told of a single minute: not what any scanner brings, nor what one download does.
    package var tellsSingleMinutes = false
    /// Whether that it is less than usual is no news.
    package var risesOnly = false
    /// One value per minute; not a number where nobody looked or nothing was measured.
    package var values: [Double]
    /// The events that each value of a level was measured from, or that brought these bytes; empty where the values count
    /// events, and where nobody tells.
    package var samples: [Double]
    /// How many of them lie above the usual level: what a level that stands out must show too. `nil` for counts.
    package var exceedance: SpikeExceedance?
    /// How strong a candidate must be: higher for series of which there are many.
    package var threshold: Double
    /// The smallest change of the value per minute that matters: one client that comes and goes is no incident.
    package var smallestChange: Double
    /// The fewest events more than usual, of all minutes together, that matter: errors of one client that tries again and
    /// again are no incident.
    package var smallestSum = 0.0
    /// The series that tells what this one does as well, where both stand out at one time.
    package var toldBy: String?

    /// Whether the series is that of one value among many.
    var isOneOfMany: Bool { smallestChange > 0 }

    /// The bar for a series that the case has once.
    package static let totalThreshold = 6.0
    /// The bar for one of many values.
    package static let valueThreshold = 10.0

    /// - Parameters:
    ///   - values: one per minute; not a number where nothing is known.
    ///   - samples: the events behind each value; ignored unless there are as many as values.
    ///   - threshold: how strong a candidate must be.
    ///   - smallestChange: per minute; 0 for a series that the case has once.
    package init(
        name: String, isCount: Bool, values: [Double], samples: [Double] = [], threshold: Double = Self.totalThreshold,
        smallestChange: Double = 0
    ) {
        self.name = name
        self.isCount = isCount
        countsEvents = isCount
        self.values = values
        self.samples = samples.count == values.count ? samples : []
        self.threshold = threshold
        self.smallestChange = smallestChange
    }

    /// What the level usually is, minute by minute; 0 where nothing tells.
    package var usual: [Double] { SpikeBaseline(self).usual }

    private static let watchedValues = 30
    /// A value matters from this part of the usual total on.
    private static let materialShare = 0.1
    /// The dimensions whose values are looked at: what an aggregate has to hold.
    package static let watchedDimensions: [Dimension] = [
        .client, .clientNetwork, .owner, .target, .targetPort, .domain, .path, .userAgent, .node,
    ]
    private static let totals: [(name: String, count: @Sendable (TrafficTotals) -> Int64)] = [
        ("requests", { $0.activity.requests }), ("connections", { $0.activity.connections }),
        ("bytes", { $0.activity.bytes }), ("errors", { $0.activity.errors }),
        ("5xx responses", { $0.serverErrors }), ("timeouts", { $0.timeouts }),
        ("resets", { $0.resets }), ("long connections", { $0.long }),
        ("failed health checks", { $0.failedHealthChecks }),
    ]
    private static let toldOfMinutes: Set<String> = [
        "requests", "connections", "5xx responses", "timeouts", "resets", "failed health checks",
    ]

    /// Returns the series of a whole case: its totals, and the most active values of each dimension.
    ///
    /// Minutes that the evidence does not cover are not numbers, so that a gap is no outage.
    ///
    /// - Parameter measure: what to look at alone, which the series of the aggregate's values count; `nil` for all totals. Of
    ///   `duration` there are long connections alone: values are counted, not timed.
    package static func all(of aggregate: WindowAggregate, by measure: RankMeasure? = nil) -> [SpikeSeries] {
        let grid = MinuteGrid(aggregate)
        let minutes = grid.minuteCount
        var series: [SpikeSeries] = []
        let wanted = measure.map { $0 == .duration ? "long connections" : $0.rawValue }
        for total in totals where wanted == nil || total.name == wanted {
            var values = blank(grid, minutes)
            for bucket in aggregate.buckets {
                let minute = grid.minute(ofBucket: bucket.start)
                guard values.indices.contains(minute), !values[minute].isNaN else { continue }
                values[minute] += Double(total.count(bucket.totals))
            }
            if values.contains(where: { $0 > 0 }) {
                let isBytes = total.name == "bytes"
                var one = SpikeSeries(
                    name: total.name, isCount: true, values: values,
                    samples: isBytes ? events(aggregate, grid) : [])
                one.countsEvents = !isBytes
                one.isTraffic = total.name == "requests" || total.name == "connections"
                one.tellsSingleMinutes = toldOfMinutes.contains(total.name)
                series.append(one)
            }
        }
        return measure == .duration ? series : series + values(of: aggregate, by: measure)
    }

    /// Fewer errors of one value are no incident.
    private static let fewErrors = 40.0

    /// Returns the series of the most active values of each dimension.
    ///
    /// - Parameters:
    ///   - measure: what the series of the aggregate's values count; `nil` for what names need not tell.
    ///   - events: the same time by what brings bytes, requests or connections, where bytes are counted.
    ///   - isBeside: whether the values are looked at by another measure as well, under names without one: only that they rise
    ///     is of interest then, and where more requests bring more bytes, the requests tell it.
    package static func values(
        of aggregate: WindowAggregate, by measure: RankMeasure?, events: WindowAggregate? = nil, isBeside: Bool = false
    ) -> [SpikeSeries] {
        let grid = MinuteGrid(aggregate)
        let minutes = grid.minuteCount
        var series: [SpikeSeries] = []
        let material = materialShare * usualTotal(aggregate, minutes: grid.count)
        for dimension in watchedDimensions {
            let places = Dictionary(
                (events?.dimensions[dimension] ?? []).map { ($0.value, $0.series) },
                uniquingKeysWith: { first, _ in first })
            for value in watched(aggregate.dimensions[dimension] ?? [], material) {
                let place = "\(dimension.name) \(value.value)"
                var one = SpikeSeries(
                    name: measure.map { "\($0.rawValue) of \(place)" } ?? place, isCount: true,
                    values: perMinute(value.series, grid, minutes),
                    samples: events == nil
                        ? [] : perMinute(places[value.value] ?? [], grid, minutes).map { $0.isNaN ? 0 : $0 },
                    threshold: valueThreshold, smallestChange: material)
                one.countsEvents = measure != .bytes
                one.tellsSingleMinutes = measure != .bytes && measure != .errors
                if measure == .errors { one.smallestSum = fewErrors }
                one.risesOnly = isBeside
                if isBeside, measure != .errors { one.toldBy = place }
                series.append(one)
            }
        }
        return series
    }

    private static func perMinute(
        _ points: [WindowAggregate.SeriesPoint], _ grid: MinuteGrid, _ minutes: Int
    ) -> [Double] {
        var values = blank(grid, minutes)
        for point in points where values.indices.contains(Int(point.minute)) {
            if !values[Int(point.minute)].isNaN { values[Int(point.minute)] += Double(point.count) }
        }
        return values
    }

    /// The events per minute of what the values' series count, taken from the dimension that has most of them.
    private static func usualTotal(_ aggregate: WindowAggregate, minutes: Int) -> Double {
        var largest: Int64 = 0
        for dimension in watchedDimensions {
            let values = aggregate.dimensions[dimension] ?? []
            largest = max(largest, values.reduce(0) { $0.addingSaturated($1.seriesSum) })
        }
        return Double(largest) / Double(max(1, minutes))
    }

    /// Requests and connections per minute.
    private static func events(_ aggregate: WindowAggregate, _ grid: MinuteGrid) -> [Double] {
        var events = [Double](repeating: 0, count: grid.minuteCount)
        for bucket in aggregate.buckets {
            let minute = grid.minute(ofBucket: bucket.start)
            guard events.indices.contains(minute) else { continue }
            events[minute] += Double(bucket.totals.activity.requests) + Double(bucket.totals.activity.connections)
        }
        return events
    }

    private static func blank(_ grid: MinuteGrid, _ minutes: Int) -> [Double] {
        (0..<minutes).map { grid.slot(ofMinute: $0) == nil ? .nan : 0 }
    }

    /// The values that do most, and beside them those that do most in minutes in which they matter: in a week of which thirty clients
    /// are never away, one that comes for ten minutes is far from the most active.
    private static func watched(
        _ values: [WindowAggregate.DimensionValue], _ material: Double
    ) -> [WindowAggregate.DimensionValue] {
        let named = values.filter { $0.value != MergedValue.overflow }
        let strongest = strongest(named.map { ($0.seriesSum, $0) })
        let known = Set(strongest.map(\.value))
        let bursts = named.lazy.filter { !known.contains($0.value) }.map { ($0.sum(ofMinutesFrom: material), $0) }
        return strongest + Self.strongest(bursts.filter { $0.0 > 0 })
    }

    private static func strongest(
        _ sized: [(Int64, WindowAggregate.DimensionValue)]
    ) -> [WindowAggregate.DimensionValue] {
        sized.sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.1.value < $1.1.value }.prefix(watchedValues).map(\.1)
    }
}

extension WindowAggregate.DimensionValue {
    /// The measure of the minutes that have so much of it.
    fileprivate func sum(ofMinutesFrom least: Double) -> Int64 {
        var sum: Int64 = 0
        for point in series where point.count > 0 && Double(point.count) >= least {
            sum = sum.addingSaturated(point.count)
        }
        return sum
    }
}
