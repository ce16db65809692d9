/// The account of a source's records: each one in exactly one of accepted, ignored or rejected.
package struct LedgerTally: Sendable, Equatable {
    package var accepted: UInt64 = 0
    /// Accepted records that have at least one anomaly.
    package var anomalous: UInt64 = 0
    /// By `IgnoreReason`, in the order of its cases.
    package private(set) var ignored = [UInt64](repeating: 0, count: IgnoreReason.allCases.count)
    /// By `RejectReason`, in the order of its cases.
    package private(set) var rejected = [UInt64](repeating: 0, count: RejectReason.allCases.count)
    /// By `Anomaly`: how often each was met; one record may have several.
    package private(set) var anomalies = [UInt64](repeating: 0, count: Anomaly.allCases.count)
    package var firstTime: Timestamp?
    package var lastTime: Timestamp?

    package init() {}

    /// Records that were left out on purpose.
    package var ignoredTotal: UInt64 { ignored.reduce(0, +) }
    /// Records that could not be used.
    package var rejectedTotal: UInt64 { rejected.reduce(0, +) }
    /// `accepted + ignored + rejected`: there is no other way for a record to be counted.
    package var records: UInt64 { accepted + ignoredTotal + rejectedTotal }

    /// Counts a record that is left out on purpose.
    package mutating func ignore(_ reason: IgnoreReason) { ignored[Self.index(reason)] += 1 }
    /// Counts a record that could not be used.
    package mutating func reject(_ reason: RejectReason) { rejected[Self.index(reason)] += 1 }
    /// Counts an irregularity, which takes no record out of its bucket.
    @inline(__always)
    package mutating func note(_ anomaly: Anomaly, count: UInt64 = 1) { anomalies[Int(anomaly.rawValue)] += count }

    /// Records left out for one reason.
    package func count(_ reason: IgnoreReason) -> UInt64 { ignored[Self.index(reason)] }
    /// Records that could not be used for one reason.
    package func count(_ reason: RejectReason) -> UInt64 { rejected[Self.index(reason)] }
    /// How often one irregularity was met.
    package func count(_ anomaly: Anomaly) -> UInt64 { anomalies[Int(anomaly.rawValue)] }

    /// Widens the times of the source by that of a record; records may come in any order.
    @inline(__always)
    package mutating func see(_ time: Timestamp) {
        if let first = firstTime { if time < first { firstTime = time } } else { firstTime = time }
        if let last = lastTime { if time > last { lastTime = time } } else { lastTime = time }
    }

    private static func index(_ reason: IgnoreReason) -> Int { IgnoreReason.allCases.firstIndex(of: reason) ?? 0 }
    private static func index(_ reason: RejectReason) -> Int { RejectReason.allCases.firstIndex(of: reason) ?? 0 }
}
