import ForensicsDecode
import ForensicsModel

extension ShardTables {
    /// Takes one TCP segment of a connection: times, history, states, sequence analysis, counts; then its payload.
    @inline(__always)
    mutating func segment(
        _ core: inout ConnectionCore, direction: Int, _ packet: Packet, _ bytes: Span<UInt8>, source: UInt32,
        _ out: inout TrackOutput
    ) {
        let segment = packet.segment
        let elapsed = packet.time.nanoseconds &- core.last
        let isPlain =
            elapsed >= 0 && elapsed < options.idleGap
            && advance(&core, direction, segment, packet.time.nanoseconds, elapsed)
        if isPlain {
            if segment.length > 0 { out.count(direction, segment.length, at: packet.time.nanoseconds) }
            if segment.length == 0, !core.marks.contains(.holdsSegments) { return }
        } else {
            judge(&core, direction, segment, packet, source, elapsed, &out)
        }
        guard isPlain || !core.marks.contains(.probe) else { return }
        read(&core, direction, segment, packet, bytes, source, &out)
    }

    /// Hands the payload on, and what a flag or an acknowledgment says to those who wait for bytes.
    private mutating func read(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ packet: Packet, _ bytes: Span<UInt8>,
        _ source: UInt32, _ out: inout TrackOutput
    ) {
        let place = packet.place(in: source)
        // Before the payload: an answer acknowledges its request, which may wait behind a gap of the capture.
        if core.marks.contains(.holdsSegments), segment.ack {
            acknowledged(&core, by: direction, segment.acknowledgment, &out)
        }
        if segment.length > 0, !segment.rst { payload(&core, direction, packet, bytes, place, &out) }
        guard segment.fin || segment.rst else { return }
        // A guess of who is the client may have been put right by the payload.
        let side = core.marks.contains(.clientGuessed) ? core.direction(of: packet) : direction
        if segment.rst, !endsConnection(core, side, segment) { return }
        ended(&core, side, segment, place, &out)
    }

    /// Takes a segment that is just what was expected, as most are: in order, nothing lost, no flag, windows open, not just opened.
    ///
    /// Does what `judge` would do for it, with a fraction of the work; false, and nothing is changed, for any other.
    @inline(__always)
    private mutating func advance(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ now: Int64, _ delta: Int64
    ) -> Bool {
        var forward = core.halves[direction]
        let reverse = core.halves[1 &- direction]
        guard !segment.isControl, segment.ack, core.marks.contains(.handshakeDone), segment.window != 0,
            forward.window != 0, segment.sequence == forward.next, forward.isSettled, reverse.isSettled,
            !TCPAnalysis.isAfter(segment.acknowledgment, reverse.next)
        else { return false }
        let fresh: HalfMarks
        if segment.length == 0 {
            // The same acknowledgment again: a duplicate, a window update or the answer to a probe.
            guard segment.acknowledgment != forward.ack else { return false }
            fresh = .historyACK
        } else {
            guard reverse.window != 0, segment.end != reverse.ack &+ reverse.scaledWindow,
                TCPAnalysis.isAfter(segment.end, reverse.ack) || reverse.ack == 0
            else { return false }
            fresh = .historyData
            forward.addBytes(segment.length)
            forward.next = segment.end
        }
        if !forward.marks.contains(fresh) {
            guard !core.history.isFull else { return false }
            core.history.append(segment.length == 0 ? .ack : .data, direction: direction)
            forward.marks.insert(fresh)
        }
        if segment.acknowledgment != forward.ack { forward.duplicateACKs = 0 }
        forward.packets = forward.packets == .max ? .max : forward.packets &+ 1
        forward.window = segment.window
        forward.ack = segment.acknowledgment
        forward.marks.subtract(.lastKinds)
        _ = Self.moveClock(&core, direction, now, delta)
        forward.nextAge = segment.length > 0 ? 0 : core.halves[direction].nextAge
        core.halves[direction] = forward
        return true
    }

