import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// The parts of a capture set that were tracked apart, as the originals of the earlier ones were gone when the later came: a
/// connection that is open where a part ends is cut there, and counts in both.
struct CaptureParts {
    /// When the parts end that others follow, in order.
    let seams: [Timestamp]

    init(session: CaseSession, group: EvidenceGroup) {
        guard group.kind == .pcap else {
            seams = []
            return
        }
        let ids = Set(group.sources)
        var ends: [String: [String: Timestamp]] = [:]
        for source in session.sources where ids.contains(source.id) {
            guard let last = source.lastTime else { continue }
            let whole = UnitDescription.whole(of: source.unitKey)
            ends[whole, default: [:]][source.unitKey] = max(ends[whole]?[source.unitKey] ?? last, last)
        }
        seams = ends.values.flatMap { $0.values.sorted().dropLast() }.sorted()
    }

    /// The last seam that may have made two short connections of a long one that ends in a window.
    ///
    /// - Parameter long: nanoseconds from which a connection is long: what goes on for longer behind a seam is seen.
    func seam(cutting window: TimeWindow, long: Int64) -> Timestamp? {
        seams.last { $0 < window.end && $0.advanced(by: long) > window.start }
    }

    /// Says that connections were cut, where that may hide long ones of a window.
    func caveat(_ windows: [TimeWindow], long: Int64) -> ComparisonResult.Caveat? {
        guard let seam = windows.compactMap({ seam(cutting: $0, long: long) }).max() else { return nil }
        return ComparisonResult.Caveat(
            code: "cut-connections",
            text:
                "Captures of this set were read in parts, one of which ends at \(RFC3339.secondsString(seam)): connections that "
                + "were open then count twice, and none shows how long it lasted. All files read at once would.")
    }
}
