/// What Wireshark's sequence analysis says of one segment.
struct TCPFindings: OptionSet {
    let rawValue: UInt32
    @inline(__always)
    init(rawValue: UInt32) { self.rawValue = rawValue }

    static let zeroWindowProbe = TCPFindings(rawValue: 1)
    static let zeroWindow = TCPFindings(rawValue: 1 << 1)
    static let lostSegment = TCPFindings(rawValue: 1 << 2)
    static let keepAlive = TCPFindings(rawValue: 1 << 3)
    static let windowUpdate = TCPFindings(rawValue: 1 << 4)
    static let windowFull = TCPFindings(rawValue: 1 << 5)
    static let keepAliveACK = TCPFindings(rawValue: 1 << 6)
    static let zeroWindowProbeACK = TCPFindings(rawValue: 1 << 7)
    static let duplicateACK = TCPFindings(rawValue: 1 << 8)
    static let ackedLostSegment = TCPFindings(rawValue: 1 << 9)
    static let spuriousRetransmission = TCPFindings(rawValue: 1 << 10)
    static let fastRetransmission = TCPFindings(rawValue: 1 << 11)
    static let outOfOrder = TCPFindings(rawValue: 1 << 12)
    static let retransmission = TCPFindings(rawValue: 1 << 13)

    static let anyRetransmission = TCPFindings(rawValue: 1 << 10 | 1 << 11 | 1 << 13)
    /// Keep-alives and window probes: their byte is no payload.
    static let oneByteProbes = TCPFindings(rawValue: 1 | 1 << 3)
}

/// The parts of a segment that sequence analysis looks at.
struct TCPSegment {
    var sequence: UInt32
    var acknowledgment: UInt32
    /// The payload's true length.
    var length: UInt32
    var window: UInt16
    var syn: Bool
    var fin: Bool
    var rst: Bool
    var ack: Bool

    @inline(__always)
    var isControl: Bool { syn || fin || rst }
    @inline(__always)
    var end: UInt32 { sequence &+ length }
}

/// What a segment's time is measured against, in nanoseconds; all stop at 4.29 s.
struct SegmentTiming {
    /// From the other side's last packet to the connection's latest time or this segment, whichever is later.
    var reverseLag: UInt32
    /// How far this segment's time lies before the connection's latest: clocks jump, and queues mix packets up.
    var setback: UInt32
    /// The handshake's round trip, 0 if not known.
    var roundTrip: UInt32

    /// Whether a segment came less than `window` after what is `age` old at the connection's latest time.
    ///
    /// One stamped before that did not: Wireshark takes the difference without a sign, and finds it huge.
    @inline(__always)
    func isWithin(_ window: UInt32, of age: UInt32) -> Bool {
        age < .max && age >= setback && age &- setback < window
    }
}

/// Wireshark 4.0's `tcp.analysis` conditions, test by test in its order.
///
/// Wireshark wiki and user's guide, section "TCP Analysis". The preference "fast retransmission supersedes
/// out-of-order" is on, as by default.
enum TCPAnalysis {
    /// Out-of-order without a known round trip: 3 ms. Fast retransmission: 20 ms. Nanoseconds.
    static let outOfOrderWindow: UInt32 = 3_000_000
    static let fastRetransmissionWindow: UInt32 = 20_000_000

    /// Judges one segment and brings the sender's side up to date.
    ///
    /// - Parameters:
    ///   - forward: the sender's side, aged to now. - reverse: the other side.
    ///   - timing: what the segment's time is measured against.
    ///   - forwardEdge: `maxseqtobeacked` of the sender. - reverseEdge: of the other side.
    @inline(__always)
    static func judge(
        _ segment: TCPSegment, _ forward: inout FlowHalf, _ reverse: FlowHalf, _ timing: SegmentTiming,
        forwardEdge: inout UInt32, reverseEdge: inout UInt32
    ) -> TCPFindings {
        var found = judgeForward(segment, forward, reverse)
        if found.contains(.duplicateACK) { forward.duplicateACKs &+= 1 }
        if segment.acknowledgment != forward.ack { forward.duplicateACKs = 0 }
        if segment.ack, reverse.marks.contains(.next), isAfter(segment.acknowledgment, reverseEdge) {
            found.insert(.ackedLostSegment)
            reverseEdge = reverse.next
        }
        if segment.length > 0 || segment.syn || segment.fin, !found.contains(.keepAlive) {
            found.formUnion(judgeRepeat(segment, forward, reverse, timing))
        }
        advance(segment, &forward, found, setback: timing.setback, edge: &forwardEdge)
        return found
    }

