import ForensicsModel
import ForensicsStore

/// Finds evidence that is missing between other evidence: files of a rotated capture (`CaptureGaps`), and log objects. Each node
/// of a load balancer delivers one or more every interval while there is traffic, and delivery is best effort. Where all nodes
/// are silent at once `spikes` tells it (`SpikeReading`).
enum CoverageGaps {
    /// Whose objects follow one another.
    private struct Series: Hashable {
        var kind: EvidenceKind
        var vantage: String?
        var loadBalancer: String
        var node: String?
        /// Nanoseconds.
        var length: Int64
    }

    /// Returns the stretches without an object that have objects of the same node on both sides, in order. They belong to
    /// the source before them. A node that had no traffic delivers nothing: that is why gaps are only suspected.
    static func find(_ sources: [SourceRecord]) -> [Coverage] {
        let classic = ClassicIntervals(sources)
        var series: [Series: [(interval: TimeWindow, ordinal: UInt32, rank: UInt32)]] = [:]
        for source in sources where source.status != .failed && source.kind != .vpcFlow {
            guard let name = LogObjectName(path: source.path), let balancer = name.loadBalancer else { continue }
            let interval = classic.interval(of: source) ?? name.interval
            let key = Series(
                kind: source.kind, vantage: source.vantage, loadBalancer: balancer, node: name.node,
                length: interval.length)
            series[key, default: []].append((interval, source.ordinal, source.id))
        }
        var gaps: [(rank: UInt32, gap: Coverage)] = []
        for (key, objects) in series {
            let ordered = objects.sorted { ($0.interval.start, $0.rank) < ($1.interval.start, $1.rank) }
            for (left, right) in zip(ordered, ordered.dropFirst()) where left.interval.end < right.interval.start {
                let gap = Coverage(
                    source: left.ordinal, loadBalancer: key.loadBalancer, node: key.node, from: left.interval.end,
                    to: right.interval.start, reason: Coverage.suspectedGap)
                gaps.append((left.rank, gap))
            }
        }
        for gap in CaptureGaps.find(sources) { gaps.append(gap) }
        // The order of a dictionary must not reach the case.
        return gaps.sorted { left, right in
            let starts = (left.gap.from ?? Timestamp(nanoseconds: 0), right.gap.from ?? Timestamp(nanoseconds: 0))
            return left.rank != right.rank ? left.rank < right.rank : starts.0 < starts.1
        }.map(\.gap)
    }
}
