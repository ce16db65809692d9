import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// What is told of requests and answers where packets are missing from the capture, though not from the connection, or lie in
/// another order: never the answer of another request.
@Suite struct CaptureLossTests {
    /// One request after the other on a connection; each answer has a status of its own, in three segments.
    private struct Dialogue {
        var talk = Talk()
        private(set) var statuses: [String: UInt16] = [:]
        private var time = 100.0

        init(port: UInt16 = 40_000, isOpened: Bool = true) {
            talk.another(port: port)
            if isOpened { talk.handshake() }
        }

        /// - Parameter lost: packets that are not captured: 0 is the request, 1, 2 and 3 are the answer's segments, 4 its
        ///   acknowledgment.
        mutating func exchange(_ number: Int, lost: Set<Int> = []) {
            let status = UInt16(200 + number % 300)
            statuses["/r\(number)x"] = status
            let head = "HTTP/1.1 \(status) X\r\nContent-Length: 2000\r\n\r\n"
            let parts = [
                "GET /r\(number)x HTTP/1.1\r\nHost: h\r\n\r\n", head + String(repeating: "z", count: 500),
                String(repeating: "z", count: 1000), String(repeating: "z", count: 500),
            ]
            for (part, text) in parts.enumerated() {
                time += part == 1 ? 10 : 0.5
                talk.say(part == 0 ? .client : .server, text, at: time)
                if lost.contains(part) { talk.batch.packets.removeLast() }
            }
            time += 0.5
            talk.acknowledge(.client, at: time)
            if lost.contains(4) { talk.batch.packets.removeLast() }
        }

        /// By path what was told of each request.
        func told() -> [String: UInt16?] {
            var told: [String: UInt16?] = [:]
            for exchange in Tracked(talk).exchanges { told[exchange.path ?? ""] = exchange.fact.status }
            return told
        }
    }

