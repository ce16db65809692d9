/// What comes before the answer to a SYN and is not of the connection that it opens.
extension ShardTables {
    /// Forgets what came before the answer to a SYN and is not of this connection.
    ///
    /// A server that holds the last connection of these ports open answers a SYN with that one's numbers, which the client resets
    /// before it asks again. RFC 9293, section 3.10.7.4. Some clients ask again where they were refused, too.
    mutating func beginAnew(_ core: inout ConnectionCore, _ direction: Int, _ answer: TCPSegment) {
        guard direction == 1, !core.marks.contains(.handshakeDone), core.halves[0].marks.contains(.sentSYN),
            answer.acknowledgment == core.halves[0].base &+ 1, core.halves[1].bytes == 0
        else { return }
        if core.halves[1].marks.contains(.base), core.halves[1].base != answer.sequence { renumber(&core, answer) }
        guard core.detail >= 0, details[core.detail].isAskedAgain else { return }
        details[core.detail].isAskedAgain = false
        core.marks.remove(.closed)
        if case .reset = core.halves[0].state { core.halves[0].state = .synSent }
        if case .reset = core.halves[1].state { core.halves[1].state = .inactive }
        core.halves[0].marks.subtract(.ends)
        core.halves[1].marks.subtract(.ends)
    }

    /// Forgets the numbers of the server's side, of which nothing was read.
    private mutating func renumber(_ core: inout ConnectionCore, _ answer: TCPSegment) {
        let old = core.halves[1]
        var half = FlowHalf()
        half.packets = old.packets
        half.scale = old.scale
        half.marks = old.marks.intersection(.histories)
        core.halves[1] = half
        guard core.stream >= 0 else { return }
        streams[core.stream].halves[1].expected = answer.sequence &+ 1
        streams[core.stream].halves[1].isAnchored = true
    }
}
