/// How far a clock is ahead of another: the smallest interval of nanoseconds that lies in the bounds of most events.
///
/// K. Marzullo, "Maintaining the Time in a Distributed System" (1984); NTP chooses its sources so (RFC 5905, 11.2.1). An event
/// that was delayed, or is not the one it was taken for, bounds nothing that others do not.
package struct ClockOffset: Sendable, Equatable {
    /// Nanoseconds: negative where the clock is behind.
    package var range: ClosedRange<Int64>
    /// Events that both clocks saw.
    package var events: Int
    /// Those whose bounds hold the interval.
    package var agreeing: Int

    package init(range: ClosedRange<Int64>, events: Int, agreeing: Int) {
        self.range = range
        self.events = events
        self.agreeing = agreeing
    }

    package var middle: Int64 { range.lowerBound + (range.upperBound - range.lowerBound) / 2 }
    /// Nanoseconds to both sides of the middle.
    package var margin: Int64 { (range.upperBound - range.lowerBound + 1) / 2 }
    /// Whether more than half of the events agree; else the clock drifted or was set, or events were confused.
    package var isAgreed: Bool { 2 * agreeing > events }

    /// The offset that most of the bounds hold, the lowest of several; `nil` without any.
    ///
    /// - Parameter bounds: how far the clock may be ahead, as each event tells.
    package static func estimate(_ bounds: [ClosedRange<Int64>]) -> ClockOffset? {
        let lowers = bounds.map(\.lowerBound).sorted()
        let uppers = bounds.map(\.upperBound).sorted()
        var best: ClockOffset?
        var (open, close, held) = (0, 0, 0)
        while open < lowers.count {
            if lowers[open] <= uppers[close] {
                held += 1
                if held > best?.agreeing ?? 0 {
                    best = ClockOffset(
                        range: lowers[open]...uppers[close], events: bounds.count, agreeing: held)
                }
                open += 1
            } else {
                held -= 1
                close += 1
            }
        }
        return best
    }
}
