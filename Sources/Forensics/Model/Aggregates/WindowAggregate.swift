/// Everything `Compare` takes of one window: counts per dimension value, totals per minute, distributions.
///
/// The local case, Athena and Spark all hand out this value, so that a comparison never asks where it came from.
package struct WindowAggregate: Sendable {
    package var window: TimeWindow
    /// How much of the window the evidence covers, nanoseconds: the denominator of every rate.
    package var exposure: Int64
    /// When it covers the window; empty where the source does not tell.
    package var coverage: [TimeWindow] = []
    package var totals = TrafficTotals()
    /// Requests that are health checks, whether the totals have them or not.
    package var healthCheckRequests: Int64 = 0
    /// Of those, the ones that failed: answered 4xx or 5xx, or never.
    package var failedHealthCheckRequests: Int64 = 0
    /// Totals of each minute that holds anything, in order of time.
    package var buckets: [Bucket] = []
    /// Values in no particular order; `Compare` sorts.
    package var dimensions: [Dimension: [DimensionValue]] = [:]
    /// Durations and sizes; nanoseconds or bytes.
    package var distributions: [DistributionMeasure: LogLinearHistogram] = [:]
    /// The same by the minute, roughly; empty where the source does not tell.
    package var shapes = MinuteShapes()
    /// Clients with at least one connection longer than the question's `--long`.
    package var longClients: [LongClient] = []
    /// Long connections of clients that are not among them, because there were too many.
    package var unlistedLong: Int64 = 0
    /// Requests and connections of a dimension's values that are `(other)` because there were too many.
    package var overflow: [Dimension: Int64] = [:]
    /// Counts of combinations of values, where they were asked for.
    package var combinations: [CombinationValue] = []

    package init(window: TimeWindow, exposure: Int64) {
        self.window = window
        self.exposure = exposure
    }

    /// Notes what is `(other)` once all dimensions are filled.
    package mutating func noteOverflow() {
        for (dimension, values) in dimensions {
            guard let other = values.first(where: { $0.value == ValueTable.otherName }) else { continue }
            overflow[dimension] = other.activity.requests.addingSaturated(other.activity.connections)
        }
    }

    /// The totals of one bucket of 60 s.
    package struct Bucket: Sendable {
        /// Nanoseconds since the epoch, aligned to the bucket's width.
        package var start: Int64
        package var totals: TrafficTotals

        package init(start: Int64, totals: TrafficTotals) {
            self.start = start
            self.totals = totals
        }
    }

    /// One value of a dimension.
    package struct DimensionValue: Sendable {
        package var value: String
        package var activity: Activity
        /// The measure per bucket, sparse: index into the window's minutes (from the window's start) and count.
        package var series: [SeriesPoint]

        package init(value: String, activity: Activity, series: [SeriesPoint]) {
            self.value = value
            self.activity = activity
            self.series = series
        }

        /// The measure of all minutes together.
        package var seriesSum: Int64 {
            var sum: Int64 = 0
            for point in series { sum = sum.addingSaturated(point.count) }
            return sum
        }
    }

    package struct SeriesPoint: Sendable {
        package var minute: Int32
        package var count: Int64

        package init(minute: Int32, count: Int64) {
            self.minute = minute
            self.count = count
        }
    }

    /// One combination of two or three values.
    package struct CombinationValue: Sendable {
        package var parts: [Part]
        package var activity: Activity
        /// The measure per minute, as in `DimensionValue`.
        package var series: [SeriesPoint]

        package init(parts: [Part], activity: Activity, series: [SeriesPoint]) {
            self.parts = parts
            self.activity = activity
            self.series = series
        }

        package struct Part: Sendable, Hashable {
            package var dimension: Dimension
            package var value: String

            package init(dimension: Dimension, value: String) {
                self.dimension = dimension
                self.value = value
            }
        }
    }

    /// A client's long connections in this window.
    package struct LongClient: Sendable {
        package var client: IPAddress
        /// Connections longer than `--long` whose record time lies in the window.
        package var long: Int64
        /// Nanoseconds. Of a client without a long one the longest that is known, or 0.
        package var longest: Int64
        /// The longest was cut by the edge of the evidence: it lasted at least `longest`.
        package var isCensored: Bool
        /// Long connections of any record time that were open at some instant of this window.
        package var openInWindow: Int64
        /// Of `long`, those that were open at some instant of the window that this one is compared with, if that came before.
        package var openEarlier: Int64
        /// Of those, the ones that had lasted longer than `--long` already when that window ended.
        package var longEarlier: Int64

        package init(
            client: IPAddress, long: Int64, longest: Int64, isCensored: Bool, openInWindow: Int64,
            openEarlier: Int64 = 0, longEarlier: Int64 = 0
        ) {
            self.client = client
            self.long = long
            self.longest = longest
            self.isCensored = isCensored
            self.openInWindow = openInWindow
            self.openEarlier = openEarlier
            self.longEarlier = longEarlier
        }
    }
}

/// What a distribution is of.
package enum DistributionMeasure: UInt8, Sendable, CaseIterable, Comparable {
    case requestTime = 1
    case targetTime
    case responseTime
    case totalTime
    case connectionDuration
    case handshake
    case tlsHandshake
    case bytesFromClient
    case bytesFromServer

    /// The name in the case file.
    package var name: String {
        switch self {
        case .requestTime: "request_ms"
        case .targetTime: "target_ms"
        case .responseTime: "response_ms"
        case .totalTime: "total_ms"
        case .connectionDuration: "duration_ms"
        case .handshake: "handshake_ms"
        case .tlsHandshake: "tls_handshake_ms"
        case .bytesFromClient: "bytes_from_client"
        case .bytesFromServer: "bytes_from_server"
        }
    }

    /// Whether values are nanoseconds (printed as milliseconds) rather than bytes.
    package var isTime: Bool { self != .bytesFromClient && self != .bytesFromServer }

    package static func < (left: DistributionMeasure, right: DistributionMeasure) -> Bool {
        left.rawValue < right.rawValue
    }
}
