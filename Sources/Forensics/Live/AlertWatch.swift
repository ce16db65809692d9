package import ForensicsModel
import Foundation

/// Watches counts that grow and tells when a rule is broken: once, and then not again for the cool-down.
package struct AlertWatch: Sendable {
    /// A rule that is broken.
    package struct Alert: Sendable, Equatable {
        /// The rule that is broken.
        package var rule: AlertRule
        /// What the metric was in the window: scaled to the traffic where it is a count of a sample.
        package var value: Double
        /// When it was found.
        package var time: Timestamp

        /// The value in words: a rate with one decimal.
        package var valueText: String {
            value == value.rounded() ? "\(Int(value))" : String(format: "%.1f", value)
        }
    }

    private let rules: [AlertRule]
    /// Nanoseconds.
    private let cooldown: Int64
    private let sample: UInt32
    private var told: [Timestamp?]
    /// Counts since the start, a second apart, as far back as the longest window.
    private var history: [(time: Timestamp, counts: LiveCounts)] = []

    /// - Parameter sample: one flow in so many is looked at.
    package init(rules: [AlertRule], cooldown: Int64, sample: UInt32) {
        self.rules = rules
        self.cooldown = cooldown
        self.sample = sample
        told = [Timestamp?](repeating: nil, count: rules.count)
    }

    /// Takes the counts since the start, at most once a second.
    package mutating func observe(_ total: LiveCounts, at time: Timestamp) -> [Alert] {
        if let last = history.last, time < last.time {
            // The clock was set back: what was counted until then is before every window, and cool-downs begin now.
            history = [(time.advanced(by: -1), last.counts)]
            for index in told.indices { told[index] = told[index].map { min($0, time) } }
        } else if let last = history.last?.time, time.since(last) < Timestamp.nanosecondsPerSecond {
            return []
        }
        if history.isEmpty { history.append((time.advanced(by: -1), LiveCounts())) }
        history.append((time, total))
        let longest = rules.map(\.window).max() ?? 0
        // One older than the window stays: what it counts is before the window.
        if let first = history.firstIndex(where: { time.since($0.time) < longest }), first > 1 {
            history.removeFirst(first - 1)
        }
        var alerts: [Alert] = []
        for (index, rule) in rules.enumerated() {
            if let last = told[index], time.since(last) < cooldown { continue }
            let before = history.last { time.since($0.time) >= rule.window } ?? history[0]
            let counts = total.subtracting(before.counts)
            if rule.metric == .httpErrorRate, counts.requests < AlertRule.requestFloor { continue }
            guard let value = rule.metric.value(in: counts, sample: sample), value > rule.threshold else { continue }
            told[index] = time
            alerts.append(Alert(rule: rule, value: value, time: time))
        }
        return alerts
    }
}
