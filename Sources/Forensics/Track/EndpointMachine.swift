import ForensicsModel

/// Zeek's TCP state machine: what each flag does to the state of its sender, and the state of the whole.
///
/// Zeek, `TCPSessionAdapter` and `base/protocols/conn/main.zeek`, restated.
enum EndpointMachine {
    /// Moves the states of both sides by one segment.
    @inline(__always)
    static func step(_ core: inout ConnectionCore, _ segment: TCPSegment, direction: Int) {
        switch core.halves[direction].state {
        case .established, .partial:
            if segment.isControl { established(&core, segment, direction) }
        case .inactive: inactive(&core, segment, direction)
        case .synSent, .synACKSent:
            if segment.fin { core.halves[direction].state = .closed }
            if segment.rst { core.halves[direction].reset() }
        case .closed:
            if segment.rst, core.halves[1 - direction].state != .closed { core.halves[direction].reset() }
        case .reset: break
        }
    }

    private static func inactive(_ core: inout ConnectionCore, _ segment: TCPSegment, _ direction: Int) {
        let peer = core.halves[1 - direction].state
        if segment.syn {
            if direction == 0 {
                // A SYN that arrives after its answer completes the handshake's first half.
                let answered = peer == .established && !segment.ack
                core.halves[0].state = answered ? .established : segment.ack ? .synACKSent : .synSent
            } else {
                if peer == .synSent { core.halves[0].state = .established }
                core.halves[1].state = .established
            }
        }
        if segment.fin { core.halves[direction].state = .closed }
        if segment.rst { core.halves[direction].reset() }
        guard core.halves[direction].state == .inactive else { return }
        // Some stacks acknowledge a SYN before they answer it: no sign of a missed beginning.
        if direction == 1, segment.length == 0, peer == .synSent { return }
        core.halves[direction].state = segment.ack && peer == .established ? .established : .partial
    }

    private static func established(_ core: inout ConnectionCore, _ segment: TCPSegment, _ direction: Int) {
        let peer = 1 - direction
        if segment.syn, !segment.ack, core.halves[direction].state == .partial, core.halves[peer].state == .inactive {
            core.halves[direction].state = .synSent
        }
        if segment.fin, !segment.rst {
            core.halves[direction].state = .closed
            // A FIN and then a reset, answered by a FIN, was an ordinary end.
            if core.halves[peer].state == .reset, core.halves[peer].wasClosed { core.halves[peer].state = .closed }
        }
        if segment.rst { core.halves[direction].reset() }
    }

    /// Zeek's `conn_state`.
    static func state(_ core: ConnectionCore) -> ConnectionState {
        switch core.transport {
        case .tcp: return tcpState(core)
        case .udp:
            if core.halves[0].packets > 0 { return core.halves[1].packets > 0 ? .sf : .s0 }
            return core.halves[1].packets > 0 ? .shr : .oth
        case .icmp, .other: return .oth
        }
    }

    private static func tcpState(_ core: ConnectionCore) -> ConnectionState {
        let originator = core.halves[0].state
        let responder = core.halves[1].state
        let silentOriginator = originator == .inactive || originator == .partial
        let silentResponder = responder == .inactive || responder == .partial
        if responder == .reset {
            let empty = core.halves[0].bytes == 0 && core.halves[1].bytes == 0
            // Whose SYN is refused does not go on: who did was answered, which was not captured.
            let isUnanswered = (originator == .synSent || originator == .synACKSent) && !core.hasGoneOn
            if isUnanswered || originator == .reset && empty { return .rej }
            return silentOriginator ? .rstrh : .rstr
        }
        if originator == .reset {
            if !silentResponder { return .rsto }
            return core.history.isUnansweredReset ? .rstos0 : .oth
        }
        if originator == .closed, responder == .closed { return .sf }
        if originator == .closed { return silentResponder ? .sh : .s2 }
        if responder == .closed { return silentOriginator ? .shr : .s3 }
        if originator == .synSent, responder == .inactive { return .s0 }
        if originator == .established, responder == .established { return .s1 }
        return .oth
    }
}
