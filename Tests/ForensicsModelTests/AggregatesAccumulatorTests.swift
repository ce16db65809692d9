import ForensicsModel
import Testing

@Suite struct AggregatesAccumulatorTests {
    private typealias Fixture = AggregatesFixture

    private static func window(_ from: Int64, _ to: Int64) -> TimeWindow {
        let base = BucketKey.minute(of: Fixture.origin) * BucketKey.width
        return TimeWindow(
            start: Timestamp(nanoseconds: base + from * 1_000_000_000),
            end: Timestamp(nanoseconds: base + to * 1_000_000_000))
    }

    /// Everything that must agree, in an order of its own.
    private struct Digest: Equatable {
        var totals: TrafficTotals
        var buckets: [String]
        var values: [String]
        var distributions: [String]
        var shapes: [String]
        var longs: [String]

        init(_ window: WindowAggregate) {
            totals = window.totals
            buckets = window.buckets.map { "\($0.start) \($0.totals)" }
            values = window.dimensions.flatMap { dimension, values in
                values.map { "\(dimension.name) \($0.value) \($0.activity) \($0.series)" }
            }.sorted()
            distributions = window.distributions.map {
                "\($0.key) \($0.value.count) \($0.value.maximum) \($0.value.counts.reduce(0) { $0 &* 31 &+ $1 })"
            }.sorted()
            shapes = DistributionMeasure.allCases.map { "\($0) \(window.shapes.points(of: $0))" }
            longs = window.longClients.map { "\($0)" }
        }
    }

    @Test(arguments: [UInt64(21), 22, 23, 24])
    func `folded roll-ups equal counted facts`(seed: UInt64) {
        var fixture = Fixture(seed: seed)
        let facts = fixture.facts(1200, minutes: 12)
        for healthChecks in [false, true] {
            var question = AggregateAccumulator.Question(
                window: Self.window(120, 480), measure: .requests, long: 300_000_000_000)
            question.includesHealthChecks = healthChecks
            var direct = AggregateAccumulator(question)
            for batch in fixture.batches(facts) {
                direct.add(batch)
                direct.addLong(batch)
            }
            var folded = AggregateAccumulator(question)
            for part in [facts[..<500], facts[500...]] {
                var builder = RollupBuilder()
                builder.add(Fixture.batch(part))
                for rollup in builder.packed() where !folded.fold(rollup) { Issue.record("not folded") }
                for rollup in builder.packedDistributions() where !folded.fold(rollup) { Issue.record("not folded") }
            }
            folded.addLong(Fixture.batch(facts))
            let first = Digest(direct.finish(exposure: 1, owners: Self.owners))
            #expect(first == Digest(folded.finish(exposure: 1, owners: Self.owners)))
            #expect(first.values.count > 60)
            #expect(first.totals.activity.requests > 100)
            let window = direct.finish(exposure: 1)
            for (measure, histogram) in window.distributions {
                let points = window.shapes.points(of: measure)
                #expect(points.reduce(0) { $0 + $1.count } == histogram.count)
                #expect(points.allSatisfy { (2..<8).contains($0.minute - points[0].minute + 2) })
                var coarse: [Int32: Int64] = [:]
                for (index, count) in histogram.counts.enumerated() where count > 0 {
                    coarse[Int32(MinuteShapes.cell(ofBucket: index)), default: 0] += Int64(count)
                }
                #expect(points.reduce(into: [:]) { $0[$1.cell, default: 0] += $1.count } == coarse)
            }
        }
    }

    private static var owners: OwnerTable {
        var owners = OwnerTable()
        if let network = IPNetwork("198.51.100.0/28") { owners.add(network, owner: "acme") }
        if let network = IPNetwork("2001:db8::/32") { owners.add(network, owner: "six") }
        return owners
    }