    /// Takes any segment: the whole analysis.
    private mutating func judge(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ packet: Packet, _ source: UInt32,
        _ elapsed: Int64, _ out: inout TrackOutput
    ) {
        let place = packet.place(in: source)
        let delta = max(0, elapsed)
        let lags = Self.moveClock(&core, direction, place.time, delta)
        if segment.length > 0, delta >= options.idleGap, !segment.rst {
            event(.idleGap, &core, direction: direction, place, value: delta, &out)
        }
        let isDoubtful = segment.rst && !endsConnection(core, direction, segment)
        if segment.isControl {
            if segment.syn, segment.ack { beginAnew(&core, direction, segment) }
            control(&core, direction, segment, packet, place, ownLag: lags.own, idle: delta, &out)
            if segment.fin, !segment.rst { noteIdleClose(&core, direction, segment, place, idle: delta, &out) }
            if !isDoubtful, segment.fin || segment.rst { markEnd(&core, direction, segment) }
        }
        if !core.marks.contains(.handshakeDone) { completeHandshake(&core, direction, segment, lags) }
        writeHistory(&core, direction, segment)
        setBases(&core, direction, segment)
        let known = core.halves[direction].bytes
        count(&core, direction, segment)
        let fresh = core.halves[direction].bytes &- known
        if isDoubtful { doubt(&core, direction, segment, place) }
        let wasClosed = core.halves[direction].window == 0
        if wasClosed { tellClosedWindow(&core, direction, until: place.time, &out) }
        let timing = SegmentTiming(
            reverseLag: lags.reverse, setback: UInt32(clamping: 0 &- elapsed), roundTrip: core.initialRTT)
        let found = analyze(&core, direction, segment, timing)
        if !isDoubtful { EndpointMachine.step(&core, segment, direction: direction) }
        if found.rawValue & TCPFindings.keepAlive.rawValue != 0 {
            let index = detail(of: &core)
            details[index].keepAlive(after: place.time &- delta, bytes: Self.payload(core))
        }
        if segment.length > 0 { meter(found, &core, direction, segment, fresh: fresh, at: place.time, &out) }
        if found.rawValue != 0 {
            note(found, &core, direction, segment, wasClosed: wasClosed, place, &out)
        }
        if segment.isControl { closeIfDone(&core) }
        core.marks.remove(.probe)
        if found.rawValue & TCPFindings.oneByteProbes.rawValue != 0 { core.marks.insert(.probe) }
    }

    /// Ages both sides and tells how long ago the sender (`own`) and the other side sent their last packets.
    @inline(__always)
    private static func moveClock(
        _ core: inout ConnectionCore, _ direction: Int, _ now: Int64, _ delta: Int64
    ) -> (own: Int64, reverse: UInt32) {
        let age = UInt32(clamping: delta)
        let other = Int64(core.otherLag) &+ delta
        core.halves[0].age(age)
        core.halves[1].age(age)
        if now > core.last { core.last = now }
        let lastSide = core.marks.contains(.lastFromResponder) ? 1 : 0
        if lastSide == direction {
            core.otherLag = UInt32(clamping: other)
            return (delta, UInt32(clamping: other))
        }
        core.otherLag = age
        core.marks.formSymmetricDifference(.lastFromResponder)
        return (other, age)
    }

    /// The marks and events of SYN, FIN and RST.
    private mutating func control(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ packet: Packet,
        _ place: PacketPlace, ownLag: Int64, idle: Int64, _ out: inout TrackOutput
    ) {
        if segment.syn {
            let scale = Int8(truncatingIfNeeded: min(Int(packet.windowScale), 14))
            Self.negotiateScale(&core, direction, packet.windowScale == 255 ? -1 : scale, isAnswer: segment.ack)
            if !segment.ack, direction == 0, core.halves[0].marks.contains(.sentSYN),
                segment.sequence == core.halves[0].base
            {
                event(.synRetransmission, &core, direction: direction, place, value: ownLag, &out)
                noteRepeatedSYN(&core)
                if core.halves[0].state == .reset || core.halves[1].state == .reset {
                    let index = detail(of: &core)
                    details[index].isAskedAgain = true
                }
            }
            if segment.ack { noteRepeatedAnswer(&core, direction, since: place.time &- ownLag) }
            core.halves[direction].marks.insert(.sentSYN)
        }
        if segment.rst {
            let index = detail(of: &core)
            details[index].resets &+= 1
            event(.reset, &core, direction: direction, place, value: idle, &out)
            let byClientLast = direction == 0 ? ownLag == idle : ownLag > idle
            if byClientLast { noteIdleReset(&core, direction, place, idle: idle, &out) }
            let quiet = details[index].quiet(until: place.time, bytes: Self.payload(core))
            // Where the two are alike the reset alone tells.
            if quiet &- idle > Self.quietMargin {
                event(.quietReset, &core, direction: direction, place, value: quiet, &out)
            }
        }
    }

