import ForensicsModel

/// What is kept of a connection on which something notable happened: counters, gaps, event budgets.
struct ConnectionDetail {
    /// A range of sequence numbers that was passed over; `missing` of its bytes have not been seen, which is all of them unless
    /// it stands for several gaps.
    struct Hole {
        var start: UInt32 = 0
        var end: UInt32 = 0
        var missing: UInt32 = 0
    }

    static let holeCapacity = 8
    /// Events kept of each kind but those of `unlimited`; counters stay exact.
    static let eventLimit: UInt8 = 16
    /// Kinds of which every event is kept, by raw value: findings count each zero window and each falling TTL, and the silence
    /// that a finding needs may be the last of many.
    private static let unlimited: UInt32 =
        1 << UInt32(Event.Kind.zeroWindow.rawValue) | 1 << UInt32(Event.Kind.ttlFalling.rawValue)
        | 1 << UInt32(Event.Kind.idleGap.rawValue)

    var retransmissions: UInt32 = 0
    var outOfOrder: UInt32 = 0
    var duplicateACKs: UInt32 = 0
    var zeroWindows: UInt32 = 0
    var resets: UInt32 = 0
    /// An ICMP error said that the server cannot be reached.
    var isUnreachable = false
    /// The server's own address said so.
    var isRefusedByServer = false
    /// The client went on after an answer that said the connection would be closed, and got none.
    var isUsedAfterClose = false
    /// The client sent its SYN again after a reset.
    var isAskedAgain = false
    /// A reset that may not have been the end.
    var doubtfulReset: DoubtfulReset?
    /// The highest contiguous end of each side, while it differs from `next` (`maxseqtobeacked`).
    var contiguous: InlineArray<2, UInt32> = [0, 0]
    var lastReset: InlineArray<2, UInt32> = [0, 0]
    /// Segments with payload that moved nothing forward, zero windows and gaps of each side: Zeek's t, w and g.
    var resent: InlineArray<2, UInt32> = [0, 0]
    var stalled: InlineArray<2, UInt32> = [0, 0]
    var gaps: InlineArray<2, UInt32> = [0, 0]
    /// The last announcement of each side that it can take nothing, while it has sent nothing since; no record where there is none.
    private var closedWindows = InlineArray<2, PacketPlace>(repeating: .none)
    /// First SYN to last ACK where it is not the initial round trip; 0 if it is.
    var handshake: Int64 = 0
    /// From the first packet to the first answer to the SYN, where that came late or, before the handshake is over, again; 0
    /// elsewhere.
    var lateAnswer: Int64 = 0
    /// The client sent its SYN again before an answer was seen.
    var isSYNRepeated = false
    /// What came back before that was of an earlier connection of these ports.
    var isPortHeld = false
    /// The client sent its SYN again after an answer was seen.
    var isAnswerMissed = false
    var moreHistory: InlineArray<2, ConnectionHistory> = [ConnectionHistory(), ConnectionHistory()]
    /// The last packet before keep-alives took the place of payload; 0 where there were none.
    private var quietSince: Int64 = 0
    /// How much payload both sides had sent by then.
    private var quietBytes: UInt32 = 0
    private var holes = InlineArray<8, Hole>(repeating: Hole())
    /// Bit i: hole i is the responder's.
    private var holeSides: UInt8 = 0
    private var holeCount: UInt8 = 0
    private var eventCounts = InlineArray<32, UInt8>(repeating: 0)

    /// What each side last sent again while it was the oldest that was not acknowledged.
    private var resends = InlineArray<2, Resend>(repeating: Resend())
    /// When each side last sent something again that did not arrive for long; 0 if it never did.
    private(set) var undeliveredAt: InlineArray<2, Int64> = [0, 0]
    /// The smallest payload of those.
    private var undeliveredSmallest = UInt32.max

    /// The segments that each side sent again in the minute in which it last did, and that minute.
    private var resentInMinute: InlineArray<2, UInt32> = [0, 0]
    private var resentMinute: InlineArray<2, Int64> = [.min, .min]

