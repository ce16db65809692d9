package import ForensicsModel

/// Watches whether the interface runs: libpcap stays silent while it is down, as where nobody sends.
package struct LinkWatch {
    private static let interval = Timestamp.nanosecondsPerSecond / 2

    /// What has become of the interface since the look before.
    package enum Change: Sendable {
        case none, wentDown, cameUp
    }

    /// What a look at an interface that did not run tells.
    package struct Look: Sendable, Equatable {
        /// Since when it is not known to have run, until now.
        package var hole: TimeWindow
        /// What has become of it since the look before.
        package var change: Change
    }

    /// When the interface was last known to run.
    private var ranAt: Timestamp
    private var looks: Recurrence
    private var isDown = false

    /// - Parameter start: when the interface is known to run.
    package init(from start: Timestamp) {
        ranAt = start
        looks = Recurrence(every: Self.interval, from: start)
    }

    /// Looks at the interface where that is due.
    ///
    /// - Parameters:
    ///   - isSilent: whether no packet came since the last time: one that came shows that the interface runs.
    ///   - isRunning: asks the system.
    /// - Returns: what there is to tell while it is down, and when it is up again; else `nil`.
    package mutating func look(at clock: Timestamp, isSilent: Bool, isRunning: () -> Bool) -> Look? {
        if !isSilent, !isDown {
            ranAt = clock
            looks.restart(at: clock)
            return nil
        }
        guard !isSilent || looks.isDue(at: clock) else { return nil }
        looks.restart(at: clock)
        let runs = !isSilent || isRunning()
        defer { if runs { ranAt = clock } }
        if runs, !isDown { return nil }
        let change: Change = runs ? .cameUp : isDown ? .none : .wentDown
        isDown = !runs
        return Look(hole: TimeWindow(start: ranAt, end: clock), change: change)
    }
}
