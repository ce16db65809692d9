import ForensicsModel

/// Tells by its name which log object can hold no record of a window, so that it is not even opened.
///
/// AWS names objects by an interval of delivery, and the records of an interval lie in it but for stragglers at its
/// edges: an object is left out only if the window lies further from its interval than `slack`. A file with any other
/// name is read.
struct LogPruning: Sendable {
    /// How far from the interval in its name an object may have records; nanoseconds.
    static let slack: Int64 = 300_000_000_000
    let window: TimeWindow

    /// The kind of a log that can be left out, and why; `nil` for one to be read.
    func leavesOut(_ path: String) -> (kind: EvidenceKind, reason: String)? {
        guard let name = LogObjectName(path: path), let kind = name.kind else { return nil }
        let reach = TimeWindow(
            start: name.interval.start.advanced(by: -Self.slack), end: name.interval.end.advanced(by: Self.slack))
        if reach.start < window.end, window.start < reach.end { return nil }
        let span = "\(RFC3339.secondsString(name.interval.start)) to \(RFC3339.secondsString(name.interval.end))"
        return (kind, "left unread: its name says \(span), outside of the time asked for")
    }
}
