import ForensicsModel
import ForensicsTrack
import Testing

/// Frames written from RFC 9113, header blocks from RFC 7541 (literals; a few indices of the static table).
enum H2 {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let settings = frame(4, 0, 0, [])
    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        var bytes: [UInt8] = [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: stream >> shift)) }
        return bytes + payload
    }

    /// Literals that are not remembered: 4-bit prefix 0, name and value in plain.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes += [0, UInt8(name.utf8.count)]
            bytes += Array(name.utf8)
            bytes.append(UInt8(value.utf8.count))
            bytes += Array(value.utf8)
        }
        return bytes
    }

    static func request(
        _ stream: UInt32, _ path: String, ends: Bool = true, _ more: [(String, String)] = []
    ) -> [UInt8] {
        let fields = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "Shop.example:81")]
        return frame(1, endHeaders | (ends ? endStream : 0), stream, block(fields + more))
    }

    static func answer(
        _ stream: UInt32, _ status: Int, ends: Bool = true, _ more: [(String, String)] = []
    ) -> [UInt8] {
        frame(1, endHeaders | (ends ? endStream : 0), stream, block([(":status", String(status))] + more))
    }

    static func trailers(_ stream: UInt32, _ status: Int) -> [UInt8] {
        frame(1, endHeaders | endStream, stream, block([("grpc-status", String(status))]))
    }

    static func data(_ stream: UInt32, _ count: Int, ends: Bool = true) -> [UInt8] {
        frame(0, ends ? endStream : 0, stream, [UInt8](repeating: 7, count: count))
    }
}

