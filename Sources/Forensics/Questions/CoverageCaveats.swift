import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Says which logs cover one of two windows and not the other: what seems new, or gone, may be so in the evidence alone.
struct CoverageCaveats {
    let session: CaseSession
    let group: EvidenceGroup

    /// Nodes told one by one.
    private static let told = 3
    /// A node whose logs cover the windows alike up to this share of them is not worth a line.
    private static let tolerance = 0.1

    /// A load balancer, or one of its nodes, and what of each window its logs cover, in order of time.
    private struct Node {
        var name: String
        var covered: [TimeWindow]
    }

    func caveats(before: TimeWindow, during: TimeWindow) -> [ComparisonResult.Caveat] {
        if group.kind.isCapture { return [] }
        let uneven = nodes.compactMap { node -> String? in
            let (old, new) = (seconds(node, before), seconds(node, during))
            let whole = (expected(before), expected(during))
            guard whole.0 > 0, whole.1 > 0, abs(old / whole.0 - new / whole.1) > Self.tolerance else { return nil }
            return "\(node.name) (\(text(old)) before, \(text(new)) during)"
        }
        guard !uneven.isEmpty else { return [] }
        let more = uneven.count > Self.told ? " and \(uneven.count - Self.told) more" : ""
        return [
            ComparisonResult.Caveat(
                code: "uneven-coverage",
                text: "The windows are not covered alike by the logs of "
                    + uneven.prefix(Self.told).joined(separator: ", ") + more
                    + ": where logs are missing there was no traffic, or they are not here.")
        ]
    }

    private var nodes: [Node] {
        let ids = Set(group.sources)
        var covered: [String: [TimeWindow]] = [:]
        for row in session.coverage where row.reason == nil && ids.contains(row.source) {
            guard let from = row.from, let to = row.to else { continue }
            let name = [row.loadBalancer, row.node.map { "node \($0)" }].compactMap { $0 }.joined(separator: " ")
            if !name.isEmpty { covered[name, default: []].append(TimeWindow(start: from, end: to)) }
        }
        return covered.keys.sorted().map { Node(name: $0, covered: EvidenceGroup.union(covered[$0] ?? [])) }
    }

    private func seconds(_ node: Node, _ window: TimeWindow) -> Double {
        node.covered.reduce(0) { $0 + Double($1.intersection(window)?.length ?? 0) } / 1e9
    }

    /// What the logs of a node would cover if none were missing: what all of them together do.
    private func expected(_ window: TimeWindow) -> Double { Double(group.exposure(of: window)) / 1e9 }

    private func text(_ seconds: Double) -> String {
        seconds == 0 ? "nothing" : NumberText.duration(milliseconds: seconds * 1000)
    }
}
