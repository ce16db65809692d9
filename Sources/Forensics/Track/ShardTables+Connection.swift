import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Brings a connection to its end, appends it as a fact and frees what it holds.
    ///
    /// - Parameter end: how far the evidence goes: what is unanswered long enough before it has timed out.
    mutating func giveOut(_ core: inout ConnectionCore, at end: Int64, _ out: inout TrackOutput) {
        if core.isClientUntold, !isClientTold(core) { counters.guessedClients += 1 }
        conclude(&core, at: end, &out)
        for side in 0..<2 { tellClosedWindow(&core, side, until: core.last, &out) }
        out.facts.connections.append(fact(of: core, end, &out))
        release(&core, &out)
    }

    private mutating func fact(of core: ConnectionCore, _ end: Int64, _ out: inout TrackOutput) -> Connection {
        var fact = Connection(
            id: core.id, offset: core.offset, kind: kind, start: Timestamp(nanoseconds: core.start),
            end: Timestamp(nanoseconds: core.last), client: core.client, server: core.server)
        fact.duration = core.last &- core.start
        fact.peer = core.originator
        fact.transport = core.transport
        fact.service = core.service
        fact.state = EndpointMachine.state(core)
        fact.role = isBackend(core) ? .backend : Self.plainRole(core)
        fact.weight = options.weight
        fact.bytesFromClient = core.halves[0].bytes
        fact.bytesFromServer = core.halves[1].bytes
        fact.packetsFromClient = UInt64(core.halves[0].packets)
        fact.packetsFromServer = UInt64(core.halves[1].packets)
        fact.flags = flags(core, fact.state, end)
        fact.history = history(core, &out)
        if core.isTCP { counts(core, &fact) }
        if core.stream >= 0 {
            describe(core, &fact, &out)
        } else if case .dns = core.service {
            fact.details = out.publish(core.settledDomain)
        } else {
            fact.domain = out.publish(core.settledDomain)
        }
        return fact
    }

    /// The role of a connection whose peer is not known to pool clients. That a mirror saw it hides nothing else.
    private static func plainRole(_ core: ConnectionCore) -> ConnectionRole {
        core.marks.contains(.mirrored) ? .mirror : .client
    }

    private func isBackend(_ core: ConnectionCore) -> Bool {
        if core.marks.contains(.backend) { return true }
        let peer = core.originator
        return !options.loadBalancers.isEmpty && options.loadBalancers.contains { $0.contains(peer) }
    }

    /// Whose side the originator is.
    func sender(on core: ConnectionCore) -> Blame {
        isBackend(core) ? .loadBalancer : isRoleUntold(core) ? .unknown : .client
    }

    /// Whether the originator may be a load balancer, and nothing whole was seen that tells.
    private func isRoleUntold(_ core: ConnectionCore) -> Bool {
        if core.halves[0].hasCutHead { return true }
        let isSeen = core.marks.contains(.startSeen) || core.marks.contains(.hasExchanges)
        return core.isTCP && !isSeen && options.isLoadBalancerSide(core.originator)
    }

    private func flags(_ core: ConnectionCore, _ state: ConnectionState, _ end: Int64) -> ConnectionFlags {
        var bits: UInt32 = 0
        func set(_ flag: ConnectionFlags, if condition: Bool) { bits |= condition ? flag.rawValue : 0 }
        set(.startSeen, if: core.marks.contains(.startSeen))
        set(.endSeen, if: core.marks.contains(.closed))
        set(.clientGuessed, if: core.marks.contains(.clientGuessed))
        set(.reusedPorts, if: core.marks.contains(.reusedPorts))
        set(.tlsFailed, if: core.marks.contains(.tlsFailed))
        set(.evicted, if: core.marks.contains(.evicted))
        set(.healthCheck, if: core.marks.contains(.healthCheck) && !core.marks.contains(.hasExchanges))
        set(.roleUntold, if: isRoleUntold(core))
        let isUnreachable = core.detail >= 0 && details[core.detail].isUnreachable
        set(.unreachable, if: isUnreachable)
        set(.refusedByServer, if: core.detail >= 0 && details[core.detail].isRefusedByServer)
        guard core.isTCP else { return ConnectionFlags(rawValue: bits) }
        set(.undelivered, if: core.detail >= 0 && details[core.detail].isUndelivered)
        set(.undeliveredLarge, if: core.detail >= 0 && details[core.detail].isUndeliveredLarge)
        set(.usedAfterClose, if: core.detail >= 0 && details[core.detail].isUsedAfterClose)
        let hasUnseenAnswer = core.hasUnseenAnswer
        if state == .s0 || state == .s1 && !core.hasGoneOn {
            let isWaitSeen =
                end &- core.start >= options.timeout
                && !holes.meet(after: core.start, until: core.start &+ options.timeout)
            set(.synTimeout, if: state == .s0 && !isUnreachable && !hasUnseenAnswer && isWaitSeen)
            set(.leftHalfOpen, if: state == .s1 && core.marks.contains(.startSeen) && isWaitSeen)
        }
        set(.answerUnseen, if: hasUnseenAnswer)
        set(.clientEndedFirst, if: core.halves[0].marks.contains(.endedFirst))
        set(.clientResetClosed, if: core.halves[0].wasClosed)
        set(.proxyHeaderOnly, if: core.halves[0].marks.contains(.proxyHeader) && core.halves[1].bytes == 0)
        guard core.initialRTT > 0, core.detail >= 0 else { return ConnectionFlags(rawValue: bits) }
        let detail = details[core.detail]
        let handshake = detail.handshake > 0 ? detail.handshake : Int64(core.initialRTT)
        set(.synAnsweredLate, if: detail.lateAnswer > handshake / 2)
        set(.synRepeated, if: detail.isSYNRepeated)
        set(.synAnswerMissed, if: detail.isAnswerMissed)
        set(.portHeld, if: detail.isPortHeld)
        return ConnectionFlags(rawValue: bits)
    }

    private func counts(_ core: ConnectionCore, _ fact: inout Connection) {
        fact.retransmissions = 0
        fact.outOfOrder = 0
        fact.duplicateACKs = 0
        fact.zeroWindows = 0
        fact.resets = 0
        fact.initialNumbers = core.initialNumbers | core.attemptNumber
        if core.initialRTT > 0 { fact.handshake = Int64(core.initialRTT) }
        let client = core.halves[0].marks.contains(.sentRST)
        let server = core.halves[1].marks.contains(.sentRST)
        fact.resetBy = client ? (server ? .both : .client) : server ? .server : .none
        guard core.detail >= 0 else { return }
        let detail = details[core.detail]
        fact.retransmissions = detail.retransmissions
        fact.outOfOrder = detail.outOfOrder
        fact.duplicateACKs = detail.duplicateACKs
        fact.zeroWindows = detail.zeroWindows
        fact.resets = detail.resets
        if detail.handshake > 0 { fact.handshake = detail.handshake }
    }

    private mutating func history(_ core: ConnectionCore, _ out: inout TrackOutput) -> TextID {
        guard core.marks.contains(.flipped) || core.history.isFull else {
            return out.publish(core.history)
        }
        var text: [UInt8] = core.marks.contains(.flipped) ? [0x5E] : []
        core.history.write(into: &text)
        if core.detail >= 0 {
            details[core.detail].moreHistory[0].write(into: &text)
            details[core.detail].moreHistory[1].write(into: &text)
        }
        return out.facts.texts.intern(text.span, 0..<text.count)
    }

    private mutating func describe(_ core: ConnectionCore, _ fact: inout Connection, _ out: inout TrackOutput) {
        let stream = streams[core.stream]
        fact.domain = out.publish(stream.domain)
        guard stream.label >= 0 else { return }
        let label = labels[stream.label]
        if label.isProxied {
            fact.client = label.proxyClient
            fact.flags.insert(.proxied)
            fact.flags.remove(.roleUntold)
            // The load balancer at the other end opened it for this client alone.
            if case .backend = fact.role { fact.role = Self.plainRole(core) }
        }
        if !label.serverName.isNone { fact.domain = out.publish(label.serverName) }
        fact.alpn = out.publish(label.alpn)
        fact.tlsCipher = out.publish(label.cipher)
        fact.ja4 = out.publish(label.ja4)
        fact.tunnel = out.publish(label.tunnel)
        fact.details = out.publish(label.details)
        fact.tlsVersion = label.tlsVersion
        if core.marks.contains(.tlsFailed) { describeFailure(label, &fact, &out) }
        if label.tlsHandshake > 0 { fact.tlsHandshake = label.tlsHandshake }
    }

    /// Says who ended a handshake that failed, and how.
    private func describeFailure(
        _ label: ConnectionLabel, _ fact: inout Connection, _ out: inout TrackOutput
    ) {
        let sender = label.isFailedByServer ? "server" : "client"
        let alert = TLSAlert(
            level: UInt8(truncatingIfNeeded: label.failure >> 8), description: UInt8(truncatingIfNeeded: label.failure))
        let how = label.failure == 0 ? "no TLS hello" : "tls-alert \(alert.description) \(alert.name)"
        fact.errorReason = out.facts.texts.intern(Array("\(how) from the \(sender)".utf8))
    }
}