    @inline(__always)
    private static func judgeForward(
        _ segment: TCPSegment, _ forward: FlowHalf, _ reverse: FlowHalf
    ) -> TCPFindings {
        let known = forward.marks.contains(.next)
        let atNext = known && segment.sequence == forward.next
        if segment.length == 1, atNext, reverse.window == 0 { return .zeroWindowProbe }
        var found: TCPFindings = []
        if known, !segment.rst, isAfter(segment.sequence, forward.next) { found.insert(.lostSegment) }
        if segment.isControl { return found }
        if segment.window == 0 { found.insert(.zeroWindow) }
        if segment.length <= 1, known, segment.sequence == forward.next &- 1 { found.insert(.keepAlive) }
        if segment.length > 0 {
            if reverse.scale != -1, segment.end == reverse.ack &+ reverse.scaledWindow { found.insert(.windowFull) }
            return found
        }
        guard atNext, segment.acknowledgment == forward.ack else { return found }
        if segment.window != forward.window {
            if segment.window != 0 { found.insert(.windowUpdate) }
        } else if segment.window != 0 {
            found.insert(reverse.marks.contains(.lastKeepAlive) ? .keepAliveACK : .duplicateACK)
        } else if reverse.marks.contains(.lastProbe) {
            found.insert(.zeroWindowProbeACK)
        }
        return found
    }

    @inline(__always)
    private static func judgeRepeat(
        _ segment: TCPSegment, _ forward: FlowHalf, _ reverse: FlowHalf, _ timing: SegmentTiming
    ) -> TCPFindings {
        if segment.length > 0, reverse.ack != 0, !isAfter(segment.end, reverse.ack) { return .spuriousRetransmission }
        guard forward.marks.contains(.next), isAfter(forward.next, segment.sequence) else { return [] }
        // One byte before the expected one and longer than it: the byte before was a window probe.
        if segment.length > 1, segment.sequence == forward.next &- 1 { return [] }
        if reverse.duplicateACKs >= 2, segment.sequence == reverse.ack,
            timing.isWithin(fastRetransmissionWindow, of: timing.reverseLag)
        {
            return .fastRetransmission
        }
        let window = timing.roundTrip == 0 ? outOfOrderWindow : timing.roundTrip
        let end = segment.end &+ (segment.syn || segment.fin ? 1 : 0)
        if timing.isWithin(window, of: forward.nextAge), end != forward.next { return .outOfOrder }
        return .retransmission
    }

    @inline(__always)
    private static func advance(
        _ segment: TCPSegment, _ forward: inout FlowHalf, _ found: TCPFindings, setback: UInt32,
        edge: inout UInt32
    ) {
        let known = forward.marks.contains(.next)
        let atEdge = !known || segment.sequence == edge
        // A reset's number may be anything: it does not move what is expected next.
        if !found.contains(.zeroWindowProbe), !segment.rst || !known {
            let end = segment.end &+ (segment.syn || segment.fin ? 1 : 0)
            if !known || isAfter(end, forward.next) {
                forward.next = end
                forward.nextAge = setback
            }
            if atEdge { edge = forward.next }
            forward.marks.insert(.next)
        }
        forward.window = segment.window
        forward.ack = segment.acknowledgment
        forward.marks.subtract(.lastKinds)
        if found.contains(.keepAlive) { forward.marks.insert(.lastKeepAlive) }
        if found.contains(.zeroWindowProbe) { forward.marks.insert(.lastProbe) }
        if segment.syn { forward.marks.insert(.lastSYN) }
    }

    @inline(__always)
    static func isAfter(_ left: UInt32, _ right: UInt32) -> Bool { Int32(bitPattern: left &- right) > 0 }
}
