import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// A flood of thousands of addresses is told by the narrowest network that holds it, and everyday traffic by none.
@Suite struct WideNetworkTests {
    private static let calm = Dictionary(
        uniqueKeysWithValues: (0..<60).map { ("\(20 + $0 % 20).\(17 * $0 % 256).\(29 * $0 % 256).0/24", Int64(20)) })

    /// A window with so many requests a minute of each network; nothing of other dimensions.
    private static func window(_ start: Int, _ networks: [String: Int64]) -> WindowAggregate {
        var window = SentenceTests.window(
            start, [.client: networks], total: networks.values.reduce(0, +), minutes: 15)
        window.dimensions[.clientNetwork] = window.dimensions[.client]
        window.dimensions[.client] = []
        return window
    }

    private static func compare(
        _ before: [String: Int64], _ during: [String: Int64], _ change: (inout CompareOptions) -> Void = { _ in }
    ) throws -> ComparisonResult {
        try SentenceTests.compare(window(0, before), window(15, during), change)
    }

    private static func flood(_ prefix: String, each: Int64 = 4) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: (0..<256).map { ("\(prefix).\($0).0/24", each) })
    }

    private static func leading(_ result: ComparisonResult) -> [String] { result.leading.map(\.value) }

    @Test func `a flood from all of a network of 65536 addresses is that network's`() throws {
        let result = try Self.compare(Self.calm, Self.calm.merging(Self.flood("45.13")) { $1 })
        #expect(Self.leading(result) == ["45.13.0.0/16"])
        #expect(
            result.sentence.contains("Client network 45.13.0.0/16 explains 100 % of the increase (not seen before)."),
            "\(result.sentence)")
        // Values still add up to everything: sixty networks before, one more during.
        let section = try #require(result.dimensions.first { $0.dimension == "client-network" })
        #expect(section.valueCount == 61)
        let during = section.explained.during + section.unexplained.during + section.without.during
        #expect(during == result.total.during)
        #expect(!result.new.contains { $0.value.hasPrefix("45.13.7.") })
    }

    @Test func `of two networks beside each other both are told, and not what lies between them`() throws {
        let both = Self.flood("45.13").merging(Self.flood("45.14")) { $1 }
        let result = try Self.compare(Self.calm, Self.calm.merging(both) { $1 })
        #expect(Set(Self.leading(result)) == ["45.13.0.0/16", "45.14.0.0/16"])
    }

    @Test func `a part of a provider's network is told as the part`() throws {
        // 45.13.160.0 to 45.13.175.255, and quiet neighbours within the /16.
        let part = Dictionary(uniqueKeysWithValues: (160..<176).map { ("45.13.\($0).0/24", Int64(60)) })
        let quiet = Dictionary(uniqueKeysWithValues: [3, 70, 150, 200].map { ("45.13.\($0).0/24", Int64(20)) })
        let before = Self.calm.merging(quiet) { $1 }
        #expect(try Self.leading(Self.compare(before, before.merging(part) { $1 })) == ["45.13.160.0/20"])
    }

    @Test func `networks of IPv6 are told too`() throws {
        let flood = Dictionary(
            uniqueKeysWithValues: (0..<400).map { ("2a0b:4340:\(String(163 * $0 % 65536, radix: 16))::/48", Int64(3)) })
        #expect(try Self.leading(Self.compare(Self.calm, Self.calm.merging(flood) { $1 })) == ["2a0b:4340::/32"])
    }

    @Test func `a carrier whose clients stay away is told`() throws {
        let carrier = Self.flood("176.8")
        let result = try Self.compare(Self.calm.merging(carrier) { $1 }, Self.calm)
        #expect(result.total.direction == .fall)
        #expect(Self.leading(result) == ["176.8.0.0/16"])
    }

    @Test func `beside a crowd that doubles the flood alone is told`() throws {
        let during = Self.calm.mapValues { 2 * $0 }.merging(Self.flood("45.13")) { $1 }
        #expect(try Self.leading(Self.compare(Self.calm, during)) == ["45.13.0.0/16"])
    }

    @Test func `where everybody does more no network is told`() throws {
        let usual = Self.calm.merging(Self.flood("45.13")) { $1 }
        let result = try Self.compare(usual, usual.mapValues { 2 * $0 })
        #expect(result.leading.isEmpty)
        #expect(result.sentence.contains("Everybody rose about alike"), "\(result.sentence)")
    }

    @Test func `five networks far apart have nothing in common`() throws {
        let few = Dictionary(
            uniqueKeysWithValues: ["45.1.2", "45.60.3", "45.99.4", "45.150.5", "45.220.6"].map {
                ("\($0).0/24", Int64(200))
            })
        let result = try Self.compare(Self.calm, Self.calm.merging(few) { $1 })
        #expect(Set(Self.leading(result)) == Set(few.keys))
    }

    @Test func `the owner of all of it is named, and none where a part is another's`() throws {
        var owners = OwnerTable()
        owners.add(try #require(IPNetwork("45.12.0.0/14")), owner: "Northwind")
        func owner() throws -> String? {
            try Self.compare(Self.calm, Self.calm.merging(Self.flood("45.13")) { $1 }) { $0.owners = owners }
                .leading.first?.owner
        }
        #expect(try owner() == "Northwind")
        owners.add(try #require(IPNetwork("45.13.4.0/24")), owner: "Contoso")
        #expect(try owner() == nil)
    }

    @Test func `a network whose clients fail more than others is who makes the errors`() throws {
        // The carrier asks a third of all, before and during, and is refused half of the time.
        let usual = Self.calm.merging(Self.flood("176.8", each: 2)) { $1 }
        var during = Self.window(15, usual)
        let errors = Self.flood("176.8", each: 1)
        for index in during.buckets.indices {
            during.buckets[index].totals.activity.errors = 256
            during.buckets[index].totals.clientErrors = 256
        }
        during.totals.activity.errors = 256 * 15
        during.totals.clientErrors = 256 * 15
        for index in during.dimensions[.clientNetwork, default: []].indices {
            let name = during.dimensions[.clientNetwork, default: []][index].value
            during.dimensions[.clientNetwork, default: []][index].activity.errors = (errors[name] ?? 0) * 15
        }
        var before = Self.window(0, usual)
        // Two errors a minute that anybody makes.
        before.totals.activity.errors = 30
        before.totals.clientErrors = 30
        for index in before.buckets.indices {
            before.buckets[index].totals.activity.errors = 2
            before.buckets[index].totals.clientErrors = 2
        }
        for index in before.dimensions[.clientNetwork, default: []].indices.prefix(30) {
            before.dimensions[.clientNetwork, default: []][index].activity.errors = 1
        }
        let result = try SentenceTests.compare(before, during)
        #expect(
            result.failures?.leading.map(\.value) == ["176.8.0.0/16"],
            "\(result.sentence) \(String(describing: result.failures))")
    }

    @Test func `a spike that a wide network makes names it, with what it usually does`() throws {
        var recording = TrafficRecording(minutes: 120)
        for minute in 0..<120 {
            for (place, network) in Self.calm.keys.sorted().enumerated() {
                let count = Int64(18 + (minute + place) % 5)
                recording.add(.client, network.replacing(".0/24", with: ".9"), minute, count)
                recording.totals[minute] += count
            }
            guard (60..<80).contains(minute) else { continue }
            for part in 0..<256 {
                recording.add(.client, "45.13.\(part).\(minute)", minute, 6)
                recording.totals[minute] += 6
            }
        }
        let aggregate = recording.aggregate(0..<120)
        let found = SpikeDetector().spikes(of: aggregate)
        let told = SpikeNetworks.told(in: found, of: aggregate, by: .requests) { $0 }
        let spike = try #require(told.first)
        #expect(spike.reasons.first?.name == found.first?.reasons.first?.name)
        let reason = try #require(spike.reasons.prefix(3).first { $0.name == "client-network 45.13.0.0/16" })
        // 256 networks of six requests a minute.
        #expect(reason.isRise && reason.usual == 0 && reason.inside == 1536)
    }
}
