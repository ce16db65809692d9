/// One request and its answer, from packets or from a log row.
///
/// A flat value without references; texts are ids into the batch's `TextTable`. Absent numbers are `nil`, never 0.
package struct Exchange: Sendable {
    package var id: FactID
    /// The first byte of its record in the decoded stream of its source.
    package var offset: UInt64
    package var kind: EvidenceKind
    /// The connection that carried it, where the same source tells it.
    package var connection: FactID?
    /// Record time: the log's own `time`, or the last byte of the response or the time-out of a captured exchange.
    package var time: Timestamp
    /// First byte of the request, or the log's request creation time.
    package var start: Timestamp?

    /// Who asked: whom a trusted proxy's header names, else the peer; port 0 where no one tells it.
    package var client: Endpoint
    /// Who is on the wire at the client's side.
    package var peer: IPAddress
    /// Who was to answer. AWS field: `target:port`; in Classic Load Balancer logs `backend:port`.
    package var target: Endpoint?
    package var scheme: RequestScheme = .unknown
    package var httpVersion: HTTPVersion = .unknown
    package var tlsVersion: TLSVersion = .none
    package var blame: Blame = .none
    package var cause: ExchangeCause = .none
    package var flags: ExchangeFlags = []
    /// The code sent to the client; 0 only where the log says `000`.
    package var status: UInt16?
    /// The code that the target sent. AWS field: `target_status_code`; `nil` where it sent none.
    package var targetStatus: UInt16?

    package var loadBalancer: TextID = .none
    package var node: TextID = .none
    package var targetGroup: TextID = .none
    package var domain: TextID = .none
    package var method: TextID = .none
    /// The path with ids and numbers folded to `{id}`: the dimension.
    package var pathTemplate: TextID = .none
    /// What the template left out: see `PathTemplate`.
    package var pathArgument: PathArgument = .none
    package var userAgent: TextID = .none
    package var tlsCipher: TextID = .none
    package var errorReason: TextID = .none
    package var actions: TextID = .none
    package var classification: TextID = .none
    /// X-Forwarded-For as claimed, oldest first: the identity's evidence.
    package var forwardedFor: TextID = .none
    /// Columns past the known ones, as they are.
    package var extra: TextID = .none
    /// The ARN of the certificate that the load balancer chose, or `session-reused`.
    package var certificate: TextID = .none
    /// The priority of the listener rule that matched: 0 is the default action, -1 a failed evaluation.
    package var rulePriority: Int32?
    /// Log columns that no other property tells, as a JSON object of texts by column name; absent ones are left out.
    package var details: TextID = .none
    package var trace: TraceID = .none
    /// `conn_trace_id` of ALB logs as a 64-bit key, 0 if absent.
    package var traceKey: UInt64 = 0

    /// Nanoseconds each; `nil` where the log says -1 or `-`.
    package var requestTime: Int64?
    /// Until the first byte of the answer. AWS field: `target_processing_time`.
    package var targetTime: Int64?
    /// From there on. AWS field: `response_processing_time`.
    package var responseTime: Int64?
    /// From the first byte of the request to the last of the answer.
    package var totalTime: Int64?
    /// Bytes of the request, head included. AWS field: `received_bytes`.
    package var bytesFromClient: UInt64?
    /// Bytes of the answer, head included. AWS field: `sent_bytes`.
    package var bytesFromServer: UInt64?
    /// Of a captured exchange: `Connection.initialNumbers` of what carried it. Not stored.
    package var initialNumbers: UInt64 = 0
    package var weight: UInt32 = 1

    package init(id: FactID, offset: UInt64, kind: EvidenceKind, time: Timestamp, client: Endpoint) {
        self.id = id
        self.offset = offset
        self.kind = kind
        self.time = time
        self.client = client
        peer = client.address
    }
}

