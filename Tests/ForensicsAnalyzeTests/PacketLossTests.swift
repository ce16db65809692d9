import ForensicsAnalyze
import ForensicsModel
import Testing

/// Loss that many connections share, each too little to be told alone.
@Suite struct PacketLossTests {
    /// An hour of which some minutes have another share of segments that were sent again; of 1000 each.
    private static func findings(
        usual: UInt64, lossy: [Int: UInt64], sender: Direction = .responder, unseen: UInt64 = 0, largest: UInt64 = 1,
        clients: UInt32 = 8, minutes: Range<Int> = 0..<60
    ) -> [Finding] {
        var fixture = CheckFixture()
        for minute in minutes {
            let resent = lossy[minute] ?? usual
            fixture.segments(
                minute, sender, sent: 1000, resent: resent, unseen: resent * unseen / 100,
                largest: lossy[minute] == nil ? 1 : largest, clients: clients)
        }
        return fixture.findings.filter { $0.check == "packet-loss" }
    }

    private static func every(_ minutes: Range<Int>, _ count: UInt64) -> [Int: UInt64] {
        Dictionary(uniqueKeysWithValues: minutes.map { ($0, count) })
    }

    @Test func `loss of everybody is told with its share, the usual one and its side`() {
        let found = Self.findings(usual: 1, lossy: Self.every(20..<40, 50))
        #expect(
            found.map { "\($0.severity.name) \($0.blame.name ?? "-") \($0.subject) \($0.count)" } == [
                "warning network toward clients 1000"
            ])
        #expect(
            found.map(\.summary) == [
                "5.0 % of the data segments toward clients were sent again within 19 min (1,000 of 20,000, with 8 addresses); else "
                    + "0.10 %: most were captured before they were lost, on the way from the capture point to the clients."
            ])
        #expect(found.map { $0.start.since(CheckFixture.origin) } == [20 * 60 * CheckFixture.second])
    }

    /// Who sent them, how many of a hundred were not captured the first time, where they were lost.
    @Test(arguments: [
        (Direction.originator, UInt64(100), "before they came to the capture point, on the way from the clients."),
        (.originator, 0, "on the way from the capture point to the servers."),
        (.originator, 50, "on both sides of the capture point."),
        (.responder, 90, "before they came to the capture point, on the way from the servers."),
    ])
    func `what was captured of them tells the side`(_ sender: Direction, _ unseen: UInt64, _ words: String) {
        let found = Self.findings(usual: 0, lossy: Self.every(10..<20, 40), sender: sender, unseen: unseen)
        #expect(found.map(\.subject) == [sender == .originator ? "toward servers" : "toward clients"])
        #expect(found.allSatisfy { $0.summary.hasSuffix(words) }, "\(found.map(\.summary))")
    }

    /// Of 1000 segments a minute: the usual, twenty minutes of more, and what is told.
    @Test(arguments: [
        (UInt64(1), UInt64(9), 0), (1, 11, 1), (4, 11, 0), (4, 13, 1), (15, 30, 0), (15, 60, 1), (40, 40, 1),
        (29, 50, 0), (29, 52, 1),
    ])
    func `from 1 % and three times the usual on it is loss`(_ usual: UInt64, _ more: UInt64, _ found: Int) {
        #expect(Self.findings(usual: usual, lossy: Self.every(20..<40, more)).count == found)
    }

    @Test func `where all of the capture has as much it is a notice`() {
        let found = Self.findings(usual: 60, lossy: [:])
        #expect(found.map(\.severity) == [.notice])
        #expect(found.allSatisfy { !$0.summary.contains("else") })
    }

    @Test func `what goes up and down by chance around a large share is told once`() {
        var lossy: [Int: UInt64] = [:]
        for minute in stride(from: 0, to: 60, by: 7) { lossy[minute] = 35 }
        let found = Self.findings(usual: 60, lossy: lossy)
        #expect(found.map(\.severity) == [.notice])
        #expect(found.map(\.count) == [3375])
    }

    @Test func `what a capture has twice within less than a second is no loss`() {
        var fixture = CheckFixture()
        fixture.segments(0, .originator, sent: 130, resent: 90)
        #expect(fixture.findings.allSatisfy { $0.check != "packet-loss" })
        fixture = CheckFixture()
        fixture.segments(0, .originator, sent: 130, resent: 102)
        #expect(fixture.findings.count { $0.check == "packet-loss" } == 1)
    }

    @Test func `one connection that loses much is not everybody`() {
        #expect(Self.findings(usual: 1, lossy: Self.every(20..<40, 50), largest: 45).isEmpty)
        #expect(Self.findings(usual: 1, lossy: Self.every(20..<40, 50), largest: 30).count == 1)
    }

    @Test func `one address that has nearly all of it is named`() {
        let found = Self.findings(usual: 1, lossy: Self.every(20..<40, 50), clients: 1)
        #expect(found.map(\.subject) == ["toward \(CheckFixture.client.address)"])
        #expect(found.allSatisfy { $0.summary.contains(", nearly all toward \(CheckFixture.client.address))") })
    }

    @Test func `stretches more than five minutes apart are told apart`() {
        let near = Self.every(10..<12, 50).merging(Self.every(16..<18, 50)) { $1 }
        let far = Self.every(10..<12, 50).merging(Self.every(17..<19, 50)) { $1 }
        #expect(Self.findings(usual: 1, lossy: near).map(\.count) == [204])
        #expect(Self.findings(usual: 1, lossy: far).map(\.count) == [100, 100])
    }
}
