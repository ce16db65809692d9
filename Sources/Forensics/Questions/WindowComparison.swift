import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Carries out a comparison on a case: whose view answers, what it says, and whether the others agree.
struct WindowComparison {
    let question: CompareQuestion
    let session: CaseSession
    let sides: ComparedSides
    /// From what length on a connection is long; nanoseconds.
    let long: Int64
    let anchor: AggregateAccumulator.Anchor
    /// What is told of.
    let dimensions: [Dimension]

    init(
        question: CompareQuestion, session: CaseSession, before: CompareQuestion.Side, during: CompareQuestion.Side
    ) throws(ForensicsError) {
        self.question = question
        self.session = session
        sides = ComparedSides(before: before, during: during)
        guard let long = DurationText.parse(question.long), long > 0 else {
            throw ForensicsError(.usage, "--long \(question.long): is no duration; use 5m.")
        }
        guard let anchor = AggregateAccumulator.Anchor(rawValue: question.anchor) else {
            throw ForensicsError(.usage, "--anchor \(question.anchor): is none of record, start, overlap.")
        }
        guard question.top > 0 else { throw ForensicsError(.usage, "--top \(question.top): must be at least 1.") }
        self.long = long
        dimensions = try question.askedDimensions()
        self.anchor = anchor
    }

    /// What came out, and what it came from.
    struct Answer {
        var result: ComparisonResult
        var group: EvidenceGroup
        var measure: RankMeasure
        /// The sources of each window: those of the group, or those of the evidence that was named for it.
        var sources: [[UInt32]]
        var anchor: AggregateAccumulator.Anchor
        var before: WindowAggregate
        var during: WindowAggregate
        /// The comparison that active and long was taken from, where another kind of evidence tells it.
        var others: [Answer] = []
    }

    func answer() throws(ForensicsError) -> Answer {
        let all = try candidates()
        let able = session.able(all)
        let groups = able.filter { $0.tells(question.by) }
        let subject =
            EvidenceChooser.Subject(question.by) ?? EvidenceChooser.defaultSubject(groups, share: sides.share)
        guard var choice = EvidenceChooser.choose(groups, for: subject, share: sides.share) else {
            throw noCoverage(able, subject)
        }
        let others = views(of: subject)
        try choice.takeLargest { group throws(ForensicsError) in
            try others.counts(of: group).map { $0.before.addingSaturated($0.during) } ?? 0
        }
        if let overlap = sides.overlap(of: choice.group) { throw overlap }
        let measure = question.by ?? (subject == .requests ? .requests : .connections)
        try session.check(measure, isTold: choice.group)
        try session.checkFilters(areTold: choice.group)
        var caveats: [ComparisonResult.Caveat] = []
        let view = ConnectionView(session: session, sides: sides, top: question.top, long: long, anchor: anchor)
        let isHidden = try view.hidesConnections(choice.group)
        var other: EvidenceGroup?
        if subject == .requests || isHidden {
            other = try connectionEvidence(beside: choice.group, of: all, view, isHidden: isHidden, &caveats)
        }
        var answer = try compare(
            choice.group, measure, caveats: caveats, tellsActiveLong: other == nil, isHidden: isHidden && other == nil)
        if let other {
            let told = try compare(
                other, .connections, caveats: [],
                tellsActiveLong: other.kind.told.contains(.connectionLengths) || answer.result.activeLong.isEmpty,
                isHidden: false)
            Self.add(told, to: &answer)
        }
        try others.add(to: &answer.result, of: choice.others)
        if other != nil, subject == .requests {
            // Logs of connections of other load balancers, or of other connections.
            try views(of: .connections).add(
                to: &answer.result,
                of: groups.filter { group in
                    [EvidenceKind.nlb, .albConnection].contains(group.kind) && group != other && group != choice.group
                        && !choice.others.contains(group) && sides.share(of: group) > 0
                })
        }
        try OtherHealthChecks(session: session, sides: sides, anchor: anchor).add(
            to: &answer.result, of: all.filter { $0 != choice.group && $0 != other })
        return answer
    }

    private func views(of subject: EvidenceChooser.Subject) -> OtherViews {
        OtherViews(session: session, sides: sides, subject: subject, anchor: anchor)
    }

