import ForensicsModel

/// A window of `compare` as the command line writes it.
package enum WindowExpression: Equatable, Sendable {
    /// `START/END` or `START/DURATION`, still text: the evidence may be needed to read it.
    case interval(start: String, end: String)
    case automatic
    /// A file, folder or glob.
    case evidence(String)

    /// Reads a window. What names something that exists is evidence; otherwise a slash between two times is an interval.
    ///
    /// - Parameter exists: whether a path, or anything matching a glob, exists.
    package init(_ text: String, exists: (String) -> Bool) {
        if text == "auto" {
            self = .automatic
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isInterval =
            parts.count == 2 && TimeExpression(parts[0]) != nil
            && (TimeExpression(parts[1]) != nil || DurationText.parse(parts[1]) != nil)
        if isInterval && !exists(text) {
            self = .interval(start: parts[0], end: parts[1])
        } else {
            self = .evidence(text)
        }
    }

    /// Returns the instants that an interval means.
    package static func resolve(
        start: String, end: String, option: String, in context: TimeContext
    ) throws(ForensicsError) -> TimeWindow {
        let first = try context.resolve(start, option: option)
        let last: Timestamp
        if let duration = DurationText.parse(end) {
            last = first.advanced(by: duration)
        } else {
            last = try context.resolve(end, option: option)
        }
        guard first < last else {
            throw ForensicsError(
                .usage, "\(option) \(start)/\(end): ends before it begins; put the earlier time first.")
        }
        return TimeWindow(start: first, end: last)
    }
}
