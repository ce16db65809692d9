/// How a connection counts: the one place that says what an error, a reset and a byte of it are.
extension Connection {
    @inline(__always)
    package var isHealthCheck: Bool { flags.contains(.healthCheck) }

    @inline(__always)
    package var isSecondLeg: Bool { flags.contains(.secondLeg) }

    /// A second leg of which nothing of the client was captured: another leg tells the same connection whole.
    @inline(__always)
    package var isHalfLeg: Bool { flags.contains(.secondLeg) && packetsFromClient == 0 }

    @inline(__always)
    package var isReset: Bool { resetBy != .none }

    /// The SYN was never answered while the evidence went on for at least the time-out.
    @inline(__always)
    package var isTimeout: Bool { flags.contains(.synTimeout) }

    /// Refused, reset, unanswered, handed to no target, or with a failed handshake.
    @inline(__always)
    package var isError: Bool {
        if !flags.isDisjoint(with: [.rejected, .tlsFailed, .synTimeout, .undispatched]) || resetBy != .none {
            return true
        }
        switch state {
        case .rej, .rsto, .rstr, .rstos0, .rstrh: return true
        case .s0: return flags.contains(.unreachable)
        default: return false
        }
    }

    /// Payload of both directions; saturates.
    @inline(__always)
    package var bytesTotal: Int64 {
        Int64(saturating: bytesFromClient ?? 0).addingSaturated(Int64(saturating: bytesFromServer ?? 0))
    }

    /// Whether the requests of the same source count the same bytes: an ALB connection is pieced from its rows.
    @inline(__always)
    package var bytesBelongToExchanges: Bool { kind == .alb }

    /// Whether it says something about one client: connections that a load balancer pools do not.
    @inline(__always)
    package var namesClient: Bool { role != .backend && client.address != .unspecified }

    /// Whose side its originator is: a load balancer that pools clients, the client, or unknown where it may be either.
    package var opener: Blame {
        if role == .backend { return flags.contains(.clientHidden) ? .unknown : .loadBalancer }
        return flags.contains(.roleUntold) ? .unknown : .client
    }

    /// Whether it was established, came to an end, and carried no payload either way.
    package var isDataless: Bool {
        guard bytesFromClient == 0, bytesFromServer == 0 else { return false }
        switch state {
        case .sf, .s2, .s3, .rsto, .rstr: return true
        default: return false
        }
    }

    /// The edge of the evidence cut it: it lasted at least `duration`.
    @inline(__always)
    package var isCensored: Bool { !flags.contains([.startSeen, .endSeen]) }

    /// Whether it lasted longer than `limit` nanoseconds; what the network refused never did.
    @inline(__always)
    package func isLonger(than limit: Int64) -> Bool {
        guard let duration else { return false }
        return duration > limit && !flags.contains(.rejected)
    }

    /// The target behind it, or `nil` where the server's address is a load balancer's listener.
    @inline(__always)
    package var target: Endpoint? {
        switch kind {
        case .nlb, .alb, .albConnection, .albHealthCheck: nil
        case .pcap, .live, .clb, .vpcFlow: server.address == .unspecified ? nil : server
        }
    }

    /// The port that `target-port` ranks: the server's, for NLB and ALB connection logs the listener's.
    @inline(__always)
    package var rankedPort: UInt16? { kind == .alb || server.port == 0 ? nil : server.port }
}