    /// The evidence that tells who held connections where the chosen one does not, if it has any; that it cannot be asked is told.
    private func connectionEvidence(
        beside chosen: EvidenceGroup, of all: [EvidenceGroup], _ view: ConnectionView, isHidden: Bool,
        _ caveats: inout [ComparisonResult.Caveat]
    ) throws(ForensicsError) -> EvidenceGroup? {
        guard let other = try view.other(than: chosen, of: all, isHidden: isHidden) else { return nil }
        if let filters = session.restrictions.unanswered(by: other.kind) {
            caveats.append(
                .init(
                    code: "connections-not-asked",
                    text: "\(other.kind.name) tells no \(filters): active and long is about what \(chosen.name) shows.")
            )
            return nil
        }
        if let counts = try views(of: .connections).counts(of: other), counts.before == 0, counts.during == 0 {
            return nil
        }
        return other
    }

    /// Adds what other evidence shows of connections: its clients, named by it, and its sentence.
    private static func add(_ told: Answer, to answer: inout Answer) {
        let (name, own) = (told.group.name, answer.result.activeLong)
        answer.others = [told]
        if own.isEmpty { answer.result.question.activeLongCountedIn = told.result.question.countedIn }
        answer.result.activeLong += told.result.activeLong
        if own.isEmpty || told.group.kind.told.contains(.connectionLengths) {
            answer.result.caveats.append(
                ComparisonResult.Caveat(
                    code: "active-long-from-connections",
                    text: own.isEmpty
                        ? "Active and long, with its ranks and shares, is about connections as \(name) shows them."
                        : "Active and long is told twice: as the requests of \(answer.group.name) show connections, then of "
                            + "connections as \(name) shows them; ranks and shares are within each."))
        }
        answer.result.caveats += told.result.caveats.filter { $0.code == RowCaveats.code }
        answer.result.sentence += " Connections, as \(name) shows them: " + told.result.sentence
    }

    /// The bodies of evidence that may answer. Where evidence was named for a window, those that hold some of it.
    private func candidates() throws(ForensicsError) -> [EvidenceGroup] {
        guard let first = sides.before.sources, let second = sides.during.sources else {
            let named = sides.before.sources ?? sides.during.sources
            return try session.groups().filter { group in named.map { !$0.isDisjoint(with: group.sources) } ?? true }
        }
        return EvidenceChooser.paired(try session.groups(of: first.union(second)), before: first, during: second)
    }

    private func noCoverage(_ groups: [EvidenceGroup], _ subject: EvidenceChooser.Subject) -> ForensicsError {
        let place = session.restrictions.place
        let windows = [sides.before.window, sides.during.window]
        let covering = groups.filter { sides.share(of: $0) > 0 }
        let telling = covering.first { !$0.kind.told.isDisjoint(with: [.requests, .connections]) }
        if telling == nil, let group = covering.first {
            return ForensicsError(
                .data,
                "\(place): \(group.name) tells neither requests nor connections, and cannot be compared; see `query "
                    + "health-checks` and `query health-flaps`.")
        }
        if let group = telling {
            let (lacking, known) =
                switch subject {
                case _ where !group.tells(question.by): ("no bytes", "connections")
                case .requests: ("no requests", "connections")
                case .connections: ("no connections", "requests")
                case .lengths: ("no lengths of connections", "connections")
                }
            return ForensicsError(.data, "\(place): \(group.name) tells \(lacking); use --by \(known).")
        }
        let spans = CaseSession.spans(of: groups)
        let asked = windows.map(session.text(of:)).joined(separator: " and ")
        if spans.isEmpty {
            // All was left unread.
            if question.lacksHistory, session.sources.allSatisfy({ $0.firstTime == nil }) {
                return ForensicsError(
                    .data,
                    "\(place): by their names no logs hold anything of \(asked), and none was read; choose other windows."
                )
            }
            let isRestricted = !session.restrictions.kinds.isEmpty || !session.restrictions.vantages.isEmpty
            return ForensicsError(
                .data,
                isRestricted
                    ? "\(place): no evidence is left to answer; check --kind and --vantage."
                    : "\(place): holds no evidence for this question; see `sources`.")
        }
        let holed = groups.filter { group in
            windows.contains { window in
                group.exposure(of: window) == 0 && group.coverage.contains { $0.end <= window.start }
                    && group.coverage.contains { $0.start >= window.end }
            }
        }
        let hole = holed.isEmpty ? "" : "; in between there was no traffic, or log objects are missing"
        return ForensicsError(
            .data,
            "\(place): no kind of evidence covers both windows, \(asked) (there is \(spans)\(hole)); "
                + "choose other windows.")
    }

    // MARK: - One group

