/// How an exchange counts: the one place that says what an error, a time-out and a byte of it are.
extension Exchange {
    @inline(__always)
    package var isHealthCheck: Bool { flags.contains(.healthCheck) }

    @inline(__always)
    package var isSecondLeg: Bool { flags.contains(.secondLeg) }

    /// A second leg of which the answer alone was captured, half translated between the bridges of a host: another leg tells the
    /// same request.
    @inline(__always)
    package var isHalfLeg: Bool { flags.contains(.secondLeg) && start == nil }

    /// Answered 4xx.
    @inline(__always)
    package var isClientError: Bool {
        guard let status else { return false }
        return status >= 400 && status < 500
    }

    /// Answered 5xx.
    @inline(__always)
    package var isServerError: Bool {
        guard let status else { return false }
        return status >= 500 && status < 600
    }

    /// Answered 4xx or 5xx, with an error of gRPC, or never (`000` too); one that the end of the evidence cut off is
    /// none.
    @inline(__always)
    package var isError: Bool {
        guard let status else { return !flags.contains(.undetermined) }
        return cause == .grpcError || (status >= 400 && status < 600) || status == 0 || flags.contains(.timedOut)
    }

    /// Somebody gave up waiting: the answer never came in time, or 408 or 504 says so.
    @inline(__always)
    package var isTimeout: Bool {
        if flags.contains(.timedOut) || status == 504 || status == 408 { return true }
        return cause == .targetTimeout || cause == .targetConnectTimeout || cause == .clientTimeout
            || cause == .requestTimeout
    }

    /// Bytes of both directions; saturates.
    @inline(__always)
    package var bytesTotal: Int64 {
        Int64(saturating: bytesFromClient ?? 0).addingSaturated(Int64(saturating: bytesFromServer ?? 0))
    }

    /// From the request's first byte to the record time, nanoseconds; `nil` where the source does not tell.
    @inline(__always)
    package var elapsed: Int64? {
        if let totalTime { return totalTime }
        guard let start else { return nil }
        return max(0, time.since(start))
    }

    /// How long the answer took to come; `nil` of a WebSocket of an access log, whose record is written when its connection
    /// closes: what passed until then is how long the connection lasted.
    @inline(__always)
    package var latency: Int64? {
        flags.contains(.upgraded) && !kind.isCapture ? nil : totalTime
    }

    /// Whether a connection of the same source counts the same bytes: captures see both.
    @inline(__always)
    package var bytesBelongToConnection: Bool { kind.isCapture }

    /// Whether the connection that carried it counts for the same client: the peer, or the name that PROXY gave.
    @inline(__always)
    package var isOfConnectionClient: Bool { client.address == peer || flags.contains(.proxied) }
}
