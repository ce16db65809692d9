/// A number of the capture that is published every interval. The raw value is the name in CloudWatch: values are only
/// ever added.
package enum PublishedMetric: String, Sendable, CaseIterable {
    case timeoutCount = "TimeoutCount"
    case tcpErrorCount = "TCPErrorCount"
    case healthCheckFailures = "HealthCheckFailures"
    case loopCount = "LoopCount"
    case connectionCount = "ConnectionCount"
    /// Requests that were answered 4xx or 5xx, per cent.
    case httpErrorRate = "HTTPErrorRate"

    /// The unit in CloudWatch.
    var unit: String { self == .httpErrorRate ? "Percent" : "Count" }

    /// The value in a stretch: of the traffic, estimated from the sample; `nil` where there is nothing to measure.
    ///
    /// - Parameter sample: one flow in so many was looked at.
    func value(in counts: LiveCounts, sample: UInt32) -> Double? {
        let count: UInt64
        switch self {
        case .timeoutCount: count = counts.count(.timeout)
        case .tcpErrorCount: count = counts.count(.tcpError)
        case .healthCheckFailures: count = counts.failedHealthChecks + counts.timedOutHealthChecks
        case .loopCount: count = counts.loops
        case .connectionCount: count = counts.connections
        case .httpErrorRate:
            guard counts.requests > 0 else { return nil }
            return Double(counts.clientErrors + counts.serverErrors) * 100 / Double(counts.requests)
        }
        return Double(count) * Double(sample)
    }
}
