import ForensicsAnalyze
import ForensicsModel
import Testing

/// What checks saw of several logs is put together to what they would have seen of one.
@Suite struct JoinedChecksTests {
    /// Facts of every check that counts over minutes or needs several records.
    private static func facts() -> FactBatch {
        var fixture = CheckFixture()
        let domain = fixture.text("shop.example")
        let path = fixture.text("/cart/{id}")
        let argument = fixture.text("4f1a")
        for index in 0..<30 {
            fixture.exchange(at: Double(index)) {
                $0.status = 404
                $0.targetStatus = 404
            }
            fixture.exchange(at: Double(index) * 20) {
                $0.status = 503
                $0.targetStatus = nil
                $0.blame = .target
                $0.cause = .noHealthyTarget
                $0.totalTime = Int64(index) * 1_000_000
            }
            fixture.exchange(at: 700 + Double(index)) {
                $0.status = 301
                $0.targetStatus = nil
                $0.domain = domain
                $0.pathTemplate = path
                $0.pathArgument = index % 2 == 0 ? .number(17) : .text(argument)
            }
        }
        for index in 0..<4 { fixture.connection(at: 1_000 + Double(index), lasting: 350.5, .nlb) }
        for index in 0..<12 {
            for node in ["10.0.0.1", "10.0.0.2"] {
                fixture.loggedProbe(at: Double(index) * 30, index % 3 == 0 ? .failure : .success, node: node)
            }
        }
        return fixture.batch
    }

    /// The facts of one of several logs. Checks of a target's health lie in the log of their node.
    private static func part(_ facts: FactBatch, _ isWanted: (Timestamp, UInt32, String) -> Bool) -> FactBatch {
        var part = facts
        part.exchanges.removeAll { !isWanted($0.time, $0.id.record, "") }
        part.connections.removeAll { !isWanted($0.end, $0.id.record, "") }
        part.healthChecks.removeAll { !isWanted($0.time, $0.id.record, facts.texts.string($0.node) ?? "") }
        return part
    }

    /// How the records are divided over logs, which come in the order of their first records.
    enum Division: CaseIterable {
        case byTime, byNode, byNodeAndTime, byMinute

        func log(_ time: Timestamp, _ record: UInt32, _ node: String) -> Int {
            let seconds = Int(time.since(CheckFixture.origin) / CheckFixture.second)
            let first = node.isEmpty ? record % 2 == 0 : node == "10.0.0.1"
            switch self {
            case .byTime: return seconds / 300
            case .byNode: return first ? 0 : 1
            case .byNodeAndTime: return seconds / 300 * 2 + (first ? 0 : 1)
            case .byMinute: return seconds / 60
            }
        }
    }

    private static func told(_ findings: [Finding]) -> [String] {
        findings.map { finding in
            let evidence = finding.evidence.map { "\($0.id.record)/\($0.offset)/\($0.measure)" }
            return
                "\(finding.check) \(finding.blame) \(finding.subject) \(finding.count) \(finding.start) \(finding.end) "
                + "\(finding.kind) \(finding.summary) \(evidence)"
        }
    }

    private static func packed(_ facts: FactBatch) -> [UInt8] {
        var checks = CheckSet()
        checks.observe(facts)
        return checks.packed()
    }

