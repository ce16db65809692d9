import ForensicsIngest
import ForensicsModel
import ForensicsStore

/// Finds files of a rotated capture that are missing between others: the numbers of those that are there skip.
///
/// A number that begins again, as in a ring, is no gap, and neither is one whose time other files cover.
enum CaptureGaps {
    /// Whose files follow one another.
    private struct Series: Hashable {
        var set: String
        var vantage: String?
    }

    /// Returns the stretches whose files are missing, each with the rank of the source before it, which it belongs to.
    static func find(_ sources: [SourceRecord]) -> [(rank: UInt32, gap: Coverage)] {
        var series: [Series: [SourceRecord]] = [:]
        for source in sources where source.kind == .pcap && source.status != .failed {
            let set = UnitDescription.whole(of: source.unitKey)
            series[Series(set: set, vantage: source.vantage), default: []].append(source)
        }
        return series.values.flatMap(gaps).sorted { $0.rank < $1.rank }
    }

    private static func gaps(_ files: [SourceRecord]) -> [(rank: UInt32, gap: Coverage)] {
        var found: [(rank: UInt32, gap: Coverage)] = []
        var reached = Timestamp(nanoseconds: .min)
        let empty = Set(files.filter { $0.firstTime == nil }.map { RotationNumber.number(of: $0.path) })
        let ordered = files.filter { $0.firstTime != nil }.sorted { ($0.first, $0.id) < ($1.first, $1.id) }
        for (left, right) in zip(ordered, ordered.dropFirst()) {
            reached = max(reached, left.lastTime.map { $0.advanced(by: 1) } ?? reached)
            guard reached < right.first, RotationNumber.skips(from: left.path, to: right.path, present: empty) else {
                continue
            }
            let gap = Coverage(
                source: left.ordinal, loadBalancer: nil, node: nil, from: reached, to: right.first,
                reason: Coverage.suspectedGap)
            found.append((left.id, gap))
        }
        return found
    }
}

extension SourceRecord {
    fileprivate var first: Timestamp { firstTime ?? Timestamp(nanoseconds: .max) }
}
