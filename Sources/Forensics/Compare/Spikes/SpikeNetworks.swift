package import ForensicsModel

/// Tells the wide networks that make a spike, as a comparison with its quiet window does (`WideNetworks`).
///
/// Series are of the networks that clients are told by. In each of these a flood of thousands of addresses is little, and of
/// wider ones there are too many to look at for every minute.
package enum SpikeNetworks {
    /// Beside the strongest reason they are told among the first: they name who.
    private static let places = 1...2

    /// Returns the spikes with these networks among their reasons; ties by their place in the comparison.
    ///
    /// - Parameters:
    ///   - aggregate: what the spikes were found in.
    ///   - measure: what the series of its values count.
    ///   - name: what stands before a network, as of its other values.
    package static func told(
        in spikes: [Spike], of aggregate: WindowAggregate, by measure: RankMeasure, name: (String) -> String
    ) -> [Spike] {
        spikes.map { spike in
            var spike = spike
            for one in networks(of: spike, aggregate, measure) {
                let minutes = (before: one.beforePerSecond * 60, during: one.duringPerSecond * 60)
                let strength = abs(one.change) / (one.dispersion * Double(max(1, one.before + one.during))).squareRoot()
                let reason = Spike.Reason(
                    name: name("\(one.dimension) \(one.value)"), isCount: true, isRise: one.change > 0,
                    usual: minutes.before, inside: minutes.during, strength: strength)
                let place = spike.reasons.firstIndex { $0.strength < strength } ?? spike.reasons.count
                let bounded = min(max(place, places.lowerBound), places.upperBound)
                spike.reasons.insert(reason, at: min(bounded, spike.reasons.count))
            }
            return spike
        }
    }

    private static func networks(
        of spike: Spike, _ aggregate: WindowAggregate, _ measure: RankMeasure
    ) -> [Explanation] {
        guard let before = spike.before else { return [] }
        var options = CompareOptions()
        options.measure = measure
        options.dimensions = [.clientNetwork]
        func part(_ start: Int64, _ end: Int64) -> WindowAggregate {
            aggregate.networks(
                in: TimeWindow(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end)), by: measure)
        }
        let result = try? Comparison.compare(
            before: part(before.startNanoseconds, before.endNanoseconds),
            during: part(spike.startNanoseconds, before.duringEndNanoseconds), options: options)
        return (result?.leading ?? []).filter { IPNetwork($0.value).map { !$0.isClientNetwork } ?? false }
    }
}

extension WindowAggregate {
    /// The networks of clients in a part of the window, in whole minutes, with what their series count.
    fileprivate func networks(in part: TimeWindow, by measure: RankMeasure) -> WindowAggregate {
        func minute(_ time: Timestamp) -> Int32 { Int32(clamping: time.since(window.start) / MinuteGrid.width) }
        let first = minute(part.start)
        let minutes = first..<max(first, minute(part.end))
        let covered = coverage.isEmpty ? [part] : coverage.compactMap { $0.intersection(part) }
        var result = WindowAggregate(window: part, exposure: covered.reduce(0) { $0 + $1.length })
        result.coverage = covered
        result.buckets = buckets.filter { part.contains(Timestamp(nanoseconds: $0.start)) }
        for bucket in result.buckets { result.totals.add(bucket.totals) }
        result.dimensions[.clientNetwork] = (dimensions[.clientNetwork] ?? []).compactMap { value in
            let points = value.series.filter { minutes.contains($0.minute) }.map {
                SeriesPoint(minute: $0.minute - first, count: $0.count)
            }
            let kept = DimensionValue(value: value.value, activity: Activity(), series: points)
            guard kept.seriesSum > 0 else { return nil }
            return DimensionValue(value: value.value, activity: Activity(kept.seriesSum, of: measure), series: points)
        }
        return result
    }
}

extension Activity {
    /// So much of one measure alone.
    fileprivate init(_ count: Int64, of measure: RankMeasure) {
        self.init()
        switch measure {
        case .requests: requests = count
        case .connections: connections = count
        case .bytes: bytes = count
        case .errors: errors = count
        case .duration: longest = count
        }
    }
}
