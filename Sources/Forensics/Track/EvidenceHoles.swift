package import ForensicsModel

/// Stretches of time of which packets are known to be missing, because a part of a capture set is not there or could not be
/// read, or the interface did not run: what was not seen in them may have come.
package struct EvidenceHoles: Sendable {
    /// Stretches that are kept; further ones are joined to the last.
    private static let limit = 1 << 16

    /// In order of time, without overlap.
    private var windows: [TimeWindow] = []

    package init() {}

    /// Adds a stretch that begins after all others, or goes on from the last.
    package mutating func add(_ window: TimeWindow) {
        if window.isEmpty { return }
        guard let last = windows.last, window.start <= last.end || windows.count == Self.limit else {
            windows.append(window)
            return
        }
        windows[windows.count - 1].end = max(last.end, window.end)
    }

    /// The parts of a stretch that no hole takes, in order.
    package func rest(of whole: TimeWindow) -> [TimeWindow] {
        var parts: [TimeWindow] = []
        var start = whole.start
        for hole in windows where hole.end > start && hole.start < whole.end {
            if hole.start > start { parts.append(TimeWindow(start: start, end: hole.start)) }
            start = hole.end
        }
        if start < whole.end { parts.append(TimeWindow(start: start, end: whole.end)) }
        return parts
    }

    /// Whether some of the time after `start`, up to `end`, was not captured; nanoseconds since the epoch.
    func meet(after start: Int64, until end: Int64) -> Bool {
        if windows.isEmpty { return false }
        var low = 0
        var high = windows.count
        while low < high {
            let middle = (low + high) / 2
            if windows[middle].end.nanoseconds <= start { low = middle + 1 } else { high = middle }
        }
        return low < windows.count && windows[low].start.nanoseconds < end
    }
}
