import ForensicsModel

/// The anomalies of one line, a bit each.
struct LogAnomalies: Sendable {
    private(set) var bits: UInt64 = 0

    @inline(__always)
    init(bits: UInt64 = 0) { self.bits = bits }

    @inline(__always)
    mutating func insert(_ anomaly: Anomaly) { bits |= 1 &<< UInt64(truncatingIfNeeded: anomaly.rawValue) }

    @inline(__always)
    mutating func formUnion(_ other: LogAnomalies) { bits |= other.bits }

    @inline(__always)
    var isEmpty: Bool { bits == 0 }

    func contains(_ anomaly: Anomaly) -> Bool { bits >> UInt64(anomaly.rawValue) & 1 == 1 }
}
