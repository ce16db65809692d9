import ForensicsModel
import ForensicsStore

/// What to say of time that no evidence covers: an answer about it would be taken for one that nothing happened.
extension CaseSession {
    /// Why the time asked for tells nothing: no evidence covers any of it. `nil` where some does, or none is asked for.
    func uncovered(_ groups: [EvidenceGroup]) -> ForensicsError? {
        guard let window, groups.contains(where: { !$0.coverage.isEmpty }),
            groups.allSatisfy({ $0.exposure(of: window) == 0 })
        else { return nil }
        return ForensicsError(
            .data,
            "\(restrictions.place): no evidence covers \(text(of: window)) (there is \(Self.spans(of: groups))); choose another "
                + "window.")
    }

    /// Says that no evidence covers the time asked for: beside what an answer holds of it, else in place of one.
    func tellUncovered(isEmpty: Bool, _ warn: (String) -> Void) throws(ForensicsError) {
        guard let window else { return }
        let ids = admittedSources.map(Set.init)
        // What most windows are, without counting anything.
        let isCovered = coverage.contains { row in
            guard row.reason == nil, ids?.contains(row.source) ?? true, let from = row.from, let to = row.to else {
                return false
            }
            return from < window.end && to > window.start
        }
        guard !isCovered, let error = uncovered(try groups()) else { return }
        if isEmpty { throw error }
        warn(error.message)
    }

    /// Stretches of one body of evidence that are told.
    private static let toldSpans = 4

    /// What time each body of evidence covers, in words; empty where none covers any.
    static func spans(of groups: [EvidenceGroup]) -> String {
        groups.filter { !$0.coverage.isEmpty }.map { group in
            let told = group.coverage.prefix(toldSpans).map {
                "from \(RFC3339.secondsString($0.start)) to \(RFC3339.secondsString($0.end))"
            }
            let more = group.coverage.count - told.count
            return "\(group.name) \(told.joined(separator: " and "))\(more > 0 ? " and \(more) stretches more" : "")"
        }.joined(separator: ", ")
    }
}
