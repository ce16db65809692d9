import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Calls of gRPC that their client cancels. gRPC over HTTP/2, "Requests" and "Errors"; RFC 9113, section 7.
@Suite struct GRPCDeadlineTests {
    private static let grpc = ("content-type", "application/grpc")

    private static func called(_ timeout: String?) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        let deadline = timeout.map { [("grpc-timeout", $0)] } ?? []
        talk.say(.client, H2.request(1, "/pkg.Service/Call", [grpc] + deadline), at: 100)
        return talk
    }

    private static func reset(_ code: UInt8) -> [UInt8] { H2.frame(3, 0, 1, [0, 0, 0, code]) }

    private static func reason(_ talk: Talk) -> [String?] {
        var tracker = Tracker(options: TrackOptions(), kind: .pcap, shards: .max)
        tracker.observe(talk.batch)
        let facts = tracker.take()
        return facts.exchanges.map { facts.texts.string($0.errorReason) }
    }

    /// The value, and when it is over.
    @Test(
        arguments: [
            ("293m", 294.0), ("300m", 286), ("300000u", 301), ("99999999n", 101), ("2S", 2001), ("1M", 60_000),
            ("1H", 3_600_000),
        ], [false, true])
    func `a call that its client cancels at its deadline is a time-out of the target`(
        _ timeout: (String, Double), _ hasBegun: Bool
    ) throws {
        var talk = Self.called(timeout.0)
        if hasBegun { talk.say(.server, H2.answer(1, 200, ends: false, [Self.grpc]), at: 101) }
        talk.say(.client, Self.reset(8), at: 100 + timeout.1)
        let tracked = Tracked(talk)
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.cause == .requestTimeout)
        #expect(exchange.fact.blame == .target)
        #expect(exchange.fact.flags == .timedOut)
        #expect(exchange.fact.status == (hasBegun ? 200 : nil))
        #expect(exchange.fact.scheme == .grpc)
        #expect(exchange.fact.isError)
        #expect(exchange.fact.totalTime == Int64(timeout.1 * 1_000_000))
        #expect(Self.reason(talk) == ["grpc-status 4 DEADLINE_EXCEEDED"])
    }

    // No deadline, no value of one, one that is not over, one that is not kept, another code.
    @Test(
        arguments: [
            (nil, 8), ("293", 8), ("m", 8), ("1x", 8), ("123456789n", 8), ("400m", 8), ("2H", 8), ("293m", 2),
        ] as [(String?, UInt8)])
    func `a call that its client gives up for another reason is its client's`(_ timeout: String?, _ code: UInt8) throws
    {
        var talk = Self.called(timeout)
        talk.say(.client, Self.reset(code), at: 395)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.fact.cause == .reset)
        #expect(exchange.fact.blame == .client)
        #expect(exchange.fact.flags == .aborted)
        #expect(Self.reason(talk) == ["RST_STREAM \(code == 8 ? "CANCEL" : "INTERNAL_ERROR") from the client"])
    }

    @Test func `the answer that crosses the reset is no answer without a request`() {
        var talk = Self.called("293m")
        talk.say(.client, Self.reset(8), at: 394)
        talk.say(.server, H2.answer(1, 200, [Self.grpc, ("grpc-status", "4")]), at: 394.1)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.cause) == [.requestTimeout])
        #expect(tracked.counters.orphanResponses == 0)
        talk.say(.server, H2.answer(3, 200), at: 500)
        #expect(Tracked(talk).counters.orphanResponses == 1)
    }
}