    @Test(arguments: [UInt64(31), 32])
    func `roll-ups inside and facts at the edges equal facts alone`(seed: UInt64) {
        var fixture = Fixture(seed: seed)
        let facts = fixture.facts(900, minutes: 9)
        let question = AggregateAccumulator.Question(
            window: Self.window(95, 431), measure: .connections, long: 60_000_000_000)
        let batch = Fixture.batch(facts)
        var direct = AggregateAccumulator(question)
        direct.add(batch)
        var mixed = AggregateAccumulator(question)
        var builder = RollupBuilder()
        builder.add(batch)
        for rollup in builder.packed() where !mixed.fold(rollup) { Issue.record("not folded") }
        for rollup in builder.packedDistributions() where !mixed.fold(rollup) { Issue.record("not folded") }
        let edges = AggregateAccumulator.edges(of: question.window)
        #expect(edges.count == 2)
        for edge in edges { mixed.add(batch, within: edge) }
        #expect(Digest(direct.finish(exposure: 0)) == Digest(mixed.finish(exposure: 0)))
    }

    /// Requests, connections and errors per value, counted with dictionaries of text from the definitions alone.
    private static func naive(_ facts: [Fixture.Fact], _ window: TimeWindow) -> [String: [Int]] {
        var counts: [String: [Int]] = [:]
        func count(_ key: String?, _ column: Int, _ isError: Bool) {
            guard let key else { return }
            counts[key, default: [0, 0, 0]][column] += 1
            if isError { counts[key, default: [0, 0, 0]][2] += 1 }
        }
        for fact in facts {
            switch fact.body {
            case .check: break
            case .exchange(let exchange):
                if exchange.flags.contains(.healthCheck) || !window.contains(exchange.time) { continue }
                let status = exchange.status.map(Int.init)
                let failed = status == nil || status == 0 || (status ?? 0) >= 400 || exchange.flags.contains(.timedOut)
                count("all", 0, failed)
                count("client \(exchange.client.address)", 0, failed)
                count(fact.domain.map { "domain \($0)" }, 0, failed)
                count(fact.path.map { "path \($0)" }, 0, failed)
                count(status.map { "status \($0 == 0 ? "000" : String($0))" }, 0, failed)
                count(exchange.target.map { "target \($0)" }, 0, failed)
            case .connection(let connection):
                if connection.flags.contains(.healthCheck) || !window.contains(connection.end) { continue }
                let failed = connection.resetBy != .none
                count("all", 1, failed)
                if connection.role != .backend { count("client \(connection.client.address)", 1, failed) }
                count(fact.domain.map { "domain \($0)" }, 1, failed)
                if connection.kind == .pcap { count("target \(connection.server)", 1, failed) }
            }
        }
        return counts
    }

    @Test(arguments: [UInt64(41), 42, 43])
    func `counts equal a plain count with dictionaries`(seed: UInt64) {
        var fixture = Fixture(seed: seed)
        let facts = fixture.facts(1000, minutes: 10)
        let window = Self.window(77, 333)
        var accumulator = AggregateAccumulator(
            AggregateAccumulator.Question(window: window, measure: .requests, long: 1))
        for batch in fixture.batches(facts) { accumulator.add(batch) }
        let result = accumulator.finish(exposure: 0)
        var counted: [String: [Int]] = [
            "all": [result.totals.activity.requests, result.totals.activity.connections, result.totals.activity.errors]
                .map { Int($0) }
        ]
        for dimension in [Dimension.client, .domain, .path, .status, .target] {
            for value in result.dimensions[dimension] ?? [] {
                counted["\(dimension.name) \(value.value)"] = [
                    value.activity.requests, value.activity.connections, value.activity.errors,
                ].map { Int($0) }
                #expect(value.series.reduce(0) { $0 + $1.count } == value.activity.requests)
            }
        }
        #expect(counted == Self.naive(facts, window))
    }

