import ForensicsModel

/// How the bytes of one direction are read.
enum StreamMode: UInt8 {
    /// Nothing is known yet: the first bytes decide.
    case undecided = 0
    /// The next byte begins an HTTP/1 head, or a buffer holds its beginning.
    case head
    /// `remaining` bytes of a body follow.
    case body
    case chunked
    /// The message ends with the connection.
    case untilClose
    /// Bytes were lost: nothing is read until a segment begins with something that looks like a head.
    case resync
    /// A TLS record's header is next, or `remaining` bytes of a record follow.
    case tls
    case http2
    /// Not read any more.
    case opaque
}

/// The state of a request with `Expect: 100-continue`. RFC 9110, section 10.1.1.
enum BodyExpectation: UInt8 {
    /// No such request, or its body has begun.
    case none = 0
    /// Nothing of the body was seen.
    case waiting
    /// A final answer came before the body: the body may be left out, and the next request come instead of it.
    case answered
}

/// The reading of one direction of a connection: 24 bytes.
struct StreamHalf {
    /// The sequence number of the next byte in order.
    var expected: UInt32 = 0
    var mode: StreamMode = .undecided
    /// Segments held until a gap is filled.
    var heldCount: UInt8 = 0
    /// TLS: what was seen of the handshake.
    var tlsMarks: UInt8 = 0
    var isAnchored = false
    /// Index of a buffer with the beginning of a head, or -1.
    var buffer: Int32 = -1
    /// The first held segment, or -1.
    var held: Int32 = -1
    /// `remaining`, or below 0 the complement of `chunks`: a body has a length or is chunked.
    private var word: Int64 = 0

    /// Bytes left of a body or record; 0 of a chunked body.
    var remaining: Int64 {
        get { max(word, 0) }
        set { word = newValue }
    }

    /// The framing of a chunked body: index, or -1.
    var chunks: Int32 {
        get { word < 0 ? Int32(truncatingIfNeeded: ~word) : -1 }
        set { word = newValue < 0 ? max(word, 0) : ~Int64(newValue) }
    }
}

/// What is read on one connection: both directions, and the requests that wait for their answers. 88 bytes: every connection
/// with payload has one.
struct StreamState {
    struct Marks: OptionSet {
        let rawValue: UInt16
        init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Payload was read: before, there is nothing but the text of a tunnel.
        static let begun = Marks(rawValue: 1)
        /// A head was read once.
        static let http = Marks(rawValue: 1 << 1)
        /// A request was brought to its end, with an answer or without: the connection is used again.
        static let answered = Marks(rawValue: 1 << 2)
        /// A free place of the pool.
        static let free = Marks(rawValue: 1 << 3)
        /// The client asked to go over to TLS; the server's one byte of answer is next.
        static let asksForTLS = Marks(rawValue: 1 << 4)
        /// A PROXY header was read: later ones are whatever the client sends.
        static let proxySeen = Marks(rawValue: 1 << 5)
        /// The PROXY header names a client that was not captured.
        static let clientCut = Marks(rawValue: 1 << 6)
        /// What the server sent before any answer, all of it captured, is no HTTP.
        static let answersNoHTTP = Marks(rawValue: 1 << 7)
        /// An answer of HTTP/1 said that the connection is closed after it. RFC 9112, section 9.6.
        static let lastAnswered = Marks(rawValue: 1 << 8)
    }

    var halves: InlineArray<2, StreamHalf> = [StreamHalf(), StreamHalf()]
    /// Oldest and newest request without its whole answer, or -1.
    var oldest: Int32 = -1
    var newest: Int32 = -1
    var pendingCount: UInt16 = 0
    /// Requests that were given out unanswered because a cap was met: their answers are passed over.
    var refused: UInt16 = 0
    /// TLS, PROXY and tunnel texts: index of the label, or -1.
    var label: Int32 = -1
    /// The host of the first request.
    var domain: LiveText = .none
    var marks: Marks = []
    /// Whether the newest request waits for leave to send its body.
    var expectation: BodyExpectation = .none
    /// Where the last segment ended that held an answer without a request; 0 if there was none.
    var orphanEnd: UInt32 = 0
    /// `http2`, or below -1 what is left of -2 after `quic`: one goes over TCP, the other over UDP.
    private var session: Int32 = -1
    /// When the client closed its side, once all before that was read; 0 before.
    var clientEnd: Int64 = 0

    init() {}

    /// Index of the HTTP/2 state, or -1.
    var http2: Int32 {
        get { max(session, -1) }
        set { session = newValue }
    }

    /// Index of a QUIC handshake whose hello is not whole yet, or -1.
    var quic: Int32 {
        get { session < -1 ? -2 &- session : -1 }
        set { session = newValue < 0 ? -1 : -2 &- newValue }
    }

    /// Whether nothing was found yet, on a connection whose beginning was not seen, that tells how to read it.
    var isUntold: Bool {
        halves[0].mode == .resync && halves[1].mode == .resync && !marks.contains(.http) && http2 < 0
    }
}

/// What TLS, PROXY protocol and tunnels say of a connection. Texts are among the tracker's `LiveTexts`.
struct ConnectionLabel {
    var serverName: LiveText = .none
    var alpn: LiveText = .none
    var cipher: LiveText = .none
    var ja4: LiveText = .none
    var tunnel: LiveText = .none
    /// What has no column of its own, as a JSON object.
    var details: LiveText = .none
    var tlsVersion: TLSVersion = .none
    var isProxied = false
    var isHelloSeen = false
    /// What the client sends behind its hello may be early data.
    var offersEarlyData = false
    var isFree = false
    /// Who ended a handshake that failed, and by which alert: level and description, 0 for none.
    var isFailedByServer = false
    var failure: UInt16 = 0
    /// The client that PROXY protocol names.
    var proxyClient = Endpoint(.unspecified, 0)
    var helloTime: Int64 = 0
    /// Where the segment of the server's first encrypted record ends.
    var flightEnd: UInt32 = 0
    /// Client hello to the handshake's end, nanoseconds; 0 if not known.
    var tlsHandshake: Int64 = 0

    init() {}
}

/// A segment that waits until a gap before it is filled.
struct HeldSegment {
    var sequence: UInt32
    /// True length; the buffer holds what was captured.
    var length: UInt32
    var place: PacketPlace
    var buffer: Int32
    var next: Int32 = -1
}

/// Where and when a packet was: what a fact keeps of it.
struct PacketPlace {
    var time: Int64
    var offset: UInt64
    var record: UInt32
    var source: UInt32
    /// What its sender had received by then.
    var acknowledgment: UInt32 = 0

    /// No packet: records count from 1.
    static let none = PacketPlace(time: 0, offset: 0, record: 0, source: 0)

    var id: FactID { FactID(source: source, record: record) }
}

/// Bytes kept for later: the beginning of a head, or a held segment.
struct StreamBuffer {
    var bytes: [UInt8] = []
    /// The place of the first byte.
    var place = PacketPlace(time: 0, offset: 0, record: 0, source: 0)
    /// Where the search for the end of the head goes on.
    var searched = 0
}
