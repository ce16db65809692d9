import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// What time a unit covers: the ground of every rate.
enum CoverageAccount {
    /// A log covers the interval that its name tells, stretched to the records that lie outside; without a name of
    /// AWS's scheme, its first to its last record. Nothing is covered outside of the time that was asked for, nor after
    /// the place where a file is damaged. Stretches that a flow log says were not recorded are losses. How long the interval of
    /// a Classic Load Balancer's object is, only the other objects tell for certain (`ClassicIntervals`).
    ///
    /// - Parameter asked: records outside of it were passed over; `nil` if none were.
    static func coverage(of unit: PlannedUnit, _ outcome: LogOutcome, within asked: TimeWindow?) -> [Coverage] {
        let source = outcome.source
        let name = LogObjectName(path: unit.paths[0])
        var window = name?.interval
        if unit.kind == .clb, name?.kind == .clb, let end = window?.end {
            let length = ClassicIntervals.length(end, first: source.first)
            window = TimeWindow(start: end.advanced(by: -length), end: end)
        }
        if let first = source.first, let last = source.last {
            let seen = TimeWindow(start: first, end: last.advanced(by: 1))
            window = window.map { TimeWindow(start: min($0.start, seen.start), end: max($0.end, seen.end)) } ?? seen
        }
        if let named = window, let last = source.last, source.issues.contains(where: \.cutsStream) {
            // What a cut file would have told after its last record is not known.
            window = TimeWindow(start: named.start, end: min(named.end, last.advanced(by: 1)))
        }
        if let whole = window, let asked { window = whole.intersection(asked) }
        guard let window else { return [] }
        let balancers: [String?] = outcome.loadBalancers.isEmpty ? [name?.loadBalancer] : outcome.loadBalancers
        let nodes: [String?] = outcome.nodes.isEmpty ? [name?.node] : outcome.nodes
        var rows: [Coverage] = []
        for balancer in balancers {
            for node in nodes {
                rows.append(
                    Coverage(
                        source: source.ordinal, loadBalancer: balancer, node: node, from: window.start, to: window.end,
                        reason: nil))
            }
        }
        for loss in outcome.losses {
            rows.append(
                Coverage(
                    source: source.ordinal, loadBalancer: nil, node: String(decoding: loss.interface, as: UTF8.self),
                    from: loss.window.start, to: loss.window.end, reason: Coverage.skipData))
        }
        guard let asked else { return rows }
        return rows.filter { row in row.from.map { $0 < asked.end } ?? true && row.to.map { $0 > asked.start } ?? true }
    }

    /// A capture covers its first to its last packet, as far as that is in the time that was asked for.
    static func coverage(of outcome: CaptureOutcome, within asked: TimeWindow?) -> [Coverage] {
        outcome.sources.compactMap { source in
            guard let first = source.first, let last = source.last else { return nil }
            let whole = TimeWindow(start: first, end: last.advanced(by: 1))
            guard let covered = asked.map({ whole.intersection($0) }) ?? whole else { return nil }
            return Coverage(
                source: source.ordinal, loadBalancer: nil, node: nil, from: covered.start, to: covered.end, reason: nil)
        }
    }
}
