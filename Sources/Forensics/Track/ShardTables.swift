import ForensicsDecode
import ForensicsModel

/// The side tables of one shard: all that a connection's core does not hold. Bounded by the options' caps.
struct ShardTables {
    let options: TrackOptions
    let kind: EvidenceKind
    var details = Pool<ConnectionDetail>()
    var streams = Pool<StreamState>()
    var pending = Pool<PendingExchange>()
    var labels = Pool<ConnectionLabel>()
    var held = Pool<HeldSegment>()
    var chunked = Pool<HTTPChunkedBody>()
    var handshakes = Pool<QUICClientHandshake>()
    var http2 = Pool<HTTP2Connection>()
    /// Bytes that these hold beside their records, and those of `handshakes`.
    var http2Bytes = 0
    var handshakeBytes = 0
    /// Memory of the header list that is being read.
    var headScratch = HTTP2Head()
    var buffers: BufferPool
    /// Bytes of the texts that requests without their answer, and flows of DNS, hold: a text that several hold counts for
    /// each of them, since which ones share it depends on which shards the tracker has.
    var heldTextBytes = 0
    var counters = TrackCounters()
    /// Where the evidence is known to lack packets.
    var holes = EvidenceHoles()

    init(options: TrackOptions, kind: EvidenceKind) {
        self.options = options
        self.kind = kind
        buffers = BufferPool(countLimit: options.buffersPerShard, byteLimit: options.bufferBytesPerShard)
    }

    /// Whether connections came to need more records since somebody last looked.
    var hasGrown = false

    /// Bytes of the records that connections need beside their own, and of what these hold.
    var recordBytes: Int {
        streams.count &* MemoryLayout<StreamState>.stride &+ pending.count &* MemoryLayout<PendingExchange>.stride
            &+ details.count &* MemoryLayout<ConnectionDetail>.stride
            &+ labels.count &* MemoryLayout<ConnectionLabel>.stride &+ held.count &* MemoryLayout<HeldSegment>.stride
            &+ chunked.count &* MemoryLayout<HTTPChunkedBody>.stride
            &+ http2.count &* MemoryLayout<HTTP2Connection>.stride &+ http2Bytes
            &+ handshakes.count &* MemoryLayout<QUICClientHandshake>.stride &+ handshakeBytes
    }

    /// Returns the connection's detail, making it if there is none.
    mutating func detail(of core: inout ConnectionCore) -> Int32 {
        if core.detail < 0 {
            core.detail = details.allocate(ConnectionDetail())
            hasGrown = true
        }
        return core.detail
    }

    /// Appends an event unless the connection has had enough of its kind.
    mutating func event(
        _ kind: Event.Kind, _ core: inout ConnectionCore, direction: Int, _ place: PacketPlace, value: Int64 = 0,
        _ out: inout TrackOutput
    ) {
        if !ConnectionDetail.keepsAll(kind.rawValue) {
            let index = detail(of: &core)
            guard
                details.chunks[Pool<ConnectionDetail>.chunk(index)][Pool<ConnectionDetail>.place(index)]
                    .mayKeep(kind.rawValue)
            else { return }
        }
        out.facts.events.append(
            Event(
                kind: kind, direction: direction == 0 ? .originator : .responder, id: place.id, offset: place.offset,
                time: Timestamp(nanoseconds: place.time), connection: core.id, client: core.client,
                server: core.server, value: value))
    }

    /// Adds a letter to the history, in the detail when the core is full.
    @inline(__always)
    mutating func record(_ letter: ConnectionHistory.Letter, _ core: inout ConnectionCore, direction: Int) {
        if !core.history.isFull {
            core.history.append(letter, direction: direction)
        } else {
            recordMore(letter, &core, direction)
        }
    }

    private mutating func recordMore(
        _ letter: ConnectionHistory.Letter, _ core: inout ConnectionCore, _ direction: Int
    ) {
        let index = detail(of: &core)
        var detail = details[index]
        let word = detail.moreHistory[0].isFull ? 1 : 0
        detail.moreHistory[word].append(letter, direction: direction)
        details[index] = detail
    }

    /// Frees what belongs to a connection.
    mutating func release(_ core: inout ConnectionCore, _ out: inout TrackOutput) {
        if case .dns = core.service { releaseQuestion(core, out.kept) }
        if core.stream >= 0 { releaseStream(core.stream) }
        if core.detail >= 0 { details.release(core.detail) }
        core.stream = -1
        core.detail = -1
    }
}
