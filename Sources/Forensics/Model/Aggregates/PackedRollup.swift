/// The counts of one bucket and one dimension (or the totals) in the form the case keeps: JSON, sorted, byte for byte
/// the same for the same facts.
///
/// A dimension: `[[value, requests, connections, bytes, errors, longest_ns], …]`, where the value is a number for an
/// IPv4 client (the address in host order) and a string otherwise; clients and numbers by value, texts by bytes,
/// `(other)` last. Totals: one array of 13 numbers, see `TotalsField`.
package struct PackedRollup: Sendable, Equatable {
    /// The bucket's start in minutes since the epoch.
    package var minute: Int64
    /// `Dimension.rawValue`, or 0 for the totals.
    package var dimension: UInt8
    /// Whether these are the counts of health checks, which are added only with `--include-health-checks`.
    package var healthChecks: Bool
    package var json: [UInt8]

    package init(minute: Int64, dimension: UInt8, healthChecks: Bool, json: [UInt8]) {
        self.minute = minute
        self.dimension = dimension
        self.healthChecks = healthChecks
        self.json = json
    }

    /// At most this many values per bucket and dimension, a multiple of 8: those with most facts, bytes or errors, or the longest
    /// one. All beyond are in `(other)`.
    package static let valueLimit = 65_536
}

/// The places of the numbers in packed totals. Numbers are only ever added at the end.
package enum TotalsField: Int, Sendable, CaseIterable {
    case requests = 0
    case connections, bytes, errors
    /// Nanoseconds.
    case longest
    case opened, clientErrors, serverErrors, timeouts, resets
    /// Connections longer than `RollupBuilder.longLimit`.
    case long
    case healthChecks, failedHealthChecks
}

/// The distribution of one measure in one bucket, in the form the case keeps.
package struct PackedDistribution: Sendable, Equatable {
    /// The bucket's start in minutes since the epoch.
    package var minute: Int64
    package var measure: DistributionMeasure
    package var healthChecks: Bool
    package var count: UInt64
    /// Nanoseconds or bytes, as the measure says; so are the others.
    package var p50: Int64
    package var p95: Int64
    package var p99: Int64
    package var maximum: Int64
    package var sum: Int64
    /// `[[index, count], …]` of the `LogLinearHistogram`, sorted, without empty buckets.
    package var json: [UInt8]

    package init(
        minute: Int64, measure: DistributionMeasure, healthChecks: Bool, count: UInt64, p50: Int64, p95: Int64,
        p99: Int64, maximum: Int64, sum: Int64, json: [UInt8]
    ) {
        self.minute = minute
        self.measure = measure
        self.healthChecks = healthChecks
        self.count = count
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
        self.maximum = maximum
        self.sum = sum
        self.json = json
    }
}
