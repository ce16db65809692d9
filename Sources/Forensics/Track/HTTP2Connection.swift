import ForensicsDecode
import ForensicsModel

/// The reading of one HTTP/2 connection: a header table and an open frame for each direction. RFC 9113.
struct HTTP2Connection {
    /// One direction.
    struct Half {
        var decoder = HPACKDecoder()
        /// The frame whose payload is being read.
        var frame = HTTP2FrameHead()
        /// Payload bytes of that frame still to come, or -1 while its nine bytes of head are.
        var remaining = -1
        /// The frame's head so far, then its payload if it is one of the types that are looked into.
        var bytes: [UInt8] = []
        /// A header block so far: of HEADERS or PUSH_PROMISE and its CONTINUATIONs.
        var block: [UInt8] = []
        /// The frame that began the block.
        var opening = HTTP2FrameHead()
        /// The head of a frame was read.
        var hasBegun = false
        /// Only CONTINUATION may come next.
        var awaitsContinuation = false
        /// The snap length cut the frame that is looked into, or a frame of the block before it: of the block its beginning is
        /// kept.
        var isCut = false
        /// Where the frame, or the block, began.
        var place = PacketPlace(time: 0, offset: 0, record: 0, source: 0)

        /// Bytes that are held beside the record itself; arrays that grow have room for as many again.
        var heldBytes: Int { 2 &* (decoder.heldBytes &+ bytes.count &+ block.count) }

        /// Whether the payload of the frame is looked into; others are stepped over.
        var isFrameRead: Bool {
            switch frame.type {
            case .headers, .continuation, .pushPromise, .resetStream, .goAway: true
            case .data, .priority, .settings, .ping, .windowUpdate, nil: false
            }
        }
    }

    /// Memory of a longer frame or block is not kept for the next.
    static let scratchLimit = 2048

    /// The longest header block that is read: what one list may hold and its encoding.
    static let blockLimit = 65_536

    var client = Half()
    var server = Half()
    /// No stream above this one has a request that waits; all may have one until the first is known.
    var newest = UInt32.max
    /// The last stream that the server will answer, as its GOAWAY tells, and where the segment ends that holds it.
    var lastStream = UInt32.max
    var goAwayEnd: UInt32 = 0
    /// Why each side will take no more streams, as its last GOAWAY says.
    var goAway: InlineArray<2, HTTP2ErrorCode> = [.noError, .noError]
    /// Streams that were answered without their request: it may be captured late.
    var orphans = RecentStreams()
    /// Streams that one side gave up while they waited for their answer: it may have been on its way.
    var resets = RecentStreams()

    /// Takes a direction's half out for reading while the tables change; it comes back with `putBack`.
    mutating func take(_ side: Int) -> Half {
        var taken = Half()
        if side == 0 { swap(&taken, &client) } else { swap(&taken, &server) }
        return taken
    }

    mutating func putBack(_ side: Int, _ half: consuming Half) {
        if side == 0 { client = half } else { server = half }
    }

    /// Bytes that both directions hold beside the record itself.
    var heldBytes: Int { client.heldBytes &+ server.heldBytes }

    /// Steps over bytes that were lost, where they lie inside a payload that is not looked into and that goes on
    /// after them; false, and nothing is changed, where they do not.
    mutating func skip(_ side: Int, _ count: Int) -> Bool {
        var half = take(side)
        let isInside = half.remaining > count && !half.isFrameRead
        if isInside { half.remaining -= count }
        putBack(side, half)
        return isInside
    }
}

/// The last few streams of a connection of which something is remembered.
struct RecentStreams {
    private var streams = InlineArray<16, UInt32>(repeating: 0)
    private var count = 0

    /// Whether none was ever noted.
    var isEmpty: Bool { count == 0 }

    mutating func note(_ stream: UInt32) {
        streams[count & 15] = stream
        count &+= 1
    }

    func holds(_ stream: UInt32) -> Bool {
        for index in streams.indices where streams[index] == stream { return true }
        return false
    }
}