    @Test(arguments: Division.allCases, [false, true])
    func `findings of a log do not depend on where it is cut into objects`(_ division: Division, looksAhead: Bool) {
        let facts = Self.facts()
        var whole = CheckSet()
        whole.observe(facts)
        var joined = CheckSet()
        let logs = (0..<40).map { log in Self.packed(Self.part(facts) { division.log($0, $1, $2) == log }) }
        for log in logs where looksAhead {
            let isExpected = joined.expect(log)
            #expect(isExpected)
        }
        for log in logs {
            let isJoined = joined.join(log, source: 1)
            #expect(isJoined)
        }
        let end = Timestamp(nanoseconds: .max)
        let expected = whole.finish(end: end)
        #expect(
            Set(expected.map(\.check)) == [
                "http-4xx", "http-5xx-load-balancer", "redirect-loop", "idle-timeout-reset", "health-flap",
                "load-balancer-type", "long-connection", "health-check-failure",
            ])
        #expect(Self.told(joined.finish(end: end)) == Self.told(expected))
    }

    @Test func `records of a log are named by the number it is joined with`() {
        var joined = CheckSet()
        for source in [7, 9] as [UInt32] {
            let isJoined = joined.join(Self.packed(Self.facts()), source: source)
            #expect(isJoined)
        }
        let errors = joined.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check == "http-5xx-load-balancer" }
        #expect(errors.map(\.count) == [60])
        #expect(errors.first?.id.source == 7)
        #expect(errors.first.map { Set($0.evidence.map(\.id.source)) } == [7, 9])
    }

    @Test func `bytes that are something else are refused`() {
        let packed = Self.packed(Self.facts())
        var accepted: [Int] = []
        for length in 0..<packed.count {
            var checks = CheckSet()
            _ = checks.expect(Array(packed[..<length]))
            if checks.join(Array(packed[..<length]), source: 1) { accepted.append(length) }
        }
        // Earlier programs did not keep from when to when targets were checked: what ends before that is whole.
        #expect(accepted.count == 1 && accepted[0] > packed.count - 200, "\(accepted) of \(packed.count)")
        var checks = CheckSet()
        let isJoined = checks.join(packed + [0], source: 1)
        #expect(!isJoined)
        for place in packed.indices {
            var damaged = packed
            damaged[place] ^= 0xFF
            var checks = CheckSet()
            // Some are read as other numbers; none may stop the program.
            _ = checks.join(damaged, source: 1)
            _ = checks.finish(end: Timestamp(nanoseconds: .max))
        }
    }

    /// Logs of clients that are redirected once each to ever other paths, and one failing target group in each.
    private static func crowded(_ log: Int, paths: Int) -> FactBatch {
        var fixture = CheckFixture()
        for index in 0..<paths {
            let path = fixture.text("/p/\(log)/\(index)")
            fixture.exchange(at: Double(log * 300)) {
                $0.status = 301
                $0.targetStatus = nil
                $0.pathTemplate = path
            }
        }
        let group = fixture.text("group-\(log)")
        fixture.exchange(at: Double(log * 300 + 1)) {
            $0.status = 502
            $0.targetStatus = nil
            $0.target = nil
            $0.targetGroup = group
            $0.blame = .target
        }
        return fixture.batch
    }

    @Test func `any number of paths takes no room from the names of targets, and is no circle`() {
        let logs = (0..<3).map { Self.packed(Self.crowded($0, paths: SubjectTexts.limit / 2)) }
        var joined = CheckSet()
        for log in logs {
            let isExpected = joined.expect(log)
            #expect(isExpected)
        }
        for log in logs {
            let isJoined = joined.join(log, source: 1)
            #expect(isJoined)
        }
        #expect(joined.refusedSightings == 0)
        let found = joined.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check != "load-balancer-type" }
        #expect(found.map(\.subject) == ["group-0", "group-1", "group-2"])
    }

    @Test func `paths past the limit of one log are counted, never taken for one`() {
        var checks = CheckSet()
        checks.observe(Self.crowded(0, paths: SubjectTexts.limit + 20))
        #expect(checks.refusedSightings >= 20)
        let found = checks.finish(end: Timestamp(nanoseconds: .max)).filter { $0.check != "load-balancer-type" }
        #expect(found.map(\.subject) == ["group-0"])
    }

    @Test func `a log without anything to see adds nothing`() {
        var checks = CheckSet()
        let isJoined = checks.join(CheckSet().packed(), source: 1)
        #expect(isJoined)
        #expect(checks.finish(end: Timestamp(nanoseconds: .max)).isEmpty)
    }
}
