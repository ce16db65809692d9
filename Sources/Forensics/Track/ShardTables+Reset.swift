/// Resets that end a connection, and those that their receiver may not have taken.
extension ShardTables {
    /// Whether a reset ends the connection: its number is the one that its receiver expects, as far as the capture tells which.
    func endsConnection(_ core: ConnectionCore, _ direction: Int, _ reset: TCPSegment) -> Bool {
        let sender = core.halves[direction]
        let receiver = core.halves[1 - direction]
        guard core.marks.contains(.handshakeDone), sender.marks.contains(.next), receiver.marks.contains(.next) else {
            return true
        }
        if reset.sequence == sender.next || reset.sequence == receiver.ack { return true }
        // It may come from before the FIN.
        return sender.marks.contains(.sentFIN) && reset.sequence &+ 1 == sender.next
    }

    /// Keeps a reset that may be the end; of several in a row the first one's time.
    mutating func doubt(
        _ core: inout ConnectionCore, _ direction: Int, _ reset: TCPSegment, _ place: PacketPlace
    ) {
        let index = detail(of: &core)
        let packets = core.halves[direction].packets
        var time = place.time
        if let known = details[index].doubtfulReset {
            if known.side != direction, known.isLast(of: core.halves[known.side]) { return }
            if known.side == direction, known.packets &+ 1 == packets { time = known.time }
        }
        details[index].doubtfulReset = DoubtfulReset(
            time: time, sequence: reset.sequence, packets: packets, hasACK: reset.ack, side: direction)
    }

    /// Takes a doubtful reset for the end that it was, where its sender sent nothing more.
    mutating func settleReset(_ core: inout ConnectionCore) -> DoubtfulReset? {
        guard core.detail >= 0, let reset = details[core.detail].doubtfulReset,
            reset.isLast(of: core.halves[reset.side])
        else { return nil }
        let segment = TCPSegment(
            sequence: reset.sequence, acknowledgment: 0, length: 0, window: 0, syn: false, fin: false, rst: true,
            ack: reset.hasACK)
        markEnd(&core, reset.side, segment)
        EndpointMachine.step(&core, segment, direction: reset.side)
        closeIfDone(&core)
        return reset
    }

    /// Marks who closed or reset a connection, and who did so first.
    ///
    /// A host that has been told that a connection is reset answers what overtook the news with a reset without ACK, which
    /// says nothing of its own. RFC 9293, section 3.10.7.1.
    mutating func markEnd(_ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment) {
        let ended = core.halves[0].marks.rawValue | core.halves[1].marks.rawValue
        if ended & HalfMarks.ended.rawValue == 0 {
            let first = acknowledgesUnseenFIN(core, direction, segment) ? 1 - direction : direction
            core.halves[first].marks.insert(.endedFirst)
        }
        if segment.fin { core.halves[direction].marks.insert(.sentFIN) }
        let isEcho = !segment.ack && core.halves[1 - direction].marks.contains(.sentRST)
        if segment.rst, !isEcho { core.halves[direction].marks.insert(.sentRST) }
    }

    /// Whether a side that ends the connection has acknowledged one number more than the other was seen to send: a FIN, which the
    /// capture lacks. It answers that.
    func acknowledgesUnseenFIN(_ core: ConnectionCore, _ direction: Int, _ segment: TCPSegment) -> Bool {
        let other = core.halves[1 - direction]
        return segment.ack && core.marks.contains(.handshakeDone) && other.marks.contains(.next)
            && other.marks.rawValue & HalfMarks.ended.rawValue == 0 && segment.acknowledgment == other.next &+ 1
    }

    /// Notes that nothing more is expected once both sides closed, or one reset.
    @inline(__always)
    func closeIfDone(_ core: inout ConnectionCore) {
        let first = core.halves[0].state
        let second = core.halves[1].state
        if first == .reset || second == .reset || first == .closed && second == .closed { core.marks.insert(.closed) }
    }
}
