import ForensicsModel

/// The bodies of evidence beside the one that answers: what they say, and when one of them answers instead.
extension CaseSession {
    /// Other bodies of evidence that are told one by one.
    private static let toldOthers = 8

    /// All that tell something of the time asked for: those that could have answered, best first, then those that count
    /// something else.
    func others(
        beside choice: EvidenceChooser.Choice, of groups: [EvidenceGroup], _ subject: EvidenceChooser.Subject
    ) -> [EvidenceGroup] {
        let named = [choice.group] + choice.others
        let rest = groups.filter { !named.contains($0) }
        let more = EvidenceChooser.choose(rest, for: subject.counterpart, windows: askedWindows)
        return choice.others + (more.map { [$0.group] + $0.others } ?? [])
    }

    /// Takes what holds something that passes the filters, where what was chosen holds nothing: a filter may ask for what only
    /// another kind of evidence sees, and nothing would be taken for an answer.
    ///
    /// - Parameter mayChangeSubject: whether something else may be counted than was chosen, as nobody asked for it.
    func takeHolder(_ chosen: inout Chosen, mayChangeSubject: Bool) throws(ForensicsError) {
        guard filter.needsRows else { return }
        var candidates = [(subject: chosen.subject, pool: answering(chosen.subject, chosen.others))]
        if mayChangeSubject {
            let subject = chosen.subject.counterpart
            candidates.append((subject, answering(subject, [chosen.group] + chosen.others)))
        }
        let own = VantageAmount(session: self, subject: chosen.subject)
        guard candidates.contains(where: { !$0.pool.isEmpty }), own.canCount(chosen.group),
            try own.amount(of: chosen.group, in: chosen.window) == 0
        else { return }
        for (subject, pool) in candidates {
            guard let holder = try holder(of: pool, subject) else { continue }
            chosen.instead = (chosen.group, own.measure(of: chosen.group))
            if holder.group != chosen.group {
                chosen.others.removeAll { $0 == holder.group }
                chosen.others.insert(chosen.group, at: 0)
            }
            (chosen.group, chosen.window, chosen.subject) = (holder.group, holder.window, subject)
            chosen.measure = chosen.by ?? subject.measure
            return
        }
    }

    /// The best that holds something that passes the filters; of several captures the one that holds most.
    private func holder(
        of groups: [EvidenceGroup], _ subject: EvidenceChooser.Subject
    ) throws(ForensicsError) -> (group: EvidenceGroup, window: TimeWindow)? {
        let amounts = VantageAmount(session: self, subject: subject)
        var pool = groups
        while var choice = EvidenceChooser.choose(pool, for: subject, windows: askedWindows) {
            try choice.takeLargest { group throws(ForensicsError) in try held(group, amounts) }
            if try held(choice.group, amounts) > 0, let window = span(of: choice.group) {
                return (choice.group, window)
            }
            pool.removeAll { $0 == choice.group }
        }
        return nil
    }

    /// How much passes the filters; 0 too where the case does not keep what it takes to count.
    func held(_ group: EvidenceGroup, _ amounts: VantageAmount) throws(ForensicsError) -> Int64 {
        guard amounts.canCount(group), let window = span(of: group) else { return 0 }
        return try amounts.amount(of: group, in: window)
    }

    /// Those that count what is asked, not something that stands for it.
    private func answering(_ subject: EvidenceChooser.Subject, _ groups: [EvidenceGroup]) -> [EvidenceGroup] {
        groups.filter { subject.isCounted(by: $0.kind) }
    }

    /// Says what the other views of the same time count: they confirm or contradict, and are never added.
    ///
    /// - Parameter more: what else is to be said of one.
    func noteOthers(
        _ chosen: Chosen, _ note: (String) -> Void,
        more: (EvidenceGroup) throws(ForensicsError) -> String? = { _ in nil }
    ) throws(ForensicsError) {
        if let (group, measure) = chosen.instead {
            let counted = chosen.by == nil ? ", in \(chosen.measure.rawValue)" : ""
            note(
                "\(group.name) holds no \(measure.rawValue) that pass the filters: \(chosen.group.name) answers\(counted)."
            )
        }
        let amounts = VantageAmount(session: self, subject: chosen.subject)
        let others = chosen.others.filter { amounts.canCount($0) }
        for group in others.prefix(Self.toldOthers) {
            guard let window = window ?? span(of: group) else { continue }
            let (count, measure) = try amounts.count(of: group, in: window)
            let other = try more(group).map { "; \($0)" } ?? ""
            note(
                "\(group.name) counts \(NumberText.grouped(count)) \(amounts.words(group, measure))\(other); not added, "
                    + "\(options(for: group, measure, chosen)) answers from it.")
        }
        if others.count > Self.toldOthers {
            note("\(others.count - Self.toldOthers) more bodies of evidence could answer as well; see `summary`.")
        }
    }

    /// What to add to a question for a group's own answer.
    private func options(for group: EvidenceGroup, _ measure: RankMeasure, _ chosen: Chosen) -> String {
        let option = group.vantage.map { "--vantage \($0)" } ?? "--kind \(group.kind.name)"
        guard let subject = EvidenceChooser.Subject(chosen.by),
            !subject.isCounted(by: group.kind) || subject.amount(group) == 0
        else { return option }
        return "\(option) --by \(measure.rawValue)"
    }
}
