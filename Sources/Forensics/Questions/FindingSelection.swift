import ForensicsModel
import ForensicsStore

/// The common filters on findings: a finding passes if one of the records that prove it does, or if it is about what is asked for.
///
/// A finding keeps some of its records where it has many, and of some, packets in the middle of a connection, no row tells whose
/// they are: those that may concern what is asked for are left out, and counted.
struct FindingSelection {
    let filter: FactFilter
    let window: TimeWindow?
    /// Those that pass.
    private(set) var found: [StoredFinding] = []
    /// Findings left out of which no row tells whom they concern.
    private var untold = 0
    /// Findings left out of whose records only some are kept.
    private var partial = 0
    /// Of how many flows one was kept, by the source of which that is so.
    private let rates: [UInt32: UInt32]

    init(_ session: CaseSession) throws(ForensicsError) {
        filter = session.filter
        window = session.window
        rates = session.sampleRates
        let sources = Set(session.admittedSources ?? [])
        let all = try session.reading { try session.store.findings() }.filter { stored in
            let isAdmitted =
                session.admittedSources == nil || stored.finding.evidence.contains { sources.contains($0.id.source) }
            return isAdmitted && isGoingOn(stored.finding)
        }
        guard filter.needsRows else {
            found = all
            return
        }
        let cited = try CitedRecords(of: all.map(\.finding), session)
        found = all.filter { admits($0.finding, cited) }
    }

    /// Leaves those that are chosen, in their order; what is to be said is then said of these.
    mutating func choose(_ choice: FindingChoice) throws(ForensicsError) { found = try choice.chosen(found) }

    private mutating func admits(_ finding: Finding, _ cited: CitedRecords) -> Bool {
        if finding.evidence.contains(where: { cited.admitted.contains($0.id) }) { return true }
        let knownCount = finding.evidence.count { cited.known.contains($0.id) }
        if knownCount == finding.evidence.count, finding.count == UInt64(knownCount) { return false }
        if isAboutWhatIsAsked(finding) { return true }
        if isAboutOthers(finding, carriers: cited.carriers) { return false }
        if knownCount == 0 { untold += 1 } else { partial += 1 }
        return false
    }

    /// Whether some of an episode lies in the time asked for: what began before it and ends after it goes on all the while.
    private func isGoingOn(_ finding: Finding) -> Bool {
        window?.overlaps(finding.start, finding.end) ?? true
    }

    // MARK: - By subject

    /// Whom or what a finding is about, as far as its subject tells.
    private struct Parties {
        var client: IPAddress?
        var target: Endpoint?
        var domain: String

        init(_ subject: String) {
            client = IPAddress(String(subject.prefix { $0 != " " }))
            let bytes = Array(subject.utf8)
            target = Endpoint.parse(bytes.span, 0..<bytes.count)
            // All of it, or what a client asked for (`client domain/path`).
            guard let blank = subject.firstIndex(of: " ") else {
                domain = subject
                return
            }
            domain = String(subject[subject.index(after: blank)...].prefix { $0 != "/" })
        }
    }

    /// Whether the subject passes: it tells nothing of load balancers, paths, statuses and nodes.
    private func isAboutWhatIsAsked(_ finding: Finding) -> Bool {
        guard [filter.loadBalancers, filter.paths, filter.statuses, filter.nodes].allSatisfy({ !Self.isWanted($0) })
        else { return false }
        let parties = Parties(finding.subject)
        if let client = parties.client, filter.ignored.contains(where: { $0.contains(client) }) { return false }
        return matches(filter.clients, parties.client) { block, address in
            IPNetwork(block)?.contains(address) ?? false
        }
            && matches(filter.targets, parties.target) { text, target in
                text == target.description || text == target.address.description
            }
            && matches(filter.targetPorts, parties.target) { $0 == String($1.port) }
            && matches(filter.domains, parties.domain) { $0.lowercased() == $1.lowercased() }
    }

    /// Whether the subject is another one of the sort that is asked for. An address whose connections carry other clients may
    /// concern any of them.
    private func isAboutOthers(_ finding: Finding, carriers: Set<IPAddress>) -> Bool {
        let parties = Parties(finding.subject)
        if let client = parties.client, !carriers.contains(client) {
            if Self.isWanted(filter.clients) || filter.ignored.contains(where: { $0.contains(client) }) { return true }
        }
        return parties.target != nil && (Self.isWanted(filter.targets) || Self.isWanted(filter.targetPorts))
    }

    private static func isWanted(_ entries: [FactFilter.Entry]) -> Bool { entries.contains { !$0.isNegated } }

    /// Alternatives within a list; a subject of another sort is admitted by negated entries alone.
    private func matches<Subject>(
        _ entries: [FactFilter.Entry], _ subject: Subject?, _ test: (String, Subject) -> Bool
    ) -> Bool {
        CaseSession.matches(entries) { entry in subject.map { test(entry, $0) } ?? false }
    }

    // MARK: - What to say

    /// Whether an episode has sightings outside of the time asked for, which its count has too.
    private func reachesBeyond(_ finding: Finding) -> Bool {
        window.map { finding.start < $0.start || finding.end >= $0.end } ?? false
    }

    /// That findings count what was looked at: unlike every other count of a sample theirs are no estimates.
    ///
    /// - Parameter rates: of how many flows one was kept, by the source of which that is so.
    static func sampleText(of findings: [Finding], _ rates: [UInt32: UInt32]) -> String? {
        let told = findings.map { $0.evidence.compactMap { rates[$0.id.source] }.max() ?? 1 }.filter { $0 > 1 }
        guard let least = told.min(), let most = told.max() else { return nil }
        let rate = least == most ? "\(most)" : "\(least) to \(most)"
        let subject =
            findings.count == 1 ? "the count is" : "the counts of \(told.count) of \(findings.count) findings are"
        return "\(subject) of 1 flow in \(rate), as it was looked at, and not scaled as other counts are."
    }

    /// What to know of the findings that pass, and of those that may have been left out.
    var notes: [String] {
        var notes = [Self.sampleText(of: found.map(\.finding), rates)].compactMap { $0 }
        let beyond = found.count { reachesBeyond($0.finding) }
        if beyond > 0 {
            notes.append(
                "\(beyond) of \(found.count) findings reach beyond the time asked for; their counts are of whole episodes."
            )
        }
        guard filter.needsRows else { return notes }
        if !found.isEmpty {
            notes.append(
                "a finding is shown if one of its records passes the filters; its count is of all its records.")
        }
        if partial > 0 {
            notes.append(
                "\(partial) \(partial == 1 ? "finding keeps" : "findings keep") only some of the records; none of those passes the "
                    + "filters, others may: see them without.")
        }
        if untold > 0 {
            notes.append(
                "of \(untold) \(untold == 1 ? "finding" : "findings") the case has no row that tells whom it concerns; see "
                    + "them without the filters.")
        }
        return notes
    }
}
