package import ForensicsModel

/// Something that is done every so often, by times of packets or of the clock that somebody else tells.
///
/// It is due as well when the time runs back behind the last time it was done: the clock was set.
package struct Recurrence {
    private let interval: Int64
    private var last: Timestamp
    private var next: Timestamp

    /// - Parameter interval: nanoseconds.
    package init(every interval: Int64, from start: Timestamp) {
        self.interval = interval
        last = start
        next = start.advanced(by: interval)
    }

    /// Whether an interval has passed since it was last done, or the clock was set back behind that.
    package func isDue(at now: Timestamp) -> Bool { now >= next || now < last }

    /// It is done now, due or not: the next time is an interval away.
    package mutating func restart(at now: Timestamp) {
        last = now
        next = now.advanced(by: interval)
    }

    /// Whether it is due now; then it restarts.
    package mutating func takesPlace(at now: Timestamp) -> Bool {
        guard isDue(at: now) else { return false }
        restart(at: now)
        return true
    }
}
