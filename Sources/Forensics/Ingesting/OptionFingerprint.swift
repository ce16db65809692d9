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

    /// The names of the options that two fingerprints do not share.
    static func differing(_ one: String, _ other: String) -> Set<String> {
        let parts = Set(one.split(separator: ";")).symmetricDifference(other.split(separator: ";"))
        return Set(parts.compactMap { $0.split(separator: "=").first.map(String.init) })
    }

    /// What to say of sources that were read with options by which they count otherwise than each other; `nil` where all are alike.
    static func mixture(of fingerprints: Set<String>, _ kind: EvidenceKind) -> String? {
        let decisive: Set =
            kind.isCapture ? ["trusted-proxy", "load-balancer", "ignore", "timeout"] : ["load-balancer", "ignore"]
        guard let first = fingerprints.min(),
            fingerprints.contains(where: { !differing(first, $0).isDisjoint(with: decisive) })
        else { return nil }
        let texts = fingerprints.map { text in
            let parts = text.split(separator: ";").filter { part in decisive.contains { part.hasPrefix("\($0)=") } }
            let words = arguments(ofFingerprint: parts.joined(separator: ";"))
            return words.isEmpty ? "none" : words
        }
        return
            "read with different options (\(Set(texts).sorted().joined(separator: "; "))), so that they do not count alike: read "
            + "all with the same into another --store."
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
