import ForensicsModel

/// How far the records of a capture were read: what goes on from buffer to buffer.
struct CaptureCursor: Sendable {
    /// The number of the next record, from 1.
    var record: UInt32 = 1
    /// The place in the decoded stream of the buffer's first byte.
    var base: UInt64 = 0
    /// How many frames a batch takes.
    var frameLimit: Int
    /// The time of the last packet: what a packet without a time is given.
    var lastTime = Timestamp(nanoseconds: 0)
    /// Of the frames of this batch.
    var firstTime = Timestamp(nanoseconds: .max)
    var latestTime = Timestamp(nanoseconds: .min)
    /// The last record whose time is more than a day after the one before it; 0 for none.
    private var jumpRecord: UInt32 = 0

    init(frameLimit: Int) { self.frameLimit = frameLimit }

    /// The largest record number there is: fact ids hold 32 bits.
    static let lastRecord = UInt32.max - 1

    /// Whether a packet with a time came before. No capture is of the first instant of 1970.
    var hasTime: Bool { lastTime.nanoseconds != 0 }

    /// A day: neighbours in a file that lie further apart are looked at closely.
    private static let day: Int64 = 86_400_000_000_000

    /// Whether two times in nanoseconds are more than a day apart.
    @inline(__always)
    static func isFar(_ time: Int64, from other: Int64) -> Bool {
        UInt64(bitPattern: time &- other &+ day) > UInt64(bitPattern: 2 &* day)
    }

    /// What times of packets lie before, in nanoseconds since 1970.
    private static let evidenceEnd = Timestamp.evidenceEndSecond * UInt64(Timestamp.nanosecondsPerSecond)

    /// Whether a time in nanoseconds may be that of a packet: from 1970 to 2200.
    @inline(__always)
    static func isTime(_ time: Int64) -> Bool { UInt64(bitPattern: time) < evidenceEnd }

    /// Queues that are written one after the other put packets out of order by less.
    private static let second: Int64 = 1_000_000_000

    /// Whether a time in nanoseconds is far from the last one, or more than a second before it.
    @inline(__always)
    static func isOdd(_ time: Int64, after last: Int64) -> Bool {
        UInt64(bitPattern: time &- last &+ second) > UInt64(bitPattern: day &+ second)
    }

    /// Takes note of a time that is odd after the last one; returns what it is worth.
    mutating func leap(to time: Int64) -> FrameClock {
        guard hasTime else { return .sound }
        if time > lastTime.nanoseconds {
            jumpRecord = record
            return .sound
        }
        let isBack = Self.isFar(time, from: lastTime.nanoseconds) && jumpRecord != 0 && jumpRecord == record &- 1
        return isBack ? .afterJump : .steppedBack
    }

    @inline(__always)
    mutating func see(_ time: Timestamp) {
        lastTime.nanoseconds = time.nanoseconds
        if time.nanoseconds < firstTime.nanoseconds { firstTime.nanoseconds = time.nanoseconds }
        if time.nanoseconds > latestTime.nanoseconds { latestTime.nanoseconds = time.nanoseconds }
    }
}

/// Why reading records from a buffer ended, and where.
struct CaptureStep: Sendable {
    /// The first byte that was not used.
    var position: Int
    var outcome: Outcome

    enum Outcome: Sendable {
        /// The rest of the buffer is no whole record.
        case needsMore
        /// The batch holds as many frames as it takes.
        case full
        /// A record is unusable; `position` is behind it.
        case rejected(RejectReason, start: Int, length: Int)
        /// A record is unusable, and where the next one begins is not known. `length` is what it says of itself, where
        /// that may be so.
        case damaged(RejectReason, length: UInt64?)
        /// Nothing from `position` on can be used.
        case stopped(RejectReason)
        /// At `position` stands the header of another capture.
        case capture
        /// The next `count` bytes from `position` on are of no interest; they may reach past the buffer.
        case skip(count: UInt64)
        /// An unusable record of `count` bytes from `position` on, which may reach past the buffer.
        case rejectedAndSkip(RejectReason, count: UInt64)
    }
}
