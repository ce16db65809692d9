import Forensics
import ForensicsModel
import Testing

@Suite struct EvidenceChooserTests {
    static func window(_ start: Int64, _ end: Int64) -> TimeWindow {
        TimeWindow(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    static func group(
        _ kind: EvidenceKind, _ coverage: [TimeWindow], vantage: String? = nil, requests: Int64 = 0,
        connections: Int64 = 0
    ) -> EvidenceGroup {
        EvidenceGroup(
            kind: kind, vantage: vantage, sources: [1], coverage: coverage, requests: requests, connections: connections
        )
    }

    @Test func `intervals that touch are one`() {
        let union = EvidenceGroup.union([
            Self.window(10, 20), Self.window(0, 5), Self.window(20, 30), Self.window(3, 7),
        ])
        #expect(union == [Self.window(0, 7), Self.window(10, 30)])
    }

    @Test func `what was lost is taken out of what is covered`() {
        let left = EvidenceGroup.subtract(
            [Self.window(3, 5), Self.window(4, 8), Self.window(18, 25), Self.window(40, 50)],
            from: [Self.window(0, 10), Self.window(10, 20), Self.window(24, 30)])
        #expect(left == [Self.window(0, 3), Self.window(8, 18), Self.window(25, 30)])
        #expect(EvidenceGroup.subtract([Self.window(0, 9)], from: [Self.window(2, 7)]).isEmpty)
    }

    @Test func `exposure counts overlapping nodes once and gaps not at all`() {
        let group = Self.group(.alb, [Self.window(0, 10), Self.window(5, 12), Self.window(20, 30)], requests: 1)
        #expect(group.exposure(of: Self.window(8, 25)) == 4 + 5)
    }

    @Test func `requests come from the access log and connections from the network load balancer's`() {
        let all = Self.window(0, 100)
        let groups = [
            Self.group(.pcap, [all], vantage: "a", requests: 9, connections: 9),
            Self.group(.nlb, [all], connections: 5),
            Self.group(.alb, [all], requests: 7),
        ]
        let windows = [Self.window(0, 50), Self.window(50, 100)]
        #expect(EvidenceChooser.choose(groups, for: .requests, windows: windows)?.group.kind == .alb)
        #expect(EvidenceChooser.choose(groups, for: .connections, windows: windows)?.group.kind == .nlb)
        #expect(
            EvidenceChooser.choose(groups, for: .connections, windows: windows)?.others.map(\.kind) == [.pcap, .alb])
    }

    @Test func `a kind that misses a window is not taken`() {
        let groups = [
            Self.group(.alb, [Self.window(50, 100)], requests: 7),
            Self.group(.pcap, [Self.window(0, 100)], vantage: "a", requests: 2),
            Self.group(.pcap, [Self.window(0, 100)], vantage: "b", requests: 3),
        ]
        let windows = [Self.window(0, 50), Self.window(50, 100)]
        #expect(EvidenceChooser.choose(groups, for: .requests, windows: windows)?.group.vantage == "b")
        #expect(EvidenceChooser.choose(groups, for: .requests, windows: [Self.window(200, 300)]) == nil)
    }
}
