import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Says which logs cover one of two windows and not the other: what seems new, or gone, may be so in the evidence alone.
struct CoverageCaveats {
    let session: CaseSession
    let group: EvidenceGroup

    /// Nodes, or stretches of time, told one by one.
    private static let told = 3
    /// A node whose logs cover the windows alike up to this share of them is not worth a line.
    private static let tolerance = 0.1

    /// A load balancer, one of its nodes or a network interface, and what its logs cover or lack, in order of time.
    private struct Node {
        var name: String
        var covered: [TimeWindow]
    }

    func caveats(before: TimeWindow, during: TimeWindow) -> [ComparisonResult.Caveat] {
        if group.kind.isCapture { return missingFiles([before, during]) }
        return uneven(before, during) + repeated([before, during])
    }

    /// Nodes whose logs cover one window and not the other.
    private func uneven(_ before: TimeWindow, _ during: TimeWindow) -> [ComparisonResult.Caveat] {
        let uneven = nodes.compactMap { node -> String? in
            let (old, new) = (seconds(node, before), seconds(node, during))
            let whole = (expected(before), expected(during))
            guard whole.0 > 0, whole.1 > 0, abs(old / whole.0 - new / whole.1) > Self.tolerance else { return nil }
            return "\(node.name) (\(text(old)) before, \(text(new)) during)"
        }
        let lost = [skipped(in: [before, during])].compactMap { $0 }
        guard !uneven.isEmpty else { return lost }
        return [
            ComparisonResult.Caveat(
                code: "uneven-coverage",
                text:
                    "The windows are not covered alike by the logs of \(Self.list(uneven)): where logs are missing there was "
                    + "no traffic, or they are not here.")
        ] + lost
    }

    /// What flow logs say themselves that AWS did not record (SKIPDATA), by interface.
    func skipped(in windows: [TimeWindow]) -> ComparisonResult.Caveat? {
        let skips = skips(in: windows)
        guard !skips.isEmpty else { return nil }
        let texts = skips.map { skip in
            let stretches = skip.covered.map {
                "\(RFC3339.secondsString($0.start)) to \(RFC3339.secondsString($0.end))"
            }
            return (skip.name.isEmpty ? "" : "\(skip.name) ") + "from \(Self.list(stretches))"
        }
        return ComparisonResult.Caveat(
            code: "skipdata",
            text:
                "AWS did not record all of what passed \(Self.list(texts)) (SKIPDATA rows of the flow logs): what is missing, "
                + "new or gone there may be so in the logs alone.")
    }

    /// The interfaces of which not all was recorded in some windows; an empty name where a log does not tell which.
    func skippingNodes(in windows: [TimeWindow]) -> Set<String> { Set(skips(in: windows).map(\.name)) }

    /// Interfaces, and when what passed them was not recorded.
    private func skips(in windows: [TimeWindow]) -> [Node] {
        let ids = Set(group.sources)
        var lost: [String: [TimeWindow]] = [:]
        for row in session.coverage where row.reason == Coverage.skipData && ids.contains(row.source) {
            guard let from = row.from, let to = row.to else { continue }
            let span = TimeWindow(start: from, end: to)
            for window in windows {
                if let part = span.intersection(window) { lost[Self.name(of: row.node), default: []].append(part) }
            }
        }
        return lost.keys.sorted().map { Node(name: $0, covered: EvidenceGroup.union(lost[$0] ?? [])) }
    }

    /// The name of an interface; empty where the log does not tell it.
    private static func name(of node: String?) -> String { node == "-" ? "" : node ?? "" }

    private static func list(_ texts: [String]) -> String {
        let more = texts.count > told ? " and \(texts.count - told) more" : ""
        return texts.prefix(told).joined(separator: ", ") + more
    }

    /// Logs that hold records of the windows which other logs hold too.
    private func repeated(_ windows: [TimeWindow]) -> [ComparisonResult.Caveat] {
        let ids = Set(group.sources)
        let met = session.coverage.filter { row in
            row.reason == Coverage.repeated && ids.contains(row.source)
                && windows.contains { row.window?.intersection($0) != nil }
        }
        let meant = Set(met.map(\.source))
        let paths = session.sources.filter { meant.contains($0.id) }.map(\.path).sorted()
        guard !paths.isEmpty else { return [] }
        return [
            ComparisonResult.Caveat(
                code: "repeated-records",
                text: "Other logs hold records of " + Self.list(paths)
                    + " as well: what two logs hold counts twice. Read one of them, into another --store.")
        ]
    }

    /// Stretches of the windows from which files of a capture are missing.
    private func missingFiles(_ windows: [TimeWindow]) -> [ComparisonResult.Caveat] {
        let ids = Set(group.sources)
        let missing = session.coverage.compactMap { row in
            row.reason == Coverage.suspectedGap && ids.contains(row.source) ? row.window : nil
        }
        let met = EvidenceGroup.union(missing).filter { gap in windows.contains { gap.intersection($0) != nil } }
        guard !met.isEmpty else { return [] }
        let stretches = met.map { "\(RFC3339.secondsString($0.start)) to \(RFC3339.secondsString($0.end))" }
        return [
            ComparisonResult.Caveat(
                code: "missing-files",
                text: "Files of the capture are missing, as their numbers skip: from " + Self.list(stretches)
                    + ". What they held is not counted, nor is their time.")
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
