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

    @Test func `what covers a small part of a window gives way to what covers it`() throws {
        let windows = [Self.window(0, 100), Self.window(100, 200)]
        let whole = Self.window(0, 200)
        // 6 % of the window before; the other kind covers all.
        let late = Self.group(.alb, [Self.window(94, 200)], requests: 70)
        let classic = Self.group(.clb, [whole], requests: 7)
        let choice = try #require(EvidenceChooser.choose([late, classic], for: .requests, windows: windows))
        #expect(choice.group.kind == .clb && choice.others.map(\.kind) == [.alb])
        // Nearly all is as good: logs begin with their first record.
        let nearly = Self.group(.alb, [Self.window(4, 200)], requests: 70)
        #expect(EvidenceChooser.choose([nearly, classic], for: .requests, windows: windows)?.group.kind == .alb)
        // Alone it is better than nothing.
        #expect(EvidenceChooser.choose([late], for: .requests, windows: windows)?.group.kind == .alb)
        let connections = Self.group(.nlb, [whole], connections: 5)
        #expect(EvidenceChooser.defaultSubject([late, connections], windows: windows) == .connections)
        #expect(EvidenceChooser.defaultSubject([nearly, connections], windows: windows) == .requests)
        #expect(EvidenceChooser.defaultSubject([late, classic, connections], windows: windows) == .requests)
    }

    @Test func `of captures the one that covers both windows is taken, whatever the other holds`() {
        let windows = [Self.window(0, 100), Self.window(100, 200)]
        let groups = [
            Self.group(.pcap, [Self.window(0, 102)], vantage: "a", requests: 9),
            Self.group(.pcap, [Self.window(0, 200)], vantage: "b", requests: 3),
        ]
        #expect(EvidenceChooser.choose(groups, for: .requests, windows: windows)?.group.vantage == "b")
        #expect(EvidenceChooser.choose(groups, for: .requests, windows: [])?.group.vantage == "a")
    }

    @Test func `how long connections last no log is asked that does not tell it`() {
        let all = Self.window(0, 100)
        let groups = [
            Self.group(.albConnection, [all], connections: 9), Self.group(.alb, [all], requests: 7),
            Self.group(.clb, [all], requests: 8),
        ]
        #expect(EvidenceChooser.choose(groups, for: .lengths, windows: [all])?.group.kind == .alb)
        #expect(EvidenceChooser.choose([groups[0]], for: .lengths, windows: [all]) == nil)
    }
}
