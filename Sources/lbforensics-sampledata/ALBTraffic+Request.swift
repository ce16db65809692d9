extension ALBTraffic {
    /// Quantiles of the time a target takes, in milliseconds.
    private static let quiet = [1, 4, 7, 11, 17, 26, 44, 90, 340]
    private static let strained = [40, 160, 420, 900, 1800, 3500, 9000]

    /// Adds a request that goes to a target, or that was meant to.
    ///
    /// - Returns: The record time; nil where the client connection ends with it.
    @discardableResult
    mutating func forward(
        on connection: ALBClientConnection, at creation: Instant, agent: String,
        outcome forced: ALBRequest.Outcome? = nil, healthy: Bool = false
    ) -> Instant? {
        if connection.domain == Self.beta { return emptyGroup(on: connection, at: creation, agent) }
        let strained = connection.domain == Self.checkout && Scenario.isIncident(creation)
        let outcome = forced ?? drawnOutcome(strained: strained)
        var request = self.request(on: connection, at: creation, agent: agent)
        request.outcome = outcome
        request.target = random.below(Scenario.targets.count)
        request.actions = "waf,forward"
        request.rulePriority = connection.domain == Self.checkout ? "10" : connection.domain == Self.api ? "20" : "0"
        request.requestPhase = random.weighted([60, 38, 2])
        switch outcome {
        case .targetReset:
            request.targetPhase = random.between(2, 900)
            request.status = 502
        case .connectTimeout:
            request.requestPhase = -1
            request.status = 504
        case .idleTimeout: request.status = 504
        case .clientLeft: request.status = 460
        default:
            request.targetPhase =
                healthy
                ? random.between(40, 1900) : random.quantile(strained ? Self.strained : Self.quiet)
            request.responsePhase = random.weighted([80, 20])
            request.status = drawnStatus(method: request.method, strained: strained && !healthy)
            request.targetStatus = request.status
        }
        let silence = silence(of: outcome)
        let known = max(0, request.requestPhase) + max(0, request.targetPhase) + max(0, request.responsePhase)
        request.time =
            request.creation + .milliseconds(known + silence) + .microseconds(random.between(100, 1900))
        request.answerBodyLength = answerBody(request.status, ofTarget: request.targetStatus != nil)
        request.sentBytes = outcome == .clientLeft ? 0 : 230 + request.answerBodyLength
        requests.append(request)
        return outcome == .clientLeft || outcome == .idleTimeout ? nil : request.time
    }

    /// The time of an outcome that no logged phase holds, in milliseconds.
    private mutating func silence(of outcome: ALBRequest.Outcome) -> Int {
        switch outcome {
        case .connectTimeout: return 10_000 + random.below(9)
        case .idleTimeout: return 60_000 + random.below(40)
        case .clientLeft: return random.between(3000, 20_000)
        default: return 0
        }
    }

    private mutating func drawnOutcome(strained: Bool) -> ALBRequest.Outcome {
        let weights = strained ? [880, 46, 34, 22, 18] : [9985, 6, 1, 1, 7]
        switch random.weighted(weights) {
        case 0: return .answered
        case 1: return .targetReset
        case 2: return .connectTimeout
        case 3: return .idleTimeout
        default: return .clientLeft
        }
    }

    private mutating func drawnStatus(method: String, strained: Bool) -> Int {
        if strained { return [200, 201, 503, 500, 429][random.weighted([78, method == "POST" ? 20 : 0, 14, 5, 1])] }
        return method == "POST"
            ? [200, 201, 400, 401, 409][random.weighted([500, 470, 12, 12, 6])]
            : [200, 304, 404, 302, 401, 500][random.weighted([840, 100, 30, 18, 10, 2])]
    }

    private mutating func answerBody(_ status: Int, ofTarget: Bool) -> Int {
        guard HTTPText.allowsBody(status) else { return 0 }
        return ofTarget ? random.quantile([30, 160, 420, 1100, 2600, 7400]) : 122
    }

    // MARK: - Rows without a target

    /// Adds a plain HTTP request, which is sent to HTTPS.
    mutating func redirect(on connection: ALBClientConnection, at creation: Instant, _ agent: String) -> Instant? {
        var request = self.request(on: connection, at: creation, agent: agent)
        request.status = 301
        request.actions = "redirect"
        request.rulePriority = "0"
        request.redirect = "https://\(connection.domain):443\(request.path)"
        request.sentBytes = 297 + request.path.utf8.count
        requests.append(request)
        return request.time
    }

    /// Adds a request that the web ACL refuses.
    mutating func refuse(on connection: ALBClientConnection, at creation: Instant) {
        var request = self.request(on: connection, at: creation, agent: "sqlmap/1.9#stable (https://sqlmap.org)")
        request.method = "GET"
        request.bodyLength = 0
        request.path = "/search?q=%27%20OR%201%3D\(random.between(1, 99))--"
        request.url = "https://\(connection.domain):443\(request.path)"
        request.status = 403
        request.actions = "waf"
        request.rulePriority = "0"
        request.sentBytes = 249
        requests.append(request)
    }

    /// Adds a request to a target group without targets.
    private mutating func emptyGroup(
        on connection: ALBClientConnection, at creation: Instant, _ agent: String
    ) -> Instant? {
        var request = self.request(on: connection, at: creation, agent: agent)
        request.status = 503
        request.actions = "waf,forward"
        request.rulePriority = "30"
        request.sentBytes = 300
        requests.append(request)
        return request.time
    }

    /// Adds the one malformed request of the hour.
    mutating func addMalformed(at creation: Instant) {
        let connection = self.connection(of: Client(198, 19, 7, 66), domain: Self.www, isTLS: false)
        var request = self.request(on: connection, at: creation, agent: "-")
        request.method = "-"
        request.url = "http://\(Scenario.albHostName):80-"
        request.version = "-"
        request.status = 400
        request.rulePriority = "-"
        request.receivedBytes = 0
        request.sentBytes = 272
        requests.append(request)
    }

    /// Adds a web socket; it goes to a target that is not captured.
    mutating func webSocket(_ client: Client, until end: Instant, lasting duration: Int) {
        var connection = self.connection(of: client, domain: Self.www, isTLS: true)
        connection.isHTTP2 = false
        var request = self.request(on: connection, at: end - .milliseconds(duration), agent: HTTPText.browsers[0])
        request.type = "wss"
        request.method = "GET"
        request.bodyLength = 0
        request.path = "/live"
        request.url = "wss://\(connection.domain):443/live"
        request.outcome = .webSocket
        request.time = end
        request.requestPhase = 0
        request.targetPhase = random.between(2, 12)
        request.responsePhase = 0
        request.status = 101
        request.targetStatus = 101
        request.target = random.between(1, 9)
        request.actions = "waf,forward"
        request.rulePriority = "0"
        request.receivedBytes = 600 + duration / 90
        request.sentBytes = 400 + duration / 5
        requests.append(request)
    }

    // MARK: - What all rows share

    /// Returns a request as it arrives, without an answer.
    private mutating func request(
        on connection: ALBClientConnection, at time: Instant, agent: String
    ) -> ALBRequest {
        let creation = time.wholeMilliseconds
        let want = drawnRequest(domain: connection.domain, agent: agent)
        let secure = connection.isTLS
        let odd = random.chance(3)
        return ALBRequest(
            type: secure ? (connection.isHTTP2 ? "h2" : "https") : "http", connection: connection, creation: creation,
            time: creation + .microseconds(random.between(150, 1900)), requestPhase: -1, targetPhase: -1,
            responsePhase: -1, status: 0, targetStatus: nil, target: nil,
            targetPort: connection.domain == Self.checkout ? 8443 : 8080,
            receivedBytes: 90 + agent.utf8.count + want.path.utf8.count + want.bodyLength + random.between(0, 160),
            sentBytes: 0, method: want.method,
            url: "\(secure ? "https" : "http")://\(connection.domain):\(secure ? 443 : 80)\(want.path)",
            path: want.path, version: connection.isHTTP2 ? "HTTP/2.0" : "HTTP/1.1", userAgent: agent,
            trace: "Root=1-\(String(creation.epochSeconds, radix: 16))-\(random.hex(24))", rulePriority: "0",
            actions: "-", redirect: "-", classification: odd ? "Acceptable" : "-",
            classificationReason: odd ? "NonCompliantHeader" : "-", outcome: .notForwarded,
            bodyLength: want.bodyLength, answerBodyLength: 0)
    }

    private mutating func drawnRequest(
        domain: String, agent: String
    ) -> (method: String, path: String, bodyLength: Int) {
        let number = random.between(1000, 98_000)
        if agent == HTTPText.monitorAgent { return ("GET", "/status", 0) }
        if agent == HTTPText.northwindAgent { return ("POST", "/v1/telemetry/batch", random.between(180, 1200)) }
        switch domain {
        case Self.checkout:
            return [
                ("POST", "/v1/checkout/\(number)/confirm", random.between(120, 700)), ("GET", "/v1/carts/\(number)", 0),
                ("POST", "/v1/payments", random.between(200, 600)), ("GET", "/checkout?step=\(number % 4 + 1)", 0),
            ][random.weighted([30, 40, 20, 10])]
        case Self.api:
            return [
                ("GET", "/v1/orders/\(number)", 0), ("POST", "/v1/orders", random.between(90, 900)),
                ("GET", "/v1/users/\(number % 5000)/profile", 0),
            ][random.weighted([55, 20, 25])]
        case Self.media: return ("GET", "/img/\(number).webp", 0)
        default:
            return [
                ("GET", "/", 0), ("GET", "/products/\(number)", 0), ("GET", "/search?q=shoes+size+\(number % 50)", 0),
                ("GET", "/assets/app.8c1f2e.js", 0),
            ][random.weighted([20, 45, 15, 20])]
        }
    }
}
