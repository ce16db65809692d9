import ForensicsModel
import ForensicsStore

extension IngestOptions {
    /// What other options mean for a source that the case has.
    enum Change {
        /// It is what it would be if it were read now.
        case none
        /// It would name other clients: another list of proxies is trusted. It is read again in its place.
        case clients
        /// It would be another thing.
        case other
    }

    /// What these options mean for a source of the case.
    func change(from held: SourceRecord) -> Change {
        var names = Self.differing(held.options, fingerprint)
        if !held.kind.isCapture { names.subtract(Self.ofCapturesAlone) }
        if names.isEmpty { return .none }
        // Whoever names none may have forgotten it.
        return names == ["trusted-proxy"] && !trustedProxies.isEmpty ? .clients : .other
    }

    /// The names of the options that change nothing of a log.
    private static let ofCapturesAlone: Set = ["trusted-proxy", "timeout", "sample", "sample-seed"]

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
        let isOfClients = fingerprints.allSatisfy {
            differing(first, $0).isDisjoint(with: decisive.subtracting(["trusted-proxy"]))
        }
        return
            "read with different options (\(Set(texts).sorted().joined(separator: "; "))), so that they do not count alike: "
            + (isOfClients
                ? "read all again with the same --trusted-proxy." : "read all with the same into another --store.")
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
