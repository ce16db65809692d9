import ForensicsModel
import Testing

/// Where there are more values than room, those that matter stay, and what is left out is told.
@Suite struct BoundedValueTests {
    private static let minute = BucketKey.width
    private static let start = Timestamp(nanoseconds: 1_700_000_040 * 1_000_000_000)

    private static var question: AggregateAccumulator.Question {
        AggregateAccumulator.Question(
            window: TimeWindow(start: start, end: start.advanced(by: 60 * minute)), measure: .requests,
            long: RollupBuilder.longLimit)
    }

    private static func exchange(_ client: UInt32, at minute: Int) -> Exchange {
        var exchange = Exchange(
            id: FactID(source: 1, record: 1), offset: 0, kind: .alb,
            time: start.advanced(by: Int64(minute) * Self.minute), client: Endpoint(IPAddress(v4: client), 1))
        exchange.status = 200
        exchange.bytesFromServer = 1
        return exchange
    }

    /// 2,000 clients of one request each in 100 networks; from minute 15 on four that did more, each of something else.
    private static var flood: FactBatch {
        var batch = FactBatch()
        for index in 0..<2000 {
            batch.exchanges.append(
                exchange(0x0B00_0000 + UInt32(index % 100) << 8 + UInt32(index / 100), at: index / 100))
            guard index >= 1500 else { continue }
            switch index % 50 {
            case 0: batch.exchanges.append(exchange(0xC633_6401, at: index / 100))
            case 1 where index == 1701:
                batch.exchanges.append(exchange(0xC633_6402, at: 17))
                batch.exchanges[batch.exchanges.count - 1].bytesFromServer = 9_000_000
            case 2 where index < 1650:
                batch.exchanges.append(exchange(0xC633_6403, at: index / 100))
                batch.exchanges[batch.exchanges.count - 1].status = 503
            case 3 where index == 1803:
                batch.exchanges.append(exchange(0xC633_6404, at: 18))
                batch.exchanges[batch.exchanges.count - 1].totalTime = 900_000_000_000
                batch.exchanges[batch.exchanges.count - 1].start = start
            default: break
            }
        }
        return batch
    }

    private static func finished(owners: OwnerTable = OwnerTable()) -> WindowAggregate {
        var accumulator = AggregateAccumulator(question, valueLimit: 256)
        for exchange in flood.exchanges {
            var batch = FactBatch()
            batch.exchanges.append(exchange)
            accumulator.add(batch)
        }
        return accumulator.finish(exposure: 60 * minute, owners: owners)
    }

    @Test func `whoever asks, takes, fails or waits most is named among any number of clients`() throws {
        let window = Self.finished()
        let clients = try #require(window.dimensions[.client])
        func activity(_ client: String) -> Activity? { clients.first { $0.value == client }?.activity }
        #expect(activity("198.51.100.1")?.requests == 10)
        #expect(activity("198.51.100.2")?.bytes == 9_000_000)
        #expect(activity("198.51.100.3")?.errors == 3)
        #expect(activity("198.51.100.4")?.longest ?? 0 >= 900_000_000_000)
        let other = try #require(activity("(other)"))
        #expect(clients.count <= 257)
        #expect(window.totals.activity.requests == 2015)
        #expect(clients.reduce(0) { $0 + $1.activity.requests } == 2015)
        #expect(other.requests >= 2015 - 15 - 256)
        #expect(window.overflow[.client] == other.requests)
        // Minutes add up too, those of whoever made way.
        #expect(clients.reduce(0) { $0 + $1.seriesSum } == 2015)
    }

    @Test func `clients that are not kept apart count for their network, and for an owner that is not known`() throws {
        var owners = OwnerTable()
        try owners.add(#require(IPNetwork("11.0.0.0/8")), owner: "acme")
        let window = Self.finished(owners: owners)
        let networks = try #require(window.dimensions[.clientNetwork])
        #expect(networks.count == 101)
        #expect(networks.filter { $0.value.hasPrefix("11.") }.allSatisfy { $0.activity.requests == 20 })
        #expect(networks.first { $0.value == "198.51.100.0/24" }?.activity.requests == 15)
        let owned = try #require(window.dimensions[.owner])
        let clients = try #require(window.dimensions[.client])
        let other = clients.first { $0.value == "(other)" }?.activity.requests ?? 0
        #expect(owned.first { $0.value == "acme" }?.activity.requests == 2000 - other)
        #expect(owned.first { $0.value == "(other)" }?.activity.requests == other)
    }

    @Test func `the minutes of who comes most are whole, however many others come in each`() {
        var table = ValueSeriesTable(measure: .requests, pointLimit: 4096)
        var activity = Activity()
        for minute in 0..<Int32(60) {
            activity.requests = 1
            for small in 1..<UInt32(1000) { table.add(small, minute, activity) }
            activity.requests = 100
            // One from the beginning, one late.
            table.add(0, minute, activity)
            if minute >= 45 { table.add(1000, minute, activity) }
        }
        let series = table.series(count: 1001)
        #expect(series[0].map(\.minute) == Array(0..<60))
        #expect(series[0].allSatisfy { $0.count == 100 })
        #expect(series[1000].map(\.minute) == Array(45..<60))
        #expect(series.reduce(0) { $0 + $1.count } <= 4096 + 1001)
        #expect(table.activity(500).requests == 60)
    }

    @Test func `who holds many long connections is told after any number that hold one`() {
        var table = LongConnectionTable(limit: 8)
        func add(_ client: UInt32) {
            table.add(IPAddress(v4: client), duration: 400, isCensored: false, isMember: true, isOpen: true)
        }
        for client in UInt32(1)...50 { add(client) }
        for _ in 0..<5 { add(1000) }
        for client in UInt32(51)...100 { add(client) }
        #expect(table.all.first { $0.client == IPAddress(v4: 1000) }?.long == 5)
        #expect(table.all.count <= 8)
        #expect(table.refused + table.all.reduce(0) { $0 + $1.long } == 105)
    }
}
