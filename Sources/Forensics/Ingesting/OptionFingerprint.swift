import ForensicsModel

extension IngestOptions {
    /// The time that was asked for when a source was read with these options; `nil` for all.
    static func window(ofFingerprint text: String) -> TimeWindow? {
        guard let part = text.split(separator: ";").first(where: { $0.hasPrefix("window=") })?.dropFirst(7),
            // The start may be negative.
            let dash = part.dropFirst().firstIndex(of: "-"), let start = Int64(part[..<dash]),
            let end = Int64(part[part.index(after: dash)...])
        else { return nil }
        return TimeWindow(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }

    /// The options of a fingerprint as a command line gives them, those that are the usual ones left out.
    static func arguments(ofFingerprint text: String) -> String {
        let usual = ["rows": RowsChoice.all.rawValue, "timeout": "5000000000", "query": "false"]
        var words: [String] = []
        for part in text.split(separator: ";") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard halves.count == 2, !halves[1].isEmpty, usual[halves[0]] != halves[1] else { continue }
            switch halves[0] {
            case "window":
                guard let window = window(ofFingerprint: text) else { continue }
                if window.start.nanoseconds != .min { words.append("--from \(RFC3339.shortestString(window.start))") }
                if window.end.nanoseconds != .max { words.append("--to \(RFC3339.shortestString(window.end))") }
            case "timeout": words.append("--timeout \(Int64(halves[1]).map(DurationText.string) ?? halves[1])")
            case "query": words.append("--keep-query-strings")
            default: words += halves[1].split(separator: ",").map { "--\(halves[0]) \($0)" }
            }
        }
        return words.joined(separator: " ")
    }
}
