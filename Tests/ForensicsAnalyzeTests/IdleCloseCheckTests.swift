import ForensicsAnalyze
import ForensicsModel
import Testing

/// The timers that show in the silences after which a side closes.
@Suite struct IdleCloseCheckTests {
    private static func told(
        _ silences: [Double], by direction: Direction = .responder, client: Endpoint? = nil
    ) -> [String] {
        var fixture = CheckFixture()
        for (index, silence) in silences.enumerated() {
            fixture.event(
                .idleClose, at: Double(400 * index), value: Int64(silence * 1e9), direction: direction,
                connection: UInt32(index + 1), client: client)
        }
        return fixture.findings.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject) \($0.count): \($0.summary)" }
    }

    private static let target = CheckFixture.target

    @Test func `ten alike, however far apart, show the time-out of a target`() {
        let told = Self.told([5.00, 5.01, 5.02, 5.00, 5.05, 5.01, 5.00, 5.03, 5.00, 5.01])
        // Their mean is 5.013 s.
        #expect(
            told == [
                "idle-close - \(Self.target) 10: \(Self.target) closed 10 idle connections after 5.01 s of silence each: its "
                    + "keep-alive time-out, shorter than the 60 s of an Application or Classic Load Balancer."
            ])
    }

    struct Case: Sendable {
        var name: String
        var silences: [Double]
        var found: Int
    }

    static let cases = [
        Case(name: "nine are too few", silences: Array(repeating: 75, count: 9), found: 0),
        Case(name: "a timer of 75 s", silences: Array(repeating: 75.02, count: 10), found: 1),
        Case(name: "a timer of 350 s that fires late", silences: (0..<10).map { 350 + Double($0) / 5 }, found: 1),
        Case(
            name: "half of all it closed",
            silences: Array(repeating: 30, count: 10) + (0..<10).map { 2 + Double($0) * 2 },
            found: 1),
        Case(
            name: "less than half", silences: Array(repeating: 30, count: 10) + (0..<11).map { 2 + Double($0) * 2 },
            found: 0),
        Case(
            name: "as many a step shorter", silences: Array(repeating: 30, count: 12) + Array(repeating: 29, count: 5),
            found: 0),
        Case(name: "any silence is as likely", silences: (0..<60).map { 1 + Double($0) * 0.37 }, found: 0),
    ]

    @Test(arguments: cases) func `silences that are not alike show none`(_ one: Case) {
        #expect(Self.told(one.silences).count == one.found, "\(one.name)")
    }

    @Test func `a client shows its own if its address is private`() {
        let silences = [Double](repeating: 60.01, count: 12)
        #expect(Self.told(silences, by: .originator).isEmpty)
        #expect(
            Self.told(silences, by: .originator, client: Endpoint(IPAddress(v4: 0x0A00_0105), 40_000)) == [
                "idle-close - 10.0.1.5 12: 10.0.1.5 closed 12 idle connections after 1 min of silence each: its idle time-out."
            ])
    }
}