    /// Tells who closed first, and after which silence, if there was any: a timer shows by many that are alike.
    private mutating func noteIdleClose(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ place: PacketPlace, idle: Int64,
        _ out: inout TrackOutput
    ) {
        let ended = core.halves[0].marks.rawValue | core.halves[1].marks.rawValue
        let bytes = Self.payload(core)
        guard ended & HalfMarks.ended.rawValue == 0, bytes > 0, !acknowledgesUnseenFIN(core, direction, segment) else {
            return
        }
        let quiet = core.detail >= 0 ? details[core.detail].quiet(until: place.time, bytes: bytes) : 0
        guard max(idle, quiet) >= Self.idleClose else { return }
        event(.idleClose, &core, direction: direction, place, value: max(idle, quiet), &out)
    }

    /// A side that closes sooner had nothing more to do; nanoseconds.
    private static let idleClose: Int64 = 1_000_000_000

    /// Likewise of a reset. The client's acknowledgment of an answer was the last packet: what it asks for, the server acknowledges
    /// or answers.
    private mutating func noteIdleReset(
        _ core: inout ConnectionCore, _ direction: Int, _ place: PacketPlace, idle: Int64, _ out: inout TrackOutput
    ) {
        let ended = core.halves[0].marks.rawValue | core.halves[1].marks.rawValue
        // A closed window is no silence: the server waits to send more.
        guard idle >= Self.idleReset, ended & HalfMarks.ended.rawValue == 0, core.halves[1].bytes > 0,
            core.halves[0].window > 0
        else { return }
        event(.idleReset, &core, direction: direction, place, value: idle, &out)
    }

    /// What is reset sooner is no idle connection.
    private static let idleReset: Int64 = 5_000_000_000

    /// Notes on which side of the first answer a SYN came again.
    private mutating func noteRepeatedSYN(_ core: inout ConnectionCore) {
        if core.marks.contains(.handshakeDone) { return }
        let index = detail(of: &core)
        if core.halves[1].marks.contains(.sentSYN) {
            details[index].isAnswerMissed = true
        } else {
            details[index].isSYNRepeated = true
            details[index].isPortHeld = core.halves[1].packets > 0 && !core.halves[1].marks.contains(.sentRST)
        }
    }

    /// Notes when the SYN was first answered, where the answer comes again: else the last one tells.
    private mutating func noteRepeatedAnswer(_ core: inout ConnectionCore, _ direction: Int, since first: Int64) {
        guard direction == 1, core.halves[0].marks.contains(.sentSYN), core.halves[1].marks.contains(.sentSYN),
            !core.marks.contains(.handshakeDone)
        else { return }
        let index = detail(of: &core)
        if details[index].lateAnswer == 0 { details[index].lateAnswer = max(1, first &- core.start) }
    }

    /// Notes when the SYN was answered, if that is the larger part of a handshake that took `whole`, and long: hardly any does,
    /// and the others need no room for it.
    ///
    /// - Parameter reverse: how long ago the last answer came; the largest number also for what is longer: the client took that long.
    private mutating func noteAnswer(_ core: inout ConnectionCore, _ whole: Int64, reverse: UInt32) {
        let first = core.detail >= 0 ? details[core.detail].lateAnswer : 0
        let answered = first > 0 ? first : reverse == .max ? 0 : whole &- Int64(reverse)
        let isLate = answered >= Self.lateAnswer && answered > whole / 2
        if !isLate, first == 0 { return }
        let index = detail(of: &core)
        details[index].lateAnswer = isLate ? answered : 0
    }

    /// An answer that comes sooner is never the larger part of a handshake that is slow; nanoseconds.
    private static let lateAnswer: Int64 = 500_000_000

    /// How much longer than since the last packet the last payload has to be over to be told apart; nanoseconds.
    private static let quietMargin: Int64 = 3_000_000_000

    /// The payload of both sides, whose change tells that some came.
    private static func payload(_ core: ConnectionCore) -> UInt32 {
        UInt32(truncatingIfNeeded: core.halves[0].bytes &+ core.halves[1].bytes)
    }

    /// Notes whether windows are scaled. RFC 7323, section 2.2, as Wireshark takes it.
    private static func negotiateScale(_ core: inout ConnectionCore, _ direction: Int, _ scale: Int8, isAnswer: Bool) {
        if scale >= 0 {
            core.halves[direction].scale = isAnswer && core.halves[1 - direction].scale == -2 ? -2 : scale
        } else if core.halves[direction].scale == -1 {
            core.halves[direction].scale = -2
            core.halves[1 - direction].scale = -2
        }
    }

