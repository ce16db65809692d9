/// A point in time, nanoseconds since 1970, on the day of the incident.
struct Instant: Comparable {
    var nanoseconds: Int64

    /// 2026-03-17T00:00:00Z, a Tuesday.
    static let midnight = Instant(nanoseconds: 1_773_705_600 * 1_000_000_000)

    /// Returns the time `hour:minute:second` of the day.
    static func at(_ hour: Int, _ minute: Int, _ second: Int = 0) -> Instant {
        midnight + .seconds(hour * 3600 + minute * 60 + second)
    }

    /// A span of time.
    struct Span: Comparable {
        var nanoseconds: Int64

        static func seconds(_ count: Int) -> Span { Span(nanoseconds: Int64(count) * 1_000_000_000) }
        static func milliseconds(_ count: Int) -> Span { Span(nanoseconds: Int64(count) * 1_000_000) }
        static func microseconds(_ count: Int) -> Span { Span(nanoseconds: Int64(count) * 1000) }
        static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }
        static func + (left: Span, right: Span) -> Span { Span(nanoseconds: left.nanoseconds + right.nanoseconds) }

        /// Whole milliseconds, rounded down.
        var milliseconds: Int { Int(nanoseconds / 1_000_000) }
    }

    static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    static func + (left: Instant, right: Span) -> Instant {
        Instant(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    static func - (left: Instant, right: Span) -> Instant {
        Instant(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    static func - (left: Instant, right: Instant) -> Span {
        Span(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    /// Whole seconds since 1970.
    var epochSeconds: Int64 { nanoseconds / 1_000_000_000 }

    /// Nanoseconds within the second.
    var subsecond: Int64 { nanoseconds % 1_000_000_000 }

    /// Seconds since midnight.
    var secondOfDay: Int { Int(epochSeconds - Instant.midnight.epochSeconds) }

    /// The instant without what is finer than a millisecond.
    var wholeMilliseconds: Instant { Instant(nanoseconds: nanoseconds / 1_000_000 * 1_000_000) }

    /// `09:35:07`
    var clock: String {
        "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
    }

    /// `2026-03-17T09:35:07`, the form of NLB access logs.
    var nlbText: String { "2026-03-17T\(clock)" }

    /// `2026-03-17T09:35:07.123456Z`, the form of ALB access logs.
    var albText: String { "2026-03-17T\(clock).\(padded(Int(subsecond / 1000), 6))Z" }

    /// `Tue, 17 Mar 2026 09:35:07 GMT`, the form of an HTTP `Date`.
    var httpText: String { "Tue, 17 Mar 2026 \(clock) GMT" }

    /// The end of the five-minute interval that holds the instant.
    var deliveryEnd: Instant { Instant.midnight + .seconds((secondOfDay / 300 + 1) * 300) }

    /// `20260317T0940Z`, as in the name of a delivered object.
    var objectStamp: String { "20260317T\(padded(secondOfDay / 3600, 2))\(padded(secondOfDay / 60 % 60, 2))Z" }
}

/// Returns `number` with leading zeros to at least `width` digits.
func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
