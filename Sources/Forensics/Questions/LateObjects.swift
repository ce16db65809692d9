import ForensicsCompare
package import ForensicsModel
package import ForensicsStore

/// The end of the evidence as far as some nodes of its load balancers have no log objects for it while others have.
///
/// AWS delivers the objects of one interval minutes apart, so that whoever fetches them during an incident has the last ones of
/// some nodes alone: everything seems to fall there. Nodes that have been silent for longer are gone, which is news.
package struct LateObjects: Sendable, Equatable {
    /// From where the first of them ends to the end of the evidence.
    package let window: TimeWindow
    /// What ends early, in words.
    package let names: [String]

    /// An object may be late by so much.
    private static let longest = 15 * ClassicIntervals.minute
    /// So many are named.
    private static let named = 3
    /// A node that had objects for so many of the last intervals has traffic all the time: a quiet one that has none is not late.
    private static let usual = (present: 4, of: 6)
    /// A fall begins in the minute before where that has little by chance.
    private static let slack = ClassicIntervals.minute

    /// What one node, or a load balancer whose objects name none, has of objects.
    private struct Objects {
        /// When each ends.
        var ends: [Timestamp] = []
        /// Whether their names tell the node: else as many as before are expected.
        var isOfNode: Bool

        /// Whether there are some for nearly every interval before the last.
        func areRegular(_ interval: Int64) -> Bool {
            guard let last = ends.max() else { return false }
            let first = last.advanced(by: -Int64(LateObjects.usual.of) * interval)
            return Set(ends.filter { $0 > first }).count >= LateObjects.usual.present
        }

        /// Where they end, or, of several nodes, where there are fewer than before.
        func end(lateness: Int64, before last: Timestamp) -> Timestamp? {
            let counts = Dictionary(ends.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
            guard var end = counts.last?.key else { return nil }
            if isOfNode { return end }
            for (left, right) in zip(counts, counts.dropFirst()).reversed() {
                guard right.value < left.value, last.since(left.key) <= lateness else { break }
                end = left.key
            }
            return end
        }
    }

    /// - Parameter interval: nanoseconds of the longest object.
    /// - Returns: `nil` where all end together, or the evidence is no objects.
    init?(_ group: EvidenceGroup, _ session: CaseSession, interval: Int64?) {
        guard let interval else { return nil }
        let ids = Set(group.sources)
        let rows = session.coverage.filter { $0.reason == nil && ids.contains($0.source) }
        self.init(rows, interval: interval)
    }

    /// - Parameters:
    ///   - rows: what each object covers.
    ///   - interval: nanoseconds of the longest object.
    package init?(_ rows: [Coverage], interval: Int64) {
        var nodes: [String: Objects] = [:]
        for row in rows {
            guard let balancer = row.loadBalancer, let end = row.to else { continue }
            let name = balancer + (row.node.map { " node \($0)" } ?? "")
            nodes[name, default: Objects(isOfNode: row.node != nil)].ends.append(end)
        }
        guard let last = nodes.values.compactMap({ $0.ends.max() }).max() else { return nil }
        let lateness = max(Self.longest, interval)
        let late = nodes.compactMap { name, objects -> (name: String, end: Timestamp)? in
            guard objects.areRegular(interval), let end = objects.end(lateness: lateness, before: last), end < last,
                last.since(end) <= lateness
            else { return nil }
            return (name, end)
        }
        guard let start = late.map(\.end).min() else { return nil }
        window = TimeWindow(start: start, end: last)
        names = late.map(\.name).sorted()
    }

    /// Returns spikes without what falls in that time alone, and whether something was left out.
    func withoutFalls(_ spikes: [Spike]) -> (spikes: [Spike], isCut: Bool) {
        var isCut = false
        let kept = spikes.compactMap { spike -> Spike? in
            guard spike.startNanoseconds >= window.start.advanced(by: -Self.slack).nanoseconds else { return spike }
            var rest = spike
            rest.reasons.removeAll { !$0.isRise }
            if rest.reasons.count < spike.reasons.count { isCut = true }
            guard let strength = rest.reasons.map(\.strength).max() else { return nil }
            rest.strength = strength
            return rest
        }
        return (kept, isCut)
    }

    /// What to say where something was left out.
    var sentence: String {
        let more = names.count > Self.named ? " and \(names.count - Self.named) more" : ""
        return
            "What falls from \(RFC3339.secondsString(window.start)) on is not told: log objects of "
            + "\(names.prefix(Self.named).joined(separator: ", "))\(more) are missing there, which AWS may deliver later."
    }
}
