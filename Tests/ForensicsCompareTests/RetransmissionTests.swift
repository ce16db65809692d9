import Foundation
import ForensicsCompare
import ForensicsModel
import Testing

/// The part of data segments that had to be sent again, in words.
@Suite struct RetransmissionTests {
    private static func counts(_ sent: UInt64, _ resent: UInt64, unseen: UInt64 = 0, largest: UInt64 = 0)
        -> SegmentCounts
    {
        var counts = SegmentCounts()
        (counts.sent, counts.resent, counts.unseen, counts.largest) = (sent, resent, unseen, largest)
        return counts
    }

    /// The sentence about segments, of servers and of clients before and during.
    private static func sentence(
        servers: (SegmentCounts, SegmentCounts),
        clients: (SegmentCounts, SegmentCounts) = (counts(1000, 0), counts(1000, 0))
    ) throws -> String {
        let rates: SentenceTests.Rates = [.path: ["/a": 100]]
        var windows = [SegmentMinute(minute: 0), SegmentMinute(minute: 0)]
        (windows[0].fromServers, windows[1].fromServers) = servers
        (windows[0].fromClients, windows[1].fromClients) = clients
        let result = try SentenceTests.compare(
            SentenceTests.window(0, rates, total: 100), SentenceTests.window(15, rates, total: 100)
        ) { $0.retransmissions = Retransmissions.both(before: windows[0], during: windows[1]) }
        #expect(result.retransmissions.map(\.sender) == ["servers", "clients"])
        let mark = "Of the data segments "
        guard let start = result.sentence.range(of: mark) else { return "" }
        return String(result.sentence[start.lowerBound...])
    }

    @Test func `a larger part is told with where it was lost`() throws {
        #expect(
            try Self.sentence(servers: (Self.counts(54_775, 60), Self.counts(78_918, 4001))).hasPrefix(
                "Of the data segments toward clients the part that was sent again rose from 0.1 % to 5.1 % (4,001 of 78,918), lost on "
                    + "the way from the capture point to the clients."))
        #expect(
            try Self.sentence(
                servers: (Self.counts(54_775, 60), Self.counts(79_506, 3921)),
                clients: (Self.counts(29_778, 22), Self.counts(44_075, 1527, unseen: 1527))
            ).hasPrefix(
                "Of the data segments toward clients the part that was sent again rose from 0.1 % to 4.9 % (3,921 of 79,506), lost on "
                    + "the way from the capture point to the clients and toward servers the part that was sent again rose from < 0.1 % "
                    + "to 3.5 % (1,527 of 44,075), lost on the way from the clients to the capture point."))
    }

    @Test func `a smaller part is told without a place`() throws {
        #expect(
            try Self.sentence(servers: (Self.counts(10_000, 500), Self.counts(10_000, 10))).hasPrefix(
                "Of the data segments toward clients the part that was sent again fell from 5.0 % to 0.1 % (10 of 10,000)."
            ))
    }

    /// Of 10,000 segments before and during; the connection with most.
    @Test(arguments: [
        (UInt64(10), UInt64(99), UInt64(0), false), (10, 100, 0, true), (60, 100, 0, false), (10, 500, 401, false),
        (10, 500, 400, true),
    ])
    func `from 1 % and twice the part before on it matters, if several connections share it`(
        _ before: UInt64, _ during: UInt64, _ largest: UInt64, _ isTold: Bool
    ) throws {
        let text = try Self.sentence(
            servers: (Self.counts(10_000, before), Self.counts(10_000, during, largest: largest)))
        #expect(text.isEmpty == !isTold, "\(text)")
    }
}
