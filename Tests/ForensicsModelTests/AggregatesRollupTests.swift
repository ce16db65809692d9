import ForensicsModel
import Testing

@Suite struct AggregatesRollupTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func `portions add up to the bytes of the whole, however the facts are divided`(seed: UInt64) throws {
        var fixture = AggregatesFixture(seed: seed)
        let facts = fixture.facts(1500, minutes: 7)
        var whole = RollupBuilder()
        whole.add(AggregatesFixture.batch(facts))
        var builder = RollupBuilder(limits: RollupBuilder.Limits(portion: 400))
        var sum = JoinedPortions()
        for batch in fixture.batches(fixture.shuffled(facts)) {
            builder.add(batch)
            if let portion = builder.takePortion() { try sum.add(portion) }
        }
        try sum.add(builder.takeRest())
        #expect(sum.count > 2)
        #expect(whole.packed() == sum.rollups)
        #expect(whole.packedDistributions() == sum.distributions)
        #expect(whole.packed().count > 50)
    }

    /// Portions put together as a case does.
    private struct JoinedPortions {
        private(set) var rollups: [PackedRollup] = []
        private(set) var distributions: [PackedDistribution] = []
        private(set) var count = 0

        mutating func add(_ portion: RollupPortion) throws {
            #expect(portion.follows == (count > 0))
            count += 1
            try Self.add(portion.rollups, to: &rollups, place: Self.place) { $0.joined(with: $1) }
            try Self.add(portion.distributions, to: &distributions, place: Self.place) { $0.joined(with: $1) }
        }

        private static func add<Packed>(
            _ more: [Packed], to all: inout [Packed], place: (Packed) -> [Int64], joined: (Packed, Packed) -> Packed?
        ) throws {
            for one in more {
                if let known = all.firstIndex(where: { place($0) == place(one) }) {
                    all[known] = try #require(joined(all[known], one))
                } else {
                    all.append(one)
                }
            }
            all.sort { place($0).lexicographicallyPrecedes(place($1)) }
        }

        private static func place(_ rollup: PackedRollup) -> [Int64] {
            [rollup.minute, rollup.healthChecks ? 1 : 0, Int64(rollup.dimension)]
        }

        private static func place(_ distribution: PackedDistribution) -> [Int64] {
            [distribution.minute, distribution.healthChecks ? 1 : 0, Int64(distribution.measure.rawValue)]
        }
    }

    @Test(arguments: [(64, 14), (128, 15), (512, 17), (8192, 17)])
    func `how much is kept apart follows from memory, up to what is usual`(mebibytes: Int64, bits: Int) {
        #expect(RollupBuilder.Limits(memory: mebibytes << 20).portion == 1 << bits)
        #expect(RollupBuilder.Limits().portion == 1 << 17)
    }

    @Test func `portions name every value of a flood`() throws {
        var fixture = AggregatesFixture(seed: 9)
        var builder = RollupBuilder(limits: RollupBuilder.Limits(portion: 2500))
        var whole = RollupBuilder()
        var sum = JoinedPortions()
        var most = 0
        for batch in 0..<20 {
            let facts = (0..<500).map { index in
                var fact = fixture.fact(index, span: 120_000_000_000)
                fact.domain = "host-\(batch)-\(index).example"
                return fact
            }
            builder.add(AggregatesFixture.batch(facts))
            whole.add(AggregatesFixture.batch(facts))
            most = max(most, builder.valueCount)
            if let portion = builder.takePortion() { try sum.add(portion) }
        }
        try sum.add(builder.takeRest())
        #expect(sum.count > 4)
        #expect(whole.valueCount > 8000 && most < 6000, "\(most)")
        let isWhole = sum.rollups == whole.packed()
        #expect(isWhole)
        let isCut = sum.rollups.contains { String(decoding: $0.json, as: UTF8.self).contains("\"(other)\"") }
        #expect(!isCut)
    }

    @Test func `values that come once are bounded while they come`() {
        var fixture = AggregatesFixture(seed: 5)
        var builder = RollupBuilder(limits: RollupBuilder.Limits(entries: 1000))
        var most = 0
        for batch in 0..<100 {
            let facts = (0..<2000).map { index in
                var fact = fixture.fact(index, span: 120_000_000_000)
                fact.domain = "host-\(batch)-\(index).example"
                return fact
            }
            builder.add(AggregatesFixture.batch(facts))
            most = max(most, builder.valueCount)
        }
        // 200,000 names came; so many values may gather until the tables are put in order.
        #expect(most < 100_000, "\(most)")
    }

    @Test(arguments: [UInt64(11), 12, 13])
    func `floods end in other, whatever their order`(seed: UInt64) {
        var fixture = AggregatesFixture(seed: seed)
        let facts = (0..<600).map { index in
            var fact = fixture.fact(index, span: 120_000_000_000)
            fact.domain = "host-\(fixture.next(400)).example"
            return fact
        }
        let limits = RollupBuilder.Limits(entries: 60, buckets: 100, cells: 1 << 20)
        var forward = RollupBuilder(limits: limits)
        for batch in fixture.batches(facts) { forward.add(batch) }
        var shuffled = RollupBuilder(limits: limits)
        for batch in fixture.batches(fixture.shuffled(facts)) { shuffled.add(batch) }
        #expect(forward.packed() == shuffled.packed())
        let domains = forward.packed().filter { $0.dimension == Dimension.domain.rawValue }
        #expect(domains.contains { String(decoding: $0.json, as: UTF8.self).contains("\"(other)\"") })
        var exact = RollupBuilder()
        exact.add(AggregatesFixture.batch(facts))
        #expect(Self.requests(forward.packed(), .domain) == Self.requests(exact.packed(), .domain))
    }

    /// The sum of the requests of all values of a dimension.
    private static func requests(_ packed: [PackedRollup], _ dimension: Dimension) -> Int64 {
        var sum: Int64 = 0
        for rollup in packed where rollup.dimension == dimension.rawValue {
            var reader = RollupReader()
            while let entry = reader.next(rollup.json.span) { sum += entry.activity.requests }
            #expect(reader.isComplete)
        }
        return sum
    }

    @Test func `a bucket is written as documented`() {
        var batch = FactBatch()
        let time = Timestamp(nanoseconds: 90_000_000_000)
        var exchange = Exchange(
            id: FactID(source: 1, record: 1), offset: 0, kind: .alb, time: time,
            client: Endpoint(IPAddress(v4: 0x0102_0304), 5))
        exchange.status = 503
        exchange.bytesFromClient = 10
        exchange.bytesFromServer = 20
        exchange.totalTime = 7
        exchange.domain = batch.texts.intern([0x61, 0xFF, 0x22, 0x0A])
        batch.exchanges = [exchange]
        var builder = RollupBuilder()
        builder.add(batch)
        let packed = builder.packed().map { ($0.minute, $0.dimension, String(decoding: $0.json, as: UTF8.self)) }
        #expect(packed.map(\.0) == [1, 1, 1, 1])
        #expect(packed.map(\.1) == [0, 1, 6, 10])
        #expect(packed[0].2 == "[1,0,30,1,7,0,0,1,0,0,0,0,0]")
        #expect(packed[1].2 == "[[16909060,1,0,30,1,7]]")
        #expect(packed[2].2 == "[[\"a\\\\xff\\\"\\u000a\",1,0,30,1,7]]")
        #expect(packed[3].2 == "[[\"503\",1,0,30,1,7]]")
        let distributions = builder.packedDistributions()
        #expect(distributions.map(\.measure) == [.totalTime, .bytesFromClient, .bytesFromServer])
        #expect(String(decoding: distributions[0].json, as: UTF8.self) == "[[7,1]]")
        #expect(distributions[1].p99 == 10)
    }

    @Test func `times before 1970 fall into the bucket that holds them`() {
        #expect(BucketKey.minute(of: Timestamp(nanoseconds: -1)) == -1)
        #expect(BucketKey.minute(of: Timestamp(nanoseconds: -60_000_000_000)) == -1)
        #expect(BucketKey.minute(of: Timestamp(nanoseconds: -60_000_000_001)) == -2)
        #expect(BucketKey(minute: -2, healthChecks: true).minute == -2)
        #expect(BucketKey(minute: -2, healthChecks: true).isHealthChecks)
        #expect(BucketKey(Timestamp(nanoseconds: .min), healthChecks: false).minute == Int64.min / 60_000_000_000 - 1)
    }

    @Test func `a bucket names at most 65536 values: the busiest, and who has most bytes or errors or takes longest`() {
        var batch = FactBatch()
        for index in 0..<(PackedRollup.valueLimit + 10) {
            let client = IPAddress(v4: UInt32(0x0A00_0000 + index))
            var exchange = Exchange(
                id: FactID(source: 1, record: UInt32(index + 1)), offset: 0, kind: .alb,
                time: Timestamp(nanoseconds: 0), client: Endpoint(client, 1))
            exchange.status = 200
            switch PackedRollup.valueLimit - index {
            case 1: exchange.bytesFromServer = 1_000_000_000
            case 2: exchange.totalTime = 600_000_000_000
            case 3: exchange.status = 500
            default: break
            }
            batch.exchanges.append(exchange)
            // The ten last addresses are the busiest: they must not be among those cut.
            if index >= PackedRollup.valueLimit { batch.exchanges.append(exchange) }
        }
        var builder = RollupBuilder()
        builder.add(batch)
        let clients = builder.packed().filter { $0.dimension == Dimension.client.rawValue }
        #expect(clients.count == 1)
        let json = clients[0].json
        var reader = RollupReader()
        var last: RollupReader.Entry?
        var twice = 0
        var count = 0
        var remarkable: [Int64] = []
        while let entry = reader.next(json.span) {
            count += 1
            if case .v4(let address) = entry.value, address >= 0x0A00_0000 + UInt32(PackedRollup.valueLimit - 3),
                entry.activity.requests == 1
            {
                remarkable += [entry.activity.errors, entry.activity.longest, entry.activity.bytes]
            }
            if entry.activity.requests == 2 { twice += 1 }
            last = entry
        }
        #expect(count == PackedRollup.valueLimit + 1)
        #expect(last?.activity.requests == 10)
        #expect(twice == 10)
        #expect(remarkable == [1, 0, 0, 0, 600_000_000_000, 0, 0, 0, 1_000_000_000])
    }

    @Test(arguments: [
        "", "[", "[[", "[[1,2,3,4,5]]", "[[1,2,3,4,5,6]", "[[1,2,3,4,5,6],]", "[[1,2,3,4,5,6]]x", "{}",
        "[[\"a,1,1,1,1,1]]",
        "[[\"\\u00zz\",1,1,1,1,1]]", "[[1,2,3,4,5,99999999999999999999]]", "[[4294967296,1,1,1,1,1]]",
        "[[-1,1,1,1,1,1]]",
    ])
    func `what is not the packed form is noticed`(text: String) {
        let bytes = Array(text.utf8)
        var reader = RollupReader()
        while reader.next(bytes.span) != nil {}
        #expect(!reader.isComplete)
    }

    @Test func `any cut of a packed roll-up is noticed`() {
        let bytes = Array("[[16909060,1,0,30,1,7],[\"a\\\"b\",1,2,3,4,5]]".utf8)
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            var reader = RollupReader()
            while reader.next(cut.span) != nil {}
            #expect(!reader.isComplete)
        }
        #expect(Self.totals("[1,2") == nil)
        #expect(Self.totals("[1,2]")?.activity.connections == 2)
    }

    private static func totals(_ text: String) -> TrafficTotals? {
        let bytes = Array(text.utf8)
        return RollupReader.totals(bytes.span)
    }

    @Test(arguments: [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
            "Chrome"
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0",
            "Edge"
        ),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15", "Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/120.0", "Firefox"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Internet Explorer"),
        ("ELB-HealthChecker/2.0", "ELB-HealthChecker"), ("curl/8.4.0", "curl"),
        ("Go-http-client/1.1", "Go-http-client"),
        ("okhttp/4.9.3 (x)", "okhttp"), ("Mozilla/5.0", "Mozilla"), ("kube-probe/1.27", "kube-probe"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/13 Safari/605 (Applebot/0.1)", "Applebot"), ("", ""),
    ])
    func `user agents fold to a family`(agent: String, family: String) {
        #expect(UserAgentFamily.family(agent) == family)
    }
}
