import ForensicsModel

/// Times as people read them, always UTC.
package enum TimeText {
    /// Returns date, hour and minute: `2026-03-17 09:35 UTC`.
    package static func minute(_ nanoseconds: Int64) -> String {
        let text = RFC3339.format(Timestamp(nanoseconds: nanoseconds), decimals: 0)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
