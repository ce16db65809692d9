import ForensicsCompare
package import ForensicsModel

/// Stationary traffic of 80 clients, about 200 requests a minute: whatever a comparison finds in it is a false alarm.
package struct NullTraffic {
    package enum Kind: Sendable {
        /// Independent requests.
        case poisson
        /// Clients come for six minutes on average, make ten requests a minute and go.
        case sessions
        /// The same for twenty minutes on average, as many at a time.
        case longSessions
        /// Independent requests; all take longer or shorter together, over some five minutes.
        case driftingLatency
        /// Independent requests; now and then a seventh of them waits for two minutes.
        case stalls
        /// Independent requests, one in fifty of which fails; now and then all that one client asks of one path fails, eight
        /// times a minute for three minutes on average.
        case failing
    }

    package var kind: Kind
    /// Of the logarithm of a response's size; 0 for responses of one size.
    package var sizeDeviation = 0.0

    private static let clients = 80
    private static let minute: Int64 = 60_000_000_000

    package init(_ kind: Kind, sizeDeviation: Double = 0) {
        self.kind = kind
        self.sizeDeviation = sizeDeviation
    }

    private struct Request {
        var minute: Int
        var client: Int
        var path: Int
        var target: Int
        var bytes: Int64
        var nanoseconds: Int64
        var isFailed = false
    }

    /// Returns successive windows of so many minutes, with series of the measure.
    package func windows(_ lengths: [Int], seed: UInt64, measure: RankMeasure = .requests) -> [WindowAggregate] {
        var random = SeededGenerator(seed: seed)
        let total = lengths.reduce(0, +)
        let levels = levels(total, &random)
        let stalled = stalls(total, &random)
        var requests: [Request] = []
        for (minute, client, favourite) in visits(total, &random) {
            let path = favourite.map { random.uniform() < 0.6 ? $0 : Int(random.next() % 8) } ?? Int(random.next() % 8)
            var seconds = ElementaryFunctions.exp(-2.5 + 0.6 * random.normal() + levels[minute])
            if stalled[minute], random.uniform() < 0.15 { seconds -= ElementaryFunctions.log(1 - random.uniform()) }
            let bytes = ElementaryFunctions.exp(7 + sizeDeviation * random.normal())
            requests.append(
                Request(
                    minute: minute, client: client, path: path, target: Int(random.next() % 3),
                    bytes: Int64(bytes) + 50, nanoseconds: Int64(seconds * 1e9)))
        }
        if kind == .failing { fail(&requests, total, &random) }
        var windows: [WindowAggregate] = []
        var first = 0
        for length in lengths {
            windows.append(window(first..<(first + length), requests, measure))
            first += length
        }
        return windows
    }

    /// Who comes when, and the page of a session.
    private func visits(
        _ minutes: Int, _ random: inout SeededGenerator
    ) -> [(minute: Int, client: Int, favourite: Int?)] {
        let weights = (0..<Self.clients).map { 1 / Double($0 + 3) }
        let sums = weights.indices.map { weights[...$0].reduce(0, +) }
        func client(_ random: inout SeededGenerator) -> Int {
            let mark = random.uniform() * (sums.last ?? 0)
            return sums.firstIndex { $0 > mark } ?? 0
        }
        var visits: [(minute: Int, client: Int, favourite: Int?)] = []
        guard kind == .sessions || kind == .longSessions else {
            for minute in 0..<minutes {
                for _ in 0..<random.poisson(200) { visits.append((minute, client(&random), nil)) }
            }
            return visits
        }
        let average = kind == .sessions ? 6.0 : 20
        // From long before: sessions are as many at the beginning as later.
        for start in -Int(10 * average)..<minutes {
            for _ in 0..<random.poisson(21 / average) {
                let (who, favourite) = (client(&random), Int(random.next() % 8))
                let begin = Double(start) + random.uniform()
                let length = -average * ElementaryFunctions.log(1 - random.uniform())
                for _ in 0..<random.poisson(10 * length) {
                    let time = begin + random.uniform() * length
                    if time >= 0, time < Double(minutes) { visits.append((Int(time), who, favourite)) }
                }
            }
        }
        return visits
    }

    /// Lets some of the requests fail, and adds those that fail together.
    private func fail(_ requests: inout [Request], _ minutes: Int, _ random: inout SeededGenerator) {
        for index in requests.indices { requests[index].isFailed = random.uniform() < 0.02 }
        for start in -30..<minutes {
            for _ in 0..<random.poisson(0.3) {
                let (client, path) = (Int(random.next() % UInt64(Self.clients)), Int(random.next() % 8))
                let begin = Double(start) + random.uniform()
                let length = -3 * ElementaryFunctions.log(1 - random.uniform())
                for _ in 0..<random.poisson(8 * length) {
                    let time = begin + random.uniform() * length
                    guard time >= 0, time < Double(minutes) else { continue }
                    requests.append(
                        Request(
                            minute: Int(time), client: client, path: path, target: Int(random.next() % 3), bytes: 1000,
                            nanoseconds: 80_000_000, isFailed: true))
                }
            }
        }
    }

    /// What is added to the logarithm of each minute's latencies.
    private func levels(_ minutes: Int, _ random: inout SeededGenerator) -> [Double] {
        guard kind == .driftingLatency else { return [Double](repeating: 0, count: minutes) }
        let memory = ElementaryFunctions.exp(-0.2)
        var level = 0.3 * random.normal()
        return (0..<minutes).map { _ in
            level = memory * level + 0.3 * (1 - memory * memory).squareRoot() * random.normal()
            return level
        }
    }

    private func stalls(_ minutes: Int, _ random: inout SeededGenerator) -> [Bool] {
        let begins = (0...minutes).map { _ in kind == .stalls && random.uniform() < 0.06 }
        return (0..<minutes).map { begins[$0] || begins[$0 + 1] }
    }

    private func window(_ minutes: Range<Int>, _ requests: [Request], _ measure: RankMeasure) -> WindowAggregate {
        let from = Timestamp(nanoseconds: TrafficModel.origin + Int64(minutes.lowerBound) * Self.minute)
        let length = Int64(minutes.count) * Self.minute
        var window = WindowAggregate(
            window: TimeWindow(start: from, end: from.advanced(by: length)), exposure: length)
        var totals = [TrafficTotals](repeating: TrafficTotals(), count: minutes.count)
        var values: [Dimension: [String: [Activity]]] = [:]
        var sizes = LogLinearHistogram()
        var times = LogLinearHistogram()
        for request in requests where minutes.contains(request.minute) {
            let slot = request.minute - minutes.lowerBound
            var activity = Activity()
            activity.requests = 1
            activity.bytes = request.bytes
            activity.errors = request.isFailed ? 1 : 0
            totals[slot].activity.add(activity)
            totals[slot].serverErrors += activity.errors
            let network = "198.51.\(request.client / 20)"
            var names = [
                (Dimension.client, "\(network).\(request.client % 20 + 1)"), (.clientNetwork, "\(network).0/24"),
                (.path, "/p\(request.path)"), (.target, "10.1.0.\(request.target + 1):80"), (.targetPort, "443"),
            ]
            if kind == .failing { names.append((.status, request.isFailed ? "503" : "200")) }
            for (dimension, value) in names {
                values[dimension, default: [:]][
                    value, default: [Activity](repeating: Activity(), count: minutes.count)][slot].add(activity)
            }
            sizes.add(request.bytes)
            times.add(request.nanoseconds)
            window.shapes.add(
                1, bucket: LogLinearHistogram.index(of: request.nanoseconds), .totalTime, minute: Int32(slot))
        }
        window.distributions = [.totalTime: times, .bytesFromServer: sizes]
        for (slot, part) in totals.enumerated() where part.activity.requests > 0 {
            window.totals.add(part)
            window.buckets.append(.init(start: from.nanoseconds + Int64(slot) * Self.minute, totals: part))
        }
        window.dimensions = values.mapValues { $0.map { Self.value($0.key, $0.value, measure) } }
        return window
    }

    private static func value(
        _ name: String, _ minutes: [Activity], _ measure: RankMeasure
    ) -> WindowAggregate.DimensionValue {
        var sum = Activity()
        var points: [WindowAggregate.SeriesPoint] = []
        for (slot, part) in minutes.enumerated() where part.requests > 0 {
            sum.add(part)
            points.append(.init(minute: Int32(slot), count: part.value(of: measure)))
        }
        return .init(value: name, activity: sum, series: points)
    }
}
