import Foundation
import ForensicsModel
import ForensicsReport
import ForensicsTestSupport
import Testing

/// Whatever the map shows is counted exactly, however many ways there are, and whichever window is read first.
@Suite struct FlowTallyTests {
    struct Fact {
        var from: String
        var through: String
        var target: String
        var group: String
        var count: FlowMap.Count
    }

    /// Reads the facts of one window, then those of the other, as often as the tally asks for.
    static func map(_ facts: [Fact], limit: Int, scale: Double = 1, duringFirst: Bool = false) -> FlowMap {
        var tally = FlowTally(limit: limit, scale: scale)
        func read() {
            for isBefore in duringFirst ? [false, true] : [true, false] {
                tally.isBefore = isBefore
                for fact in facts {
                    let amount = isBefore ? fact.count.before : fact.count.during
                    if amount == 0 { continue }
                    tally.add(
                        FlowTally.Fact(
                            from: tally.from.number(fact.from), through: tally.through.number(fact.through),
                            target: tally.isByGroup ? 0 : tally.target.number(fact.target),
                            group: tally.group.number(fact.group)), amount)
                }
            }
        }
        read()
        if tally.needsSecondRun() { read() }
        return tally.map(name: "alb", counted: "requests", goal: tally.isByGroup ? "target group" : "target")
    }

    /// Counts what a row of the map has to say, from the facts alone: whoever no row names is one of the rest.
    static func expected(_ path: FlowMap.Path, _ facts: [Fact], _ map: FlowMap) -> FlowMap.Count {
        let named = [
            Set(map.counts.keys.map(\.from)), Set(map.counts.keys.map(\.through)), Set(map.counts.keys.map(\.to)),
        ]
        let names = [path.from, path.through, path.to]
        var sum = FlowMap.Count()
        for fact in facts {
            let own = [fact.from, fact.through, map.goal == "target" ? fact.target : fact.group]
            let isOfRow = (0..<3).allSatisfy { names[$0] == (named[$0].contains(own[$0]) ? own[$0] : FlowMap.rest) }
            if isOfRow { sum.add(fact.count) }
        }
        return sum
    }

    @Test func `ways are limited as they are shown, by target group and not by target`() {
        var facts: [Fact] = []
        for network in Int64(0)..<300 {
            for target in Int64(0)..<40 {
                facts.append(
                    Fact(
                        from: "10.0.\(network).0/24", through: "shop", target: "10.1.0.\(target):80",
                        group: "group \(target % 2)", count: .init(before: 1 + network, during: target)))
            }
        }
        // 12,000 ways by target are 600 by group.
        let map = Self.map(facts, limit: 2_000)
        #expect(map.limit == nil && map.counts.count == 600)
        #expect(!map.counts.keys.contains { $0.from == FlowMap.rest || $0.to == FlowMap.rest })
        // Twenty targets each of 8 before; during 0, 2 … 38 and 1, 3 … 39.
        #expect(
            map.counts[.init(from: "10.0.7.0/24", through: "shop", to: "group 0")] == .init(before: 160, during: 380))
        #expect(
            map.counts[.init(from: "10.0.7.0/24", through: "shop", to: "group 1")] == .init(before: 160, during: 400))
        #expect(map == Self.map(facts, limit: 2_000, duringFirst: true))
    }

    @Test(arguments: [(networks: 400, targets: 6), (networks: 7, targets: 300), (networks: 90, targets: 90)])
    func `beyond the limit every row is what an independent count says, whichever window comes first`(
        networks: Int, targets: Int
    ) {
        var generator = SeededGenerator(seed: 11)
        let facts = (0..<20_000).map { index in
            let network = index % networks
            // Every other network came before only or during only.
            return Fact(
                from: "10.0.\(network).0/24", through: "lb \(index % 3)",
                target: "10.1.0.\(Int.random(in: 0..<targets, using: &generator)):80", group: "no target group",
                count: .init(
                    before: network % 4 == 1 ? 0 : Int64.random(in: 0...9, using: &generator),
                    during: network % 4 == 3 ? 0 : Int64.random(in: 0...9, using: &generator)))
        }
        let map = Self.map(facts, limit: 500, scale: 0.5)
        #expect(map.limit == 500 && map.counts.count <= 500 && map.counts.count > 50)
        for (path, count) in map.counts { #expect(count == Self.expected(path, facts, map), "\(path)") }
        #expect(map.total == facts.reduce(into: FlowMap.Count()) { $0.add($1.count) })
        #expect(map == Self.map(facts, limit: 500, scale: 0.5, duringFirst: true))
        // Nobody of the rest is busier than who has a name.
        var origins: [String: FlowMap.Count] = [:]
        for fact in facts { origins[fact.from, default: .init()].add(fact.count) }
        let named = Set(map.counts.keys.map(\.from))
        func size(_ count: FlowMap.Count?) -> Double {
            max(Double(count?.during ?? 0), Double(count?.before ?? 0) * 0.5)
        }
        let least = origins.filter { named.contains($0.key) }.map { size($0.value) }.min() ?? 0
        let most = origins.filter { !named.contains($0.key) }.map { size($0.value) }.max() ?? 0
        #expect(least >= most && named.count >= 7)
    }

    @Test func `who comes late in a flood of places keeps its name and its count`() {
        func flood(_ range: Range<Int>, before: Bool) -> [Fact] {
            range.map { index in
                Fact(
                    from: "10.\(index / 256).\(index % 256).0/24", through: "shop", target: "10.1.0.1:80",
                    group: "no target group", count: before ? .init(before: 1) : .init(during: 1))
            }
        }
        var facts = flood(0..<3_000, before: true)
        for (index, fact) in flood(3_000..<6_000, before: false).enumerated() {
            facts.append(fact)
            if index % 10 == 0 {
                facts.append(
                    Fact(
                        from: "192.0.2.0/24", through: "shop", target: "10.1.0.1:80", group: "no target group",
                        count: .init(during: 1)))
            }
        }
        let map = Self.map(facts, limit: 100)
        #expect(
            map.counts[.init(from: "192.0.2.0/24", through: "shop", to: "10.1.0.1:80")] == .init(before: 0, during: 300)
        )
        for (path, count) in map.counts { #expect(count == Self.expected(path, facts, map), "\(path)") }
        #expect(map.total == .init(before: 3_000, during: 3_300))
    }

    @Test func `a map that cannot tell all ways apart says so beside it and below its table`() throws {
        let facts = (0..<150).map { index in
            Fact(
                from: "10.0.\(index).0/24", through: "shop", target: "10.1.0.1:80", group: "no target group",
                count: .init(before: 2, during: index == 0 ? 1_000 : 1))
        }
        let map = Self.map(facts, limit: 100)
        let html = String(decoding: try FlowMapTests.report([map]).rendered(), as: UTF8.self)
        let parts = html.components(
            separatedBy: "There are more than the 100 ways that the map tells apart: each column")
        #expect(parts.count == 3 && parts[1].contains("The numbers of the map: 25 ways"))
        // Room for two load balancers and two targets, one place of each for the rest: 24 networks, and the rest of them.
        let took = "took 252 (84 %) of the requests before and 126 (11 %) during."
        #expect(parts[1].contains(took) && parts[2].contains(took), "\(parts[1].prefix(300))")
        // Eight by name, and last all that have none or no room: 142 of 150.
        let origins = FlowMapTests.shares("from", html)
        let names = [0, 1, 10, 100, 101, 102, 103, 104].map { "10.0.\($0).0/24" }
        #expect(origins.map(\.name) == names + ["all others"])
        #expect(origins.last?.before == 95 && origins.last?.during == 12)
    }
}
