package import ForensicsModel

/// ALB access logs: a line is an exchange.
///
/// The record time is `time`, when the response was generated; the start is `request_creation_time`, and the total is
/// from there to `time`, so that exchanges without an answer count. A line that is too old to have a creation time has
/// the sum of its phases as total.
extension LogDecoder {
    mutating func decodeALB(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        guard hasEnoughFields(ALBColumn.minimum) else { return .rejected(.tooFewFields) }
        if isJoined(bytes, .alb, past: ALBColumn.names.count) { return .rejected(.joinedLines) }
        guard let time = clock.time(bytes, field(ALBColumn.time)) else { return .rejected(.badTime) }
        guard isWanted(time) else { return .ignored(.outOfRange) }
        guard let client = clientEndpoint(bytes, field(ALBColumn.client)) else { return .rejected(.badAddress) }
        var exchange = Exchange(id: id, offset: offset, kind: .alb, time: time, client: client)
        let targetField = field(ALBColumn.target)
        exchange.target = isAbsent(ALBColumn.target) ? nil : LogValue.endpoint(bytes, targetField)
        if exchange.target == nil, !isAbsent(ALBColumn.target) { return .rejected(.badAddress) }
        if let reason = readMeasures(bytes, &exchange, first: ALBColumn.requestProcessingTime) {
            return .rejected(reason)
        }
        exchange.scheme = scheme(bytes, field(ALBColumn.type))
        switch exchange.scheme {
        case .ws, .wss: exchange.insert(flags.upgraded)
        default: break
        }
        exchange.loadBalancer = text(bytes, column: ALBColumn.elb, &batch.texts)
        readRequest(bytes, &exchange, ALBColumn.request, domain: field(ALBColumn.domainName), &batch.texts)
        readALBDetails(bytes, &exchange, &batch.texts)
        if exchange.status ?? 0 >= 400 || exchange.targetStatus == nil { judge(bytes, &exchange) }
        if exchange.node.isNone { exchange.node = defaultNode }
        batch.exchanges.append(exchange)
        return .accepted(time)
    }

