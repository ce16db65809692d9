import ForensicsModel

/// Times as people read them, always UTC.
package enum TimeText {
    /// Returns date, hour and minute: `2026-03-17 09:35 UTC`.
    package static func minute(_ nanoseconds: Int64) -> String {
        let text = RFC3339.format(Timestamp(nanoseconds: nanoseconds), decimals: 0)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    /// Returns RFC 3339 without the nanoseconds where there are none.
    package static func short(_ time: String) -> String {
        time.hasSuffix(".000000000Z") ? time.dropLast(11) + "Z" : time
    }

    /// Returns the same as date and clock, `2026-03-17 09:35:00`, so that a line breaks between them alone.
    package static func clock(_ time: String) -> String {
        short(time).dropLast().split(separator: "T").joined(separator: " ")
    }
}
