import ForensicsDecode
import ForensicsModel

/// Where reading begins on a connection whose beginning was not seen, and where it goes on after its place was lost.
extension ShardTables {
    /// Segments of a connection without a beginning that are looked at for a head.
    private static let attemptLimit: UInt32 = 64

    /// Decides at a first payload whether the connection is worth reading, and prepares its stream.
    mutating func begin(
        _ core: inout ConnectionCore, _ direction: Int, _ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int
    ) -> Bool {
        // A connection whose beginning was seen is decided by its first bytes in order: see `decide`.
        if core.marks.contains(.startSeen) { return open(&core) }
        guard
            HTTP1.looksLikeRequest(bytes, range).isYes || HTTP1.looksLikeResponse(bytes, range).isYes
                || TLS.looksLikeRecord(bytes, range).isYes || ProxyHeader.looksLike(bytes, range).isYes
                || HTTP2.looksLikeFrames(bytes, range, length)
        else {
            if core.halves[direction].packets >= Self.attemptLimit { core.marks.insert(.opaque) }
            return false
        }
        return open(&core)
    }

    /// Puts a guessed client right: who sends a request is the client, who sends an answer is not.
    mutating func orient(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ direction: Int, _ bytes: Span<UInt8>,
        _ range: Range<Int>, _ length: Int
    ) {
        let isWrong =
            switch Self.sender(bytes, range, length) {
            case .client: direction == 1
            case .server: direction == 0
            case .unknown: false
            }
        guard isWrong else { return }
        turn(&core)
        let first = stream.halves[0]
        stream.halves[0] = stream.halves[1]
        stream.halves[1] = first
    }

    /// Which side a segment is of, as far as what it begins with tells.
    private static func sender(_ bytes: Span<UInt8>, _ range: Range<Int>, _ length: Int) -> MessageSender {
        if HTTP1.looksLikeResponse(bytes, range).isYes { return .server }
        if HTTP1.looksLikeRequest(bytes, range).isYes || ProxyHeader.looksLike(bytes, range).isYes { return .client }
        let hello = TLS.helloSender(bytes, range)
        if case .unknown = hello, HTTP2.looksLikeFrames(bytes, range, length) { return HTTP2.sender(bytes, range) }
        return hello
    }

    /// Turns round a connection, but not its stream.
    mutating func turn(_ core: inout ConnectionCore) {
        core.flip()
        core.marks.formSymmetricDifference(.flipped)
        if core.detail >= 0 { details[core.detail].flip() }
    }

    /// Turns round a connection that is about to be given out, if it is known by now that its client is the server.
    @inline(__always)
    mutating func settleClient(_ core: inout ConnectionCore, _ servers: borrowing ServerEnds) {
        if core.isClientUntold, servers.isTurned(core) { turnWhole(&core) }
    }

    /// Turns round a connection with its stream, unless what was read tells who the client is.
    mutating func turnWhole(_ core: inout ConnectionCore) {
        guard core.isClientUntold, !isClientTold(core) else { return }
        turn(&core)
        guard core.stream >= 0 else { return }
        let first = streams[core.stream].halves[0]
        streams[core.stream].halves[0] = streams[core.stream].halves[1]
        streams[core.stream].halves[1] = first
    }

    /// Whether what was read of the streams tells who the client is.
    func isClientTold(_ core: ConnectionCore) -> Bool {
        guard core.stream >= 0 else { return false }
        let stream = streams[core.stream]
        if stream.marks.contains(.http) || stream.http2 >= 0 { return true }
        guard stream.label >= 0 else { return false }
        let label = labels[stream.label]
        return label.isHelloSeen || label.isProxied || label.tlsVersion != .none
    }

    /// Whether a segment begins with something that tells how it is to be read: reading goes on with it.
    mutating func resumes(
        _ core: inout ConnectionCore, _ stream: inout StreamState, _ bytes: Span<UInt8>, _ piece: StreamPiece
    ) -> Bool {
        let (side, range) = (piece.side, piece.range)
        if stream.http2 < 0, looksLikeHead(side, bytes, range) {
            stream.halves[side].mode = TLS.looksLikeRecord(bytes, range).isYes ? .undecided : .head
            return true
        }
        // Frames of a connection whose preface was not seen, or between which some were lost.
        guard stream.http2 >= 0 || !stream.marks.contains(.http),
            HTTP2.looksLikeFrames(bytes, range, piece.length)
        else { return false }
        // Who asks and who answers must be known before.
        if stream.http2 < 0, core.marks.contains(.clientGuessed), case .unknown = HTTP2.sender(bytes, range) {
            core.service = .h2
            return false
        }
        resumeHTTP2(&core, &stream, side)
        return true
    }

    private func looksLikeHead(_ side: Int, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        if side == 0 {
            return HTTP1.looksLikeRequest(bytes, range).isYes || TLS.looksLikeRecord(bytes, range).isYes
        }
        return HTTP1.looksLikeResponse(bytes, range).isYes || TLS.looksLikeRecord(bytes, range).isYes
    }
}
