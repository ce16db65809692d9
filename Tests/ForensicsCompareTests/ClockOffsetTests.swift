import ForensicsCompare
import Testing

/// How far clocks are apart, from bounds that each event gives.
@Suite struct ClockOffsetTests {
    struct Case: Sendable {
        var name: String
        var bounds: [ClosedRange<Int64>]
        var expected: ClosedRange<Int64>
        var agreeing: Int
    }

    static let cases = [
        Case(name: "one event", bounds: [-5...7], expected: -5...7, agreeing: 1),
        Case(name: "what all bounds share", bounds: [0...10, 4...12, -3...6], expected: 4...6, agreeing: 3),
        Case(name: "bounds that touch share an instant", bounds: [0...5, 5...9], expected: 5...5, agreeing: 2),
        Case(
            name: "an event that was confused with another is outvoted", bounds: [8...12, 9...13, 10...14, 90...91],
            expected: 10...12, agreeing: 3),
        // Marzullo's own example, as the literature on NTP retells it.
        Case(
            name: "three sources of which one is off", bounds: [8...12, 11...13, 14...15], expected: 11...12,
            agreeing: 2),
        Case(name: "of two that are as good the lower one", bounds: [0...2, 10...12], expected: 0...2, agreeing: 1),
        Case(name: "the same twice", bounds: [3...4, 3...4], expected: 3...4, agreeing: 2),
    ]

    @Test(arguments: cases) func `an offset is what most events agree on`(_ one: Case) throws {
        for bounds in [one.bounds, one.bounds.reversed()] {
            let offset = try #require(ClockOffset.estimate(bounds))
            #expect(offset.range == one.expected, "\(one.name)")
            #expect(offset.agreeing == one.agreeing, "\(one.name)")
            #expect(offset.events == one.bounds.count)
        }
    }

    @Test func `half of the events agree on nothing`() throws {
        let apart = try #require(ClockOffset.estimate([0...2, 10...12]))
        #expect(!apart.isAgreed)
        #expect(ClockOffset.estimate([]) == nil)
    }

    @Test func `middle and margin hold the interval`() {
        let offset = ClockOffset(range: -7...4, events: 1, agreeing: 1)
        #expect(offset.middle - offset.margin <= -7 && offset.middle + offset.margin >= 4)
    }
}
