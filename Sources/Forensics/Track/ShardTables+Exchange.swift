import ForensicsDecode
import ForensicsModel

/// How a request came to its end.
enum ExchangeEnd {
    /// The answer is whole, as far as the capture can tell.
    case complete
    /// One side (0 client, 1 server) reset the connection.
    case reset(by: Int, time: Int64)
    /// The server closed the connection.
    case serverClosed(time: Int64)
    /// The client cancelled a call of gRPC when its deadline had passed.
    case deadlinePassed(time: Int64)
    /// The connection or the evidence ends at this time.
    case evidenceEnds(Int64)
    /// The answer passed by without being captured, or could not be waited for.
    case notCaptured
}

extension ShardTables {
    /// Appends the exchange as a fact.
    mutating func emit(
        _ exchange: PendingExchange, _ core: inout ConnectionCore, _ stream: StreamState,
        _ end: ExchangeEnd, _ out: inout TrackOutput
    ) {
        if exchange.marks.contains(.malformed), !exchange.marks.contains(.responding) { return }
        let proxied = isProxied(stream)
        let peer = core.client
        let identity = identity(of: exchange, core, stream, out.kept)
        if isLeftOut(identity) { return }
        var fact = Exchange(
            id: exchange.id, offset: exchange.offset, kind: kind, time: Timestamp(nanoseconds: exchange.start),
            client: identity.client)
        fact.peer = peer.address
        fact.connection = core.id
        fact.initialNumbers = core.initialNumbers
        let isAsked = !exchange.marks.contains(.unasked)
        if isAsked {
            fact.start = Timestamp(nanoseconds: exchange.start)
            fact.bytesFromClient = exchange.requestBytes
            fact.requestTime = max(0, exchange.requestEnd &- exchange.start)
        }
        fact.target = core.server
        fact.scheme = exchange.marks.contains(.grpc) && exchange.streamID != 0 ? .grpc : exchange.scheme
        fact.httpVersion = exchange.version
        fact.weight = options.weight
        publishTexts(exchange, &fact, &out)
        fact.flags = flags(exchange, identity, proxied)
        answer(exchange, &fact)
        if !isAsked {
            fact.targetTime = nil
            fact.totalTime = nil
        }
        let left = leave(from: exchange, stream)
        if exchange.isAnsweredUnread {
            settleUnread(exchange, &fact, isHTTP: !stream.marks.contains(.answersNoHTTP))
        } else {
            let sender = proxied ? .client : sender(on: core)
            let parties = Parties(
                sender: sender, author: identity.client.address == peer.address ? sender : .client,
                isWhole: isWhole(exchange, stream), clientEndedFirst: core.halves[0].marks.contains(.endedFirst),
                left: left, gone: gone(from: exchange, core, stream),
                isUndelivered: isUndelivered(exchange, core), isUnwelcome: exchange.marks.contains(.unwelcome))
            settle(exchange, &fact, verdict(end, exchange, core, stream), parties)
        }
        if fact.cause == .targetClosed, fact.blame != .target {
            let index = detail(of: &core)
            details[index].isUsedAfterClose = true
        }
        if fact.flags.contains(.aborted), fact.errorReason.isNone, let reason = http2Reason(exchange, stream) {
            fact.errorReason = out.facts.texts.intern(Array(reason.utf8))
        }
        let waited = undeliveredTime(exchange, core)
        if waited > 0, waited >= (fact.totalTime ?? 0) / 2 { fact.flags.insert(.undelivered) }
        if exchange.marks.contains(.healthCheck) {
            healthCheck(&fact, core, grpcStatus: exchange.grpcStatus, isGivenUp: left != nil, &out)
        }
        out.facts.exchanges.append(fact)
    }

    /// Why a stream of HTTP/2 was given up, or the connection with it; `nil` where nothing says so.
    private func http2Reason(_ exchange: PendingExchange, _ stream: StreamState) -> String? {
        guard exchange.streamID != 0 else { return nil }
        if let reset = exchange.resetCode { return reset.code.reason(.resetStream, from: reset.side) }
        guard stream.http2 >= 0 else { return nil }
        for side in [1, 0] where http2[stream.http2].goAway[side] != .noError {
            return http2[stream.http2].goAway[side].reason(.goAway, from: side)
        }
        return nil
    }

