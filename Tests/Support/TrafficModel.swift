import ForensicsCompare
package import ForensicsModel

/// Bursty traffic of many clients over several dimensions, from a seed: what comparisons are tried on.
///
/// Each client has a rate (Zipf), a network, a node and a user agent, and is active in sessions of some minutes, so that
/// successive minutes are correlated; all rates breathe together slowly.
package struct TrafficModel {
    package struct Client: Sendable {
        package var address: String
        package var rate: Double
        package var node: Int
        package var agent: Int
        /// Always active and without bursts of its own: a script.
        package var isSteady = false

        package init(address: String, rate: Double, node: Int, agent: Int, isSteady: Bool = false) {
            self.address = address
            self.rate = rate
            self.node = node
            self.agent = agent
            self.isSteady = isSteady
        }
    }

    /// What multiplies rates in the minutes of an incident.
    package struct Incident {
        package var client: (Client) -> Double = { _ in 1 }
        package var path: [Int: Double] = [:]
        package var target: [Int: Double] = [:]
        package var extra: [Client] = []

        package init() {}
    }

    /// Requests of one client for one path to one target in one minute.
    package struct Hit {
        package var minute: Int
        package var client: Client
        package var path: Int
        package var target: Int
        package var count: Int64
    }

    package static let paths = 12
    package static let targets = 4
    package static let agents = 6
    package static let nodes = 3
    package static let minute: Int64 = 60_000_000_000
    /// 2026-03-17T09:00:00Z.
    package static let origin: Int64 = 1_773_738_000_000_000_000

    package var clients: [Client] = []
    private var random: SeededGenerator
    /// Logarithm of what all rates share at the moment, a first-order autoregression.
    private var breath = 0.0
    private var isActive: [Bool]

    package init(seed: UInt64, clients count: Int = 150, rate: Double = 40) {
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

    /// Returns minutes of traffic as counts; `incident` tells what each minute undergoes.
    package mutating func record(minutes: Int, incident: (Int) -> Incident? = { _ in nil }) -> TrafficRecording {
        var recording = TrafficRecording(minutes: minutes)
        play(minutes: minutes, incident: incident) { recording.add($0) }
        return recording
    }

    /// Plays minutes of traffic; `incident` tells what each minute undergoes.
    package mutating func play(minutes: Int, incident: (Int) -> Incident?, _ body: (Hit) -> Void) {
        for minute in 0..<minutes {
            breath = 0.7 * breath + 0.08 * random.normal()
            let now = incident(minute) ?? Incident()
            for index in clients.indices {
                isActive[index] = random.uniform() < (isActive[index] ? 0.85 : 0.1)
                if isActive[index] { act(clients[index], now, minute, body) }
            }
            for client in now.extra { act(client, now, minute, body) }
        }
    }

    private mutating func act(_ client: Client, _ now: Incident, _ minute: Int, _ body: (Hit) -> Void) {
        let rate = client.rate * now.client(client) * ElementaryFunctions.exp(breath)
        for path in 0..<Self.paths {
            let target = random.uniform() < 0.5 ? path % Self.targets : Int(random.next() % UInt64(Self.targets))
            let weight = 2.0 / Double(path + 2) / 4.4 * (now.path[path] ?? 1) * (now.target[target] ?? 1)
            let count = random.poisson(rate * weight * (client.isSteady ? 1 : random.gamma(shape: 3)))
            if count > 0 {
                body(Hit(minute: minute, client: client, path: path, target: target, count: count))
            }
        }
    }
}

/// Counts per minute, of which any part can be taken as a window.
package struct TrafficRecording {
    package var totals: [Int64]
    private var counts: [Dimension: [String: [Int64]]] = [:]

    package init(minutes: Int) { totals = [Int64](repeating: 0, count: minutes) }

    mutating func add(_ hit: TrafficModel.Hit) {
        totals[hit.minute] += hit.count
        add(.client, hit.client.address, hit.minute, hit.count)
        add(.path, "/p\(hit.path)", hit.minute, hit.count)
        add(.target, "10.0.0.\(hit.target + 1):80", hit.minute, hit.count)
        add(.targetPort, "443", hit.minute, hit.count)
        add(.userAgent, "agent-\(hit.client.agent)", hit.minute, hit.count)
        add(.node, "10.0.1.\(hit.client.node + 1)", hit.minute, hit.count)
    }

    package mutating func add(_ dimension: Dimension, _ value: String, _ minute: Int, _ count: Int64) {
        counts[dimension, default: [:]][value, default: [Int64](repeating: 0, count: totals.count)][minute] += count
    }

    /// Forgets minutes that nobody watched.
    package mutating func erase(_ minutes: Range<Int>) {
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
    package func aggregate(_ minutes: Range<Int>) -> WindowAggregate {
        let from = Timestamp(nanoseconds: TrafficModel.origin + Int64(minutes.lowerBound) * TrafficModel.minute)
        let window = TimeWindow(start: from, end: from.advanced(by: Int64(minutes.count) * TrafficModel.minute))
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
