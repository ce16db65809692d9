import ForensicsModel
import ForensicsStore

/// Reads what the case has of data segments, which it keeps by minutes alone.
struct SegmentReading {
    let session: CaseSession
    let sources: [UInt32]

    /// The data segments of a window.
    ///
    /// - Parameter whole: whether minutes that the window cuts are left out: another window may have the rest of them.
    /// - Returns: `nil` where facts are left out, as it is not known whose segments they are, where no whole minute is in the window, and of
    ///   a case that was read before they were counted.
    func segments(in window: TimeWindow, whole: Bool) throws(ForensicsError) -> SegmentMinute? {
        guard !session.restrictions.leavesOutFacts, session.filter.nodes.isEmpty else { return nil }
        let width: Int64 = 60_000_000_000
        let before = { (time: Timestamp) in BucketKey.minute(of: time) }
        let after = { (time: Timestamp) in BucketKey.minute(of: time.advanced(by: width - 1)) }
        let first = whole ? after(window.start) : before(window.start)
        let end = whole ? before(window.end) : after(window.end)
        guard first < end else { return nil }
        var found: SegmentMinute?
        try session.reading { found = try session.store.segments(of: sources, in: first..<end) }
        return found
    }
}