    /// Whose request it is.
    func identity(
        of exchange: PendingExchange, _ core: ConnectionCore, _ stream: StreamState, _ kept: borrowing LiveTexts
    ) -> ClientIdentity {
        let peer = core.client
        var identity = ClientIdentity(peer: peer)
        if !exchange.forwardedFor.isNone {
            identity = kept.read(exchange.forwardedFor) { bytes, chain in
                ClientIdentity(peer: peer, chain: bytes, chain, options: options)
            }
        }
        if isProxied(stream) { identity.client = labels[stream.label].proxyClient }
        return identity
    }

    /// Whether requests of a client are left out.
    func isLeftOut(_ identity: ClientIdentity) -> Bool {
        !options.ignored.isEmpty && options.ignored.contains { $0.contains(identity.client.address) }
    }

    private func flags(_ exchange: PendingExchange, _ identity: ClientIdentity, _ proxied: Bool) -> ExchangeFlags {
        var bits: UInt32 = 0
        func set(_ flag: ExchangeFlags, if condition: Bool) { bits |= condition ? flag.rawValue : 0 }
        set(.healthCheck, if: exchange.marks.contains(.healthCheck))
        set(.upgraded, if: exchange.marks.contains(.upgraded))
        set(.redirectsToItself, if: exchange.marks.contains(.selfRedirect))
        set(.proxied, if: proxied)
        set(.connectionReused, if: exchange.marks.contains(.reused))
        set(.clientUntrusted, if: (identity.isUntrusted || exchange.marks.contains(.headCut)) && !proxied)
        set(.forwardedPrivate, if: identity.isForwardedPrivate)
        return ExchangeFlags(rawValue: bits)
    }

    private mutating func publishTexts(
        _ exchange: PendingExchange, _ fact: inout Exchange, _ out: inout TrackOutput
    ) {
        fact.domain = out.publish(exchange.domain)
        fact.method = out.publish(exchange.method)
        fact.userAgent = out.publish(exchange.userAgent)
        fact.forwardedFor = out.publish(exchange.forwardedFor)
        fact.pathTemplate = out.publish(exchange.template)
        switch exchange.argument {
        case .none: fact.pathArgument = .none
        case .number(let number): fact.pathArgument = .number(number)
        case .text(let text): fact.pathArgument = .text(out.publish(text))
        case .whole(let text): fact.pathArgument = .whole(out.publish(text))
        }
        if exchange.grpcStatus > 0 {
            let status = Int16(exchange.grpcStatus)
            let name = GRPCStatus(rawValue: status)?.name ?? "unknown"
            fact.errorReason = out.facts.texts.intern(Array("grpc-status \(status) \(name)".utf8))
        }
        if let root = exchange.traceRoot {
            fact.trace = .root(root.high, root.low)
        } else if !exchange.traceText.isNone {
            fact.trace = .text(out.publish(exchange.traceText))
        }
    }

    /// Fills in what the answer says, if one began.
    private func answer(_ exchange: PendingExchange, _ fact: inout Exchange) {
        guard exchange.marks.contains(.responding) else { return }
        fact.status = exchange.status
        fact.targetStatus = exchange.status
        fact.bytesFromServer = exchange.responseBytes
        fact.targetTime = max(0, exchange.responseStart &- exchange.requestEnd)
        fact.responseTime = max(0, exchange.responseEnd &- exchange.responseStart)
        if exchange.responseStart < exchange.requestEnd { fact.flags.insert(.negativeTargetTime) }
        close(&fact, exchange, at: exchange.responseEnd)
        if exchange.grpcStatus > 0, !exchange.marks.contains(.healthCheck) {
            fact.cause = .grpcError
            fact.blame = GRPCStatus(rawValue: Int16(exchange.grpcStatus))?.isOfClient == true ? .client : .target
        }
        if exchange.marks.contains(.loadBalancerAnswered) {
            // No target answered: AWS documents what makes the load balancer send each status.
            fact.targetStatus = nil
            var evidence = ExchangeVerdict.Evidence()
            evidence.status = exchange.status
            evidence.isCaptured = true
            let verdict = ExchangeVerdict(evidence)
            fact.blame = verdict.blame
            fact.cause = verdict.cause
        } else if exchange.status >= 500 {
            fact.blame = .target
            fact.cause = .targetError
        } else if exchange.status >= 400 {
            fact.blame = .client
            fact.cause = exchange.marks.contains(.malformed) ? .badRequest : .clientError
        }
    }

