import ForensicsModel

/// When somebody is told: a metric over a threshold in a stretch of time, as `HealthCheckFailures>5/1m`.
package struct AlertRule: Sendable, Equatable, CustomStringConvertible {
    /// What is compared.
    package var metric: PublishedMetric
    /// What the metric has to exceed in a window: a count, or a percentage for rates.
    package var threshold: Double
    /// Nanoseconds, whole seconds.
    package var window: Int64
    /// As the user wrote it.
    package var description: String

    /// Rules for those who name none.
    package static let defaults = [
        "HealthCheckFailures>5/1m", "TimeoutCount>50/1m", "TCPErrorCount>100/1m", "LoopCount>0/5m",
        "HTTPErrorRate>10/5m",
    ].compactMap { AlertRule($0) }

    /// Requests that a rate needs in its window to say anything.
    package static let requestFloor: UInt64 = 20
    /// The longest window.
    package static let windowLimit: Int64 = 3600 * Timestamp.nanosecondsPerSecond

    /// Reads a rule; `nil` for what is none.
    package init?(_ text: String) {
        let parts = text.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let metric = PublishedMetric(rawValue: String(parts[0])) else { return nil }
        let rest = parts[1].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard rest.count == 2, let threshold = Double(rest[0]), threshold.isFinite, threshold >= 0,
            let window = DurationText.parse(String(rest[1])), window >= Timestamp.nanosecondsPerSecond,
            window <= Self.windowLimit
        else { return nil }
        self.metric = metric
        self.threshold = threshold
        self.window = window
        description = text
    }
}
