import ForensicsCompare
import ForensicsModel
import Testing

/// Combinations, from single requests to what is said of them.
@Suite struct CombinationTests {
    private static let minutes = 15
    private static let minute: Int64 = 60_000_000_000
    private static let origin = Timestamp(nanoseconds: 1_700_000_040_000_000_000)

    /// One kind of request: what it has, and how many there are a minute before and during.
    private struct Flow {
        var method: String
        var path: String
        var agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"
        var client: UInt32 = 0xC000_0200
        var clients = 50
        var before: Int
        var during: Int
    }

    private static func batch(_ flows: [Flow], isDuring: Bool) -> FactBatch {
        var batch = FactBatch()
        var record: UInt32 = 0
        for (place, flow) in flows.enumerated() {
            for minute in 0..<minutes {
                // A little unsteady, as traffic is.
                let wave = (minute * 7 + place * 3) % 5 - 2
                let count = isDuring ? flow.during : flow.before
                for index in 0..<max(0, count + wave * count / 20) {
                    record += 1
                    let start = origin.advanced(by: isDuring ? Int64(minutes) * Self.minute : 0)
                    let time = start.advanced(by: Int64(minute) * Self.minute + Int64(index) * 1_000_000)
                    let client = Endpoint(IPAddress(v4: flow.client + UInt32(index % flow.clients)), 40_000)
                    var exchange = Exchange(
                        id: FactID(source: 1, record: record), offset: 0, kind: .alb, time: time, client: client)
                    exchange.method = batch.texts.intern(flow.method)
                    exchange.pathTemplate = batch.texts.intern(flow.path)
                    exchange.userAgent = batch.texts.intern(flow.agent)
                    exchange.status = 200
                    batch.exchanges.append(exchange)
                }
            }
        }
        return batch
    }

    private static func aggregate(
        _ flows: [Flow], isDuring: Bool, combined: [WindowAggregate.CombinationValue.Part] = []
    ) -> WindowAggregate {
        let start = origin.advanced(by: isDuring ? Int64(minutes) * minute : 0)
        let window = TimeWindow(start: start, end: start.advanced(by: Int64(minutes) * minute))
        var question = AggregateAccumulator.Question(window: window, measure: .requests, long: 300_000_000_000)
        question.combined = combined
        var accumulator = AggregateAccumulator(question)
        accumulator.add(batch(flows, isDuring: isDuring))
        return accumulator.finish(exposure: window.length)
    }

    private static func compare(_ flows: [Flow]) throws -> ComparisonResult {
        let options = CompareOptions()
        var result = try Comparison.compare(
            before: aggregate(flows, isDuring: false), during: aggregate(flows, isDuring: true), options: options)
        let parts = CombinationFinder.parts(of: result)
        CombinationFinder.add(
            to: &result, before: aggregate(flows, isDuring: false, combined: parts),
            during: aggregate(flows, isDuring: true, combined: parts), options: options)
        return result
    }

    private static func texts(_ result: ComparisonResult) -> [String] {
        result.combinations.map { $0.parts.map(\.value).joined(separator: " & ") }
    }

    @Test func `a method on one path is found where neither tells all`() throws {
        let result = try Self.compare([
            Flow(method: "GET", path: "/", before: 100, during: 100),
            Flow(method: "POST", path: "/login", before: 40, during: 40),
            Flow(method: "GET", path: "/cart", before: 60, during: 62),
            Flow(method: "POST", path: "/cart", before: 10, during: 200),
        ])
        #expect(Self.texts(result) == ["POST & /cart"])
        let one = try #require(result.combinations.first)
        #expect(one.explanation.dimension == "method + path")
        #expect(one.explanation.passesGate)
        #expect(abs((one.explanation.shareOfChange ?? 0) - 1) < 0.05)
        #expect(abs((one.explanation.ratio.value ?? 0) - 20) < 2)
        #expect(result.sentence.contains("What has method POST and path /cart together is"))
    }

    @Test func `three values are told instead of the pairs within them`() throws {
        let scraper = "python-requests/2.31"
        let result = try Self.compare([
            Flow(method: "GET", path: "/", before: 100, during: 100),
            Flow(method: "GET", path: "/", agent: scraper, before: 20, during: 20),
            Flow(method: "POST", path: "/cart", before: 30, during: 30),
            Flow(method: "POST", path: "/login", before: 40, during: 40),
            Flow(method: "POST", path: "/login", agent: scraper, before: 20, during: 20),
            Flow(method: "GET", path: "/cart", agent: scraper, before: 20, during: 20),
            Flow(method: "POST", path: "/cart", agent: scraper, before: 10, during: 300),
        ])
        let found = try #require(result.combinations.first)
        #expect(found.parts.map(\.dimension) == ["method", "path", "user-agent"])
        #expect(found.parts.prefix(2).map(\.value) == ["POST", "/cart"])
        #expect(result.combinations.count == 1)
    }

    @Test func `the crowd around one client is no narrower answer than the client`() throws {
        let result = try Self.compare([
            Flow(method: "GET", path: "/cart", client: 0xCB00_7109, clients: 1, before: 1, during: 160),
            Flow(method: "GET", path: "/cart", before: 20, during: 40),
            Flow(method: "GET", path: "/", before: 100, during: 110),
            Flow(method: "POST", path: "/cart", before: 50, during: 55),
            Flow(method: "POST", path: "/", before: 50, during: 55),
        ])
        #expect(result.leading.contains { $0.value == "203.0.113.9" })
        // The method and the path rose beyond doubt, so that the pair was looked at.
        #expect(CombinationFinder.parts(of: result).map(\.value).contains("/cart"))
        #expect(Self.texts(result).isEmpty)
    }