    /// The client's endpoint; a dash is an unspecified one.
    @inline(__always)
    func clientEndpoint(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Endpoint? {
        if let endpoint = LogValue.endpoint(bytes, range) { return endpoint }
        return LogValue.isAbsent(bytes, range) ? Endpoint(.unspecified, 0) : nil
    }

    /// Reads the three phases, two statuses and two byte counts, which stand side by side in ALB and CLB logs.
    @inline(__always)
    mutating func readMeasures(_ bytes: Span<UInt8>, _ exchange: inout Exchange, first: Int) -> RejectReason? {
        switch LogValue.seconds(bytes, field(first)) {
        case .nanoseconds(let value): exchange.requestTime = value
        case .negative: exchange.insert(flags.negativeRequestTime)
        case .absent: break
        case .malformed: return .badNumber
        }
        switch LogValue.seconds(bytes, field(first &+ 1)) {
        case .nanoseconds(let value): exchange.targetTime = value
        case .negative: exchange.insert(flags.negativeTargetTime)
        case .absent: break
        case .malformed: return .badNumber
        }
        switch LogValue.seconds(bytes, field(first &+ 2)) {
        case .nanoseconds(let value): exchange.responseTime = value
        case .negative: exchange.insert(flags.negativeResponseTime)
        case .absent: break
        case .malformed: return .badNumber
        }
        exchange.status = LogValue.status(bytes, field(first &+ 3))
        if exchange.status == nil, !LogValue.isAbsent(bytes, field(first &+ 3)) { return .badStatus }
        exchange.targetStatus = LogValue.status(bytes, field(first &+ 4))
        if exchange.targetStatus == nil, !LogValue.isAbsent(bytes, field(first &+ 4)) {
            // Classic Load Balancers write a lone zero where no backend answered.
            if LogValue.shortName(bytes, field(first &+ 4)) != 0x30 { return .badStatus }
        }
        switch LogValue.count(bytes, field(first &+ 5)) {
        case .value(let value): exchange.bytesFromClient = value
        case .absent: break
        case .malformed: return .badNumber
        }
        switch LogValue.count(bytes, field(first &+ 6)) {
        case .value(let value): exchange.bytesFromServer = value
        case .absent: break
        case .malformed: return .badNumber
        }
        return nil
    }

    /// Reads the request line and names the domain: the one the client asked TLS for, else the URL's host.
    @inline(__always)
    mutating func readRequest(
        _ bytes: Span<UInt8>, _ exchange: inout Exchange, _ column: Int, domain: Range<Int>, _ texts: inout TextTable
    ) {
        exchange.domain = text(bytes, domain, &texts, .domain)
        if exchange.domain.rawValue != 0, !options.columns.contains(.request) { return }
        let request = RequestLine(bytes, field(column))
        if exchange.domain.rawValue == 0, !request.host.isEmpty {
            exchange.domain = memo.intern(bytes, request.host, .domain, &texts, &anomalies)
        }
        guard options.columns.contains(.request) else { return }
        exchange.httpVersion = request.version
        if !request.method.isEmpty {
            exchange.method = memo.intern(bytes, request.method, .escaped, &texts, &anomalies)
        }
        guard !request.path.isEmpty else { return }
        (exchange.pathTemplate, exchange.pathArgument) = paths.split(bytes, request.path, &memo, &texts, &anomalies)
        if options.keepsQueryStrings, request.pathAndQuery.count > request.path.count {
            exchange.pathArgument = .whole(memo.intern(bytes, request.pathAndQuery, .escaped, &texts, &anomalies))
        }
    }

    /// Reads the columns past the request line.
    @inline(__always)
    private mutating func readALBDetails(
        _ bytes: Span<UInt8>, _ exchange: inout Exchange, _ texts: inout TextTable
    ) {
        exchange.targetGroup = text(bytes, column: ALBColumn.targetGroupARN, &texts, .targetGroup)
        readCreationTime(bytes, &exchange)
        let agent = field(ALBColumn.userAgent)
        markHealthCheck(bytes, agent, &exchange)
        exchange.errorReason = text(bytes, column: ALBColumn.errorReason, &texts)
        exchange.actions = text(bytes, column: ALBColumn.actionsExecuted, &texts)
        exchange.node = text(bytes, column: ALBColumn.ipAddress, &texts)
        exchange.extra = tail(bytes, past: ALBColumn.names.count, &texts)
        exchange.traceKey = traceKey(bytes, field(ALBColumn.connTraceID))
        if options.columns.contains(.userAgent) {
            exchange.userAgent = text(bytes, column: ALBColumn.userAgent, &texts, .escaped)
        }
        if options.columns.contains(.tls) {
            exchange.tlsCipher = text(bytes, column: ALBColumn.sslCipher, &texts)
            exchange.tlsVersion = tlsVersion(bytes, field(ALBColumn.sslProtocol))
        }
        guard options.columns.contains(.rows) else { return }
        exchange.trace = trace(bytes, field(ALBColumn.traceID), &texts)
        let classification = field(ALBColumn.classification)
        if !isAbsent(ALBColumn.classification) {
            exchange.classification = joined(
                bytes, classification, field(ALBColumn.classificationReason), &texts)
        }
        exchange.certificate = text(bytes, column: ALBColumn.chosenCertARN, &texts)
        exchange.rulePriority = rulePriority(bytes)
        if !hasPlainDetails(bytes, hasRule: exchange.rulePriority != nil) {
            let told = ToldColumns(
                type: exchange.scheme.rawValue != 0, protocolVersion: exchange.tlsVersion.rawValue != 0,
                rule: exchange.rulePriority != nil, start: exchange.start != nil)
            exchange.details = writeALBDetails(bytes, told, &texts)
            if redirectsToItself(bytes) { exchange.insert(flags.redirectsToItself) }
        }
    }

    /// Whether the redirect names the very URL that was asked for.
    private func redirectsToItself(_ bytes: Span<UInt8>) -> Bool {
        if isAbsent(ALBColumn.redirectURL) { return false }
        let request = RequestLine(bytes, field(ALBColumn.request))
        let start = request.method.upperBound &+ 1
        guard !request.method.isEmpty, request.pathAndQuery.upperBound > start else { return false }
        return PlainForm.areEqual(bytes, start..<request.pathAndQuery.upperBound, field(ALBColumn.redirectURL))
    }

    @inline(__always)
    private mutating func readCreationTime(_ bytes: Span<UInt8>, _ exchange: inout Exchange) {
        let text = field(ALBColumn.requestCreationTime)
        if let start = creationClock.time(bytes, text) {
            exchange.start = start
            let total = exchange.time.since(start)
            if total >= 0 { exchange.totalTime = total } else { note(.timeBackwards) }
            return
        }
        if !LogValue.isAbsent(bytes, text) { note(.badOptionalField) }
        exchange.totalTime = Self.sum(exchange.requestTime, exchange.targetTime, exchange.responseTime)
    }

    /// The sum of the three phases, if all of them happened; each may claim a century.
    @inline(__always)
    static func sum(_ request: Int64?, _ target: Int64?, _ response: Int64?) -> Int64? {
        guard let request, let target, let response else { return nil }
        return request.addingSaturated(target).addingSaturated(response)
    }

    /// Health checks of a Network Load Balancer in front of this one are logged like any request.
    ///
    /// An agent is what a client says, and what is taken for a check is in no ranking: it must come from an address that a
    /// load balancer can have, as in captures.
    @inline(__always)
    func markHealthCheck(_ bytes: Span<UInt8>, _ agent: Range<Int>, _ exchange: inout Exchange) {
        guard agent.upperBound &- agent.lowerBound >= 18,
            ByteWord.load(bytes, agent.lowerBound) == ShortName.healthAgent,
            LogValue.begins(bytes, agent, "ELB-HealthChecker/"),
            options.loadBalancers.canHoldLoadBalancer(exchange.client.address)
        else { return }
        exchange.insert(flags.healthCheck)
    }

    /// Names whose side a failure lies on.
    private func judge(_ bytes: Span<UInt8>, _ exchange: inout Exchange) {
        var evidence = ExchangeVerdict.Evidence(exchange)
        evidence.reason = LogErrorReason(bytes, field(ALBColumn.errorReason))
        evidence.action = .init(bytes, field(ALBColumn.actionsExecuted))
        evidence.hasTargetReset = !LogValue.isAbsent(bytes, field(ALBColumn.targetErrorCode))
        evidence.hasLoadBalancerReset = !LogValue.isAbsent(bytes, field(ALBColumn.elbErrorCode))
        let verdict = ExchangeVerdict(evidence)
        (exchange.blame, exchange.cause) = (verdict.blame, verdict.cause)
    }

    @inline(__always)
    private mutating func scheme(_ bytes: Span<UInt8>, _ range: Range<Int>) -> RequestScheme {
        switch LogValue.shortName(bytes, range) {
        case ShortName.https: return .https
        case ShortName.h2: return .h2
        case ShortName.http: return .http
        case ShortName.grpcs: return .grpcs
        case ShortName.wss: return .wss
        case ShortName.ws: return .ws
        case ShortName.h2c: return .h2c
        case ShortName.grpc: return .grpc
        case ShortName.lambda: return .lambda
        default:
            if !LogValue.isAbsent(bytes, range) { note(.unknownValue) }
            return .unknown
        }
    }
}

extension ExchangeVerdict.Evidence {
    /// Takes what an exchange says by its numbers.
    package init(_ exchange: Exchange) {
        self.init()
        status = exchange.status
        targetStatus = exchange.targetStatus
        if case .clb = exchange.kind { isClassic = true }
        isUndispatched = exchange.flags.rawValue & ExchangeFlags.negativeRequestTime.rawValue != 0
        let unanswered = ExchangeFlags.negativeTargetTime.rawValue | ExchangeFlags.negativeResponseTime.rawValue
        isUnanswered = exchange.flags.rawValue & unanswered != 0
    }
}
