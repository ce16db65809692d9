import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Clients, their networks and owners are views of one traffic: a change is told by one of them.
@Suite struct NestedValueTests {
    private typealias Rates = SentenceTests.Rates

    /// Ten calm clients with so many requests a minute each, and what comes on top of them by client, network and owner.
    private static func window(
        _ start: Int, calm: Int64 = 20, clients: [String: Int64] = [:], networks: [String: Int64] = [:],
        owners: [String: Int64] = [:]
    ) -> WindowAggregate {
        let usual = Dictionary(uniqueKeysWithValues: (1...10).map { ("192.0.2.\($0)", calm) })
        var rates: Rates = [.client: usual.merging(clients) { $1 }]
        rates[.owner] = owners.isEmpty ? nil : owners.merging(["Calm": 10 * calm]) { $1 }
        var window = SentenceTests.window(start, rates, total: 10 * calm + clients.values.reduce(0, +))
        // The recording takes networks from addresses; here they are given.
        let wide: Rates = [.client: networks.merging(["192.0.2.0/24": 10 * calm]) { $1 }]
        window.dimensions[.clientNetwork] = SentenceTests.window(start, wide, total: 0).dimensions[.client]
        return window
    }

    private static func leading(_ result: ComparisonResult) -> [String] { result.leading.map(\.value) }