/// Yes-or-no facts of an exchange.
package struct ExchangeFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    @inline(__always)
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A load balancer's health check, which counts as no request of a client.
    package static let healthCheck = ExchangeFlags(rawValue: 1)
    /// The answer never came while the evidence went on for at least the time-out.
    package static let timedOut = ExchangeFlags(rawValue: 2)
    /// The evidence ends before the time-out could pass.
    package static let undetermined = ExchangeFlags(rawValue: 4)
    /// The claimed client could not be believed; the peer is named instead.
    package static let clientUntrusted = ExchangeFlags(rawValue: 8)
    /// The left-most forwarded entry is private or reserved: spoofed, or a proxy's inside.
    package static let forwardedPrivate = ExchangeFlags(rawValue: 16)
    /// The connection went over to another protocol with it: 101, or a CONNECT that was granted.
    package static let upgraded = ExchangeFlags(rawValue: 32)
    /// A client named by PROXY protocol.
    package static let proxied = ExchangeFlags(rawValue: 64)
    /// AWS field `request_processing_time` is -1.
    package static let negativeRequestTime = ExchangeFlags(rawValue: 128)
    /// AWS field `target_processing_time` is -1; in Classic Load Balancer logs `backend_processing_time`.
    package static let negativeTargetTime = ExchangeFlags(rawValue: 256)
    /// AWS field `response_processing_time` is -1.
    package static let negativeResponseTime = ExchangeFlags(rawValue: 512)
    /// The connection closed or was reset before the whole answer, or the client had hung up before there was one.
    package static let aborted = ExchangeFlags(rawValue: 1024)
    /// A redirect to the address it came from.
    package static let redirectsToItself = ExchangeFlags(rawValue: 2048)
    /// Of a captured exchange: another request came before it on the connection.
    package static let connectionReused = ExchangeFlags(rawValue: 4096)
    /// The same request was captured where it came in, and counts there: this is its way from a proxy on.
    package static let secondLeg = ExchangeFlags(rawValue: 8192)
    /// Of a captured exchange without an answer: not all of its request came.
    package static let requestIncomplete = ExchangeFlags(rawValue: 16_384)
    /// Of a captured exchange: for at least half of its time some of its request or answer was sent again and again, and did not
    /// arrive.
    package static let undelivered = ExchangeFlags(rawValue: 32_768)
}

/// What made an exchange fail, in the words of the case file. The raw value is stored: values are only ever added.
package enum ExchangeCause: UInt8, Sendable, CaseIterable {
    case none = 0
    case targetError, targetTimeout, targetConnectTimeout, targetConnectFailed, targetClosed
    case noHealthyTarget, badTargetResponse
    case clientClosed, clientTimeout, badRequest, clientError
    case wafBlocked, authFailed, lambdaError, fixedResponse, redirectLimit
    case protocolMismatch, loadBalancerError, requestTimeout, reset, tooManyForwarded, http2Limit
    case tlsToTarget, identityProvider, unsupported
    /// The answer is 200 and its `grpc-status` is not 0.
    case grpcError

    /// The name in the case file, or `nil` where nothing failed.
    package var name: String? {
        switch self {
        case .none: nil
        case .targetError: "target-error"
        case .targetTimeout: "target-timeout"
        case .targetConnectTimeout: "target-connect-timeout"
        case .targetConnectFailed: "target-connect-failed"
        case .targetClosed: "target-closed"
        case .noHealthyTarget: "no-healthy-target"
        case .badTargetResponse: "bad-target-response"
        case .clientClosed: "client-closed"
        case .clientTimeout: "client-timeout"
        case .badRequest: "bad-request"
        case .clientError: "client-error"
        case .wafBlocked: "waf-blocked"
        case .authFailed: "auth-failed"
        case .lambdaError: "lambda-error"
        case .fixedResponse: "fixed-response"
        case .redirectLimit: "redirect-limit"
        case .protocolMismatch: "protocol-mismatch"
        case .loadBalancerError: "load-balancer-error"
        case .requestTimeout: "request-timeout"
        case .reset: "reset"
        case .tooManyForwarded: "too-many-forwarded"
        case .http2Limit: "http2-limit"
        case .tlsToTarget: "tls-to-target"
        case .identityProvider: "identity-provider"
        case .unsupported: "unsupported"
        case .grpcError: "grpc-error"
        }
    }
}

/// What a path template left out, so that the whole path can be told again.
package enum PathArgument: Sendable, Equatable {
    /// Nothing was folded: the template is the path.
    case none
    /// One `{id}` that stands for this decimal number (no leading zero).
    case number(Int64)
    /// One `{id}` that stands for this text; it holds no slash.
    case text(TextID)
    /// The whole path, kept because more than one part was folded; it starts with a slash.
    case whole(TextID)
}

/// An X-Amzn-Trace-Id: `Root=1-<8 hex>-<24 hex>` packed to 16 bytes, or any other text.
package enum TraceID: Sendable, Equatable {
    case none
    /// The 32 hexadecimal digits of `Root=1-…`, written in lower case without other parts.
    case root(UInt64, UInt64)
    case text(TextID)
}
