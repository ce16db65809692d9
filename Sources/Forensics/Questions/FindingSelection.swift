import ForensicsModel

/// The common filters on findings, which are about one subject: a client, a target, a domain.
struct FindingSelection {
    let filter: FactFilter
    let window: TimeWindow?

    /// Options that say nothing about a finding.
    static let passedOver: Set<String> = ["load balancer", "path", "status", "vantage"]

    init(_ session: CaseSession) {
        filter = session.filter
        window = session.window
    }

    /// Whether a finding is of the kind, time and subject asked for. An episode that reaches into the window is of its time. A
    /// filter for clients admits findings about clients.
    func admits(_ finding: Finding) -> Bool {
        guard isGoingOn(finding),
            CaseSession.matches(filter.kinds, { $0 == finding.kind.name })
        else { return false }
        let client = IPAddress(String(finding.subject.prefix { $0 != " " }))
        let bytes = Array(finding.subject.utf8)
        let target = Endpoint.parse(bytes.span, 0..<bytes.count)
        if let client, filter.ignored.contains(where: { $0.contains(client) }) { return false }
        return matches(filter.clients, client) { block, address in IPNetwork(block)?.contains(address) ?? false }
            && matches(filter.targets, target) { text, target in
                text == target.description || text == target.address.description
            }
            && matches(filter.targetPorts, target) { $0 == String($1.port) }
            && matches(filter.domains, Self.domain(finding.subject)) { $0.lowercased() == $1.lowercased() }
    }

    /// The domain of a subject: all of it, or what a client asked for (`client domain/path`).
    private static func domain(_ subject: String) -> String {
        guard let blank = subject.firstIndex(of: " ") else { return subject }
        return String(subject[subject.index(after: blank)...].prefix { $0 != "/" })
    }

    /// Whether some of an episode lies in the time asked for: what began before it and ends after it goes on all the while.
    private func isGoingOn(_ finding: Finding) -> Bool {
        window?.overlaps(finding.start, finding.end) ?? true
    }

    /// Whether an episode has sightings outside of the time asked for, which its count has too.
    private func reachesBeyond(_ finding: Finding) -> Bool {
        window.map { finding.start < $0.start || finding.end >= $0.end } ?? false
    }

    /// What to say of findings about others, or `nil` where no filter chooses by subject.
    var noteOnSubjects: String? {
        let lists = [
            ("--client", filter.clients), ("--target", filter.targets), ("--target-port", filter.targetPorts),
            ("--domain", filter.domains),
        ]
        let names = lists.filter { $0.1.contains { !$0.isNegated } }.map(\.0)
        if names.isEmpty { return nil }
        return
            "a finding is about one client, target or domain: \(names.joined(separator: ", ")) takes those about it; what others "
            + "did to its requests is told without the filter."
    }

    /// What to say of findings that were admitted, or `nil` if their counts are of the time asked for alone.
    func note(on findings: [Finding]) -> String? {
        let count = findings.count(where: reachesBeyond)
        if count == 0 { return nil }
        return
            "\(count) of \(findings.count) findings reach beyond the time asked for; their counts are of whole episodes."
    }

    /// Alternatives within a list; a subject of another sort is admitted by negated entries alone.
    private func matches<Subject>(
        _ entries: [FactFilter.Entry], _ subject: Subject?, _ test: (String, Subject) -> Bool
    ) -> Bool {
        CaseSession.matches(entries) { entry in subject.map { test(entry, $0) } ?? false }
    }
}
