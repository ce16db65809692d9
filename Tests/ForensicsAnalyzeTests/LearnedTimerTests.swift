import ForensicsAnalyze
import ForensicsModel
import Testing

/// Idle time-outs that are not those that load balancers have unless changed.
@Suite struct LearnedTimerTests {
    private static let target = CheckFixture.target

    private static func findings(_ silences: [Double], by direction: Direction) -> [Finding] {
        var fixture = CheckFixture()
        for (index, silence) in silences.enumerated() {
            for kind in [Event.Kind.reset, .idleReset] {
                fixture.event(
                    kind, at: Double(400 * index), value: Int64(silence * 1e9), direction: direction,
                    connection: UInt32(index + 1))
            }
        }
        return fixture.findings
    }

    private static func told(_ silences: [Double], by direction: Direction = .originator) -> [String] {
        findings(silences, by: direction).map { "\($0.check) \($0.blame) \($0.subject) \($0.count)" }
    }

    @Test func `five resets after the same silence show a timer, with its length`() {
        let found = Self.findings([120.0, 120.4, 119.9, 120.1, 120.1], by: .originator)
        // Their mean is 120.1 s.
        #expect(
            found.map(\.summary) == [
                "5 connections of \(Self.target) were reset after 2 min of silence each: an idle time-out of that length."
            ])
        #expect(found.map(\.blame) == [.loadBalancer])
        #expect(Self.told([Double](repeating: 120, count: 4)).isEmpty)
        #expect(
            Self.told([120, 20, 121, 33, 120, 47, 120, 60.5, 120, 71, 120, 8]).allSatisfy { !$0.contains("unknown") })
        #expect(
            Self.told((0..<40).map { 6 + Double($0) * 1.7 }).allSatisfy { $0.hasSuffix(" 1") || $0.hasSuffix(" 2") })
    }

    @Test func `where the server sends them nothing tells whose timer it is`() {
        #expect(
            Self.told([Double](repeating: 900, count: 6), by: .responder)
                == ["idle-timeout-reset unknown \(Self.target) 6"])
    }

    @Test func `the usual timers are told by their names`() {
        let found = Self.findings([Double](repeating: 60.2, count: 6), by: .originator)
        // 400 s apart, each is an episode of its own.
        #expect(found.count == 6)
        #expect(found.allSatisfy { $0.summary.contains("60 s (Application or Classic Load Balancer)") })
    }

    /// Silences, each on a connection of its own, that ended when a side spoke, and whether a reset followed after so many seconds.
    private static func spoken(_ gaps: [(silence: Double, reset: Double?)], isClosed: Bool = false) -> [Finding] {
        var fixture = CheckFixture()
        for (index, gap) in gaps.enumerated() {
            let (time, connection) = (Double(10 * index), UInt32(index + 1))
            if isClosed { fixture.event(.idleClose, at: time - 5, value: 2_000_000_000, connection: connection) }
            fixture.event(.idleGap, at: time, value: Int64(gap.silence * 1e9), connection: connection)
            if let reset = gap.reset {
                fixture.event(.reset, at: time + reset, value: Int64(reset * 1e9), connection: connection)
            }
        }
        return fixture.findings
    }

    @Test func `resets when a side speaks show a timer between what is outlived and what is cut`() {
        let outlived: [(silence: Double, reset: Double?)] = [20, 45, 90, 112, 118.7].map { ($0, nil) }
        let cut: [(silence: Double, reset: Double?)] = [122.4, 130, 200, 349, 900].map { ($0, 0.001) }
        let found = Self.spoken(outlived + cut)
        #expect(
            found.map(\.summary) == [
                "5 connections of \(Self.target) were reset when a side spoke after 2 min 2 s of silence or more, and none after up to "
                    + "1 min 58 s: an idle time-out between the two."
            ])
        #expect(found.map(\.blame) == [.loadBalancer])
        #expect(found.map(\.count) == [5])
        // One that outlived a longer silence, four of either, resets of their own, sides that had closed.
        let others = [
            outlived + cut + [(400, nil)], outlived.dropLast() + cut, outlived + cut.dropFirst(),
            outlived + cut.map { ($0.silence, 6) },
        ]
        for gaps in others { #expect(Self.spoken(Array(gaps)).allSatisfy { !$0.summary.contains("between the two") }) }
        #expect(Self.spoken(outlived + cut, isClosed: true).allSatisfy { !$0.summary.contains("between the two") })
    }

    @Test func `a longer timer than that of 350 s is no longer told as that`() {
        let outlived: [(silence: Double, reset: Double?)] = [20, 360, 400, 590, 598].map { ($0, nil) }
        let cut: [(silence: Double, reset: Double?)] = [601, 640, 700, 900, 1200].map { ($0, 0.001) }
        #expect(
            Self.spoken(outlived + cut).map(\.summary) == [
                "5 connections of \(Self.target) were reset when a side spoke after 10 min 1 s of silence or more, and none after up to "
                    + "9 min 58 s: an idle time-out between the two."
            ])
        // Nothing is outlived that the usual one cuts.
        let usual = Self.spoken(outlived.map { (min($0.silence, 340), nil) } + cut)
        #expect(usual.map(\.count) == [5])
        #expect(usual.allSatisfy { $0.summary.contains("350 s (Network or Gateway Load Balancer)") })
    }

    @Test func `requests that a changed timer cut are no race of the target`() {
        func checks(outlived: [Double]) -> [String] {
            var fixture = CheckFixture()
            for (index, silence) in (outlived + [122.4, 130, 200, 300, 349]).enumerated() {
                let (time, connection) = (Double(10 * index), UInt32(index + 1))
                fixture.event(.idleGap, at: time, value: Int64(silence * 1e9), connection: connection)
                if index < outlived.count { continue }
                fixture.event(.reset, at: time + 0.001, value: 1_000_000, direction: .responder, connection: connection)
                fixture.exchange(at: time + 0.001, .pcap) {
                    $0.connection = FactID(source: 1, record: connection)
                    $0.status = nil
                    $0.targetStatus = nil
                    $0.flags = [.aborted, .connectionReused]
                    $0.cause = .reset
                    $0.blame = .target
                    $0.totalTime = 1_000_000
                }
            }
            return fixture.findings.map { "\($0.check) \($0.count)" }
        }
        #expect(checks(outlived: [20, 45, 90, 112, 118.7]) == ["idle-timeout-reset 5"])
        #expect(checks(outlived: [20, 45, 90, 112]) == ["keep-alive-race 5"])
        #expect(checks(outlived: [20, 45, 90, 112, 140]) == ["keep-alive-race 5"])
    }
}
