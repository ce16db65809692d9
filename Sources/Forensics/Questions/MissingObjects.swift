import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Log objects that are missing between others of a node, where something falls: the node had nothing to tell then, or its objects
/// are not here, and nothing in the logs tells which.
enum MissingObjects {
    /// Stretches that are told one by one.
    private static let told = 3

    /// What to say beside spikes; `nil` where nothing falls in such a stretch.
    static func sentence(beside spikes: [Spike], of group: EvidenceGroup, _ session: CaseSession) -> String? {
        let ids = Set(group.sources)
        let falls = spikes.filter { $0.reasons.first?.isRise == false }.map { spike in
            TimeWindow(
                start: Timestamp(nanoseconds: spike.startNanoseconds), end: Timestamp(nanoseconds: spike.endNanoseconds)
            )
        }
        let missing = session.coverage.filter { row in
            guard row.reason == Coverage.suspectedGap, ids.contains(row.source), let window = row.window else {
                return false
            }
            return falls.contains { ($0.intersection(window)?.length ?? 0) * 2 >= $0.length }
        }
        guard !missing.isEmpty else { return nil }
        let texts = missing.prefix(told).map { row in
            let name = [row.loadBalancer, row.node.map { "node \($0)" }].compactMap { $0 }.joined(separator: " ")
            let times = [row.from, row.to].compactMap { $0.map(RFC3339.secondsString) }.joined(separator: " to ")
            return "\(name) from \(times)"
        }
        let more = missing.count > told ? " and \(missing.count - told) more" : ""
        return
            "Between others there are no log objects of \(texts.joined(separator: ", "))\(more): no traffic, or objects missing, "
            + "which what falls there may be."
    }
}
