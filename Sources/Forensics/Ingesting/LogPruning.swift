import ForensicsModel

/// Tells by its name which log object can hold no record of the windows asked for, so that it is not even opened.
///
/// AWS names objects by an interval of delivery, and the records of an interval lie in it but for stragglers at its
/// edges: an object is left out only if every window lies further from its interval than `slack`. A file with any
/// other name is read.
struct LogPruning: Sendable {
    /// How far from the interval in its name an object may have records; nanoseconds.
    static let slack: Int64 = 300_000_000_000
    /// At least one.
    let windows: [TimeWindow]

    /// From the start of the first to the end of the last.
    var hull: TimeWindow? {
        guard let start = windows.map(\.start).min(), let end = windows.map(\.end).max() else { return nil }
        return TimeWindow(start: start, end: end)
    }

    /// The kind of a log that can be left out, and why; `nil` for one to be read.
    func leavesOut(_ path: String) -> (kind: EvidenceKind, reason: String)? {
        guard let name = LogObjectName(path: path), let kind = name.kind else { return nil }
        let reach = TimeWindow(
            start: name.interval.start.advanced(by: -Self.slack), end: name.interval.end.advanced(by: Self.slack))
        if windows.contains(where: { reach.start < $0.end && $0.start < reach.end }) { return nil }
        let span = "\(RFC3339.secondsString(name.interval.start)) to \(RFC3339.secondsString(name.interval.end))"
        return (kind, "left unread: its name says \(span), outside of the time asked for")
    }
}
