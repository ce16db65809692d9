/// What a capture at the first target shows of the traffic of both load balancers.
struct TargetCapture {
    var random: SeededGenerator
    var log = FrameLog()
    let target = Scenario.targets[0].ipv4 ?? 0

    /// Jumbo frames inside the VPC; the clients of the pass-through listener come with the Internet's size.
    static let jumboSegment = 8949
    static let internetSegment = 1448

    init(seed: UInt64) { random = SeededGenerator(seed: seed, stream: "capture") }

    /// Tells everything, and returns the frames in the order of time.
    mutating func frames(nlb: [NLBConnection], alb: [ALBRequest], population: ClientPopulation) -> [CapturedFrame] {
        for connection in nlb where connection.target == 0 && connection.ending != .noHandshake {
            if let port = Scenario.services[connection.service].targetPort { addDirect(connection, port) }
        }
        addBackend(alb)
        addHealthChecks()
        addPassThrough(population)
        addHostTraffic()
        // The order of making breaks ties, so that equal times cannot swap places.
        return log.frames.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
    }

    // MARK: - Network Load Balancer: the client's own address

    /// TLS ends at the load balancer, which opens a connection to the target in the client's name.
    private mutating func addDirect(_ connection: NLBConnection, _ port: Int) {
        guard let address = connection.client.ipv4 else { return }
        let start = connection.start + .milliseconds(connection.handshakeMilliseconds)
        guard start < Scenario.captureEnd, connection.end >= Scenario.captureStart else { return }
        var conversation = TCPConversation(
            client: (address, connection.clientPort), server: (target, port),
            roundTrip: .microseconds(random.between(280, 1300)), segmentSize: Self.jumboSegment, timeToLive: 253,
            &random)
        if connection.ending == .unanswered {
            conversation.knock(at: start, &log)
            return
        }
        conversation.open(at: start, &log)
        let strained = Scenario.isIncident(connection.end) && port == 8443
        for exchange in connection.exchanges {
            addKeepAlives(until: start + exchange.offset, &conversation)
            let request = Array(exchange.head.utf8) + filler(exchange.bodyLength)
            add(
                request, at: start + exchange.offset, answeredAfter: exchange.service, status: exchange.status,
                bodyLength: exchange.answerBodyLength, lossy: strained, &conversation)
        }
        addKeepAlives(until: connection.end, &conversation)
        finish(connection.ending, at: connection.end - .microseconds(2600), &conversation)
    }

    private mutating func addKeepAlives(until time: Instant, _ conversation: inout TCPConversation) {
        while time - conversation.clock > .seconds(65) {
            conversation.keepAlive(at: conversation.clock + .seconds(60), &log)
        }
    }

    private mutating func finish(
        _ ending: NLBConnection.Ending, at time: Instant, _ conversation: inout TCPConversation
    ) {
        switch ending {
        case .clientCloses: conversation.close(.client, at: time, &log)
        case .targetCloses: conversation.close(.server, at: time, &log)
        case .clientResets: conversation.reset(.client, at: time, &log)
        case .targetResets: conversation.reset(.server, at: time, &log)
        case .unanswered, .noHandshake: break
        }
    }

    /// Adds a request and its answer, now and then with a segment that is sent twice.
    mutating func add(
        _ request: [UInt8], at time: Instant, answeredAfter service: Instant.Span, status: Int, bodyLength: Int,
        lossy: Bool, _ conversation: inout TCPConversation
    ) {
        let loss = lossy ? 22 : 3
        // An answer within the delayed-acknowledgement time carries the acknowledgement with it.
        conversation.send(.client, at: time, request, confirmed: service > .milliseconds(40), &log)
        if random.chance(loss / 2 + 1) {
            conversation.repeatLast(.client, request, after: .milliseconds(random.between(203, 240)), &log)
            conversation.confirm(.server, &log)
        }
        if lossy, random.chance(6) { conversation.stall(for: .milliseconds(random.between(700, 2600)), &log) }
        let at = max(time + service, conversation.clock + .microseconds(40))
        let head = HTTPText.answerHead(status: status, bodyLength: bodyLength, at: at)
        let answer = Array(head.utf8) + filler(bodyLength)
        let lost = random.chance(loss)
        conversation.send(.server, at: at, answer, confirmed: !lost, &log)
        if lost {
            conversation.repeatLast(.server, answer, after: .milliseconds(random.between(201, 230)), &log)
            conversation.confirm(.client, &log)
        }
    }

