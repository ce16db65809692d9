import ForensicsCompare
import ForensicsModel

/// Bursty traffic of many clients over several dimensions, from a seed: what comparisons are tried on.
///
/// Each client has a rate (Zipf), a network, a node and a user agent, and is active in sessions of some minutes, so that
/// successive minutes are correlated; all rates breathe together slowly.
struct TrafficModel {
    struct Client {
        var address: String
        var rate: Double
        var node: Int
        var agent: Int
        /// Always active and without bursts of its own: a script.
        var isSteady = false
    }

    /// What multiplies rates in the minutes of an incident.
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
    private var random: SeededGenerator
    /// Logarithm of what all rates share at the moment, a first-order autoregression.
    private var breath = 0.0
    private var isActive: [Bool]

    init(seed: UInt64, clients count: Int = 150, rate: Double = 40) {
        random = SeededGenerator(seed: seed)
        for index in 0..<count {
            let network = index % 25
            clients.append(
                Client(
                    address: "198.51.\(network).\(index / 25 + 1)", rate: rate / Double(index + 1).squareRoot(),
                    node: index % Self.nodes, agent: index * 7 % Self.agents))
        }
        isActive = []
        for _ in 0..<count { isActive.append(random.uniform() < 0.4) }
    }

    /// Returns minutes of traffic; `incident` tells what each minute undergoes.
    mutating func record(minutes: Int, incident: (Int) -> Incident? = { _ in nil }) -> Recording {
        var recording = Recording(minutes: minutes)
        for minute in 0..<minutes {
            breath = 0.7 * breath + 0.08 * random.normal()
            let now = incident(minute) ?? Incident()
            for index in clients.indices {
                isActive[index] = random.uniform() < (isActive[index] ? 0.85 : 0.1)
                if isActive[index] { act(clients[index], now, minute, &recording) }
            }
            for client in now.extra { act(client, now, minute, &recording) }
        }
        return recording
    }

    private mutating func act(_ client: Client, _ now: Incident, _ minute: Int, _ recording: inout Recording) {
        let rate = client.rate * now.client(client) * ElementaryFunctions.exp(breath)
        for path in 0..<Self.paths {
            let target = random.uniform() < 0.5 ? path % Self.targets : Int(random.next() % UInt64(Self.targets))
            let weight = 2.0 / Double(path + 2) / 4.4 * (now.path[path] ?? 1) * (now.target[target] ?? 1)
            let count = random.poisson(rate * weight * (client.isSteady ? 1 : random.gamma(shape: 3)))
            guard count > 0 else { continue }
            recording.totals[minute] += count
            recording.add(.client, client.address, minute, count)
            recording.add(.path, "/p\(path)", minute, count)
            recording.add(.target, "10.0.0.\(target + 1):80", minute, count)
            recording.add(.targetPort, "443", minute, count)
            recording.add(.userAgent, "agent-\(client.agent)", minute, count)
            recording.add(.node, "10.0.1.\(client.node + 1)", minute, count)
        }
    }

    /// Counts per minute, of which any part can be taken as a window.
    struct Recording {
        var totals: [Int64]
        private var counts: [Dimension: [String: [Int64]]] = [:]

        init(minutes: Int) { totals = [Int64](repeating: 0, count: minutes) }

        mutating func add(_ dimension: Dimension, _ value: String, _ minute: Int, _ count: Int64) {
            counts[dimension, default: [:]][value, default: [Int64](repeating: 0, count: totals.count)][minute] += count
        }

        /// Forgets minutes that nobody watched.
        mutating func erase(_ minutes: Range<Int>) {
            for minute in minutes {
                totals[minute] = 0
                for dimension in counts.keys {
                    for value in counts[dimension, default: [:]].keys {
                        counts[dimension, default: [:]][value]?[minute] = 0
                    }
                }
            }
        }

        /// Returns the aggregate of some of the minutes; the networks are those of the clients.
        func aggregate(_ minutes: Range<Int>) -> WindowAggregate {
            let from = Timestamp(nanoseconds: origin + Int64(minutes.lowerBound) * minute)
            let window = TimeWindow(start: from, end: from.advanced(by: Int64(minutes.count) * minute))
            var aggregate = WindowAggregate(window: window, exposure: window.length)
            for (index, minute) in minutes.enumerated() where totals[minute] > 0 {
                var bucket = TrafficTotals()
                bucket.activity.requests = totals[minute]
                aggregate.totals.add(bucket)
                aggregate.buckets.append(
                    .init(start: from.nanoseconds + Int64(index) * TrafficModel.minute, totals: bucket))
            }
            for (dimension, values) in counts {
                aggregate.dimensions[dimension] = Self.values(values, minutes)
            }
            var networks: [String: [Int64]] = [:]
            for (client, series) in counts[.client] ?? [:] {
                let name = client.split(separator: ".").dropLast().joined(separator: ".") + ".0/24"
                let sum = networks[name] ?? [Int64](repeating: 0, count: totals.count)
                networks[name] = zip(sum, series).map { $0 + $1 }
            }
            if !networks.isEmpty { aggregate.dimensions[.clientNetwork] = Self.values(networks, minutes) }
            return aggregate
        }

        private static func values(
            _ values: [String: [Int64]], _ minutes: Range<Int>
        ) -> [WindowAggregate.DimensionValue] {
            values.compactMap { value, series in
                var activity = Activity()
                var points: [WindowAggregate.SeriesPoint] = []
                for (index, count) in series[minutes].enumerated() where count > 0 {
                    activity.requests += count
                    points.append(.init(minute: Int32(index), count: count))
                }
                return points.isEmpty ? nil : .init(value: value, activity: activity, series: points)
            }
        }
    }
}
