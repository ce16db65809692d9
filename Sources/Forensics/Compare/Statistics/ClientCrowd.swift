import ForensicsModel

/// How many clients are behind a count at least: what many clients make varies less than what one makes.
///
/// Who is behind a page or a domain is not kept. But nobody made more than all of his own: a count that is larger than
/// the busiest client's was made by several, and by the fewest if the busiest made it.
struct ClientCrowd: Sendable {
    /// Counts of the clients of a window, largest first, added up, with the sums of their squares.
    private struct Side: Sendable {
        var counts: [Double] = []
        var sums: [Double] = []
        var squares: [Double] = []
    }

    private let sides: [Side]

    /// - Parameter windows: the one before, then the one during.
    init(_ windows: [WindowAggregate], measure: RankMeasure) {
        sides = windows.map { window in
            var side = Side()
            let clients = window.dimensions[.client] ?? []
            side.counts = clients.indices.filter { clients[$0].value != MergedValue.overflow }
                .map { Double(clients[$0].activity.value(of: measure)) }.filter { $0 > 0 }.sorted(by: >)
            for count in side.counts {
                side.sums.append((side.sums.last ?? 0) + count)
                side.squares.append((side.squares.last ?? 0) + count * count)
            }
            return side
        }
    }

    /// Returns the effective number of clients, (Σc)²/Σc², behind counts of both windows at least; 1 where unknown.
    func least(behind before: Int64, _ during: Int64) -> Double {
        min(Self.least(behind: Double(before), in: sides[0]), Self.least(behind: Double(during), in: sides[1]))
    }

    private static func least(behind count: Double, in side: Side) -> Double {
        guard count > 0, let all = side.sums.last else { return 1 }
        // What clients without a name made may be one client's.
        guard count <= all else { return 1 }
        var low = 0
        var high = side.sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if side.sums[middle] >= count { high = middle } else { low = middle + 1 }
        }
        let whole = low > 0 ? side.sums[low - 1] : 0
        let squares = (low > 0 ? side.squares[low - 1] : 0) + (count - whole) * (count - whole)
        return count * count / squares
    }
}
