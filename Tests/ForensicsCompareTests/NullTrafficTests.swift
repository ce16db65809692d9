import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Traffic that does not change but is unlike independent requests of one size: the stated level holds there too.
@Suite struct NullTrafficTests {
    private struct Alarms: CustomStringConvertible {
        var runs = 0
        var total = 0
        var leading = 0
        var shift = 0
        var gate = 0
        var failures = 0
        var makers = 0
        var falls = 0
        var gates: [String: Int] = [:]

        mutating func count(_ result: ComparisonResult) {
            runs += 1
            total += result.total.direction == .same ? 0 : 1
            // From too few minutes there are candidates, and no level is claimed.
            leading += result.leading.isEmpty || result.question.falseDiscoveryRate == nil ? 0 : 1
            shift += result.shifts.contains(where: \.isNotable) ? 1 : 0
            failures += result.failures == nil ? 0 : 1
            makers += result.failures?.leading.isEmpty == false ? 1 : 0
            falls += result.sentence.contains(" fell from ") ? 1 : 0
            let passing = result.dimensions.filter { $0.explained.values > 0 }
            gate += passing.isEmpty ? 0 : 1
            for one in passing { gates[one.dimension, default: 0] += 1 }
        }

        var description: String {
            "n \(runs) total \(total) leading \(leading) shift \(shift) gate \(gate) failures \(failures) makers \(makers) falls \(falls) "
                + gates.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: " ")
        }

        /// The most alarms that a rate of 5 % gives, but for once in two hundred tests.
        var allowed: Int { Int(0.05 * Double(runs) + 2.6 * (0.05 * 0.95 * Double(runs)).squareRoot()) }
    }

    private static func alarms(
        _ traffic: NullTraffic, _ before: Int, _ during: Int, runs: Int, by measure: RankMeasure = .requests
    ) throws -> Alarms {
        var alarms = Alarms()
        var options = CompareOptions()
        options.measure = measure
        for seed in 0..<runs {
            let windows = traffic.windows([before, during], seed: UInt64(seed * 7 + before), measure: measure)
            alarms.count(try Comparison.compare(before: windows[0], during: windows[1], options: options))
        }
        print("null", traffic.kind, traffic.sizeDeviation, "\(before)/\(during)", "by \(measure)", alarms)
        return alarms
    }

    @Test(arguments: [(2.2, 15, 15), (2.2, 30, 30), (1.5, 15, 15), (1.5, 40, 10), (2.2, 5, 5)])
    func `nobody is accused of bytes where only the sizes of responses vary`(
        deviation: Double, before: Int, during: Int
    ) throws {
        let alarms = try Self.alarms(
            NullTraffic(.poisson, sizeDeviation: deviation), before, during, runs: 80, by: .bytes)
        #expect(alarms.total <= alarms.allowed && alarms.leading <= alarms.allowed)
    }

    @Test(arguments: [(NullTraffic.Kind.driftingLatency, 15, 15), (.driftingLatency, 40, 15), (.stalls, 15, 15)])
    func `latencies that drift, or stall now and then, have not shifted`(
        kind: NullTraffic.Kind, before: Int, during: Int
    ) throws {
        let alarms = try Self.alarms(NullTraffic(kind), before, during, runs: 80)
        #expect(alarms.shift <= alarms.allowed && alarms.leading <= alarms.allowed)
    }

    @Test(arguments: [
        (NullTraffic.Kind.poisson, 15, 15), (.sessions, 15, 15), (.sessions, 40, 15), (.sessions, 30, 30),
        (.poisson, 5, 5), (.driftingLatency, 5, 5), (.sessions, 30, 5), (.sessions, 5, 5),
        (.longSessions, 30, 15), (.longSessions, 60, 30), (.longSessions, 30, 60),
    ])
    func `sessions that come and go accuse nobody`(kind: NullTraffic.Kind, before: Int, during: Int) throws {
        let alarms = try Self.alarms(NullTraffic(kind), before, during, runs: 80)
        #expect(alarms.leading <= alarms.allowed)
    }

    @Test func `sessions longer than the window before accuse somebody no oftener than the documentation says`() throws
    {
        let alarms = try Self.alarms(NullTraffic(.longSessions), 15, 15, runs: 160)
        // 14 % are said of them; 2.6 standard errors beside.
        #expect(alarms.leading <= 34)
    }

    @Test(arguments: [(15, 15), (30, 15), (15, 40), (60, 30)])
    func `requests that fail together now and then are no rise of errors, and nobody makes it`(
        before: Int, during: Int
    ) throws {
        let alarms = try Self.alarms(NullTraffic(.failing), before, during, runs: 160)
        #expect(alarms.failures + alarms.falls <= alarms.allowed && alarms.makers <= alarms.allowed)
        // Such a burst moves a small client, who is not told for it either.
        #expect(alarms.leading <= alarms.allowed)
    }
}
