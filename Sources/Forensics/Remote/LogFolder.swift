package import ForensicsModel

/// What the folders of a log bucket tell: `AWSLogs/<account>/<service>/<region>/<year>/<month>/<day>/`, also in the form
/// `aws-account-id=…/year=…` of flow logs. AWS puts an object under the day on which it was delivered.
package struct LogFolder: Sendable, Equatable {
    /// How a listing goes on below a prefix.
    package enum Step: Sendable, Equatable {
        /// Folder by folder, as there are few of them and their names may tell the time.
        case folders
        /// Everything below at once.
        case all
        /// Not at all: everything below lies outside of the time asked for.
        case nothing
    }

    /// Objects under a day hold records of that day, of the one before at the most, and stragglers after it.
    static let before: Int64 = 86_400_000_000_000
    /// Levels above `AWSLogs` that are looked through for it.
    static let levelsAbove = 4

    /// Returns what to do below a prefix; its last component counts only if a slash follows it.
    ///
    /// - Parameter depth: how many levels were looked through already.
    package static func step(below prefix: String, window: TimeWindow, depth: Int) -> Step {
        let folders = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard let root = folders.lastIndex(of: "AWSLogs") else { return depth < levelsAbove ? .folders : .all }
        let below = folders[(root + 1)...].map { $0.split(separator: "=").last.map(String.init) ?? $0 }
        // Account, service and region come before the date.
        guard below.count > 3 else { return .folders }
        let date = below.dropFirst(3).prefix(3)
        guard let span = span(Array(date)) else { return .all }
        let reach = TimeWindow(
            start: span.start.advanced(by: -Self.before), end: span.end.advanced(by: LogPruning.slack))
        if reach.end <= window.start || window.end <= reach.start { return .nothing }
        return date.count == 3 ? .all : .folders
    }

    /// The time of a year, a month or a day; `nil` for what is none.
    private static func span(_ parts: [String]) -> TimeWindow? {
        guard parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }), parts[0].utf8.count == 4,
            parts.dropFirst().allSatisfy({ $0.utf8.count == 2 }), let year = Int(parts[0])
        else { return nil }
        let month = parts.count > 1 ? parts[1] : "01"
        let day = parts.count > 2 ? parts[2] : "01"
        guard let start = RFC3339.parse("\(parts[0])-\(month)-\(day)T00:00:00Z") else { return nil }
        let days: Int64
        switch parts.count {
        case 1:
            let (first, next) = (CivilDate(year: year, month: 1, day: 1), CivilDate(year: year + 1, month: 1, day: 1))
            days = next.daysSinceEpoch - first.daysSinceEpoch
        case 2: days = Int64(CivilDate.days(inMonth: Int(month) ?? 0, year: year))
        default: days = 1
        }
        return TimeWindow(start: start, end: start.advanced(by: days * 86_400 * Timestamp.nanosecondsPerSecond))
    }
}