    private func compare(
        _ group: EvidenceGroup, _ measure: RankMeasure, caveats: [ComparisonResult.Caveat], tellsActiveLong: Bool,
        isHidden: Bool
    ) throws(ForensicsError) -> Answer {
        var caveats = caveats
        let parts = sides.parts(of: group)
        let (first, second) = try gather(group, measure, &caveats)
        var options = options(of: group, measure, isHidden: isHidden)
        options.tellsActiveLong = tellsActiveLong
        if isHidden { caveats.append(Self.pooledConnections(group)) }
        let cuts = CaptureParts(session: session, group: group)
        if let cut = cuts.caveat([first.aggregate.window, second.aggregate.window], long: long) { caveats.append(cut) }
        if cuts.seam(cutting: first.aggregate.window, long: long) != nil { options.canShowLongBefore = false }
        options.caveats = caveats + self.caveats(group, isWidened: first.isWidened || second.isWidened)
        options.caveats += try FlowLogCaveats(session: session, group: group).caveats(
            in: [parts.before.window, parts.during.window])
        options.recordedValues = try recordedValues(group, measure)
        options.retransmissions = try retransmissions(parts)
        if !session.filter.includesHealthChecks {
            options.caveats += HealthCheckCaveat.caveats(group, before: first.aggregate, during: second.aggregate)
        }
        var answer: Answer
        do throws(ComparisonError) {
            answer = Answer(
                result: try Comparison.compare(
                    before: first.aggregate, during: second.aggregate, options: options),
                group: group, measure: measure, sources: [parts.before.group.sources, parts.during.group.sources],
                anchor: anchor, before: first.aggregate, during: second.aggregate)
        } catch {
            throw noCoverage([group], .requests)
        }
        try lookCloser(at: &answer, options)
        return answer
    }

    /// Data segments that were sent again, where both windows tell them.
    private func retransmissions(
        _ parts: (before: ComparedSides.Part, during: ComparedSides.Part)
    ) throws(ForensicsError) -> [Retransmissions] {
        // Windows of evidence of their own have all of their minutes.
        let shares = !Set(parts.before.group.sources).isDisjoint(with: parts.during.group.sources)
        guard parts.before.group.kind.isCapture,
            let before = try SegmentReading(session: session, sources: parts.before.group.sources).segments(
                in: parts.before.window, whole: shares),
            let during = try SegmentReading(session: session, sources: parts.during.group.sources).segments(
                in: parts.during.window, whole: shares)
        else { return [] }
        return Retransmissions.both(before: before, during: during)
    }

    /// Rows of both windows that are read again without being asked: about two seconds' worth.
    private static let rereadRows: Int64 = 2_000_000

    /// Counts from the rows what roll-ups cannot tell: what values that moved did together, and who makes what is slow or one sort
    /// of errors.
    private func lookCloser(at answer: inout Answer, _ options: CompareOptions) throws(ForensicsError) {
        let parts = CombinationFinder.parts(of: answer.result)
        let slow = SlownessFinder.limit(of: answer.result)
        let sorts =
            [ErrorSort.alone(in: answer.result)].compactMap { $0 }
            + (ErrorSort.failsBesideRequests(in: answer.result) ? [.connections] : [])
        guard !parts.isEmpty || slow != nil || !sorts.isEmpty, session.rows(of: answer.group) == .all else { return }
        let rows = [answer.before, answer.during].reduce(Int64(0)) {
            $0 + $1.totals.activity.requests + $1.totals.activity.connections
        }
        guard question.looksCloser, rows <= Self.rereadRows || question.combinesAlways else {
            let reason =
                question.looksCloser
                ? "as \(NumberText.grouped(rows)) rows would be read" : "as dimensions are chosen (--dimension)"
            answer.result.caveats.append(
                .init(
                    code: "combinations-not-counted",
                    text:
                        "Combinations of values, and who makes what is slow or one sort of errors, were not looked at, \(reason); "
                        + "--combinations does."))
            return
        }
        let sides = sides.parts(of: answer.group)
        let first = try reading(sides.before, answer.measure, beside: sides.during).lookCloser(
            sides.before.window, combined: parts,
            slower: slow.map { [$0.limit, $0.limit.relaxed(by: $0.factor)] } ?? [], failed: sorts)
        let second = try reading(sides.during, answer.measure, beside: sides.before).lookCloser(
            sides.during.window, combined: parts, slower: slow.map { [$0.limit] } ?? [], failed: sorts)
        if !parts.isEmpty {
            CombinationFinder.add(
                to: &answer.result, before: first.combined, during: second.combined, options: options)
        }
        for (index, sort) in sorts.enumerated() {
            ErrorFinder.add(
                to: &answer.result, sort, before: first.failed[index], during: second.failed[index],
                all: [answer.before, answer.during], options: options)
        }
        if let slow {
            SlownessFinder.add(
                to: &answer.result, slow.limit, before: first.slow[0], during: second.slow[0], alike: first.slow[1],
                all: [answer.before, answer.during], options: options)
        }
    }
}