    @Test func `long connections are counted by record time and seen open by overlap`() {
        var batch = FactBatch()
        func add(_ client: UInt32, _ start: Int64, _ end: Int64, _ flags: ConnectionFlags, _ role: ConnectionRole) {
            let origin = Self.window(0, 1).start
            var connection = Connection(
                id: FactID(source: 1, record: 1), offset: 0, kind: .pcap,
                start: origin.advanced(by: start * 1_000_000_000), end: origin.advanced(by: end * 1_000_000_000),
                client: Endpoint(IPAddress(v4: client), 1), server: Endpoint(IPAddress(v4: 9), 80))
            connection.duration = (end - start) * 1_000_000_000
            connection.flags = flags
            connection.role = role
            batch.connections.append(connection)
        }
        let whole: ConnectionFlags = [.startSeen, .endSeen]
        add(1, 0, 900, whole, .client)
        add(1, 500, 801, whole, .client)
        add(1, 650, 950, whole, .client)  // exactly 300 s: not longer
        add(2, 700, 1300, whole, .client)  // ends after the window: open in it, not counted
        add(3, 0, 900, [.startSeen], .client)
        add(4, 0, 900, whole, .backend)
        add(5, 0, 599, whole, .client)  // over before
        var question = AggregateAccumulator.Question(
            window: Self.window(600, 1200), measure: .connections, long: 300_000_000_000)
        var accumulator = AggregateAccumulator(question)
        accumulator.addLong(batch)
        let result = accumulator.finish(exposure: 0)
        #expect(result.longClients.map(\.client.low) == [1, 2, 3].map { 0xFFFF_0000_0000 + UInt64($0) })
        #expect(result.longClients.map(\.long) == [2, 0, 1])
        #expect(result.longClients.map(\.openInWindow) == [2, 1, 1])
        #expect(result.longClients.map(\.longest) == [900_000_000_000, 0, 900_000_000_000])
        #expect(result.longClients.map(\.isCensored) == [false, false, true])
        #expect(result.totals.long == 4)
        // Open in the first ten minutes too: all that count but one that is over after the window; in the first 400 s less.
        for (end, open) in [(Int64(600), [Int64(2), 0, 1]), (400, [1, 0, 1])] {
            question.earlier = Self.window(0, end)
            var compared = AggregateAccumulator(question)
            compared.addLong(batch)
            let clients = compared.finish(exposure: 0).longClients
            #expect(clients.map(\.openEarlier) == open)
            // Longer than 300 s already when that window ends: those that began at 0.
            #expect(clients.map(\.longEarlier) == [1, 0, 1])
        }
        question.earlier = nil
        question.anchor = .start
        var byStart = AggregateAccumulator(question)
        byStart.addLong(batch)
        #expect(byStart.finish(exposure: 0).longClients.map(\.long) == [0, 1, 0])
        question.anchor = .overlap
        var byOverlap = AggregateAccumulator(question)
        byOverlap.addLong(batch)
        #expect(byOverlap.finish(exposure: 0).longClients.map(\.long) == [2, 1, 1])
    }

    @Test(arguments: [(EvidenceKind.alb, true), (.pcap, false)])
    func `a time until a connection closed is no latency`(kind: EvidenceKind, isConnection: Bool) {
        var batch = FactBatch()
        for flags in [ExchangeFlags(), .upgraded] {
            var exchange = Exchange(
                id: FactID(source: 1, record: 1), offset: 0, kind: kind,
                time: Self.window(0, 1).start.advanced(by: 30_000_000_000), client: Endpoint(IPAddress(v4: 1), 1))
            exchange.flags = flags
            exchange.totalTime = flags == .upgraded ? 900_000_000_000 : 5_000_000
            batch.exchanges.append(exchange)
        }
        let question = AggregateAccumulator.Question(window: Self.window(0, 60), measure: .requests, long: 1)
        var rows = AggregateAccumulator(question)
        rows.add(batch)
        var builder = RollupBuilder()
        builder.add(batch)
        var rollups = AggregateAccumulator(question)
        for packed in builder.packed() { _ = rollups.fold(packed) }
        for packed in builder.packedDistributions() { _ = rollups.fold(packed) }
        for accumulator in [rows, rollups] {
            let result = accumulator.finish(exposure: 0)
            #expect(result.distributions[.totalTime]?.count == (isConnection ? 1 : 2))
            #expect(result.totals.activity.requests == 2 && result.totals.activity.longest == 900_000_000_000)
        }
    }

    @Test func `a window that holds no whole minute is all edge`() {
        let window = Self.window(61, 119)
        #expect(AggregateAccumulator.wholeMinutes(of: window).isEmpty)
        #expect(AggregateAccumulator.edges(of: window) == [window])
        #expect(AggregateAccumulator.edges(of: Self.window(60, 120)).isEmpty)
    }
}