    private struct Resend {
        var sequence: UInt32 = 0
        var count: UInt32 = 0
        var since: Int64 = 0
        var smallest: UInt32 = 0
    }

    init() {}

    /// Turns the roles round.
    mutating func flip() {
        moreHistory[0].flip()
        moreHistory[1].flip()
        Self.exchange(&contiguous)
        Self.exchange(&lastReset)
        Self.exchange(&resent)
        Self.exchange(&stalled)
        Self.exchange(&gaps)
        closedWindows = [closedWindows[1], closedWindows[0]]
        resends = [resends[1], resends[0]]
        undeliveredAt = [undeliveredAt[1], undeliveredAt[0]]
        Self.exchange(&resentInMinute)
        resentMinute = [resentMinute[1], resentMinute[0]]
        holeSides = ~holeSides
        if let reset = doubtfulReset { doubtfulReset?.side = 1 - reset.side }
    }

    private static func exchange(_ sides: inout InlineArray<2, UInt32>) { sides = [sides[1], sides[0]] }

    /// Whether every event of a kind is kept, so that nothing has to be counted.
    @inline(__always)
    static func keepsAll(_ kind: UInt8) -> Bool { unlimited &>> UInt32(kind) & 1 != 0 }

    /// Whether another event of a kind may be kept; counts it.
    mutating func mayKeep(_ kind: UInt8) -> Bool {
        if Self.keepsAll(kind) { return true }
        let index = Int(kind) & 31
        guard eventCounts[index] < Self.eventLimit else { return false }
        eventCounts[index] += 1
        return true
    }

    /// Whether something of either side did not arrive for long.
    var isUndelivered: Bool { undeliveredAt[0] != 0 || undeliveredAt[1] != 0 }

    /// Whether all that did not arrive for long was large.
    var isUndeliveredLarge: Bool { isUndelivered && undeliveredSmallest >= Self.large }

    /// Every link of IPv6 carries 1,280 bytes (RFC 8200, section 5): payloads from here on may be too large for one.
    private static let large: UInt32 = 1200

    /// Counts segments that a side sent again, and returns how many it has in their minute.
    mutating func countResent(by side: Int, _ segments: UInt32, at time: Int64) -> UInt32 {
        let minute = BucketKey.minute(of: Timestamp(nanoseconds: time))
        if resentMinute[side] != minute { resentInMinute[side] = 0 }
        resentMinute[side] = minute
        resentInMinute[side] &+= segments
        return resentInMinute[side]
    }

    /// Notes that a side sent the oldest segment that is not acknowledged once more.
    mutating func resend(by side: Int, _ sequence: UInt32, _ length: UInt32, at time: Int64) {
        guard resends[side].count > 0, resends[side].sequence == sequence else {
            resends[side] = Resend(sequence: sequence, count: 1, since: time, smallest: length)
            return
        }
        resends[side].count &+= 1
        resends[side].smallest = min(resends[side].smallest, length)
        if resends[side].count >= Self.undeliveredCount, time &- resends[side].since >= Self.undeliveredTime {
            undeliveredAt[side] = time
            undeliveredSmallest = min(undeliveredSmallest, resends[side].smallest)
        }
    }

    /// Loss by chance takes the same segment hardly ever so often: Linux sends it the fourth time after three seconds.
    private static let undeliveredCount: UInt32 = 4
    private static let undeliveredTime: Int64 = 1_000_000_000

    /// Notes that a side can take nothing from this packet on.
    mutating func closeWindow(of side: Int, _ place: PacketPlace) { closedWindows[side] = place }

    /// Returns and forgets the announcement after which a side has sent nothing; `nil` where there is none.
    mutating func takeClosedWindow(of side: Int) -> PacketPlace? {
        let place = closedWindows[side]
        guard place.record != 0 else { return nil }
        closedWindows[side] = .none
        return place
    }

    /// Notes a keep-alive that came after a packet of this time, when both sides had sent so much.
    mutating func keepAlive(after time: Int64, bytes: UInt32) {
        if quietSince != 0, quietBytes == bytes { return }
        quietSince = time
        quietBytes = bytes
    }