    @Test func `a client too restless to stand out is told where it makes nearly all of what its agent changed`() throws
    {
        let agent = "python-requests/2.31"
        // Of two hundred clients each makes now and then as much in a minute as this one did before.
        var flows = (0..<4).map { index in
            Flow(method: "GET", path: "/\(index)", client: 0xC000_0200 + UInt32(index * 50), before: 100, during: 110)
        }
        flows.append(
            Flow(method: "GET", path: "/0", agent: agent, client: 0xCB00_7109, clients: 1, before: 2, during: 300))
        flows.append(Flow(method: "GET", path: "/0", agent: agent, before: 20, during: 30))
        let options = CompareOptions()
        var result = try Comparison.compare(
            before: Self.aggregate(flows, isDuring: false), during: Self.aggregate(flows, isDuring: true),
            options: options)
        let client = "203.0.113.9"
        for section in result.dimensions.indices where result.dimensions[section].dimension == "client" {
            for index in result.dimensions[section].values.indices
            where result.dimensions[section].values[index].value == client {
                result.dimensions[section].values[index].passesGate = false
                result.dimensions[section].values[index].standsOut = false
            }
        }
        result.leading.removeAll { $0.dimension.hasPrefix("client") }
        #expect(result.leading.contains { $0.dimension == "user-agent" })
        let parts = CombinationFinder.parts(of: result)
        #expect(parts.contains { $0.value == client })
        CombinationFinder.add(
            to: &result, before: Self.aggregate(flows, isDuring: false, combined: parts),
            during: Self.aggregate(flows, isDuring: true, combined: parts), options: options)
        #expect(result.leading.contains { $0.value == client })
        #expect(result.sentence.contains(client), "\(result.sentence)")
    }

    @Test func `parts that always go together, and everybody rising, are no combinations`() throws {
        let together = try Self.compare([
            Flow(method: "GET", path: "/", before: 100, during: 100),
            Flow(method: "PUT", path: "/upload", before: 10, during: 200),
        ])
        #expect(Self.texts(together).isEmpty)
        let uniform = try Self.compare([
            Flow(method: "GET", path: "/", before: 50, during: 100),
            Flow(method: "POST", path: "/", before: 20, during: 40),
            Flow(method: "GET", path: "/cart", before: 30, during: 60),
            Flow(method: "POST", path: "/cart", before: 40, during: 80),
        ])
        #expect(Self.texts(uniform).isEmpty)
    }

    @Test(arguments: [(100, 112), (112, 100), (106, 106)])
    func `the larger half of a surge that two agents share is no narrower answer`(one: Int, other: Int) throws {
        let scraper = "python-requests/2.31"
        let result = try Self.compare([
            Flow(method: "GET", path: "/", before: 200, during: 200),
            Flow(method: "GET", path: "/cart", before: 10, during: one * 10),
            Flow(method: "GET", path: "/cart", agent: scraper, before: 10, during: other * 10),
            Flow(method: "GET", path: "/", agent: scraper, before: 200, during: 200),
        ])
        // Each agent and the path rose beyond doubt, so that the pairs were looked at.
        #expect(!CombinationFinder.parts(of: result).isEmpty)
        #expect(Self.texts(result).isEmpty)
    }

    @Test func `combinations count what counting one by one counts, over requests and connections`() {
        var state: UInt64 = 7
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let (methods, paths) = (["GET", "POST", "PUT"], ["/a", "/b", "/c"])
        var expected: [String: Int64] = [:]
        var batch = FactBatch()
        for record in 1...500 {
            let (method, path, client) = (methods[draw(3)], paths[draw(3)], UInt32(draw(2)))
            var exchange = Exchange(
                id: FactID(source: 1, record: UInt32(record)), offset: 0, kind: .alb, time: Self.origin,
                client: Endpoint(IPAddress(v4: 0xC000_0200 + client), 1))
            exchange.method = batch.texts.intern(method)
            exchange.pathTemplate = batch.texts.intern(path)
            exchange.status = 200
            batch.exchanges.append(exchange)
            if method == "POST", path == "/b" { expected["method path", default: 0] += 1 }
            if method == "POST", client == 1 { expected["client method", default: 0] += 1 }
            if path == "/b", client == 1 { expected["client path", default: 0] += 1 }
            if method == "POST", path == "/b", client == 1 { expected["client method path", default: 0] += 1 }
        }
        let window = TimeWindow(start: Self.origin, end: Self.origin.advanced(by: Self.minute))
        var question = AggregateAccumulator.Question(window: window, measure: .requests, long: 1)
        question.combined = [
            .init(dimension: .client, value: "192.0.2.1"), .init(dimension: .method, value: "POST"),
            .init(dimension: .path, value: "/b"),
        ]
        var accumulator = AggregateAccumulator(question)
        accumulator.add(batch)
        var found: [String: Int64] = [:]
        for value in accumulator.finish(exposure: window.length).combinations {
            found[value.parts.map(\.dimension.name).joined(separator: " ")] = value.activity.requests
            #expect(value.series.reduce(0) { $0 + $1.count } == value.activity.requests)
        }
        #expect(found == expected)
    }
}
