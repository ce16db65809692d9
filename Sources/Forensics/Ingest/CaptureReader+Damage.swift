import ForensicsModel

/// What a reader does where records end before the file does: it searches on behind damage, opens the capture that
/// another was joined to, and keeps account of what was not read.
extension CaptureReader {
    /// A stretch that holds no record, of which the end is being searched for.
    struct Damage: Sendable {
        /// Its first byte in the decoded stream.
        var start: UInt64
        /// Where the record that could not be used ends, by itself; `nil` where that makes no sense.
        var soundEnd: UInt64?
    }

    /// Searches the buffer for the next record. Returns whether reading goes on there.
    mutating func searchOn(_ batch: FrameBatch, _ round: inout Round) -> Bool {
        let range = round.position..<round.filled
        let near = cursor.hasTime ? cursor.lastTime.nanoseconds : nil
        let bytes = batch.bytes
        let outcome =
            if let classic {
                CaptureSearch.find(classic, bytes.span, range, isLast: isAtEnd, near: near)
            } else {
                CaptureSearch.find(blocks, bytes.span, range, isLast: isAtEnd, near: near)
            }
        switch outcome {
        case .found(let position):
            round.position = position
            endDamage(at: cursor.base &+ UInt64(position))
            return true
        case .needsMore(let position):
            round.position = position
            return false
        case .nothing:
            round.position = round.filled
            endDamage(at: cursor.base &+ UInt64(round.filled))
            return false
        }
    }

    /// A record that is too long to be used, and that another follows where it says it ends, is a reject and no damage.
    mutating func endDamage(at end: UInt64) {
        guard let damage else { return }
        self.damage = nil
        if damage.soundEnd != end { condition.note(from: damage.start, to: end) }
    }

    /// Accounts for bytes at the end of the file that are no whole record: the last one, which is cut short, or damage.
    mutating func finish(_ batch: inout FrameBatch, _ tally: inout LedgerTally, _ round: inout Round) {
        let near = cursor.hasTime ? cursor.lastTime.nanoseconds : nil
        // Each turn uses all that is left, or begins a search and goes on behind what it finds.
        while !isStopped, damage == nil, round.position < round.filled, batch.frames.count < cursor.frameLimit {
            let start = round.position
            let bytes = batch.bytes
            let isCut =
                if let classic {
                    classic.mayBeCut(bytes.span, start, round.filled, near: near)
                } else {
                    blocks.mayBeCut(bytes.span, start, round.filled, near: near)
                }
            if isCut {
                condition.cutRecord = cursor.base &+ UInt64(start)
                reject(.truncatedRecord, start..<round.filled, &batch, &tally, &round)
                round.position = round.filled
            } else {
                let reason: RejectReason = classic == nil ? .badBlock : .badRecordHeader
                reject(reason, start..<round.filled, &batch, &tally, &round)
                damage = Damage(start: cursor.base &+ UInt64(start))
                round.position = start + 1
                readRecords(&batch, &tally, &round)
            }
        }
    }

    /// Reads on with the header at hand, of a capture that was joined to the one before. Returns whether that can be.
    mutating func openNext(_ batch: inout FrameBatch, _ tally: inout LedgerTally, _ round: inout Round) -> Bool {
        let start = round.position
        let bytes = batch.bytes
        if CaptureFormat.detect(bytes.span, at: start) == .pcapng {
            classic = nil
            return true
        }
        guard round.filled - start >= PcapReader.fileHeaderLength else { return false }
        let header = bytes.span.extracting(start..<start + PcapReader.fileHeaderLength)
        guard let next = PcapReader(header, interface: blocks.interfaces.count), blocks.beginCapture(next.interface)
        else {
            reject(.badRecordHeader, start..<round.filled, &batch, &tally, &round)
            damage = Damage(start: cursor.base &+ UInt64(start))
            isStopped = true
            return false
        }
        classic = next
        round.position += PcapReader.fileHeaderLength
        return true
    }
}