    /// For how long no payload passed where keep-alives did; 0 where none came since the last payload.
    func quiet(until time: Int64, bytes: UInt32) -> Int64 {
        quietSince != 0 && quietBytes == bytes ? max(0, time &- quietSince) : 0
    }

    /// Notes a gap. One that finds the table full becomes one with the nearest below it: how many bytes are missing stays exact.
    mutating func addHole(_ start: UInt32, _ end: UInt32, side: Int) {
        let hole = Hole(start: start, end: end, missing: end &- start)
        if Int(holeCount) == Self.holeCapacity {
            if join(hole, side: side) { return }
            // All are the other side's.
            let first = holes[0]
            removeHole(0)
            _ = join(first, side: 1 - side)
        }
        let place = Int(holeCount)
        holes[place] = hole
        holeSides = holeSides & ~(1 &<< UInt8(place)) | UInt8(side) &<< UInt8(place)
        holeCount += 1
    }

    /// Makes a gap one with that of its side whose end is nearest; false if there is none.
    private mutating func join(_ hole: Hole, side: Int) -> Bool {
        var nearest = -1
        for place in 0..<Int(holeCount) where Int(holeSides &>> UInt8(place) & 1) == side {
            if nearest < 0 || Self.isBefore(holes[nearest].end, holes[place].end) { nearest = place }
        }
        guard nearest >= 0 else { return false }
        if Self.isBefore(hole.start, holes[nearest].start) { holes[nearest].start = hole.start }
        if Self.isBefore(holes[nearest].end, hole.end) { holes[nearest].end = hole.end }
        holes[nearest].missing &+= hole.missing
        // Numbers half of their circle apart cannot be compared: what lies far back will not be filled any more.
        if holes[nearest].end &- holes[nearest].start > Self.longestHole { holes[nearest] = hole }
        return true
    }

    private static let longestHole: UInt32 = 1 << 30

    /// Takes a segment out of the gaps and returns how many of its bytes had not been seen.
    mutating func fill(_ start: UInt32, _ end: UInt32, side: Int) -> UInt32 {
        var fresh: UInt32 = 0
        var place = 0
        while place < Int(holeCount) {
            if Int(holeSides &>> UInt8(place) & 1) == side { fresh &+= fillHole(place, start, end) }
            if holes[place].missing == 0 { removeHole(place) } else { place += 1 }
        }
        return fresh
    }

    private mutating func fillHole(_ place: Int, _ start: UInt32, _ end: UInt32) -> UInt32 {
        let hole = holes[place]
        let from = Self.isBefore(start, hole.start) ? hole.start : start
        let to = Self.isBefore(hole.end, end) ? hole.end : end
        guard Self.isBefore(from, to) else { return 0 }
        let fresh = min(to &- from, hole.missing)
        let isOne = hole.missing == hole.end &- hole.start
        holes[place].missing = hole.missing &- fresh
        if from == hole.start {
            holes[place].start = to
        } else if to == hole.end {
            holes[place].end = from
        } else if isOne, Int(holeCount) < Self.holeCapacity {
            holes[place].end = from
            holes[place].missing = from &- hole.start
            addHole(to, hole.end, side: Int(holeSides &>> UInt8(place) & 1))
        }
        let left = holes[place].end &- holes[place].start
        if holes[place].missing > left { holes[place].missing = left }
        return fresh
    }

    func hasHoles(side: Int) -> Bool {
        for place in 0..<Int(holeCount) where Int(holeSides &>> UInt8(place) & 1) == side { return true }
        return false
    }

    private mutating func removeHole(_ place: Int) {
        for index in place..<(Int(holeCount) - 1) { holes[index] = holes[index + 1] }
        let low = holeSides & (1 &<< UInt8(place) &- 1)
        holeSides = low | (holeSides &>> 1 & ~(1 &<< UInt8(place) &- 1))
        holeCount -= 1
    }

    @inline(__always)
    private static func isBefore(_ left: UInt32, _ right: UInt32) -> Bool { Int32(bitPattern: left &- right) < 0 }
}