@Suite struct HTTP2ExchangeTests {
    /// A connection after the handshake on which both sides have said that they speak HTTP/2.
    private func opened(backend: Bool = false) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 40)
        return talk
    }

    /// A request on stream 5 after a GOAWAY, and how the server ends it.
    private static func goneAway(last: UInt32, isKnown: Bool) -> [Exchange] {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 40)
        talk.say(.client, H2.request(3, "/a"), at: 100)
        talk.say(.server, H2.answer(3, 200), at: 110)
        talk.acknowledge(.client, at: 111)
        let known = talk.serverNext
        talk.say(.server, H2.frame(7, 0, 0, [UInt8(last >> 24), 0, 0, UInt8(last & 255), 0, 0, 0, 0]), at: 120)
        if isKnown { talk.acknowledge(.client, at: 121) }
        let bytes = H2.request(5, "/b")
        talk.packet(.client, "PA", seq: talk.clientNext, ack: isKnown ? talk.serverNext : known, bytes, at: 130)
        talk.clientNext &+= UInt32(bytes.count)
        talk.finish(.server, at: 140)
        return Tracked(talk, end: 60_000).exchanges.map(\.fact).filter { $0.status == nil }
    }

    // RFC 9113, section 6.8: streams above the last one are not processed; the highest number announces the end.
    @Test(arguments: [(3, true, Blame.client), (3, false, .target), (5, true, .target), (0x7F00_00FF, true, .target)])
    func `a request after a GOAWAY that excludes it is the fault of who sends it`(
        _ last: UInt32, _ isKnown: Bool, _ blame: Blame
    ) {
        let lost = Self.goneAway(last: last, isKnown: isKnown)
        #expect(lost.map(\.cause) == [.targetClosed])
        #expect(lost.map(\.blame) == [blame])
    }

    @Test func `streams are exchanges, each with its own phases and in any order of answers`() throws {
        var talk = opened()
        let first = talk.say(.client, H2.request(1, "/a?q=1") + H2.request(3, "/b", ends: false), at: 100)
        talk.say(.client, H2.data(3, 500), at: 120)
        talk.say(.server, H2.answer(3, 503), at: 150)
        talk.say(.server, H2.answer(1, 200, ends: false), at: 180)
        talk.say(.server, H2.data(1, 1000), at: 210)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/b", "/a"])
        #expect(tracked.exchanges.map(\.fact.status) == [503, 200])
        #expect(tracked.exchanges.map(\.fact.requestTime) == [20_000_000, 0])
        #expect(tracked.exchanges.map(\.fact.targetTime) == [30_000_000, 80_000_000])
        #expect(tracked.exchanges.map(\.fact.responseTime) == [0, 30_000_000])
        #expect(tracked.exchanges.map(\.fact.blame) == [.target, .none])
        #expect(tracked.exchanges.allSatisfy { $0.fact.id.record == first && $0.fact.httpVersion == .http2 })
        #expect(tracked.exchanges.allSatisfy { $0.domain == "shop.example" && $0.method == "GET" })
        #expect(tracked.exchanges[0].fact.bytesFromClient ?? 0 > 500)
        #expect(tracked.exchanges[1].fact.bytesFromServer ?? 0 > 1000)
        #expect(tracked.connections[0].fact.service == .h2)
    }

    @Test func `of streams beyond the cap none takes another's answer`() throws {
        var talk = opened()
        let streams = (0..<1100).map { UInt32(2 * $0 + 1) }
        for (index, stream) in streams.enumerated() {
            talk.say(.client, H2.request(stream, "/\(index)x"), at: 100 + Double(index) / 10)
        }
        for (index, stream) in streams.enumerated().reversed() {
            talk.say(.server, H2.answer(stream, 200 + index % 300), at: 500)
        }
        let tracked = Tracked(talk)
        var statuses: [String: UInt16?] = [:]
        for exchange in tracked.exchanges { statuses[exchange.path ?? ""] = exchange.fact.status }
        #expect(statuses.count == 1100)
        for index in 0..<1100 {
            let expected: UInt16? = index < 1024 ? UInt16(200 + index % 300) : nil
            #expect(statuses["/\(index)x"] == .some(expected), "\(index)")
        }
        // The next stream is one like any other.
        talk.say(.client, H2.request(2201, "/next"), at: 600)
        talk.say(.server, H2.answer(2201, 404), at: 610)
        #expect(Tracked(talk).exchanges.first { $0.path == "/next" }?.fact.status == 404)
    }

    @Test func `frames in pieces of any size give the same`() {
        for size in [1, 2, 5, 9, 10, 64, 4000] {
            var talk = Talk()
            talk.handshake()
            let fromClient = H2.preface + H2.settings + H2.request(1, "/a") + H2.request(3, "/b", ends: false)
            let fromServer = H2.settings + H2.answer(3, 404, ends: false) + H2.data(3, 70) + H2.answer(1, 200)
            for side in [Talk.Side.client, .server] {
                var rest = (side == .client ? fromClient + H2.data(3, 40) : fromServer)[...]
                var time = side == .client ? 30.0 : 60.0
                while !rest.isEmpty {
                    talk.say(side, Array(rest.prefix(size)), at: time)
                    rest = rest.dropFirst(size)
                    time += 0.01
                }
            }
            let tracked = Tracked(talk)
            let found = tracked.exchanges.map { "\($0.path ?? "") \($0.fact.status ?? 0)" }
            #expect(found.sorted() == ["/a 200", "/b 404"], "pieces of \(size)")
        }
    }

    @Test func `the server may speak first`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.server, Array(H2.settings.prefix(4)), at: 25)
        talk.say(.server, Array(H2.settings.dropFirst(4)), at: 26)
        talk.say(.client, H2.preface + H2.settings + H2.request(1, "/a"), at: 30)
        talk.say(.server, H2.answer(1, 204), at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [204])
        #expect(tracked.connections[0].fact.service == .h2)
    }

    @Test func `an upgraded request is answered on stream 1`() {
        var talk = Talk()
        talk.handshake()
        let upgrade = "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
        talk.say(.client, upgrade, at: 30)
        let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        talk.say(.server, Array(switched.utf8) + H2.settings, at: 40)
        talk.say(.client, H2.preface + H2.settings, at: 45)
        talk.say(.server, H2.answer(1, 200), at: 60)
        talk.say(.client, H2.request(3, "/next"), at: 70)
        talk.say(.server, H2.answer(3, 404), at: 80)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/up", "/next"])
        #expect(tracked.exchanges.map(\.fact.status) == [200, 404])
        #expect(tracked.exchanges.first?.fact.totalTime == 30_000_000)
    }

    @Test func `remembered fields and blocks in several frames are put together`() {
        var talk = opened()
        // Literal with incremental indexing of :path (static name 4), then its dynamic index 62.
        let named: [UInt8] = [0x82, 0x86, 0x44, 2] + Array("/k".utf8)
        talk.say(.client, H2.frame(1, H2.endStream, 1, Array(named.prefix(3))), at: 50)
        talk.say(.client, H2.frame(9, H2.endHeaders, 1, Array(named.dropFirst(3))), at: 51)
        talk.say(.client, H2.frame(1, H2.endStream | H2.endHeaders, 3, [0x82, 0x86, 0xBE]), at: 60)
        talk.say(.server, H2.answer(1, 200) + H2.answer(3, 200), at: 70)
        #expect(Tracked(talk).exchanges.map(\.path) == ["/k", "/k"])
    }

    @Test(arguments: [
        (14, Blame.target, "grpc-status 14 UNAVAILABLE"), (5, .client, "grpc-status 5 NOT_FOUND"),
    ])
    func `the status of gRPC is told and blames its side`(_ status: Int, _ blame: Blame, _ reason: String) throws {
        var talk = opened()
        talk.say(
            .client, H2.request(1, "/pkg.Service/Call", ends: false, [("content-type", "application/grpc")]), at: 50)
        talk.say(.client, H2.data(1, 12), at: 51)
        talk.say(.server, H2.answer(1, 200, ends: false, [("content-type", "application/grpc+proto")]), at: 60)
        talk.say(.server, H2.data(1, 12, ends: false) + H2.trailers(1, status), at: 70)
        var tracker = Tracker(options: TrackOptions(), kind: .pcap, shards: .max)
        tracker.observe(talk.batch)
        let facts = tracker.take()
        let exchange = try #require(facts.exchanges.first)
        #expect(exchange.scheme == .grpc)
        #expect(exchange.status == 200)
        #expect(exchange.cause == .grpcError)
        #expect(exchange.blame == blame)
        #expect(exchange.isError)
        #expect(facts.texts.string(exchange.errorReason) == reason)
    }

    @Test func `a call that succeeded is no error`() {
        var talk = opened()
        talk.say(.client, H2.request(1, "/pkg.Service/Call", [("content-type", "application/grpc")]), at: 50)
        talk.say(.server, H2.answer(1, 200, ends: false) + H2.trailers(1, 0), at: 70)
        #expect(Tracked(talk).exchanges.map(\.fact.isError) == [false])
    }

    @Test func `a stream that one side resets is aborted by it`() {
        var talk = opened()
        talk.say(.client, H2.request(1, "/a") + H2.request(3, "/b"), at: 50)
        talk.say(.client, H2.frame(3, 0, 1, [0, 0, 0, 8]), at: 60)
        talk.say(.server, H2.frame(3, 0, 3, [0, 0, 0, 2]), at: 70)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.cause) == [.reset, .reset])
        #expect(tracked.exchanges.map(\.fact.blame) == [.client, .target])
        #expect(tracked.exchanges.allSatisfy { $0.fact.flags.contains(.aborted) })
    }

    /// RFC 9113, section 7: the codes by number, and one that has no meaning.
    @Test(arguments: [
        (UInt32(0), "NO_ERROR"), (1, "PROTOCOL_ERROR"), (2, "INTERNAL_ERROR"), (3, "FLOW_CONTROL_ERROR"),
        (4, "SETTINGS_TIMEOUT"),
        (5, "STREAM_CLOSED"), (6, "FRAME_SIZE_ERROR"), (7, "REFUSED_STREAM"), (8, "CANCEL"), (9, "COMPRESSION_ERROR"),
        (10, "CONNECT_ERROR"), (11, "ENHANCE_YOUR_CALM"), (12, "INADEQUATE_SECURITY"), (13, "HTTP_1_1_REQUIRED"),
        (14, "an unknown code"), (0x1_0008, "an unknown code"),
    ])
    func `why a stream was given up is told, and by whom`(_ code: UInt32, _ name: String) {
        let payload = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> UInt32($0)) }
        for (side, who) in [(Talk.Side.client, "client"), (.server, "server")] {
            var talk = opened()
            talk.say(.client, H2.request(1, "/a"), at: 50)
            talk.say(side, H2.frame(3, 0, 1, payload), at: 60)
            #expect(reasons(talk) == ["RST_STREAM \(name) from the \(who)"])
        }
    }

    // RFC 9113, section 6.8: the last stream, the code.
    @Test func `requests that end with a connection have the reason of its GOAWAY`() {
        for (code, reason) in [(UInt8(11), "GOAWAY ENHANCE_YOUR_CALM from the server"), (0, nil)] {
            var talk = opened()
            talk.say(.client, H2.request(1, "/a"), at: 50)
            talk.say(.server, H2.frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, code]), at: 60)
            talk.reset(.server, at: 61)
            #expect(reasons(talk) == [reason])
        }
        // An answer that is whole has none.
        var talk = opened()
        talk.say(.client, H2.request(1, "/a"), at: 50)
        talk.say(.server, H2.answer(1, 200), at: 55)
        talk.say(.server, H2.frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 11]), at: 60)
        #expect(reasons(talk) == [nil])
    }

    private func reasons(_ talk: Talk) -> [String?] {
        var tracker = Tracker(options: TrackOptions(), kind: .pcap)
        tracker.observe(talk.batch)
        tracker.finish(at: Talk.time(20_000))
        let facts = tracker.take()
        return facts.exchanges.map { facts.texts.string($0.errorReason) }
    }

    @Test func `a tunnel of HTTP/2 is over as a request when it is opened`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        let block = H2.block([
            (":method", "CONNECT"), (":protocol", "websocket"), (":path", "/ws"), (":scheme", "http"),
        ])
        talk.say(.client, H2.frame(1, H2.endHeaders, 1, block), at: 100)
        talk.say(.server, H2.settings + H2.answer(1, 200, ends: false), at: 110)
        talk.say(.client, H2.data(1, 20, ends: false), at: 20_000)
        talk.say(.server, H2.data(1, 20), at: 30_000)
        let tracked = Tracked(talk)
        let exchange = try #require(tracked.exchanges.first)
        #expect(tracked.exchanges.count == 1)
        #expect(exchange.fact.flags == .upgraded)
        #expect(exchange.fact.status == 200)
        #expect(exchange.fact.totalTime == 10_000_000)
    }

    @Test func `a request without an answer times out by packet time, others go on`() {
        var talk = opened()
        talk.say(.client, H2.request(1, "/slow"), at: 50)
        talk.say(.client, H2.request(3, "/fast"), at: 60)
        talk.say(.server, H2.answer(3, 200), at: 70)
        talk.say(.client, H2.request(5, "/later"), at: 9_000)
        talk.say(.server, H2.answer(5, 200), at: 9_010)
        let slow = Tracked(talk).exchanges.filter { $0.path == "/slow" }
        #expect(slow.map { $0.fact.flags.contains(.timedOut) } == [true])
    }

    @Test func `an interim answer is not the answer`() {
        var talk = opened()
        talk.say(.client, H2.request(1, "/a"), at: 50)
        talk.say(.server, H2.answer(1, 103, ends: false), at: 55)
        talk.say(.server, H2.answer(1, 200), at: 60)
        #expect(Tracked(talk).exchanges.map(\.fact.status) == [200])
    }

    @Test func `a check of a load balancer over HTTP/2 is a health check`() {
        var talk = opened()
        talk.say(.client, H2.request(1, "/health", [("user-agent", "ELB-HealthChecker/2.0")]), at: 50)
        talk.say(.server, H2.answer(1, 200), at: 60)
        let tracked = Tracked(talk)
        #expect(tracked.checks.map(\.outcome) == [.success])
        #expect(tracked.exchanges.map { $0.fact.flags.contains(.healthCheck) } == [true])
    }

    @Test func `each stream names its own client`() {
        var talk = opened()
        talk.say(
            .client,
            H2.request(1, "/a", [("x-forwarded-for", "203.0.113.7")])
                + H2.request(3, "/b", [("x-forwarded-for", "198.51.100.9")]), at: 50)
        talk.say(.server, H2.answer(1, 200) + H2.answer(3, 200), at: 60)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map { "\($0.fact.client.address)" } == ["203.0.113.7", "198.51.100.9"])
        #expect(tracked.connections.map(\.fact.role) == [.backend])
    }

    @Test func `bytes lost inside a body change nothing, lost headers leave what waited undetermined`() {
        var talk = opened()
        talk.say(.client, H2.request(1, "/a"), at: 50)
        talk.say(.server, H2.answer(1, 200, ends: false) + Array(H2.data(1, 900).prefix(109)), at: 60)
        talk.serverNext &+= 500
        talk.say(.server, Array(H2.data(1, 900).dropFirst(609)), at: 70)
        talk.say(.client, H2.request(3, "/b"), at: 80)
        talk.say(.server, H2.answer(3, 404), at: 90)
        talk.say(.client, H2.request(5, "/c"), at: 100)
        talk.serverNext &+= 50
        talk.say(.server, H2.answer(7, 200), at: 110)
        talk.acknowledge(.client, at: 120)
        talk.say(.client, H2.request(9, "/d"), at: 20_000)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/a", "/b", "/c", "/d"])
        #expect(tracked.exchanges.map(\.fact.status) == [200, 404, nil, nil])
        #expect(tracked.exchanges[2].fact.flags.contains(.undetermined))
    }

    @Test(arguments: [
        H2.frame(4, 0, 1, []), H2.frame(0, 0, 0, [1]), H2.frame(9, 4, 1, [0x82]), H2.frame(1, 4, 1, [0x80]),
        H2.frame(1, 0, 1, [0x82]) + H2.data(1, 3), H2.frame(1, 12, 1, [200, 1]),
        H2.frame(1, 0, 1, [UInt8](repeating: 0x82, count: 60_000))
            + H2.frame(9, 0, 1, [UInt8](repeating: 0x82, count: 60_000)),
    ])
    func `what no peer may send ends the reading and is counted`(_ frames: [UInt8]) {
        var talk = opened()
        talk.say(.client, H2.request(11, "/before"), at: 50)
        for start in stride(from: 0, to: frames.count, by: 1400) {
            talk.say(.client, Array(frames[start..<min(frames.count, start + 1400)]), at: 60 + Double(start) / 1000)
        }
        talk.say(.server, H2.answer(11, 200), at: 9_000)
        let tracked = Tracked(talk)
        #expect(tracked.counters.http2Malformed == 1)
        #expect(tracked.exchanges.map(\.path) == ["/before"])
        #expect(tracked.exchanges.allSatisfy { $0.fact.flags.contains(.undetermined) })
    }

    @Test(.enabled(if: Evidence.isThere)) func `requests and answers of the shared captures are tshark's`() {
        let rows = Evidence.table("pcap_truth.tsv").filter { (Int($0["h2_req"] ?? "") ?? 0) > 0 }
        #expect(rows.count >= 5)
        for row in rows {
            guard let file = row["file"] else { continue }
            let tracked = Tracked(Evidence.packets(Evidence.read(file)))
            #expect(Int(tracked.counters.http2Requests) == Int(row["h2_req"] ?? ""), "\(file)")
            #expect(Int(tracked.counters.http2Responses) == Int(row["h2_resp"] ?? ""), "\(file)")
            let failed = tracked.exchanges.filter { ($0.fact.status ?? 0) >= 400 && $0.fact.scheme != .http }.count
            #expect(failed == Int(row["h2_4xx5xx"] ?? ""), "\(file)")
        }
    }
}
