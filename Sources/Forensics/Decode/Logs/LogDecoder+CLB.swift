import ForensicsModel

/// The columns of a CLB access log. AWS, "Access logs for your Classic Load Balancer".
enum CLBColumn {
    static let time = 0
    static let elb = 1
    static let client = 2
    static let backend = 3
    static let requestProcessingTime = 4
    static let receivedBytes = 9
    static let sentBytes = 10
    static let request = 11
    static let userAgent = 12
    static let sslCipher = 13
    static let sslProtocol = 14

    /// Lines that end before the request are found in the wild.
    static let minimum = 11

    static let names: [StaticString] = [
        "time", "elb", "client:port", "backend:port", "request_processing_time", "backend_processing_time",
        "response_processing_time", "elb_status_code", "backend_status_code", "received_bytes", "sent_bytes",
        "request", "user_agent", "ssl_cipher", "ssl_protocol",
    ]
}

/// CLB access logs: a line of an HTTP listener is an exchange, one of a TCP or SSL listener a connection.
///
/// `time` is when the request was received: it is the record time and the start. The total is the sum of the phases; a
/// line with a phase of -1 has none. A connection has no duration: the log does not tell when it closed; one without an
/// instance was handed to none.
extension LogDecoder {
    mutating func decodeCLB(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        guard hasEnoughFields(CLBColumn.minimum) else { return .rejected(.tooFewFields) }
        if isJoined(bytes, .clb, past: CLBColumn.names.count) { return .rejected(.joinedLines) }
        guard let time = clock.time(bytes, field(CLBColumn.time)) else { return .rejected(.badTime) }
        guard isWanted(time) else { return .ignored(.outOfRange) }
        guard let client = clientEndpoint(bytes, field(CLBColumn.client)) else { return .rejected(.badAddress) }
        var exchange = Exchange(id: id, offset: offset, kind: .clb, time: time, client: client)
        let backendField = field(CLBColumn.backend)
        exchange.target = LogValue.endpoint(bytes, backendField)
        if exchange.target == nil, !LogValue.isAbsent(bytes, backendField) { return .rejected(.badAddress) }
        if let reason = readMeasures(bytes, &exchange, first: CLBColumn.requestProcessingTime) {
            return .rejected(reason)
        }
        exchange.loadBalancer = text(bytes, field(CLBColumn.elb), &batch.texts)
        exchange.node = defaultNode
        exchange.tlsCipher = text(bytes, field(CLBColumn.sslCipher), &batch.texts)
        exchange.tlsVersion = tlsVersion(bytes, field(CLBColumn.sslProtocol))
        if isConnection(bytes, exchange) {
            if layout.isDefault ? line.count > CLBColumn.names.count : !layout.extras.isEmpty {
                note(.unknownTailFields)
            }
            batch.connections.append(connection(exchange))
            return .accepted(time)
        }
        exchange.extra = tail(bytes, past: CLBColumn.names.count, &batch.texts)
        exchange.start = time
        exchange.totalTime = Self.sum(exchange.requestTime, exchange.targetTime, exchange.responseTime)
        readRequest(bytes, &exchange, CLBColumn.request, domain: 0..<0, &batch.texts)
        exchange.scheme = scheme(bytes)
        let agent = field(CLBColumn.userAgent)
        markHealthCheck(bytes, agent, &exchange)
        if options.columns.contains(.userAgent) { exchange.userAgent = text(bytes, agent, &batch.texts, .escaped) }
        if exchange.status ?? 0 >= 400 || exchange.status == 0 {
            let verdict = ExchangeVerdict(ExchangeVerdict.Evidence(exchange))
            (exchange.blame, exchange.cause) = (verdict.blame, verdict.cause)
        }
        batch.exchanges.append(exchange)
        return .accepted(time)
    }

    /// A TCP or SSL listener logs the request as three dashes and no statuses.
    @inline(__always)
    private func isConnection(_ bytes: Span<UInt8>, _ exchange: Exchange) -> Bool {
        if exchange.status != nil || exchange.targetStatus != nil { return false }
        let request = LogValue.shortName(bytes, field(CLBColumn.request))
        return request == ShortName.threeDashes || request == ShortName.threeDashesSpace
    }

    private func connection(_ exchange: Exchange) -> Connection {
        var connection = Connection(
            id: exchange.id, offset: exchange.offset, kind: .clb, start: exchange.time, end: exchange.time,
            client: exchange.client, server: exchange.target ?? Endpoint(.unspecified, 0))
        connection.service = exchange.tlsCipher.rawValue == 0 ? .unknown : .tls
        connection.tlsVersion = exchange.tlsVersion
        connection.tlsCipher = exchange.tlsCipher
        connection.loadBalancer = exchange.loadBalancer
        connection.node = exchange.node
        connection.bytesFromClient = exchange.bytesFromClient
        connection.bytesFromServer = exchange.bytesFromServer
        connection.insert(flags.startSeen | flags.endSeen)
        if exchange.target == nil { connection.insert(flags.undispatched) }
        return connection
    }

    /// The scheme of the logged URL.
    @inline(__always)
    private func scheme(_ bytes: Span<UInt8>) -> RequestScheme {
        let request = field(CLBColumn.request)
        var position = request.lowerBound
        while position < request.upperBound, ByteWord.byte(bytes, position) != 0x20 { position &+= 1 }
        guard request.upperBound &- position > 8 else { return .unknown }
        let word = ByteWord.load(bytes, position &+ 1)
        if word == ShortName.httpsScheme { return .https }
        return ByteWord.prefix(word, 7) == ShortName.httpScheme ? .http : .unknown
    }
}