    private func close(_ fact: inout Exchange, _ exchange: PendingExchange, at time: Int64) {
        fact.time = Timestamp(nanoseconds: time)
        fact.totalTime = max(0, time &- exchange.start)
    }

    /// Whether all of a request came, as far as its framing tells: its body is not the one that is being read.
    private func isWhole(_ exchange: PendingExchange, _ stream: StreamState) -> Bool {
        let mode = stream.halves[0].mode
        if exchange.marks.contains(.unfinished) { return false }
        return exchange.streamID != 0 || exchange.next >= 0 || mode != .body && mode != .chunked
    }

    /// Says what became of a request after which the server sent what could not be read: nothing is known of the answer, but
    /// that it was no HTTP where all of it was captured.
    private func settleUnread(_ exchange: PendingExchange, _ fact: inout Exchange, isHTTP: Bool) {
        if isHTTP {
            fact.flags.insert(.undetermined)
            return close(&fact, exchange, at: exchange.requestEnd)
        }
        fact.cause = .badTargetResponse
        fact.blame = .target
        fact.bytesFromServer = exchange.responseBytes
        fact.targetTime = max(0, exchange.responseStart &- exchange.requestEnd)
        fact.responseTime = max(0, exchange.responseEnd &- exchange.responseStart)
        close(&fact, exchange, at: max(exchange.responseEnd, exchange.requestEnd))
    }

    /// Who may be to blame for a missing or cut answer.
    private struct Parties {
        /// Who sent the request: the client, or a load balancer that pools clients; unknown where it may be either.
        var sender: Blame
        /// Whose request it is: also where a load balancer sends it, which passes on what comes as it comes.
        var author: Blame
        /// Whether all of the request came.
        var isWhole: Bool
        /// Whether the client's FIN or RST came before any of the server's.
        var clientEndedFirst: Bool
        /// When the client hung up, if it did before the answer began.
        var left: Int64?
        /// When the client hung up, if it did in the middle of the answer.
        var gone: Int64?
        /// Whether the answer was sent again and again, and did not reach the client.
        var isUndelivered: Bool

        /// Whether the server had said before the request that it would close the connection.
        var isUnwelcome: Bool

        /// Who kept the other waiting: the author of a request of which a part is missing.
        var tardy: Blame { isWhole ? .target : author }
    }

    /// Says what became of a request whose answer is missing or cut.
    private func settle(
        _ exchange: PendingExchange, _ fact: inout Exchange, _ end: ExchangeEnd, _ parties: Parties
    ) {
        if !parties.isWhole, fact.status == nil { fact.flags.insert(.requestIncomplete) }
        if let left = parties.left { return abandon(exchange, &fact, at: left, parties) }
        let answered = exchange.marks.contains(.responding)
        switch end {
        case .complete: break
        case .notCaptured:
            fact.flags.insert(.undetermined)
            if !answered { close(&fact, exchange, at: exchange.requestEnd) }
        case .reset(let side, let time):
            if side == 1, clientClosed(exchange, &fact, parties) || refuses(exchange, &fact, at: time, parties) {
                return
            }
            if timesOut(exchange, &fact, by: time, parties.tardy) { return }
            let byClient = side == 1 && answered && parties.clientEndedFirst
            fact.flags.insert(.aborted)
            fact.cause = byClient ? .clientClosed : .reset
            fact.blame = side == 0 || byClient ? parties.sender : .target
            close(&fact, exchange, at: max(time, exchange.responseEnd))
        case .serverClosed(let time):
            if clientClosed(exchange, &fact, parties) || refuses(exchange, &fact, at: time, parties) { return }
            if timesOut(exchange, &fact, by: time, parties.tardy) { return }
            let byClient = answered && parties.clientEndedFirst
            fact.flags.insert(.aborted)
            fact.cause = byClient ? .clientClosed : .targetClosed
            fact.blame = byClient ? parties.sender : .target
            close(&fact, exchange, at: max(time, exchange.responseEnd))
        case .deadlinePassed(let time):
            fact.flags.insert(.timedOut)
            fact.cause = .requestTimeout
            fact.blame = .target
            close(&fact, exchange, at: max(time, exchange.responseEnd))
        case .evidenceEnds(let time):
            if clientClosed(exchange, &fact, parties) || timesOut(exchange, &fact, by: time, parties.tardy) { return }
            if let gone = parties.gone, time &- max(gone, exchange.responseEnd) >= options.timeout {
                fact.flags.insert(.aborted)
                if fact.cause == .none {
                    fact.cause = .clientClosed
                    fact.blame = parties.isUndelivered ? .network : parties.sender
                }
                return close(&fact, exchange, at: max(gone, exchange.responseEnd))
            }
            fact.flags.insert(.undetermined)
            if !answered { close(&fact, exchange, at: exchange.requestEnd) }
        }
    }