    /// Body bytes; nothing reads them.
    func filler(_ count: Int) -> [UInt8] {
        let pattern = Array("{\"sku\":\"A-1042\",\"qty\":1,\"note\":\"sample\"},".utf8)
        return (0..<count).map { pattern[$0 % pattern.count] }
    }

    // MARK: - Pass-through

    /// A TCP listener passes TLS through to port 5671; no access log tells of it.
    private mutating func addPassThrough(_ population: ClientPopulation) {
        var time = Scenario.captureStart + .seconds(4)
        while time < Scenario.captureEnd - .seconds(90) {
            var conversation = TCPConversation(
                client: (population.draw(&random).ipv4 ?? 0, random.between(1024, 65_500)), server: (target, 5671),
                roundTrip: .milliseconds(random.between(9, 120)), segmentSize: Self.internetSegment,
                timeToLive: UInt8(random.between(44, 58)), &random)
            conversation.open(at: time, &log)
            let hello = TLSRecords.clientHello(server: "queue.shop.example", &random)
            conversation.send(.client, at: conversation.clock + .microseconds(90), hello, confirmed: true, &log)
            let answer = TLSRecords.serverHello(&random)
            conversation.send(.server, at: conversation.clock + .microseconds(900), answer, confirmed: true, &log)
            conversation.send(
                .client, at: conversation.clock + .microseconds(300), TLSRecords.finished(), confirmed: true, &log)
            for _ in 0..<random.between(1, 4) {
                let at = conversation.clock + .milliseconds(random.between(200, 14_000))
                let message = TLSRecords.applicationData(random.between(90, 400))
                conversation.send(.client, at: at, message, confirmed: false, &log)
                let reply = TLSRecords.applicationData(random.between(60, 900))
                let after = conversation.clock + .milliseconds(random.between(2, 30))
                conversation.send(.server, at: after, reply, confirmed: true, &log)
            }
            conversation.close(.client, at: conversation.clock + .milliseconds(random.between(100, 9000)), &log)
            time = time + .milliseconds(random.between(12_000, 36_000))
        }
    }

    // MARK: - The host's own traffic

    /// The router asks for the host's address every minute; the host asks the resolver for its database.
    private mutating func addHostTraffic() {
        var time = Scenario.captureStart + .milliseconds(1700)
        let resolver: UInt32 = 10 << 24 | 20 << 16 | 2
        while time < Scenario.captureEnd - .seconds(1) {
            log.appendARP(at: time, router: 10 << 24 | 20 << 16 | 1 << 8 | 1)
            let port = random.between(32_768, 60_900)
            let query = Self.query(UInt16(truncatingIfNeeded: random.next()), name: ["orders-db", "shop", "internal"])
            let number = UInt16(truncatingIfNeeded: random.next())
            let asked = time + .milliseconds(random.between(300, 900))
            log.appendUDP(at: asked, from: (target, port), to: (resolver, 53), identification: number, data: query)
            log.appendUDP(
                at: asked + .microseconds(random.between(400, 1900)), from: (resolver, 53), to: (target, port),
                identification: number &+ 7, data: Self.answer(to: query))
            time = time + .milliseconds(random.between(28_000, 33_000))
        }
    }

    private static func query(_ identifier: UInt16, name: [String]) -> [UInt8] {
        var message = bigEndian(identifier) + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name { message += [UInt8(label.utf8.count)] + Array(label.utf8) }
        return message + [0, 0, 1, 0, 1]
    }

    private static func answer(to query: [UInt8]) -> [UInt8] {
        var message = query
        message[2] = 0x81
        message[3] = 0x80
        message[7] = 1
        return message + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 20, 33, 7]
    }
}
