import ForensicsAnalyze
import ForensicsModel
import Testing

@Suite struct EpisodeTests {
    private static func failing(_ seconds: [Double]) -> [Finding] {
        var fixture = CheckFixture()
        for second in seconds {
            fixture.exchange(at: second) {
                $0.status = 500; $0.targetStatus = 500
            }
        }
        return fixture.findings
    }

    @Test func `more than five quiet minutes end an episode and less does not`() {
        let found = Self.failing([0, 299, 599, 899.001])
        #expect(found.map(\.check) == ["http-5xx-target", "http-5xx-target"])
        #expect(found.map(\.count) == [3, 1])
        #expect(found.map(\.id.record) == [1, 4])
        #expect(found[0].end.since(found[0].start) == 599_000_000_000)
    }

    @Test func `a late record joins the episodes on both sides of it`() {
        #expect(Self.failing([0, 500]).map(\.count) == [1, 1])
        #expect(Self.failing([0, 500, 250]).map(\.count) == [3])
        #expect(Self.failing([500, 0, 1000, 250, 750]).map(\.count) == [5])
    }

    @Test func `evidence keeps the first sixteen, the last and the fifteen largest, and the count stays exact`() {
        var fixture = CheckFixture()
        for index in 1...1000 {
            fixture.exchange(at: Double(index) / 10) {
                $0.status = 502
                $0.targetStatus = nil
                $0.blame = .target
                $0.totalTime = Int64(index * 7919 % 1000) * 1_000_000
            }
        }
        let found = fixture.findings.first { $0.check == "http-5xx-load-balancer" }
        #expect(found?.count == 1000)
        let evidence = found?.evidence ?? []
        let records = evidence.map(\.id.record)
        #expect(records.starts(with: Array(1...16)))
        #expect(records.last == 1000)
        #expect(records.count <= 32)
        #expect(records == records.sorted())
        #expect(Set(records).count == records.count)
        let largest = Array(evidence.map(\.measure).sorted(by: >).prefix(15))
        let expected: [Int64] = (985...999).reversed().map { Int64($0) * 1_000_000 }
        #expect(largest == expected)
        #expect(
            found?.summary
                == "The load balancer answered 1,000 requests for 10.0.0.16:8443 with status 502 within 1 min 40 s.")
    }

    /// A scenario that several checks notice, with texts, bursts and late records.
    private static func scenario(_ order: [Int]) -> [FactBatch] {
        order.map { index in
            var batch = FactBatch()
            let domain = batch.texts.intern("host\(index % 3).example")
            let path = batch.texts.intern("/p")
            let id = FactID(source: 1, record: UInt32(index + 1))
            let time = CheckFixture.at(Double(index % 7) * 170 + Double(index) / 10)
            let client = Endpoint(IPAddress(v4: 0xC633_6400 + UInt32(index % 5)), 1)
            var exchange = Exchange(id: id, offset: UInt64(index), kind: .alb, time: time, client: client)
            exchange.target = CheckFixture.target
            exchange.status = [500, 404, 301, 504, 502][index % 5]
            exchange.domain = domain
            exchange.pathTemplate = path
            exchange.loadBalancer = domain
            exchange.totalTime = Int64(index * 7919 % 977) * 10_000_000
            batch.exchanges.append(exchange)
            return batch
        }
    }

    private static func told(_ batches: [FactBatch], _ options: CheckOptions = CheckOptions()) -> [String] {
        var checks = CheckSet(options: options)
        for batch in batches { checks.observe(batch) }
        return checks.finish(end: Timestamp(nanoseconds: .max)).map {
            "\($0.check) \($0.blame) \($0.subject) \($0.count) \($0.start) \($0.end) \($0.id) \($0.summary) \($0.evidence)"
        }
    }

    @Test func `neither order nor division of the facts changes a finding`() {
        let order = Array(0..<1500)
        let forward = Self.told(Self.scenario(order))
        #expect(forward.count >= 8)
        #expect(Self.told(Self.scenario(order.reversed())) == forward)
        var joined = FactBatch()
        for batch in Self.scenario(order) {
            var exchange = batch.exchanges[0]
            exchange.domain = joined.texts.intern(batch.texts.bytes(exchange.domain))
            exchange.pathTemplate = joined.texts.intern(batch.texts.bytes(exchange.pathTemplate))
            exchange.loadBalancer = joined.texts.intern(batch.texts.bytes(exchange.loadBalancer))
            joined.exchanges.append(exchange)
        }
        #expect(Self.told([joined]) == forward)
    }

    @Test func `whoever comes late and often is told after any flood of those that come once`() {
        var options = CheckOptions()
        options.episodeLimit = 20
        options.episodeReserve = 5
        var checks = CheckSet(options: options)
        var batch = FactBatch()
        for index in 0..<500 {
            // From the 400th on every tenth is one client's.
            let isOne = index >= 400 && index % 10 == 0
            let client = Endpoint(IPAddress(v4: isOne ? 0xC633_6401 : 0x0B00_0000 + UInt32(index)), 1)
            let end = CheckFixture.at(Double(index))
            var connection = Connection(
                id: FactID(source: 1, record: UInt32(index + 1)), offset: 0, kind: .nlb,
                start: end.advanced(by: -400_000_000_000), end: end, client: client, server: CheckFixture.target)
            connection.duration = 400_000_000_000
            batch.connections.append(connection)
        }
        checks.observe(batch)
        let found = checks.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check == "long-connection" }
        #expect(found.first { $0.subject == "198.51.100.1" }?.count == 10)
        #expect(found.reduce(0) { $0 + $1.count } == 500)
    }

    @Test func `past the limit and the reserve of their check episodes are counted under other`() {
        var options = CheckOptions()
        options.episodeLimit = 10
        options.episodeReserve = 5
        var checks = CheckSet(options: options)
        var batch = FactBatch()
        for index in 0..<100 {
            var exchange = Exchange(
                id: FactID(source: 1, record: UInt32(index + 1)), offset: 0, kind: .alb, time: CheckFixture.at(0),
                client: CheckFixture.client)
            exchange.status = 500
            exchange.targetStatus = 500
            exchange.target = Endpoint(IPAddress(v4: UInt32(index)), 80)
            batch.exchanges.append(exchange)
        }
        // A flood of one check takes no room from another.
        for index in 0..<3 {
            var exchange = Exchange(
                id: FactID(source: 1, record: UInt32(index + 101)), offset: 0, kind: .alb, time: CheckFixture.at(1),
                client: CheckFixture.client)
            exchange.status = 504
            exchange.cause = .targetTimeout
            exchange.blame = .target
            exchange.target = Endpoint(IPAddress(v4: UInt32(index)), 80)
            batch.exchanges.append(exchange)
        }
        checks.observe(batch)
        let found = checks.finish(end: Timestamp(nanoseconds: .max))
        let errors = found.filter { $0.check == "http-5xx-target" }
        // The reserve and at least half of the limit stay apart.
        #expect((11...16).contains(errors.count))
        #expect(errors.first { $0.subject == "(other)" }?.count == UInt64(101 - errors.count))
        #expect(errors.reduce(0) { $0 + $1.count } == 100)
        #expect(
            found.filter { $0.check == "target-timeout" }.map(\.subject) == ["0.0.0.0:80", "0.0.0.1:80", "0.0.0.2:80"])
    }

    @Test func `a set that has finished begins anew`() {
        var checks = CheckSet()
        var fixture = CheckFixture()
        fixture.exchange {
            $0.status = 500; $0.targetStatus = 500
        }
        checks.observe(fixture.batch)
        #expect(!checks.finish(end: Timestamp(nanoseconds: .max)).isEmpty)
        #expect(checks.finish(end: Timestamp(nanoseconds: .max)).isEmpty)
    }

    @Test(arguments: [
        (0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (1250, "1.25 s"), (1500, "1.5 s"), (4050, "4.05 s"),
        (60_000, "1 min"), (200_000, "3 min 20 s"), (3_600_000, "1 h"), (7_500_000, "2 h 5 min"),
        // To the nearest, as tables have it: 19 min 50.59 s, 59 min 59.6 s, 2 h 5 min 40 s.
        (1_190_590, "19 min 51 s"), (3_599_600, "1 h"), (7_540_000, "2 h 6 min"),
    ])
    func `durations are told in the unit that suits`(milliseconds: Int64, text: String) {
        #expect(Wording.duration(milliseconds * 1_000_000) == text)
    }

    @Test func `large counts are grouped`() {
        #expect(Wording.count(1, "request") == "1 request")
        #expect(Wording.count(1_234_567, "request") == "1,234,567 requests")
        #expect(Wording.count(999, "request") == "999 requests")
    }
}