    /// A request whose answer came after its client had hung up: nobody took it.
    private func abandon(
        _ exchange: PendingExchange, _ fact: inout Exchange, at left: Int64, _ parties: Parties
    ) {
        fact.flags.insert(.aborted)
        if exchange.marks.contains(.healthCheck) { close(&fact, exchange, at: left) }
        guard fact.cause == .none else { return }
        fact.cause = .clientClosed
        fact.blame = left &- exchange.requestEnd >= options.timeout ? parties.tardy : parties.sender
    }

    /// An unanswered request whose client closed first: `responseEnd` holds when.
    private func clientClosed(_ exchange: PendingExchange, _ fact: inout Exchange, _ parties: Parties) -> Bool {
        guard !exchange.marks.contains(.responding), exchange.responseEnd > 0 else { return false }
        if timesOut(exchange, &fact, by: exchange.responseEnd, parties.tardy) { return true }
        fact.flags.insert(.aborted)
        fact.cause = .clientClosed
        fact.blame = parties.sender
        close(&fact, exchange, at: exchange.responseEnd)
        return true
    }

    /// A request on a connection that the server had said it would close, as it then did: who sent it is at fault.
    private func refuses(
        _ exchange: PendingExchange, _ fact: inout Exchange, at time: Int64, _ parties: Parties
    ) -> Bool {
        guard parties.isUnwelcome, !exchange.marks.contains(.responding) else { return false }
        fact.flags.insert(.aborted)
        fact.cause = .targetClosed
        fact.blame = parties.sender
        close(&fact, exchange, at: max(time, exchange.requestEnd))
        return true
    }

    /// - Parameter blame: who kept the other waiting: the author of a request of which a part is missing.
    private func timesOut(
        _ exchange: PendingExchange, _ fact: inout Exchange, by time: Int64, _ blame: Blame
    ) -> Bool {
        let last = exchange.requestEnd
        guard !exchange.marks.contains(.responding), time &- last >= options.timeout,
            !holes.meet(after: last, until: last &+ options.timeout)
        else { return false }
        fact.flags.insert(.timedOut)
        fact.cause = blame == .target ? .requestTimeout : .clientTimeout
        fact.blame = blame
        close(&fact, exchange, at: last &+ options.timeout)
        return true
    }

    /// Adds the health check that a request was. A status decides, unless the target itself cut its answer; a checker that gives
    /// up on an unanswered check has run out of its own time, whatever the target answers then.
    ///
    /// - Parameters:
    ///   - grpcStatus: -1 if there is none. A target group takes 12 (no such method) for healthy unless told otherwise, and 0
    ///     is what a check that is there answers. AWS, "Health checks for Application Load Balancer target groups".
    ///   - isGivenUp: whether the answer came after the checker had hung up.
    private func healthCheck(
        _ fact: inout Exchange, _ core: ConnectionCore, grpcStatus: Int8, isGivenUp: Bool, _ out: inout TrackOutput
    ) {
        let status = isGivenUp ? nil : fact.status
        let outcome: HealthCheck.Outcome
        if let status {
            let isRefused = grpcStatus > 0 && grpcStatus != 12
            let isGood = status >= 200 && status < 400 && !isRefused && !fact.flags.contains(.aborted)
            outcome = isGood ? .success : .failure
        } else if fact.flags.contains(.undetermined) {
            return
        } else if case .target = fact.blame, !fact.flags.contains(.timedOut), !isGivenUp {
            outcome = .failure
        } else {
            outcome = .timeout
            fact.flags.remove(.aborted)
            fact.flags.insert(.timedOut)
            fact.cause = .requestTimeout
            fact.blame = .target
        }
        var check = HealthCheck(
            id: fact.id, offset: fact.offset, kind: kind, probe: .http, outcome: outcome, time: fact.start ?? fact.time)
        check.checker = core.originator
        check.target = core.server
        check.status = status
        if grpcStatus > 0 { check.reason = fact.errorReason }
        check.latency = fact.totalTime
        check.weight = options.weight
        out.facts.healthChecks.append(check)
    }
}
