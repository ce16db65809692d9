import ForensicsModel

/// A request whose answer is not whole yet. Texts are among the tracker's `LiveTexts`. 136 bytes.
struct PendingExchange {
    struct Marks: OptionSet {
        let rawValue: UInt32
        init(rawValue: UInt32) { self.rawValue = rawValue }

        static let head = Marks(rawValue: 1)
        static let connect = Marks(rawValue: 1 << 1)
        static let healthCheck = Marks(rawValue: 1 << 2)
        static let responding = Marks(rawValue: 1 << 3)
        static let upgraded = Marks(rawValue: 1 << 4)
        /// The server sent something after it that could not be read: it may have been answered, or its answer on a stream of
        /// HTTP/2 may be over.
        static let unread = Marks(rawValue: 1 << 5)
        static let forwardedProtoHTTPS = Marks(rawValue: 1 << 6)
        static let selfRedirect = Marks(rawValue: 1 << 7)
        static let redirect = Marks(rawValue: 1 << 8)
        static let grpc = Marks(rawValue: 1 << 9)
        /// No request that could be read: given out only if an HTTP response answers it.
        static let malformed = Marks(rawValue: 1 << 10)
        /// The answer says that a load balancer of AWS made it.
        static let loadBalancerAnswered = Marks(rawValue: 1 << 11)
        /// `traceLow` is the number of a text.
        static let traceIsText = Marks(rawValue: 1 << 12)
        /// Another request came before it on the connection.
        static let reused = Marks(rawValue: 1 << 14)
        /// A part of the head is not known, and no X-Forwarded-For was found in the rest.
        static let headCut = Marks(rawValue: 1 << 15)
        /// The request was not captured, as nothing of the client was: the answer alone tells of it.
        static let unasked = Marks(rawValue: 1 << 16)
        /// Its client did not send all of its head.
        static let unfinished = Marks(rawValue: 1 << 17)
        /// `target` is the time that its client will wait for it.
        static let hasDeadline = Marks(rawValue: 1 << 18)
        /// An answer before it said that the connection would be closed.
        static let unwelcome = Marks(rawValue: 1 << 19)
    }

    /// The place of the first packet of the request's head.
    var record: UInt32
    var source: UInt32
    var offset: UInt64
    var start: Int64
    var requestEnd: Int64
    var responseStart: Int64 = 0
    var responseEnd: Int64 = 0
    var requestBytes: UInt64 = 0
    var responseBytes: UInt64 = 0
    /// The number that the path's template left out, or that of the text.
    private var argumentWord: Int64 = 0
    private(set) var traceHigh: UInt64 = 0
    private(set) var traceLow: UInt64 = 0
    var template: LiveText = .none
    var userAgent: LiveText = .none
    var forwardedFor: LiveText = .none
    var domain: LiveText = .none
    var method: LiveText = .none
    /// Of a call of gRPC with a deadline its microseconds; of any other request a digest of host, path and query.
    private var target: UInt32 = 0
    /// The next request of the connection, or -1.
    var next: Int32 = -1
    var status: UInt16 = 0
    /// Bytes that the texts take if nobody else holds them.
    var textBytes: UInt16 = 0
    var marks: Marks = []
    var version: HTTPVersion = .unknown
    private var argumentKind: UInt8 = 0
    var scheme: RequestScheme = .unknown
    /// `grpc-status`, or -1.
    var grpcStatus: Int8 = -1
    /// HTTP/2 stream, 0 for HTTP/1.
    var streamID: UInt32 = 0
    /// The client's acknowledgment number when it asked.
    var acknowledged: UInt32 = 0

    init(record: UInt32, source: UInt32, offset: UInt64, start: Int64) {
        self.record = record
        self.source = source
        self.offset = offset
        self.start = start
        requestEnd = start
    }

    var id: FactID { FactID(source: source, record: record) }

    /// The code of the RST_STREAM that gave the stream up, and who sent it (0 client, 1 server). In the upper bits of the marks.
    var resetCode: (code: HTTP2ErrorCode, side: Int)? {
        get {
            let word = marks.rawValue >> Self.resetShift
            guard word != 0, let code = HTTP2ErrorCode(rawValue: UInt8(word >> 1) - 1) else { return nil }
            return (code, Int(word & 1))
        }
        set {
            let word = newValue.map { UInt32($0.code.rawValue + 1) << 1 | UInt32($0.side & 1) } ?? 0
            marks = Marks(rawValue: marks.rawValue & ~(.max << Self.resetShift) | word << Self.resetShift)
        }
    }

    private static let resetShift: UInt32 = 24

    /// Whether no answer was read, although something came that may have been one.
    var isAnsweredUnread: Bool {
        marks.rawValue & (Marks.unread.rawValue | Marks.responding.rawValue) == Marks.unread.rawValue
    }

    /// Whether the answer of a stream began, and what was lost since may have held its end.
    var hasLostEnd: Bool {
        let lost = Marks.unread.rawValue | Marks.responding.rawValue
        return streamID != 0 && marks.rawValue & lost == lost
    }

    /// A digest of host, path and query: what a redirect to itself is told by. `nil` of a call with a deadline, which no redirect
    /// answers.
    var targetDigest: UInt32? {
        get { marks.contains(.hasDeadline) ? nil : target }
        set {
            marks.remove(.hasDeadline)
            target = newValue ?? 0
        }
    }

    /// How long the client of a call of gRPC will wait for it, nanoseconds; `nil` where it did not say, or more than 71 minutes,
    /// which are not kept.
    var deadline: Int64? {
        get { marks.contains(.hasDeadline) ? Int64(target) &* 1000 : nil }
        set {
            guard let newValue, newValue > 0, let kept = UInt32(exactly: newValue / 1000) else { return }
            marks.insert(.hasDeadline)
            target = kept
        }
    }

    /// Whether a call whose client cancels it at this time has used up the time that its client said it would wait. The clock of
    /// the client began before the head was captured.
    func hasPassedDeadline(at time: Int64) -> Bool {
        guard let deadline else { return false }
        return time &- start >= deadline &- deadline / 20
    }

    /// The two words of an X-Amzn-Trace-Id; nil where there is none, or it is a text.
    var traceRoot: (high: UInt64, low: UInt64)? {
        get { !marks.contains(.traceIsText) && traceHigh | traceLow != 0 ? (traceHigh, traceLow) : nil }
        set {
            marks.remove(.traceIsText)
            traceHigh = newValue?.high ?? 0
            traceLow = newValue?.low ?? 0
        }
    }

    /// A trace id of any other form.
    var traceText: LiveText {
        get { marks.contains(.traceIsText) ? LiveText(number: UInt32(truncatingIfNeeded: traceLow)) : .none }
        set {
            if newValue.isNone { return }
            marks.insert(.traceIsText)
            traceLow = UInt64(newValue.number)
        }
    }

    /// The text that the path's template left out, if it is one.
    var argumentText: LiveText {
        get { argumentKind > 1 ? LiveText(number: UInt32(truncatingIfNeeded: argumentWord)) : .none }
        set { if argumentKind > 1 { argumentWord = Int64(newValue.number) } }
    }

    /// What the path's template left out.
    var argument: LiveArgument {
        get {
            switch argumentKind {
            case 1: .number(argumentWord)
            case 2: .text(argumentText)
            case 3: .whole(argumentText)
            default: .none
            }
        }
        set {
            switch newValue {
            case .none: argumentKind = 0
            case .number(let number):
                argumentKind = 1
                argumentWord = number
            case .text(let text):
                argumentKind = 2
                argumentText = text
            case .whole(let text):
                argumentKind = 3
                argumentText = text
            }
        }
    }
}
