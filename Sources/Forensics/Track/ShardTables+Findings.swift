import ForensicsModel

extension ShardTables {
    /// Counts what the analysis found and appends its events.
    mutating func note(
        _ found: TCPFindings, _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment,
        wasClosed: Bool, _ place: PacketPlace, _ out: inout TrackOutput
    ) {
        // Only the update that opens a closed window is notable: others come with every few segments.
        var found = found
        if found.contains(.windowUpdate), !wasClosed { found.remove(.windowUpdate) }
        if found.rawValue == 0 { return }
        let index = detail(of: &core)
        var detail = details[index]
        if !found.isDisjoint(with: .anyRetransmission) {
            detail.retransmissions &+= 1
            if segment.length > 0, segment.sequence == core.halves[1 - direction].ack {
                detail.resend(by: direction, segment.sequence, segment.length, at: place.time)
            }
        }
        if found.contains(.outOfOrder) { detail.outOfOrder &+= 1 }
        if found.contains(.duplicateACK) { detail.duplicateACKs &+= 1 }
        if found.contains(.zeroWindow) {
            detail.zeroWindows &+= 1
            detail.stalled[direction] &+= 1
            detail.closeWindow(of: direction, place)
        }
        if found.contains(.ackedLostSegment) { detail.gaps[1 - direction] &+= 1 }
        let stalled = detail.stalled[direction]
        let gaps = detail.gaps[1 - direction]
        details[index] = detail
        if found.contains(.zeroWindow), Self.isPowerOfTen(stalled) { record(.zeroWindow, &core, direction: direction) }
        if found.contains(.ackedLostSegment), Self.isPowerOfTen(gaps) { record(.gap, &core, direction: 1 - direction) }
        // An announcement of a closed window is told once it is known how long it held.
        var bits = found.rawValue & ~(TCPFindings.duplicateACK.rawValue | TCPFindings.zeroWindow.rawValue)
        while bits != 0 {
            let finding = TCPFindings(rawValue: bits & (~bits &+ 1))
            bits &= bits &- 1
            // A repeated SYN has an event of its own.
            if segment.syn, finding == .retransmission { continue }
            event(
                Self.kind(of: finding), &core, direction: direction, place, value: Int64(segment.length), &out)
        }
    }

    /// Counts a segment with payload, and whether it had been sent before.
    ///
    /// - Parameter fresh: how many of its bytes had not been captured before.
    mutating func meter(
        _ found: TCPFindings, _ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment, fresh: UInt64,
        at time: Int64, _ out: inout TrackOutput
    ) {
        guard !segment.syn, !segment.rst, found.isDisjoint(with: .oneByteProbes) else { return }
        out.count(direction, segment.length, at: time)
        guard !found.isDisjoint(with: .anyRetransmission) else { return }
        let index = detail(of: &core)
        let own = details[index].countResent(
            by: direction, UInt32(truncatingIfNeeded: SegmentCounts.segments(of: segment.length)), at: time)
        out.countResent(
            direction, segment.length, isUnseen: fresh > UInt64(segment.length) / 2, ofConnection: own)
    }

    /// Tells of a side's last announcement of a closed window for how long it held: the side speaks again, or the connection is
    /// over.
    mutating func tellClosedWindow(
        _ core: inout ConnectionCore, _ direction: Int, until time: Int64, _ out: inout TrackOutput
    ) {
        guard core.detail >= 0, let place = details[core.detail].takeClosedWindow(of: direction) else { return }
        event(.zeroWindow, &core, direction: direction, place, value: max(0, time &- place.time), &out)
    }

    /// The event of one finding; duplicate ACKs have none, they are only counted, and zero windows are told when they end.
    private static func kind(of finding: TCPFindings) -> Event.Kind {
        switch finding {
        case .zeroWindowProbe: .zeroWindowProbe
        case .lostSegment: .lostSegment
        case .keepAlive: .keepAlive
        case .windowUpdate: .windowUpdate
        case .windowFull: .windowFull
        case .keepAliveACK: .keepAliveACK
        case .zeroWindowProbeACK: .zeroWindowProbeACK
        case .ackedLostSegment: .ackedLostSegment
        case .spuriousRetransmission: .spuriousRetransmission
        case .fastRetransmission: .fastRetransmission
        case .outOfOrder: .outOfOrder
        default: .retransmission
        }
    }

    /// Adds the letters of one segment to Zeek's history; called before the sequence numbers move on.
    @inline(__always)
    mutating func writeHistory(_ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment) {
        if segment.isControl {
            writeControl(&core, direction, segment)
        } else if segment.length > 0 {
            if !core.halves[direction].marks.contains(.historyData) {
                core.halves[direction].marks.insert(.historyData)
                record(.data, &core, direction: direction)
            }
        } else if segment.ack, !core.halves[direction].marks.contains(.historyACK) {
            core.halves[direction].marks.insert(.historyACK)
            record(.ack, &core, direction: direction)
        }
        if segment.length > 0, core.halves[direction].marks.contains(.next),
            !TCPAnalysis.isAfter(segment.end, core.halves[direction].next)
        {
            writeResent(&core, direction)
        }
    }

    private mutating func writeResent(_ core: inout ConnectionCore, _ direction: Int) {
        let index = detail(of: &core)
        details[index].resent[direction] &+= 1
        if Self.isPowerOfTen(details[index].resent[direction]) {
            record(.retransmission, &core, direction: direction)
        }
    }

    private mutating func writeControl(_ core: inout ConnectionCore, _ direction: Int, _ segment: TCPSegment) {
        let half = core.halves[direction]
        if segment.syn && segment.fin || segment.rst && (segment.syn || segment.fin) {
            let both = segment.fin && segment.rst
            let mark: HalfMarks = both ? .historyInconsistent : .historyMultiFlag
            guard !half.marks.contains(mark) else { return }
            core.halves[direction].marks.insert(mark)
            record(both ? .inconsistent : .multiFlag, &core, direction: direction)
        } else if segment.syn {
            if !half.marks.contains(.base) || half.base != segment.sequence || !core.history.hasSYN(direction) {
                record(segment.ack ? .synACK : .syn, &core, direction: direction)
            }
        } else if segment.fin {
            // A FIN that ends where the last one did is the same FIN.
            if !core.history.hasFIN(direction) || segment.end &+ 1 != half.next {
                record(.fin, &core, direction: direction)
            }
        } else {
            let index = detail(of: &core)
            if details[index].resets <= 1 || details[index].lastReset[direction] != segment.sequence
                || !core.history.hasReset(direction)
            {
                record(.reset, &core, direction: direction)
            }
            details[index].lastReset[direction] = segment.sequence
        }
    }

    @inline(__always)
    private static func isPowerOfTen(_ count: UInt32) -> Bool {
        if count <= 1 { return count == 1 }
        var power: UInt32 = 10
        while power < count, power < 1_000_000_000 { power &*= 10 }
        return power == count
    }
}
