extension NLBTraffic {
    private static let quietService = [2, 4, 6, 9, 14, 22, 40, 90]
    private static let strainedService = [30, 90, 240, 600, 1400, 3800]
    /// Above what an ordinary connection lasts, below the five minutes that make a long one.
    private static let ordinaryLimit = 285_000

    /// Adds an ordinary connection: up to three requests, then the end.
    mutating func add(
        _ client: Client, service: Int, endingAt end: Instant, lasting wanted: Int, agent: String,
        ending forced: NLBConnection.Ending? = nil
    ) {
        let strained = service == Scenario.checkout && Scenario.isIncident(end)
        let handshake = random.quantile([3, 7, 12, 20, 34, 60, 110, 240])
        var ending = forced ?? drawnEnding(strained: strained)
        if client.ipv4 == nil, ending == .unanswered { ending = .clientCloses }
        var exchanges: [HTTPExchange] = []
        let count = wanted < 400 ? 1 : 1 + random.below(3)
        var at = 2 + random.below(6)
        for _ in 0..<(ending == .noHandshake ? 0 : count) {
            let answerTime = random.quantile(strained ? Self.strainedService : Self.quietService)
            exchanges.append(exchange(at: at, answerTime: answerTime, service: service, agent: agent, strained))
            at += answerTime + max(3, wanted / (count + 1) * random.between(50, 100) / 100)
        }
        let busy = exchanges.last.map { ($0.offset + $0.service).milliseconds } ?? 0
        var duration = min(Self.ordinaryLimit, max(wanted, handshake + busy + random.between(8, 40)))
        if ending == .unanswered { duration = random.between(10_000, 10_400) + handshake }
        if ending == .noHandshake { duration = random.between(4, 900) }
        let target = client.ipv4 == nil ? random.between(1, 9) : random.below(10)
        append(client, service, target, end, duration, handshake, exchanges, ending)
    }

    /// Adds a connection that is held open, with a request about every `pause` seconds.
    mutating func addHeld(
        _ client: Client, _ service: Int, _ end: Instant, _ duration: Int, _ agent: String, _ pause: Int,
        _ target: Int
    ) {
        let handshake = random.between(9, 60)
        var exchanges: [HTTPExchange] = []
        var at = random.between(3, 900)
        while at < duration - handshake - 4000 {
            let answerTime = random.between(20, 320)
            exchanges.append(exchange(at: at, answerTime: answerTime, service: service, agent: agent, false))
            at += random.around(pause * 1000, perCent: 30)
        }
        let ending: NLBConnection.Ending = random.chance(150) ? .targetResets : .clientCloses
        append(client, service, target, end, duration, handshake, exchanges, ending)
    }

    private mutating func append(
        _ client: Client, _ service: Int, _ target: Int, _ end: Instant, _ duration: Int, _ handshake: Int,
        _ exchanges: [HTTPExchange], _ ending: NLBConnection.Ending
    ) {
        guard end >= Scenario.start, end < Scenario.end else { return }
        connections.append(
            NLBConnection(
                client: client, clientPort: random.between(1024, 65_500), node: random.below(2), service: service,
                target: target, start: end - .milliseconds(duration),
                durationMilliseconds: duration, handshakeMilliseconds: min(handshake, duration),
                exchanges: exchanges, ending: ending, cipher: random.weighted([62, 24, 14])))
    }

    private mutating func drawnEnding(strained: Bool) -> NLBConnection.Ending {
        let weights = strained ? [70, 10, 9, 7, 4] : [880, 100, 16, 4, 0]
        switch random.weighted(weights) {
        case 0: return .clientCloses
        case 1: return .targetCloses
        case 2: return .clientResets
        case 3: return .targetResets
        default: return .unanswered
        }
    }

    private mutating func exchange(
        at offset: Int, answerTime: Int, service: Int, agent: String, _ strained: Bool
    ) -> HTTPExchange {
        let place = Scenario.services[service]
        let request = drawnRequest(service: service, agent: agent)
        let host = place.listenerPort == 443 ? place.domain : "\(place.domain):\(place.listenerPort)"
        var head = "\(request.method) \(request.path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: \(agent)\r\n"
        head += "Accept: */*\r\n"
        if request.bodyLength > 0 {
            head += "Content-Type: application/json\r\nContent-Length: \(request.bodyLength)\r\n"
        }
        head += "\r\n"
        let status = drawnStatus(method: request.method, strained: strained)
        return HTTPExchange(
            offset: .milliseconds(offset) + .microseconds(random.below(900)),
            service: .milliseconds(answerTime) + .microseconds(random.below(900)), head: head,
            bodyLength: request.bodyLength, status: status,
            answerBodyLength: HTTPText.allowsBody(status) ? random.quantile([40, 180, 420, 900, 1800, 5200]) : 0)
    }

    private mutating func drawnRequest(service: Int, agent: String) -> (method: String, path: String, bodyLength: Int) {
        let number = random.between(1000, 98_000)
        if agent == HTTPText.monitorAgent { return ("GET", "/status", 0) }
        if agent == HTTPText.northwindAgent {
            return random.chance(700)
                ? ("POST", "/v1/telemetry/batch", random.between(180, 1200)) : ("GET", "/v1/carts/\(number)/events", 0)
        }
        switch service {
        case Scenario.checkout:
            return random.chance(550)
                ? ("POST", "/v1/checkout/\(number)/confirm", random.between(120, 700))
                : ("GET", "/v1/carts/\(number)", 0)
        case Scenario.api:
            return random.chance(250)
                ? ("POST", "/v1/orders", random.between(90, 900)) : ("GET", "/v1/orders/\(number)", 0)
        case Scenario.messageQueue: return ("POST", "/poll/topic-\(number % 40)", random.between(30, 90))
        case 3: return ("GET", "/img/\(number).webp", 0)
        default: return ("GET", random.chance(300) ? "/" : "/products/\(number)", 0)
        }
    }

    private mutating func drawnStatus(method: String, strained: Bool) -> Int {
        if strained {
            return [200, 201, 503, 500, 429][
                random.weighted(method == "POST" ? [40, 40, 14, 5, 1] : [82, 0, 12, 5, 1])]
        }
        return method == "POST"
            ? [200, 201, 400, 409][random.weighted([500, 480, 12, 8])]
            : [200, 304, 404, 302][random.weighted([880, 80, 30, 10])]
    }
}
