import ForensicsCompare
import ForensicsModel
import Testing

/// A small incident: one new client holds long connections, and every name in it is hostile.
struct ComparisonFixture {
    static let hostile = "\u{1B}[31m=cmd|'/c calc'!A1</script><script>document.title='owned'</script><!--\u{202E}\"'"
    static let origin: Int64 = 1_773_738_000_000_000_000
    static let minute: Int64 = 60_000_000_000

    let before = window(start: 0, ["1": 100, "2": 50], long: [])
    let during = window(start: 15, ["1": 100, "2": 52, "9": 300], long: ["9"])

    func result() throws -> ComparisonResult {
        var options = CompareOptions()
        options.measure = .connections
        options.kind = .nlb
        options.owners.add(try #require(IPNetwork("192.0.2.9")), owner: "=Owner, Inc.")
        options.filters = ["--domain", Self.hostile]
        return try Comparison.compare(before: before, during: during, options: options)
    }

    private static func window(start: Int64, _ counts: [String: Int64], long: [String]) -> WindowAggregate {
        let from = Timestamp(nanoseconds: origin + start * minute)
        var window = WindowAggregate(
            window: TimeWindow(start: from, end: from.advanced(by: 15 * minute)), exposure: 15 * minute)
        for index in Int64(0)..<15 {
            var totals = TrafficTotals()
            totals.activity.connections = counts.values.reduce(0, +) + index % 3
            totals.opened = totals.activity.connections
            window.totals.add(totals)
            window.buckets.append(.init(start: from.nanoseconds + index * minute, totals: totals))
        }
        func values(_ prefix: String) -> [WindowAggregate.DimensionValue] {
            counts.map { name, count in
                var activity = Activity()
                activity.connections = count * 15
                activity.longest = 400_000_000_000
                return .init(
                    value: prefix + name, activity: activity,
                    series: (0..<15).map { .init(minute: $0, count: count) })
            }
        }
        window.dimensions[.client] = values("192.0.2.")
        window.dimensions[.domain] = values(hostile)
        window.longClients = long.compactMap { IPAddress("192.0.2." + $0) }.map {
            .init(client: $0, long: 3, longest: 400_000_000_000, isCensored: true, openInWindow: 3)
        }
        var durations = LogLinearHistogram()
        for index in Int64(1)...200 { durations.add(index * (start == 0 ? 1_000_000 : 40_000_000)) }
        window.distributions[.connectionDuration] = durations
        return window
    }
}
