import ForensicsModel

/// Something that is done every so often, by times of packets or of the clock that somebody else tells.
struct Recurrence {
    private let interval: Int64
    private var next: Timestamp

    /// - Parameter interval: nanoseconds.
    init(every interval: Int64, from start: Timestamp) {
        self.interval = interval
        next = start.advanced(by: interval)
    }

    func isDue(at now: Timestamp) -> Bool { now >= next }

    /// It is done now, due or not: the next time is an interval away.
    mutating func restart(at now: Timestamp) { next = now.advanced(by: interval) }

    /// Whether it is due now; then it restarts.
    mutating func takesPlace(at now: Timestamp) -> Bool {
        guard isDue(at: now) else { return false }
        restart(at: now)
        return true
    }
}
