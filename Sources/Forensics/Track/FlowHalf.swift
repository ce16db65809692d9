/// Zeek's state of one endpoint of a TCP connection.
enum EndpointState: UInt8 {
    case inactive = 0, partial, synSent, synACKSent, established, closed, reset
}

/// What one side of a connection sent: 32 bytes.
///
/// The names of Wireshark's sequence analysis in parentheses. Ages are nanoseconds before the connection's last
/// packet and stop at 4.29 s.
struct FlowHalf {
    private var bytesLow: UInt32 = 0
    private var bytesHigh: UInt16 = 0
    /// The last packet's window, not scaled (`window`); the largest before the first packet.
    var window: UInt16 = .max
    /// The highest end of a segment (`nextseq`).
    var next: UInt32 = 0
    /// The last acknowledgment number (`lastack`).
    var ack: UInt32 = 0
    /// The sequence number of the SYN, or one before the first byte seen (`base_seq`).
    var base: UInt32 = 0
    var packets: UInt32 = 0
    /// Since `next` moved (`nextseqtime`).
    var nextAge: UInt32 = 0
    /// The window scale: -1 not known, -2 not in use (`win_scale`).
    var scale: Int8 = -1
    /// Endpoint state in bits 0 to 2, "closed before it reset" in bit 3, duplicate ACKs in a row in bits 4 to 6, "head cut" in
    /// bit 7.
    private var packed: UInt8 = 0
    var marks: HalfMarks = []

    init() {}

    /// Payload bytes, each once; 48 bits, which no capture passes.
    @inline(__always)
    var bytes: UInt64 { UInt64(bytesHigh) << 32 | UInt64(bytesLow) }

    @inline(__always)
    mutating func addBytes(_ count: UInt32) {
        let (sum, carry) = bytesLow.addingReportingOverflow(count)
        bytesLow = sum
        if carry, bytesHigh < .max { bytesHigh &+= 1 }
    }

    @inline(__always)
    var state: EndpointState {
        get { EndpointState(rawValue: packed & 7) ?? .reset }
        set { packed = packed & 0xF8 | newValue.rawValue }
    }

    @inline(__always)
    var wasClosed: Bool { packed & 8 != 0 }

    /// Moves to `reset` and remembers whether the endpoint had closed before.
    mutating func reset() {
        packed = packed & 0xF0 | (state == .closed ? 8 : 0) | EndpointState.reset.rawValue
    }

    /// Duplicate ACKs in a row, at most 7 (`dupacknum`).
    @inline(__always)
    var duplicateACKs: UInt8 {
        get { packed &>> 4 & 7 }
        set { packed = packed & 0x8F | min(newValue, 7) &<< 4 }
    }

    /// Whether what may be the head of a request was not captured whole, so that nothing tells whether its sender is a load
    /// balancer.
    var hasCutHead: Bool {
        get { packed & 0x80 != 0 }
        set { packed = packed & 0x7F | (newValue ? 0x80 : 0) }
    }

    @inline(__always)
    mutating func age(_ delta: UInt32) {
        let (sum, overflow) = nextAge.addingReportingOverflow(delta)
        nextAge = overflow ? .max : sum
    }

    /// Bit set of the states in which a segment without flags changes nothing: partial, established, closed.
    private static let openStates: UInt8 = 1 << 1 | 1 << 4 | 1 << 5

    /// Whether nothing on this side asks for a closer look: an open state, a known end, no gap, no probe.
    @inline(__always)
    var isSettled: Bool {
        marks.rawValue & HalfMarks.unsettled.rawValue == HalfMarks.next.rawValue
            && Self.openStates &>> UInt8(packed & 7) & 1 != 0
    }

    /// The receive window in bytes that the last packet announced; a SYN's is never scaled. RFC 7323, section 2.2.
    @inline(__always)
    var scaledWindow: UInt32 {
        scale <= 0 || marks.contains(.lastSYN) ? UInt32(window) : UInt32(window) &<< UInt32(scale)
    }
}

/// Yes-or-no facts of one side.
struct HalfMarks: OptionSet {
    let rawValue: UInt16
    @inline(__always)
    init(rawValue: UInt16) { self.rawValue = rawValue }

    static let base = HalfMarks(rawValue: 1)
    static let next = HalfMarks(rawValue: 1 << 1)
    /// What the last packet of this side was.
    static let lastKeepAlive = HalfMarks(rawValue: 1 << 2)
    static let lastProbe = HalfMarks(rawValue: 1 << 3)
    static let lastSYN = HalfMarks(rawValue: 1 << 4)
    static let lastKinds = HalfMarks(rawValue: 7 << 2)
    /// Marks that decide whether a side is settled: `next` must be set and no other.
    static let unsettled = HalfMarks(rawValue: 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 13)
    /// `maxseqtobeacked` differs from `next`: it is in the connection's detail.
    static let broken = HalfMarks(rawValue: 1 << 5)
    static let sentSYN = HalfMarks(rawValue: 1 << 6)
    static let sentFIN = HalfMarks(rawValue: 1 << 7)
    static let sentRST = HalfMarks(rawValue: 1 << 8)
    /// Which letters the history holds already.
    static let historyACK = HalfMarks(rawValue: 1 << 9)
    static let historyData = HalfMarks(rawValue: 1 << 10)
    static let historyInconsistent = HalfMarks(rawValue: 1 << 11)
    static let historyMultiFlag = HalfMarks(rawValue: 1 << 12)
    /// The detail holds gaps of this side's sequence space.
    static let holes = HalfMarks(rawValue: 1 << 13)
    /// All payload of this side is a header of PROXY protocol.
    static let proxyHeader = HalfMarks(rawValue: 1 << 14)
    /// Its FIN or RST came before any of the other side.
    static let endedFirst = HalfMarks(rawValue: 1 << 15)
    /// It closed, or reset the connection.
    static let ended = HalfMarks(rawValue: 1 << 7 | 1 << 8)
    /// All that tells of its end.
    static let ends = HalfMarks(rawValue: 1 << 7 | 1 << 8 | 1 << 15)
    /// Letters that the history holds already.
    static let histories = HalfMarks(rawValue: 15 << 9)
}