    /// Takes the time of the handshake at the originator's first segment after the answer to its SYN.
    private mutating func completeHandshake(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ lags: (own: Int64, reverse: UInt32)
    ) {
        guard direction == 0, segment.ack, !segment.syn, !segment.rst, core.halves[0].marks.contains(.sentSYN),
            core.halves[1].marks.contains(.sentSYN)
        else { return }
        core.marks.insert(.handshakeDone)
        core.initialRTT = max(UInt32(clamping: lags.own), 1)
        let whole = core.last &- core.start
        noteAnswer(&core, whole, reverse: lags.reverse)
        if whole != Int64(core.initialRTT) {
            let index = detail(of: &core)
            details[index].handshake = max(whole, 1)
        }
    }

    /// Sets the base sequence numbers that tell a repeated SYN from a new connection's.
    @inline(__always)
    private func setBases(_ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment) {
        if !core.halves[direction].marks.contains(.base) {
            core.halves[direction].marks.insert(.base)
            core.halves[direction].base = segment.syn ? segment.sequence : segment.sequence &- 1
        }
        if segment.ack, !core.halves[1 - direction].marks.contains(.base) {
            core.halves[1 - direction].marks.insert(.base)
            core.halves[1 - direction].base = segment.acknowledgment &- 1
        }
    }

    /// Counts the packet and those payload bytes that were not seen before.
    @inline(__always)
    private mutating func count(_ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment) {
        let packets = core.halves[direction].packets
        core.halves[direction].packets = packets == .max ? packets : packets &+ 1
        guard segment.length > 0, !segment.rst else { return }
        let start = segment.sequence &+ (segment.syn ? 1 : 0)
        let end = start &+ segment.length
        let next = core.halves[direction].next
        guard core.halves[direction].marks.contains(.next), start != next else {
            if segment.length == 1, core.halves[1 - direction].window == 0, start == next { return }
            core.halves[direction].addBytes(segment.length)
            return
        }
        countApart(&core, direction, start, end, next)
    }

    private mutating func countApart(
        _ core: inout ConnectionCore, _ direction: Int, _ start: UInt32, _ end: UInt32, _ next: UInt32
    ) {
        if TCPAnalysis.isAfter(start, next) {
            core.halves[direction].addBytes(end &- start)
            let index = detail(of: &core)
            details[index].addHole(next, start, side: direction)
            core.halves[direction].marks.insert(.holes)
            return
        }
        if TCPAnalysis.isAfter(end, next) { core.halves[direction].addBytes(end &- next) }
        guard core.halves[direction].marks.contains(.holes) else { return }
        var detail = details[core.detail]
        let known = TCPAnalysis.isAfter(end, next) ? next : end
        core.halves[direction].addBytes(detail.fill(start, known, side: direction))
        if !detail.hasHoles(side: direction) { core.halves[direction].marks.remove(.holes) }
        details[core.detail] = detail
    }

    @inline(__always)
    private mutating func analyze(
        _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, _ timing: SegmentTiming
    ) -> TCPFindings {
        var forward = core.halves[direction]
        let reverse = core.halves[1 - direction]
        var forwardEdge = forward.next
        var reverseEdge = reverse.next
        if forward.marks.contains(.broken) { forwardEdge = details[core.detail].contiguous[direction] }
        if reverse.marks.contains(.broken) { reverseEdge = details[core.detail].contiguous[1 - direction] }
        let found = TCPAnalysis.judge(
            segment, &forward, reverse, timing, forwardEdge: &forwardEdge, reverseEdge: &reverseEdge)
        core.halves[direction] = forward
        if forwardEdge != forward.next || forward.marks.contains(.broken) { setEdge(&core, direction, forwardEdge) }
        if reverse.marks.contains(.broken) { setEdge(&core, 1 - direction, reverseEdge) }
        return found
    }

    private mutating func setEdge(_ core: inout ConnectionCore, _ side: Int, _ edge: UInt32) {
        if edge == core.halves[side].next {
            core.halves[side].marks.remove(.broken)
            return
        }
        core.halves[side].marks.insert(.broken)
        let index = detail(of: &core)
        details[index].contiguous[side] = edge
    }
}