    @Test(arguments: 1...5)
    func `a request captured after its answer takes no answer from others`(_ distance: Int) {
        for late in stride(from: 8, to: 30, by: 5) {
            var dialogue = Dialogue()
            for number in 0..<10 { dialogue.exchange(number) }
            var packet = dialogue.talk.batch.packets.remove(at: late)
            packet.time = dialogue.talk.batch.packets[late + distance - 1].time.advanced(by: 20_000)
            dialogue.talk.batch.packets.insert(packet, at: late + distance)
            let told = dialogue.told()
            #expect(told.count == 10)
            for (path, status) in told where status != nil {
                #expect(status == dialogue.statuses[path], "\(late) \(path)")
            }
            #expect(told.values.count { $0 == nil } <= 1, "\(late)")
            #expect(
                Tracked(dialogue.talk, end: 60_000).exchanges.allSatisfy { $0.fact.status != nil || !$0.fact.isError })
        }
    }

    @Test func `a lost request takes no answer from others`() {
        var dialogue = Dialogue()
        for number in 0..<10 { dialogue.exchange(number, lost: number == 4 ? [0] : []) }
        var expected: [String: UInt16?] = dialogue.statuses.mapValues { $0 }
        expected["/r4x"] = nil
        #expect(dialogue.told() == expected)
    }

    @Test(arguments: [[1], [1, 4], [1, 2, 3], [1, 2, 3, 4], [1, 3]] as [Set<Int>])
    func `a request whose answer was lost has none, and the others have theirs`(_ lost: Set<Int>) {
        var dialogue = Dialogue()
        for number in 0..<10 { dialogue.exchange(number, lost: number == 4 ? lost : []) }
        var expected: [String: UInt16?] = dialogue.statuses.mapValues { $0 }
        expected["/r4x"] = .some(nil)
        #expect(dialogue.told() == expected)
    }

    @Test(arguments: [[2], [3], [2, 3], [3, 4], [4]] as [Set<Int>])
    func `an answer of which the end was lost is told by its head`(_ lost: Set<Int>) {
        var dialogue = Dialogue()
        for number in 0..<10 { dialogue.exchange(number, lost: number == 4 ? lost : []) }
        #expect(dialogue.told() == dialogue.statuses.mapValues { $0 })
    }

    @Test(arguments: [[1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4]] as [Set<Int>])
    func `answers that are lost where the capture begins shift nothing`(_ lost: Set<Int>) {
        for count in 1...3 {
            var dialogue = Dialogue(isOpened: false)
            for number in 0..<10 { dialogue.exchange(number, lost: number < count ? lost : []) }
            var expected: [String: UInt16?] = dialogue.statuses.mapValues { $0 }
            for number in 0..<count { expected["/r\(number)x"] = lost.contains(0) ? nil : .some(nil) }
            #expect(dialogue.told() == expected)
        }
    }

    @Test(arguments: [false, true])
    func `a lost request lets no other time out where the client alone is captured`(_ isOpened: Bool) {
        for missing in 1..<9 {
            var dialogue = Dialogue(isOpened: isOpened)
            for number in 0..<10 { dialogue.exchange(number, lost: number == missing ? [0, 1, 2, 3, 4] : [1, 2, 3]) }
            let client = dialogue.talk.client.address
            dialogue.talk.batch.packets.removeAll { $0.source != client }
            let told = Tracked(dialogue.talk, end: 60_000).exchanges
            #expect(told.allSatisfy { $0.fact.flags.contains(.undetermined) && !$0.fact.isError }, "\(missing)")
            #expect(told.count == 9, "\(missing)")
        }
    }

    @Test(arguments: [false, true], [false, true])
    func `an answer to a request whose head was lost is not that of the one before`(_ isOpened: Bool, _ isRead: Bool) {
        var talk = Talk()
        if isOpened { talk.handshake() }
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        let answer = Array("HTTP/1.1 201 X\r\nContent-Length: 500\r\n\r\n".utf8) + [UInt8](repeating: 0x7A, count: 500)
        talk.say(.server, Array(answer.prefix(20)), at: 110)
        talk.batch.packets.removeLast()
        talk.say(.server, Array(answer.dropFirst(20)), at: 111)
        if !isRead { talk.batch.packets.removeLast() }
        talk.acknowledge(.client, at: 112)
        talk.say(.client, "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n", at: 200)
        talk.batch.packets.removeLast()
        for time in [201.0, 202] { talk.say(.client, [UInt8](repeating: 0x62, count: 1000), at: time) }
        talk.acknowledge(.server, at: 203)
        talk.say(.server, "HTTP/1.1 202 X\r\nContent-Length: 2\r\n\r\nok", at: 210)
        talk.acknowledge(.client, at: 211)
        let told = Tracked(talk, end: 60_000).exchanges
        #expect(told.map(\.path) == ["/a"])
        #expect(told.allSatisfy { $0.fact.status == nil && $0.fact.flags.contains(.undetermined) && !$0.fact.isError })
    }

    @Test func `where the capture begins, an answer behind what both sides lack is that of no request before`() {
        var talk = Talk()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 201 X\r\nContent-Length: 2\r\n\r\nok", at: 110)
        talk.batch.packets.removeLast()
        talk.say(.client, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", at: 200)
        talk.batch.packets.removeLast()
        talk.acknowledge(.server, at: 201)
        talk.say(.server, "HTTP/1.1 202 X\r\nContent-Length: 2\r\n\r\nok", at: 210)
        let told = Tracked(talk, end: 60_000).exchanges
        #expect(told.map(\.path) == ["/a"])
        #expect(told.allSatisfy { $0.fact.status == nil && $0.fact.flags.contains(.undetermined) && !$0.fact.isError })
    }

    @Test func `a stretch that is missing in both directions shifts nothing`() {
        var dialogue = Dialogue()
        for number in 0..<20 { dialogue.exchange(number, lost: (5..<9).contains(number) ? [0, 1, 2, 3, 4] : []) }
        var expected: [String: UInt16?] = dialogue.statuses.mapValues { $0 }
        for number in 5..<9 { expected["/r\(number)x"] = nil }
        #expect(dialogue.told() == expected)
    }

    @Test(arguments: [UInt64(3), 4, 5, 6])
    func `whatever is lost, no request has the answer of another`(_ seed: UInt64) {
        var state = seed
        func roll(_ sides: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % sides
        }
        var wrong = 0
        var told = 0
        var count = 0
        for connection in 0..<20 {
            var dialogue = Dialogue(port: UInt16(2000 + connection), isOpened: connection % 2 == 0)
            for number in 0..<100 {
                dialogue.exchange(number, lost: Set((0..<5).filter { _ in roll(50) == 0 }))
            }
            count += 100
            for (path, status) in dialogue.told() {
                guard let status else { continue }
                told += 1
                if dialogue.statuses[path] != status { wrong += 1 }
            }
        }
        #expect(wrong == 0)
        // Two in a hundred packets are lost: a request and the first part of its answer are both there in 96 of 100.
        #expect(told > count * 93 / 100)
    }

    @Test func `an answer that was captured before its request is its answer`() {
        var talk = Talk()
        talk.handshake()
        for number in 0..<6 {
            let time = Double(number) * 50 + 100
            talk.say(.client, "GET /r\(number)x HTTP/1.1\r\nHost: h\r\n\r\n", at: time)
            talk.say(.server, "HTTP/1.1 20\(number) X\r\nContent-Length: 2\r\n\r\nok", at: time + 1)
            if number == 2 {
                let last = talk.batch.packets.count - 1
                talk.batch.packets.swapAt(last, last - 1)
            }
            talk.acknowledge(.client, at: time + 2)
        }
        #expect(Tracked(talk).exchanges.map(\.fact.status) == [200, 201, 202, 203, 204, 205])
    }

    @Test func `answers of a capture that has one direction alone are not kept for requests`() {
        var talk = Talk()
        for port in UInt16(2000)..<2200 {
            talk.another(port: port)
            talk.handshake()
            talk.clientNext &+= 100
            talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: 110)
        }
        let server = talk.server
        talk.batch.packets.removeAll { $0.source != server.address }
        var options = TrackOptions()
        options.buffersPerShard = 1
        let tracked = Tracked(talk, options: options)
        #expect(tracked.counters.refusedBuffers == 0)
        #expect(tracked.counters.orphanResponses == 200)
    }

    /// Two requests that were answered, the way the connection ends, and only what the client sent of it.
    private static func clientAlone(_ end: String, answers last: Bool = true) -> Talk {
        var talk = Talk()
        talk.handshake()
        for number in 0..<2 {
            let time = Double(number) * 1000 + 100
            talk.say(.client, "GET /r\(number) HTTP/1.1\r\nHost: h\r\n\r\n", at: time)
            if number == 1, !last { break }
            talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: time + 10)
            talk.acknowledge(.client, at: time + 11)
        }
        switch end {
        case "FIN": talk.finish(.client, at: 2000)
        case "RST": talk.packet(.client, "RA", seq: talk.clientNext, ack: talk.serverNext, at: 2000)
        default: break
        }
        let client = talk.client
        talk.batch.packets.removeAll { $0.source != client.address }
        return talk
    }

    @Test(arguments: ["", "FIN", "RST"])
    func `what the client acknowledged was answered, though nothing of the server was captured`(
        _ end: String
    ) throws {
        let tracked = Tracked(Self.clientAlone(end), end: 30_000)
        #expect(tracked.exchanges.map(\.path) == ["/r0", "/r1"])
        #expect(tracked.exchanges.map(\.fact.flags).allSatisfy { $0.contains(.undetermined) && !$0.contains(.aborted) })
        #expect(tracked.exchanges.allSatisfy { $0.fact.blame == .none && $0.fact.cause == .none })
        let connection = try #require(tracked.connections.first)
        #expect(connection.fact.flags.contains(.answerUnseen))
        #expect(!connection.fact.flags.contains(.synTimeout))
        #expect(connection.fact.isError == (end == "RST"))
    }

    @Test func `what the client did not acknowledge was not answered`() throws {
        let tracked = Tracked(Self.clientAlone("", answers: false), end: 30_000)
        let late = try #require(tracked.exchanges.last)
        #expect(late.fact.flags.contains(.timedOut))
        #expect(late.fact.blame == .target)
        #expect(tracked.exchanges.first?.fact.flags.contains(.undetermined) == true)
    }

    @Test func `the last answer of a connection may be missing too`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: 110)
        talk.batch.packets.removeLast()
        talk.acknowledge(.client, at: 111)
        let exchange = try #require(Tracked(talk, end: 30_000).exchanges.first)
        #expect(exchange.fact.flags == .undetermined)
        #expect(exchange.fact.blame == .none)
    }

    @Test func `a hole in the head of an answer leaves its status`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 500 Broken\r\nServer: x\r\nX-Lo", at: 110)
        talk.say(.server, "ng: y\r\nContent-Length: 2\r\n\r\n", at: 111)
        talk.batch.packets.removeLast()
        talk.say(.server, "no", at: 112)
        talk.acknowledge(.client, at: 113)
        talk.say(.client, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", at: 120)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: 130)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/a", "/b"])
        #expect(tracked.exchanges.map(\.fact.status) == [500, 200])
    }

    // MARK: - Cut by the snap length

    @Test func `a request that is cut inside of its first line is told, with its true length`() throws {
        var talk = Talk()
        talk.handshake()
        let request = Array("GET /a/very/long/path/that/is/cut HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        talk.packet(.client, "PA", seq: talk.clientNext, ack: talk.serverNext, request, at: 100, captured: 16)
        talk.clientNext &+= UInt32(request.count)
        let answer = Array("HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n".utf8)
        talk.packet(.server, "PA", seq: talk.serverNext, ack: talk.clientNext, answer, at: 110, captured: 16)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.method == "GET")
        #expect(exchange.path == nil)
        #expect(exchange.fact.status == 503)
        #expect(exchange.fact.bytesFromClient == UInt64(request.count))
    }

    // MARK: - The end of a connection

    @Test(arguments: [true, false])
    func `a request that meets a connection that the target has closed is told`(_ isReset: Bool) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: 110)
        talk.acknowledge(.client, at: 111)
        talk.finish(.server, at: 5000)
        talk.say(.client, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", at: 5000.2)
        if isReset { talk.reset(.server, at: 5000.4) } else { talk.finish(.client, at: 5001) }
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/a", "/b"])
        let late = try #require(tracked.exchanges.last)
        #expect(late.fact.flags.contains(.aborted))
        #expect(late.fact.flags.contains(.connectionReused))
        #expect(late.fact.blame == .target)
        #expect(late.fact.cause == (isReset ? .reset : .targetClosed))
        #expect(late.fact.status == nil)
        #expect(tracked.exchanges.first?.fact.flags.contains(.connectionReused) == false)
    }

    @Test func `a request on its way when the target resets is told`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: 110)
        talk.acknowledge(.client, at: 111)
        talk.reset(.server, at: 200)
        talk.say(.client, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", at: 200.1)
        let late = try #require(Tracked(talk).exchanges.last)
        #expect(late.path == "/b")
        #expect(late.fact.cause == .reset)
        #expect(late.fact.blame == .target)
    }

    @Test func `whoever does not finish his request is to blame that there is no answer`() throws {
        for length in [6, 100] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n\r\nabcdef", at: 100)
            let exchange = try #require(Tracked(talk, end: 20_000).exchanges.first)
            #expect(exchange.fact.flags.contains(.timedOut))
            #expect(exchange.fact.blame == (length == 6 ? .target : .client))
            #expect(exchange.fact.cause == (length == 6 ? .requestTimeout : .clientTimeout))
        }
    }

    /// A load balancer passes a body on as it comes.
    @Test(arguments: [
        ("X-Forwarded-For: 203.0.113.9\r\n", Blame.client, "203.0.113.9"),
        ("X-Forwarded-For: unknown\r\n", .loadBalancer, "10.0.0.1"),
    ])
    func `who does not finish a request that a load balancer sends is its client where it is named`(
        _ header: String, _ blame: Blame, _ client: String
    ) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "POST /a HTTP/1.1\r\nHost: h\r\n\(header)Content-Length: 100\r\n\r\nabc", at: 100)
        let tracked = Tracked(talk, end: 20_000)
        let exchange = try #require(tracked.exchanges.first)
        #expect(tracked.connections.map(\.fact.role) == [.backend])
        #expect(exchange.fact.cause == .clientTimeout)
        #expect(exchange.fact.blame == blame)
        #expect(exchange.fact.client.address.description == client)
    }
}
