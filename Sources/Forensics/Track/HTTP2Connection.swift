import ForensicsDecode

/// The reading of one HTTP/2 connection: a header table and an open frame for each direction.
struct HTTP2Connection {
    /// One direction.
    struct Half {
        var decoder = HPACKDecoder()
        /// The frame whose payload is being read.
        var frame = HTTP2FrameHead()
        /// Payload bytes of that frame still to come.
        var remaining = 0
        /// The payload so far, for the types that are looked into.
        var payload: [UInt8] = []
        /// A header block so far: HEADERS and its CONTINUATIONs.
        var block: [UInt8] = []
        var blockEndsStream = false
        var isPushed = false
        /// Bytes of the client's preface still to come.
        var preface = 0
    }

    /// The longest header block that is read: what one list may hold and its encoding.
    static let blockLimit = 65_536

    var client = Half()
    var server = Half()

    @inline(__always)
    subscript(side: Int) -> Half {
        get { side == 0 ? client : server }
        set { if side == 0 { client = newValue } else { server = newValue } }
    }

    mutating func removeAll() { self = HTTP2Connection() }
}
