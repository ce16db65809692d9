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
    var longerThanOriginal: UInt64 = 0
    var withoutTime: UInt64 = 0

    init(frameLimit: Int) { self.frameLimit = frameLimit }

    /// The largest record number there is: fact ids hold 32 bits.
    static let lastRecord = UInt32.max - 1

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
        /// A record is unusable, and where the next one begins is not known.
        case stopped(RejectReason, start: Int, length: Int)
        /// The next `count` bytes from `position` on are of no interest; they may reach past the buffer.
        case skip(count: UInt64)
        /// An unusable record of `count` bytes from `position` on, which may reach past the buffer.
        case rejectedAndSkip(RejectReason, count: UInt64)
    }
}
