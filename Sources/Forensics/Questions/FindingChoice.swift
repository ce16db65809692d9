import ForensicsAnalyze
import ForensicsModel
import ForensicsStore

/// Which findings are wanted beside the common filters, and what comes first.
public struct FindingChoice: Sendable {
    /// What findings are ordered by; equal ones by time.
    public enum Order: String, CaseIterable, Sendable {
        case time, count, duration
    }

    /// Names of checks; an entry that begins with `!` excludes.
    public var checks: [String] = []
    /// Sides that are blamed, or `nobody`; an entry that begins with `!` excludes.
    public var blames: [String] = []
    /// The least severity; `nil` for all.
    public var severity: String?
    /// What comes first: the earliest, else the largest.
    public var order = Order.time

    /// Creates the choice of all, by time.
    public init() {}

    private static let nobody = "nobody"

    /// Returns those that are wanted, in order; an entry that names nothing is an error.
    func chosen(_ found: [StoredFinding]) throws(ForensicsError) -> [StoredFinding] {
        let checks = try checkEntries()
        let blames = try entries(self.blames, option: "--blame", of: Blame.allCases.map { $0.name ?? Self.nobody })
        let least = try leastSeverity()
        let chosen = found.filter { stored in
            let finding = stored.finding
            return finding.severity >= least && CaseSession.matches(checks) { $0 == finding.check }
                && CaseSession.matches(blames) { $0 == finding.blame.name ?? Self.nobody }
        }
        switch order {
        case .time: return chosen
        case .count: return Self.sorted(chosen) { $0.count }
        case .duration: return Self.sorted(chosen) { UInt64(clamping: $0.end.since($0.start)) }
        }
    }

    /// Returns the checks that are wanted, by name and severity; an entry that names nothing is an error.
    func chosenChecks() throws(ForensicsError) -> [CheckDescription] {
        let checks = try checkEntries()
        let least = try leastSeverity()
        return CheckRegistry.all.filter { check in
            check.severity >= least && CaseSession.matches(checks) { $0 == check.name }
        }
    }

    /// What of it is given, in words.
    ///
    /// - Parameter ofChecks: whether checks are listed: those have a name and a severity.
    func idle(ofChecks: Bool) -> [String] {
        let own = ofChecks ? [] : [("check", !checks.isEmpty), ("severity", severity != nil)]
        return (own + [("blame", !blames.isEmpty), ("order", order != .time)]).filter(\.1).map(\.0)
    }

    /// The largest first; equal ones stay in their order, which is that of time.
    private static func sorted(_ found: [StoredFinding], by size: (Finding) -> UInt64) -> [StoredFinding] {
        found.enumerated().sorted { left, right in
            let (a, b) = (size(left.element.finding), size(right.element.finding))
            return a != b ? a > b : left.offset < right.offset
        }.map(\.element)
    }

    private func checkEntries() throws(ForensicsError) -> [FactFilter.Entry] {
        try entries(checks, option: "--check", of: CheckRegistry.all.map(\.name))
    }

    private func entries(
        _ texts: [String], option: String, of names: [String]
    ) throws(ForensicsError) -> [FactFilter.Entry] {
        let entries = texts.map(FactFilter.Entry.init)
        for entry in entries where !names.contains(entry.text) {
            throw ForensicsError(
                .usage, "\(option) \(entry.text): no such name; use one of: \(names.joined(separator: ", ")).")
        }
        return entries
    }

    private func leastSeverity() throws(ForensicsError) -> Severity {
        guard let severity else { return .info }
        guard let known = Severity.allCases.first(where: { $0.name == severity }) else {
            let names = Severity.allCases.map(\.name).joined(separator: ", ")
            throw ForensicsError(.usage, "--severity \(severity): no such severity; use one of: \(names).")
        }
        return known
    }

    /// What was chosen, in a few words; `nil` where all are.
    var description: String? {
        var parts: [String] = []
        if !checks.isEmpty { parts.append("check \(checks.joined(separator: ", "))") }
        if let severity { parts.append("severity \(severity) or above") }
        if !blames.isEmpty { parts.append("blame \(blames.joined(separator: ", "))") }
        if order != .time { parts.append("by \(order.rawValue)") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