    @Test func `many clients of a network are told by the network alone`() throws {
        let clients = Dictionary(uniqueKeysWithValues: (1...30).map { ("2001:db8:ffff::\($0)", Int64(5)) })
        let result = try SentenceTests.compare(
            Self.window(0), Self.window(15, clients: clients, networks: ["2001:db8:ffff::/48": 150]))
        #expect(Self.leading(result) == ["2001:db8:ffff::/48"])
        #expect(
            result.sentence.contains("Client network 2001:db8:ffff::/48 explains 100 % of the increase"),
            "\(result.sentence)")
        #expect(!result.sentence.contains("clients"), "\(result.sentence)")
        // Each of them is in its own dimension all the same.
        let listed = try #require(result.dimensions.first { $0.dimension == "client" })
        #expect(listed.explained.values == 30)
    }

    @Test func `a client of another network is told beside the network`() throws {
        var clients = Dictionary(uniqueKeysWithValues: (1...30).map { ("198.51.100.\($0)", Int64(5)) })
        clients["203.0.113.9"] = 100
        let result = try SentenceTests.compare(
            Self.window(0),
            Self.window(15, clients: clients, networks: ["198.51.100.0/24": 150, "203.0.113.0/24": 100]))
        #expect(Self.leading(result) == ["198.51.100.0/24", "203.0.113.9"])
    }

    @Test(arguments: [1, 2, 3]) func `a few clients are told instead of their network`(count: Int) throws {
        let clients = Dictionary(uniqueKeysWithValues: (1...count).map { ("203.0.113.\($0)", Int64(100)) })
        let result = try SentenceTests.compare(
            Self.window(0),
            Self.window(15, clients: clients, networks: ["203.0.113.0/24": 100 * Int64(count)]))
        #expect(Set(Self.leading(result)) == Set(clients.keys))
    }

    @Test func `clients of an owner are told by the owner, and one that is all of it instead of it`() throws {
        var owners = OwnerTable()
        owners.add(try #require(IPNetwork("198.51.100.0/24")), owner: "Northwind")
        owners.add(try #require(IPNetwork("203.0.113.0/24")), owner: "Northwind")
        func leading(_ clients: [String: Int64]) throws -> [String] {
            let all = clients.values.reduce(0, +)
            let result = try SentenceTests.compare(
                Self.window(0, owners: ["Northwind": 0]), Self.window(15, clients: clients, owners: ["Northwind": all])
            ) { $0.owners = owners }
            return Self.leading(result)
        }
        let four: [String: Int64] = ["198.51.100.1": 60, "198.51.100.2": 50, "203.0.113.1": 40, "203.0.113.2": 50]
        #expect(try leading(four) == ["Northwind"])
        #expect(try leading(["198.51.100.1": 200]) == ["198.51.100.1"])
    }

    @Test func `a client that is all a large network has beyond growing as the rest is told instead of it`() throws {
        // All grew by 30 %, the network from half of 600 a minute to 590 of 980 with the 200 of one client.
        func window(_ start: Int, _ each: Int64, _ more: [String: Int64]) -> WindowAggregate {
            let others = Dictionary(uniqueKeysWithValues: (1...10).map { ("198.51.100.\($0)", each) })
            let network = 10 * each + more.values.reduce(0, +)
            return Self.window(
                start, calm: each, clients: others.merging(more) { $1 }, networks: ["198.51.100.0/24": network])
        }
        let result = try SentenceTests.compare(window(0, 30, [:]), window(15, 39, ["198.51.100.99": 200]))
        let networks = try #require(result.dimensions.first { $0.dimension == "client-network" })
        #expect(networks.values.contains { $0.value == "198.51.100.0/24" && $0.standsOut })
        #expect(Self.leading(result) == ["198.51.100.99"])
    }

    @Test func `a network that is all one client is told by that client, though the crowd of clients hides it`() throws
    {
        // Sixty clients that load pages: each comes in a few minutes of an hour. Three more double, minute by minute, none of
        // which makes most of the rise.
        func window(_ start: Int, _ each: Int64) -> WindowAggregate {
            var recording = TrafficRecording(minutes: start + 60)
            for minute in start..<(start + 60) {
                for client in 0..<60 where (minute * 7 + client * 11) % 13 == 0 {
                    recording.add(.client, "198.51.\(client % 4).\(client)", minute, 40)
                    recording.totals[minute] += 40
                }
                for network in 113...115 {
                    recording.add(.client, "203.0.\(network).9", minute, each)
                    recording.totals[minute] += each
                }
            }
            return recording.aggregate(start..<(start + 60))
        }
        let result = try SentenceTests.compare(window(0, 12), window(60, 24))
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        let networks = try #require(result.dimensions.first { $0.dimension == "client-network" })
        let client = try #require(clients.values.first { $0.value == "203.0.113.9" })
        let network = try #require(networks.values.first { $0.value == "203.0.113.0/24" })
        #expect(!client.standsOut && network.standsOut)
        let told = try #require(result.leading.first)
        #expect(told.dimension == "client" && told.value == "203.0.113.9" && told.ratio == network.ratio)
        let three = "Clients 203.0.113.9, 203.0.114.9 and 203.0.115.9 together explain 100 % of the increase"
        #expect(result.sentence.contains(three), "\(result.sentence)")
        #expect(!result.sentence.contains("203.0.113.0/24"), "\(result.sentence)")
    }

    @Test func `who makes the errors is told once, in the table as in the sentence`() throws {
        func window(_ start: Int, _ errors: Int64) -> WindowAggregate {
            var window = Self.window(start, clients: ["203.0.113.9": 30], networks: ["203.0.113.0/24": 30])
            for (dimension, value) in [(Dimension.client, "203.0.113.9"), (.clientNetwork, "203.0.113.0/24")] {
                let index = window.dimensions[dimension]?.firstIndex { $0.value == value } ?? 0
                window.dimensions[dimension]?[index].activity.errors = errors * 15
            }
            for index in window.buckets.indices {
                window.buckets[index].totals.activity.errors = errors
                window.buckets[index].totals.clientErrors = errors
            }
            window.totals.activity.errors = errors * 15
            window.totals.clientErrors = errors * 15
            return window
        }
        let result = try SentenceTests.compare(window(0, 0), window(15, 30))
        #expect(result.failures?.leading.map(\.value) == ["203.0.113.9"])
        #expect(result.sentence.contains("Of the new errors client 203.0.113.9 makes 100 %."), "\(result.sentence)")
    }
}
