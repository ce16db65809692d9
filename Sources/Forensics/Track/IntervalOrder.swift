import ForensicsModel

/// Rows of flow logs in the order of `FlowInterval.precedes`, as numbers: the rows themselves, which are long, stay where
/// they are.
enum IntervalOrder {
    private static let second: Int64 = 1_000_000_000

    /// Returns the places of rows, fewer than 2³², in order.
    ///
    /// Rows of a log lie in order of their ids, and their times are whole seconds close together: start and length in
    /// seconds are a key of few bits. Rows of which this is not true are compared.
    static func order(_ rows: [FlowInterval]) -> [UInt32] {
        let extent = Extent(rows)
        if extent.isPlain { return RadixOrder.order(rows.map(extent.key)) }
        return rows.indices.sorted { FlowInterval.precedes(rows[$0], rows[$1]) }.map {
            UInt32(truncatingIfNeeded: $0)
        }
    }

    /// From when on rows start, and how long the longest takes.
    private struct Extent {
        private var earliest = Int64.max
        private var latest = Int64.min
        private var longest: Int64 = 0
        private var bits: UInt64 = 0
        /// Whether keys tell the order of all rows, those of one key as they lie.
        private(set) var isPlain = true

        init(_ rows: [FlowInterval]) {
            var last = Int64.min
            for row in rows {
                let (length, overflow) = row.end.subtractingReportingOverflow(row.start)
                if overflow || row.start % second != 0 || length % second != 0 || row.id.rawValue < last {
                    isPlain = false
                    return
                }
                earliest = min(earliest, row.start)
                latest = max(latest, row.start)
                longest = max(longest, length)
                last = row.id.rawValue
            }
            if rows.isEmpty { return }
            let (span, overflow) = latest.subtractingReportingOverflow(earliest)
            bits = UInt64(Int64.bitWidth - (longest / second).leadingZeroBitCount)
            isPlain = !overflow && (span / second).leadingZeroBitCount >= Int(bits)
        }

        func key(_ row: FlowInterval) -> UInt64 {
            let start = UInt64(bitPattern: (row.start &- earliest) / second)
            return start << bits | UInt64(bitPattern: (row.end &- row.start) / second)
        }
    }
}
