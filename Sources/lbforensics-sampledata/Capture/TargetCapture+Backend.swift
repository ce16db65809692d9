extension TargetCapture {
    /// A connection that the ALB keeps to the target and shares between its clients.
    private struct BackendConnection {
        var node: Int
        var port: Int
        var conversation: TCPConversation
        var freeFrom: Instant
        var isOpen = true
    }

    /// What the ALB forwards to the target, over connections that it keeps for a minute after their last use.
    mutating func addBackend(_ requests: [ALBRequest]) {
        let forwarded = requests.filter { $0.target == 0 && $0.outcome != .webSocket && $0.outcome != .notForwarded }
            .sorted { ($0.creation, $0.trace) < ($1.creation, $1.trace) }
        var pool: [BackendConnection] = []
        for request in forwarded {
            let dispatch = request.creation + .milliseconds(max(0, request.requestPhase)) + .microseconds(260)
            guard dispatch >= Scenario.captureStart - .seconds(120), dispatch < Scenario.captureEnd else { continue }
            closeIdle(&pool, before: dispatch)
            let node = request.connection.node
            if request.outcome == .connectTimeout {
                var refused = newConversation(node: node, port: request.targetPort)
                refused.knock(at: dispatch, &log)
                continue
            }
            let index =
                pool.lastIndex {
                    $0.isOpen && $0.node == node && $0.port == request.targetPort && $0.freeFrom < dispatch
                } ?? open(&pool, node: node, port: request.targetPort, at: dispatch)
            exchange(request, at: dispatch, on: &pool[index])
        }
        closeIdle(&pool, before: Scenario.captureEnd + .seconds(600))
    }

    private mutating func newConversation(node: Int, port: Int) -> TCPConversation {
        TCPConversation(
            client: (Scenario.albNodes[node].ipv4 ?? 0, random.between(1024, 65_500)), server: (target, port),
            roundTrip: .microseconds(random.between(190, 820)), segmentSize: Self.jumboSegment, timeToLive: 255,
            &random)
    }

    private mutating func open(
        _ pool: inout [BackendConnection], node: Int, port: Int, at time: Instant
    ) -> Int {
        var conversation = newConversation(node: node, port: port)
        conversation.open(at: time - .microseconds(1100), &log)
        pool.append(BackendConnection(node: node, port: port, conversation: conversation, freeFrom: time))
        return pool.count - 1
    }

    private mutating func closeIdle(_ pool: inout [BackendConnection], before time: Instant) {
        for index in pool.indices where pool[index].isOpen && pool[index].freeFrom + .seconds(60) < time {
            pool[index].conversation.close(.client, at: pool[index].freeFrom + .seconds(60), &log)
            pool[index].isOpen = false
        }
        pool.removeAll { !$0.isOpen }
    }

    private mutating func exchange(
        _ request: ALBRequest, at time: Instant, on connection: inout BackendConnection
    ) {
        let bytes = Array(head(of: request).utf8) + filler(request.bodyLength)
        switch request.outcome {
        case .targetReset:
            connection.conversation.send(.client, at: time, bytes, confirmed: true, &log)
            connection.conversation.reset(.server, at: time + .milliseconds(request.targetPhase), &log)
            connection.isOpen = false
        case .idleTimeout, .clientLeft:
            connection.conversation.send(.client, at: time, bytes, confirmed: true, &log)
            connection.conversation.close(.client, at: request.time - .microseconds(400), &log)
            connection.isOpen = false
        default:
            // The logged phase is in whole milliseconds; the wire is a little later.
            let service = Instant.Span.milliseconds(request.targetPhase) + .microseconds(random.between(100, 900))
            add(
                bytes, at: time, answeredAfter: service, status: request.targetStatus ?? 200,
                bodyLength: request.answerBodyLength, lossy: false, &connection.conversation)
        }
        connection.freeFrom = connection.conversation.clock + .microseconds(300)
    }

    /// The head as the ALB writes it: its own fields first, names in lower case where the client spoke HTTP/2.
    private func head(of request: ALBRequest) -> String {
        let connection = request.connection
        let chain = (connection.forwardedFor.map { "\($0), " } ?? "") + connection.client.text
        var head = "\(request.method) \(request.path) HTTP/1.1\r\nX-Forwarded-For: \(chain)\r\n"
        head += "X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\nHost: \(connection.domain)\r\n"
        head += "X-Amzn-Trace-Id: \(request.trace)\r\n"
        let lower = connection.isHTTP2
        head += "\(lower ? "user-agent" : "User-Agent"): \(request.userAgent)\r\n"
        if request.bodyLength > 0 {
            head += "\(lower ? "content-length" : "Content-Length"): \(request.bodyLength)\r\n"
        }
        return head + "\r\n"
    }

    // MARK: - Health checks

    /// Both load balancers look after the target: the ALB with HTTP every thirty seconds, the NLB by connecting.
    mutating func addHealthChecks() {
        for node in 0..<2 {
            for (place, port) in [8080, 8443].enumerated() {
                var time = Scenario.captureStart + .milliseconds(2000 + node * 7300 + place * 3100)
                while time < Scenario.captureEnd - .seconds(10) {
                    addHTTPCheck(node: node, port: port, at: time)
                    time = time + .milliseconds(30_000 + random.below(20))
                }
            }
            var time = Scenario.captureStart + .milliseconds(900 + node * 5200)
            while time < Scenario.captureEnd - .seconds(10) {
                var check = checkConversation(from: Scenario.nlbNodes[node], port: 8443)
                check.open(at: time, &log)
                check.close(.client, at: check.clock + .microseconds(60), &log)
                time = time + .milliseconds(10_000 + random.below(20))
            }
        }
    }

    private mutating func checkConversation(from node: Client, port: Int) -> TCPConversation {
        TCPConversation(
            client: (node.ipv4 ?? 0, random.between(1024, 65_500)), server: (target, port),
            roundTrip: .microseconds(random.between(190, 700)), segmentSize: Self.jumboSegment, timeToLive: 255,
            &random)
    }

    private mutating func addHTTPCheck(node: Int, port: Int, at time: Instant) {
        var head = "GET /health HTTP/1.1\r\nHost: \(Scenario.targets[0].text):\(port)\r\nConnection: close\r\n"
        head += "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n"
        var check = checkConversation(from: Scenario.albNodes[node], port: port)
        check.open(at: time, &log)
        check.send(.client, at: check.clock + .microseconds(30), Array(head.utf8), confirmed: true, &log)
        let strained = port == 8443 && time >= .at(9, 38) && time < .at(9, 47)
        let verdict = strained ? random.weighted([45, 40, 15]) : 0
        if verdict == 2 {
            // No answer within the five seconds that the check allows.
            check.close(.client, at: time + .milliseconds(5001), &log)
            return
        }
        let at = check.clock + .milliseconds(strained ? random.between(200, 2900) : random.between(1, 7))
        let status = verdict == 1 ? 503 : 200
        let answer = HTTPText.answerHead(status: status, bodyLength: 15, at: at, closing: true) + "{\"status\":\"-\"}\n"
        check.send(.server, at: at, Array(answer.utf8), confirmed: false, &log)
        check.close(.server, at: check.clock + .microseconds(40), &log)
    }
}
