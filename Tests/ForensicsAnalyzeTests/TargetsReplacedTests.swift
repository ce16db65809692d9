import ForensicsAnalyze
import ForensicsModel
import Testing

/// Targets that come and go fail health checks, and nothing is wrong.
@Suite struct TargetsReplacedTests {
    private static let nodes = ["10.0.0.1", "10.0.1.1"]

    /// A target checked every 10 s by two nodes from `start` to before `end`, that is up in between.
    private struct Life {
        var number: UInt32
        var start: Double
        var up: Double
        var down: Double
        var end: Double
        var failure = HealthCheck.Outcome.failure

        func add(to fixture: inout CheckFixture) {
            let target = Endpoint(IPAddress(v4: 0x0A00_0A00 + number), UInt16(32_768 + number))
            for (offset, node) in TargetsReplacedTests.nodes.enumerated() {
                for time in stride(from: start + Double(offset) * 3, to: end, by: 10) {
                    fixture.loggedProbe(
                        at: time, time >= up && time < down ? .success : failure, node: node, target: target)
                }
            }
        }
    }

    private static let whole = 1800.0

    /// One by one each of some targets is replaced, a minute apart: the new one needs 30 s, the old one fails for its last 30 s.
    private static func rolling(_ count: UInt32, from start: Double = 600, pace: Double = 60) -> [Life] {
        (0..<count).flatMap { index in
            let begin = start + Double(index) * pace
            return [
                Life(number: index, start: 0, up: 0, down: begin + 40, end: begin + 70),
                Life(number: 100 + index, start: begin, up: begin + 30, down: whole, end: whole),
            ]
        }
    }

    private static func told(_ lives: [Life]) -> [String] {
        CheckFixture.told { fixture in
            for life in lives { life.add(to: &fixture) }
        }
    }

    @Test(arguments: [HealthCheck.Outcome.failure, .timeout])
    func `a rolling deployment is one finding, which blames nobody`(_ failure: HealthCheck.Outcome) {
        var fixture = CheckFixture()
        for var life in Self.rolling(6) {
            life.failure = failure
            life.add(to: &fixture)
        }
        // Three checks of either node for each of twelve targets: from 600 s to the last of 900 + 63 s.
        #expect(fixture.findings.map(\.check) == ["targets-replaced"])
        #expect(
            fixture.findings.map(\.summary) == [
                "6 targets of web came in and 6 left: 72 health checks failed within 6 min 3 s, before they were up or while "
                    + "they stopped."
            ])
        #expect(fixture.findings.map(\.blame) == [.none])
    }

    @Test func `a target that fails in between, all the time, or from the beginning on has its own findings`() {
        let others = Self.rolling(3)
        for life in [
            Life(number: 50, start: 0, up: 0, down: 700, end: Self.whole),
            Life(number: 50, start: 0, up: 300, down: Self.whole, end: Self.whole),
            Life(number: 50, start: 700, up: Self.whole, down: Self.whole, end: Self.whole),
        ] {
            let told = Self.told(others + [life])
            #expect(told.count == 2, "\(told)")
            #expect(told.contains { $0.hasPrefix("health-check-failure target 10.0.10.50:32818 ") })
            #expect(told.contains { $0.hasPrefix("targets-replaced - web 36") })
        }
    }

    @Test func `what fails in service is not hidden by a checker that comes later`() {
        let told = CheckFixture.told { fixture in
            for life in Self.rolling(3) { life.add(to: &fixture) }
            // The first of the new ones, up since 630 s, fails for 30 s; a node looks at it for the first time after that.
            let target = Endpoint(IPAddress(v4: 0x0A00_0A64), 32_868)
            for time in stride(from: 1200.0, to: 1230, by: 10) {
                fixture.loggedProbe(at: time + 5, .failure, node: "10.0.0.1", target: target)
            }
            for time in stride(from: 1300.0, to: Self.whole, by: 10) {
                fixture.loggedProbe(at: time, .success, node: "10.0.2.1", target: target)
            }
        }
        #expect(
            Set(told) == [
                "targets-replaced - web 36", "health-check-failure target 10.0.10.100:32868 3",
            ])
    }

    @Test func `targets that all fail at once are no deployment, and those that take their place come in`() {
        let old = (UInt32(0)..<4).map { Life(number: $0, start: 0, up: 0, down: 600, end: 660) }
        let new = (UInt32(100)..<104).map { Life(number: $0, start: 680, up: 710, down: Self.whole, end: Self.whole) }
        let told = Self.told(old + new)
        #expect(told.filter { $0.hasPrefix("health-check-failure") }.count == 4)
        // Three checks of either node for each of four.
        #expect(told.contains("targets-replaced - web 24"))
    }

    @Test func `one that fails and is replaced has its own finding`() {
        let stays = (UInt32(0)..<3).map { Life(number: $0, start: 0, up: 0, down: Self.whole, end: Self.whole) }
        let told = Self.told(
            stays
                + Self.rolling(1).map { life in
                    var life = life
                    if life.number == 0 { life.number = 50 }
                    return life
                })
        #expect(
            Set(told) == ["health-check-failure target 10.0.10.50:32818 6", "targets-replaced - web 6"])
    }

    @Test func `deployments a quarter of an hour apart are told apart`() {
        let second = Self.rolling(2, from: 1500, pace: 40).map { life in
            var life = life
            life.number += 10
            return life
        }
        let first = Self.rolling(2, from: 200).map { $0 }
        let told = Self.told(first + second)
        #expect(told == ["targets-replaced - web 24", "targets-replaced - web 24"])
    }

    @Test func `it does not depend on the order in which nodes' logs are joined`() {
        var fixture = CheckFixture()
        for life in Self.rolling(6) { life.add(to: &fixture) }
        let facts = fixture.batch
        var joined = CheckSet()
        for node in Self.nodes {
            for half in 0..<2 {
                var part = facts
                part.healthChecks.removeAll {
                    facts.texts.string($0.node) != node || ($0.time < CheckFixture.at(700)) != (half == 0)
                }
                var checks = CheckSet()
                checks.observe(part)
                let isJoined = joined.join(checks.packed(), source: 1)
                #expect(isJoined)
            }
        }
        let found = joined.finish(end: Timestamp(nanoseconds: .max))
        #expect(found.map(\.check) == ["targets-replaced"])
        #expect(found.map(\.count) == [72])
    }
}
