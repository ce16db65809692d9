import ForensicsModel

/// Times as the log and the summary write them.
enum LogTime {
    /// `YYYY-MM-DD HH:MM:SS`, UTC: the second that a time lies in.
    static func second(of time: Timestamp) -> String {
        let text = RFC3339.secondsString(time)
        return "\(text.prefix(10)) \(text.dropFirst(11).dropLast())"
    }
}
