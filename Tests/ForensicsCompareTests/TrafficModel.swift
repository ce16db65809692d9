import ForensicsCompare
import ForensicsModel

/// Bursty traffic of many clients over several dimensions, from a seed: what comparisons are tried on.
///
/// Each client has a rate (Zipf), a home network, one domain, path and user agent per session, and is active in
/// sessions of some minutes, so that successive minutes are correlated; all rates breathe together slowly.
struct TrafficModel {
    struct Client {
        var address: String
        var rate: Double
        var node: Int
        var agent: Int
        /// The chance to begin a session in a minute in which it has none.
        var opening: Double
    }

    /// What multiplies a client's rate in the window during.
    struct Incident {
        var client: (Client) -> Double = { _ in 1 }
        var path: [Int: Double] = [:]
        var target: [Int: Double] = [:]
        var extra: [Client] = []
    }

    static let paths = 12
    static let targets = 4
    static let agents = 6
    static let nodes = 3
    static let minute: Int64 = 60_000_000_000
    static let origin: Int64 = 1_773_738_000_000_000_000

    var clients: [Client] = []
    var random: SeededGenerator
    /// Logarithm of what all rates share at the moment, a first-order autoregression.
    private var breath = 0.0
    private var isActive: [String: Bool] = [:]

    init(seed: UInt64, clients count: Int = 150, rate: Double = 40) {
        random = SeededGenerator(seed: seed)
        for index in 0..<count {
            let network = index % 25
            clients.append(
                Client(
                    address: "198.51.\(network).\(index / 25 + 1)", rate: rate / Double(index + 1).squareRoot(),
                    node: index % Self.nodes, agent: index * 7 % Self.agents, opening: 0.1))
        }
    }

    /// Returns the aggregate of so many minutes from a start, in minutes after the origin.
    mutating func window(start: Int, minutes: Int, incident: Incident = Incident()) -> WindowAggregate {
        var counts: [Dimension: [String: [Int: Int64]]] = [:]
        var totals = [Int64](repeating: 0, count: minutes)
        for minute in 0..<minutes {
            breath = 0.7 * breath + 0.08 * random.normal()
            for client in clients + incident.extra {
                let active = isActive[client.address] ?? (random.uniform() < 0.4)
                let next = active ? random.uniform() < 0.85 : random.uniform() < client.opening
                isActive[client.address] = next
                let factor = incident.client(client)
                let isNew = incident.extra.contains { $0.address == client.address }
                guard next || isNew else { continue }
                for path in 0..<Self.paths {
                    let target = random.uniform() < 0.5 ? path % Self.targets : Int(random.next() % UInt64(Self.targets))
                    let weight = 2.0 / Double(path + 2) / 4.4
                    let mean =
                        client.rate * weight * factor * (incident.path[path] ?? 1) * (incident.target[target] ?? 1)
                        * ElementaryFunctions.exp(breath) * (isNew ? 1 : random.gamma(shape: 3))
                    let count = random.poisson(mean)
                    guard count > 0 else { continue }
                    totals[minute] += count
                    func add(_ dimension: Dimension, _ value: String) {
                        counts[dimension, default: [:]][value, default: [:]][minute, default: 0] += count
                    }
                    add(.client, client.address)
                    add(.clientNetwork, client.address.split(separator: ".").dropLast().joined(separator: ".") + ".0/24")
                    add(.path, "/p\(path)")
                    add(.target, "10.0.0.\(target + 1):80")
                    add(.targetPort, "443")
                    add(.userAgent, "agent-\(client.agent)")
                    add(.node, "10.0.1.\(client.node + 1)")
                }
            }
        }
        return Self.aggregate(start: start, minutes: minutes, totals: totals, counts: counts)
    }

    static func aggregate(
        start: Int, minutes: Int, totals: [Int64], counts: [Dimension: [String: [Int: Int64]]]
    ) -> WindowAggregate {
        let from = Timestamp(nanoseconds: origin + Int64(start) * minute)
        let window = TimeWindow(start: from, end: from.advanced(by: Int64(minutes) * minute))
        var aggregate = WindowAggregate(window: window, exposure: window.length)
        for (index, count) in totals.enumerated() where count > 0 {
            var bucket = TrafficTotals()
            bucket.activity.requests = count
            aggregate.totals.add(bucket)
            aggregate.buckets.append(.init(start: from.nanoseconds + Int64(index) * minute, totals: bucket))
        }
        for (dimension, values) in counts {
            aggregate.dimensions[dimension] = values.map { value, series in
                var activity = Activity()
                activity.requests = series.values.reduce(0, +)
                let points = series.map { WindowAggregate.SeriesPoint(minute: Int32($0.key), count: $0.value) }
                return .init(value: value, activity: activity, series: points.sorted { $0.minute < $1.minute })
            }
        }
        return aggregate
    }
}
