import ForensicsModel
import Testing

@Suite struct AggregatesFilterTests {
    /// A request of 198.51.100.7 for Shop.example.com/orders/17, answered 503 by 10.0.0.5:8080 through app/my-lb/50dc.
    private static func batch() -> FactBatch {
        var batch = FactBatch()
        var exchange = Exchange(
            id: FactID(source: 1, record: 1), offset: 0, kind: .alb, time: Timestamp(nanoseconds: 0),
            client: Endpoint(IPAddress(v4: 0xC633_6407), 4000))
        exchange.domain = batch.texts.intern("Shop.example.com")
        exchange.pathTemplate = batch.texts.intern("/orders/{id}/items")
        exchange.pathArgument = .number(17)
        exchange.status = 503
        exchange.target = Endpoint(IPAddress(v4: 0x0A00_0005), 8080)
        exchange.loadBalancer = batch.texts.intern("app/my-lb/50dc")
        exchange.node = batch.texts.intern("10.9.0.4")
        batch.exchanges = [exchange]
        return batch
    }

    private static func admits(_ build: (inout FactFilter) -> Void) -> Bool {
        var filter = FactFilter()
        build(&filter)
        var compiled = CompiledFilter(filter)
        let batch = batch()
        compiled.begin(batch.texts)
        let answer = compiled.admits(batch.exchanges[0], batch.texts)
        if filter.kinds.isEmpty { #expect(admitsRow(compiled, batch.exchanges[0]) == answer, "as a row of a view") }
        return answer
    }

    /// Asks about the values that the view `requests` has of the same request.
    private static func admitsRow(_ filter: CompiledFilter, _ exchange: Exchange) -> Bool {
        filter.admits(domain: "Shop.example.com")
            && filter.admits(path: "/orders/17/items", template: "/orders/{id}/items") && filter.admits(status: 503)
            && filter.admits(port: 8080) && filter.admits(target: exchange.target)
            && filter.admits(client: exchange.client.address) && !filter.ignores(client: exchange.client.address)
            && filter.admits(loadBalancer: "app/my-lb/50dc", at: IPAddress("10.9.0.4"), or: nil)
    }

    @Test func `what a row has no value for passes lists of nothing but exclusions`() {
        var filter = FactFilter()
        filter.statuses = Self.entries("!000")
        filter.paths = Self.entries("!/a")
        var compiled = CompiledFilter(filter)
        #expect(compiled.admits(status: nil) && compiled.admits(path: nil, template: nil))
        #expect(!compiled.admits(status: 0) && !compiled.admits(path: "/a", template: nil))
        filter.statuses = Self.entries("000")
        filter.paths = Self.entries("/items/{id}")
        compiled = CompiledFilter(filter)
        #expect(compiled.admits(status: 0) && !compiled.admits(status: nil))
        #expect(compiled.admits(path: "/items/17", template: "/items/{id}"))
        #expect(!compiled.admits(path: "/items/17", template: nil) && !compiled.admits(path: nil, template: nil))
    }

    private static func entries(_ text: String) -> [FactFilter.Entry] {
        text.split(separator: " ").map { FactFilter.Entry(String($0)) }
    }

    @Test(arguments: [
        ("shop.EXAMPLE.com", true), ("example.com", false), ("!shop.example.com", false), ("!other", true),
        ("a b shop.example.com", true), ("shop.example.com !shop.example.com", false),
    ])
    func `domains`(list: String, expected: Bool) {
        #expect(Self.admits { $0.domains = Self.entries(list) } == expected)
    }

    @Test(arguments: [
        ("/orders/{id}/items", true), ("/orders/17/items", true), ("/orders/18/items", false), ("/orders/*", true),
        ("/orders/1*", true), ("/orders/2*", false), ("!/orders/*", false), ("!/login", true), ("/orders", false),
    ])
    func `paths`(list: String, expected: Bool) {
        #expect(Self.admits { $0.paths = Self.entries(list) } == expected)
    }

    @Test(arguments: [
        ("503", true), ("5xx", true), ("5XX", true), ("4xx", false), ("!5xx", false), ("!200 !404", true),
        ("200 503", true), ("abc", false), ("000", false),
    ])
    func `statuses`(list: String, expected: Bool) {
        #expect(Self.admits { $0.statuses = Self.entries(list) } == expected)
    }

    @Test(arguments: [
        ("10.0.0.5", true), ("10.0.0.5:8080", true), ("10.0.0.5:80", false), ("10.0.0.0/24", true),
        ("!10.0.0.5", false), ("::1", false), ("nonsense", false),
    ])
    func `targets`(list: String, expected: Bool) {
        #expect(Self.admits { $0.targets = Self.entries(list) } == expected)
    }

    @Test(arguments: [
        ("198.51.100.7", true), ("198.51.100.0/24", true), ("198.51.100.0/29", true), ("198.51.100.8/29", false),
        ("!198.51.100.0/24", false), ("0.0.0.0/0", true), ("2001:db8::/32", false), ("::/0", false), ("bad", false),
    ])
    func `clients`(list: String, expected: Bool) {
        #expect(Self.admits { $0.clients = Self.entries(list) } == expected)
    }

    @Test(arguments: [
        ("my-lb", true), ("app/my-lb/50dc", true), ("50dc", true), ("app", false), ("your-lb", false),
        ("10.9.0.0/24", true), ("your-lb 10.9.0.4", true), ("!10.9.0.4", false), ("my-lb !10.9.0.4", false),
        ("!your-lb", true),
        // An access log knows who asked, who is no load balancer.
        ("198.51.100.0/24", false), ("!198.51.100.0/24", true),
    ])
    func `load balancers by name, id or address`(list: String, expected: Bool) {
        #expect(Self.admits { $0.loadBalancers = Self.entries(list) } == expected)
    }

    @Test func `lists must all agree`() {
        #expect(
            Self.admits {
                $0.statuses = Self.entries("5xx"); $0.kinds = Self.entries("alb nlb")
            })
        #expect(
            !Self.admits {
                $0.statuses = Self.entries("5xx"); $0.kinds = Self.entries("nlb")
            })
        #expect(!Self.admits { $0.ignored = [IPNetwork("198.51.100.7")].compactMap { $0 } })
        #expect(Self.admits { $0.ignored = [IPNetwork("198.51.100.9")].compactMap { $0 } })
        #expect(Self.admits { $0.targetPorts = Self.entries("8080") })
        #expect(!Self.admits { $0.targetPorts = Self.entries("80") })
    }

    @Test func `health checks pass only where they are asked for`() {
        var batch = Self.batch()
        batch.exchanges[0].flags.insert(.healthCheck)
        for included in [false, true] {
            var filter = FactFilter()
            filter.includesHealthChecks = included
            var compiled = CompiledFilter(filter)
            compiled.begin(batch.texts)
            let admitted = compiled.admits(batch.exchanges[0], batch.texts)
            #expect(admitted == included)
        }
    }

    @Test func `a fact without a status passes only negated statuses`() {
        let connection = Connection(
            id: FactID(source: 1, record: 1), offset: 0, kind: .nlb, start: Timestamp(nanoseconds: 0),
            end: Timestamp(nanoseconds: 0), client: Endpoint(IPAddress(v4: 1), 1),
            server: Endpoint(IPAddress(v4: 2), 443))
        for (list, expected) in [("5xx", false), ("!5xx", true)] {
            var filter = FactFilter()
            filter.statuses = Self.entries(list)
            var compiled = CompiledFilter(filter)
            let texts = TextTable()
            compiled.begin(texts)
            let admitted = compiled.admits(connection, texts)
            #expect(admitted == expected)
        }
    }
}
