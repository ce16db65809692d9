import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Carries out a comparison on a case: whose view answers, what it says, and whether the others agree.
struct WindowComparison {
    let question: CompareQuestion
    let session: CaseSession
    let before: CompareQuestion.Side
    let during: CompareQuestion.Side
    private let long: Int64
    private let anchor: AggregateAccumulator.Anchor

    init(
        question: CompareQuestion, session: CaseSession, before: CompareQuestion.Side, during: CompareQuestion.Side
    ) throws(ForensicsError) {
        self.question = question
        self.session = session
        self.before = before
        self.during = during
        guard let long = DurationText.parse(question.long), long > 0 else {
            throw ForensicsError(.usage, "--long \(question.long): is no duration; use 5m.")
        }
        guard let anchor = AggregateAccumulator.Anchor(rawValue: question.anchor) else {
            throw ForensicsError(.usage, "--anchor \(question.anchor): is none of record, start, overlap.")
        }
        guard question.top > 0 else { throw ForensicsError(.usage, "--top \(question.top): must be at least 1.") }
        self.long = long
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
        let groups = session.able(all)
        let windows = [before.window, during.window]
        let subject = subject(groups, windows)
        guard let choice = EvidenceChooser.choose(groups, for: subject, windows: windows) else {
            throw noCoverage(groups, subject)
        }
        let measure = question.by ?? (subject == .requests ? .requests : .connections)
        try session.check(measure, isTold: choice.group)
        try session.checkFilters(areTold: choice.group)
        var caveats = try agreement(choice.others, subject)
        var other = connections(choice.group, all, subject)
        if let kind = other?.group.kind, let filters = session.restrictions.unanswered(by: kind) {
            other = nil
            caveats.append(
                .init(
                    code: "connections-not-asked",
                    text: "\(kind.name) tells no \(filters): active and long is about what \(choice.group.name) shows.")
            )
        }
        var answer = try compare(choice.group, measure, caveats: caveats, tellsActiveLong: other == nil)
        if let other {
            let told = try compare(other.group, .connections, caveats: [], tellsActiveLong: true)
            let connections = told.result
            answer.others = [told]
            answer.result.activeLong = connections.activeLong
            answer.result.question.activeLongCountedIn = connections.question.countedIn
            answer.result.caveats.append(
                ComparisonResult.Caveat(
                    code: "active-long-from-connections",
                    text:
                        "Active and long, with its ranks and shares, is about connections as \(other.group.name) shows them."
                ))
            answer.result.sentence += " Connections, as \(other.group.name) shows them: " + connections.sentence
        }
        return answer
    }

    /// An access log tells requests; how long connections last, and who holds them, a connection log tells better.
    private func connections(
        _ group: EvidenceGroup, _ groups: [EvidenceGroup], _ subject: EvidenceChooser.Subject
    ) -> EvidenceChooser.Choice? {
        guard subject == .requests, !group.kind.isCapture else { return nil }
        return EvidenceChooser.choose(
            groups.filter { $0.kind != group.kind }, for: .connections, windows: [before.window, during.window])
    }

    /// The bodies of evidence that may answer. Where evidence was named for a window, those that hold some of it.
    private func candidates() throws(ForensicsError) -> [EvidenceGroup] {
        guard let first = before.sources, let second = during.sources else {
            let named = before.sources ?? during.sources
            return try session.groups().filter { group in named.map { !$0.isDisjoint(with: group.sources) } ?? true }
        }
        return EvidenceChooser.paired(try session.groups(of: first.union(second)), before: first, during: second)
    }

    private func subject(_ groups: [EvidenceGroup], _ windows: [TimeWindow]) -> EvidenceChooser.Subject {
        switch question.by {
        case .requests: .requests
        case .connections, .duration: .connections
        case .bytes, .errors, nil: EvidenceChooser.defaultSubject(groups, windows: windows)
        }
    }

    private static let toldSpans = 4

    private func noCoverage(_ groups: [EvidenceGroup], _ subject: EvidenceChooser.Subject) -> ForensicsError {
        let place = session.restrictions.place
        let windows = [before.window, during.window]
        let covering = groups.filter { group in windows.allSatisfy { group.exposure(of: $0) > 0 } }
        if let group = covering.first {
            let measure = subject == .requests ? "requests" : "connections"
            let known = subject == .requests ? "connections" : "requests"
            return ForensicsError(.data, "\(place): \(group.name) tells no \(measure); use --by \(known).")
        }
        let spans = groups.filter { !$0.coverage.isEmpty }.map { group in
            let told = group.coverage.prefix(Self.toldSpans).map {
                "from \(RFC3339.secondsString($0.start)) to \(RFC3339.secondsString($0.end))"
            }
            let more = group.coverage.count - told.count
            return "\(group.name) \(told.joined(separator: " and "))\(more > 0 ? " and \(more) stretches more" : "")"
        }
        if spans.isEmpty {
            return ForensicsError(.data, "\(place): no evidence is left to answer; check --kind and --vantage.")
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
            "\(place): no kind of evidence covers both windows (there is \(spans.joined(separator: ", "))\(hole)); "
                + "choose other windows.")
    }

    // MARK: - One group

    private func compare(
        _ group: EvidenceGroup, _ measure: RankMeasure, caveats: [ComparisonResult.Caveat], tellsActiveLong: Bool
    ) throws(ForensicsError) -> Answer {
        var caveats = caveats
        let (first, second) = try gather(group, measure, &caveats)
        var options = CompareOptions()
        options.measure = measure
        options.tellsActiveLong = tellsActiveLong
        options.kind = group.kind
        options.vantage = group.vantage
        options.anchor = anchor.rawValue
        options.top = question.top
        options.longNanoseconds = long
        options.limit = question.limit ?? 10
        options.owners = session.owners
        options.canShowLongBefore =
            group.kind.isCapture ? first.aggregate.exposure > long : !(question.lacksHistory && group.kind.joinsRecords)
        options.sampleRate = group.sampleRate
        options.filters = session.restrictions.description.map { [$0] } ?? []
        options.restrictsFacts = session.restrictions.leavesOutFacts || !session.filter.nodes.isEmpty
        options.restrictsClients = session.restrictions.namesClients
        let cuts = CaptureParts(session: session, group: group)
        if let cut = cuts.caveat([first.aggregate.window, second.aggregate.window], long: long) { caveats.append(cut) }
        if cuts.seam(cutting: first.aggregate.window, long: long) != nil { options.canShowLongBefore = false }
        options.caveats = caveats + self.caveats(group, isWidened: first.isWidened || second.isWidened)
        options.caveats += try FlowLogCaveats(session: session, group: group).caveats(
            in: [before.window, during.window])
        options.recordedValues = try recordedValues(group, measure)
        options.untold = group.untold
        var answer: Answer
        do throws(ComparisonError) {
            answer = Answer(
                result: try Comparison.compare(
                    before: first.aggregate, during: second.aggregate, options: options),
                group: group, measure: measure, sources: [sources(of: group, before), sources(of: group, during)],
                anchor: anchor, before: first.aggregate, during: second.aggregate)
        } catch {
            throw noCoverage([group], .requests)
        }
        try lookCloser(at: &answer, options)
        return answer
    }

    /// Rows of both windows that are read again without being asked: about two seconds' worth.
    private static let rereadRows: Int64 = 2_000_000

    /// Counts from the rows what roll-ups cannot tell: what values that moved did together, and who makes what is slow.
    private func lookCloser(at answer: inout Answer, _ options: CompareOptions) throws(ForensicsError) {
        let parts = CombinationFinder.parts(of: answer.result)
        let slow = SlownessFinder.limit(of: answer.result)
        guard !parts.isEmpty || slow != nil, session.rows(of: answer.group) == .all else { return }
        let rows = [answer.before, answer.during].reduce(Int64(0)) {
            $0 + $1.totals.activity.requests + $1.totals.activity.connections
        }
        guard rows <= Self.rereadRows || question.combinesAlways else {
            answer.result.caveats.append(
                .init(
                    code: "combinations-not-counted",
                    text:
                        "Combinations of values, and who makes what is slow, were not looked at, as "
                        + "\(NumberText.grouped(rows)) rows would be read; --combinations does."))
            return
        }
        let first = try reading(answer.group, answer.measure, before).lookCloser(
            before.window, combined: parts, slower: slow.map { [$0.limit, $0.limit.relaxed(by: $0.factor)] } ?? [])
        let second = try reading(answer.group, answer.measure, during).lookCloser(
            during.window, combined: parts, slower: slow.map { [$0.limit] } ?? [])
        if !parts.isEmpty {
            CombinationFinder.add(
                to: &answer.result, before: first.combined, during: second.combined, options: options)
        }
        if let slow {
            SlownessFinder.add(
                to: &answer.result, slow.limit, before: first.slow[0], during: second.slow[0], alike: first.slow[1],
                all: [answer.before, answer.during], options: options)
        }
    }

    /// Both windows of a group, with the long connections that an access log's requests imply.
    private func gather(
        _ group: EvidenceGroup, _ measure: RankMeasure, _ caveats: inout [ComparisonResult.Caveat]
    ) throws(ForensicsError) -> (before: Side, during: Side) {
        let readings = [try reading(group, measure, before), try reading(group, measure, during)]
        var gathered = [try readings[0].gather(before.window), try readings[1].gather(during.window)]
        if group.kind == .alb, session.rows(of: group) == .all {
            let pieced = PiecedConnections(
                session: session, group: group, top: question.top, measure: measure, long: long)
            let refused = try pieced.add(to: &gathered)
            if refused > 0 {
                caveats.append(
                    .init(
                        code: "pieced-limit",
                        text:
                            "\(NumberText.grouped(refused)) requests belong to connections past the number that can be "
                            + "told apart: long ones among them are not listed."))
            }
        }
        return (
            Side(aggregate: readings[0].finish(gathered[0]), isWidened: gathered[0].isWidened),
            Side(aggregate: readings[1].finish(gathered[1]), isWidened: gathered[1].isWidened)
        )
    }

    private struct Side {
        var aggregate: WindowAggregate
        var isWidened: Bool
    }

    private func reading(
        _ group: EvidenceGroup, _ measure: RankMeasure, _ side: CompareQuestion.Side
    ) throws(ForensicsError) -> WindowReading {
        if question.stop.isRequested { throw NamedEvidence.interrupted }
        var group = group
        group.sources = sources(of: group, side)
        var reading = WindowReading(session: session, group: group, measure: measure)
        reading.long = long
        reading.anchor = anchor
        reading.end = end(of: side)
        return reading
    }

    /// The values that were seen by the interfaces of a flow log that recorded all of both windows, by dimension; `nil` where
    /// all did, and where no rows tell which interface saw what.
    private func recordedValues(
        _ group: EvidenceGroup, _ measure: RankMeasure
    ) throws(ForensicsError) -> [Dimension: Set<String>]? {
        let skipping = CoverageCaveats(session: session, group: group).skippingNodes(in: [before.window, during.window])
        guard !skipping.isEmpty, session.rows(of: group) == .all else { return nil }
        // It may have been any.
        if skipping.contains("") { return [:] }
        var recorded: [Dimension: Set<String>] = [:]
        for side in [before, during] {
            var reading = try reading(group, measure, side)
            reading.withoutNodes = skipping
            reading.includesDistributions = false
            reading.includesSeries = false
            for (dimension, values) in try reading.aggregate(side.window).aggregate.dimensions {
                recorded[dimension, default: []].formUnion(values.map(\.value))
            }
        }
        return recorded
    }

    /// Where the minutes of the earlier window end that are counted where there are no rows; `nil` for the later one.
    private func end(of side: CompareQuestion.Side) -> Timestamp? {
        let later = before.window.start < during.window.start ? during : before
        return side.window.start < later.window.start ? WindowReading.firstMinute(of: later.window) : nil
    }

    private func sources(of group: EvidenceGroup, _ side: CompareQuestion.Side) -> [UInt32] {
        group.sources.filter { side.sources?.contains($0) ?? true }
    }

    private func caveats(_ group: EvidenceGroup, isWidened: Bool) -> [ComparisonResult.Caveat] {
        var caveats: [ComparisonResult.Caveat] = []
        let ids = Set(group.sources)
        let sources = session.sources.filter { ids.contains($0.id) }
        let rejected = sources.reduce(0) { $0 + $1.rejectedTotal }
        if rejected > 0 {
            caveats.append(
                .init(
                    code: "rejects",
                    text:
                        "\(NumberText.grouped(Int64(clamping: rejected))) records could not be read; see `sources --rejects`."
                ))
        }
        for source in sources where source.kind.isCapture {
            if let detail = source.detail { caveats.append(.init(code: "drops", text: "\(source.path): \(detail).")) }
        }
        // Flow logs tell themselves what they skipped.
        if !group.kind.isCapture, group.kind != .vpcFlow {
            caveats.append(
                .init(
                    code: "best-effort",
                    text: "AWS delivers load balancer logs on a best-effort basis: rows may be missing."))
        }
        caveats += CoverageCaveats(session: session, group: group).caveats(before: before.window, during: during.window)
        if isWidened {
            caveats.append(
                .init(code: "whole-minutes", text: "The case keeps no rows: the windows were changed to whole minutes.")
            )
        }
        caveats += CaptureCaveats(session: session, group: group).all
        return caveats
    }

    // MARK: - The other views

    /// What every other view of the same minutes says of the total: it confirms or contradicts, it is never added.
    private func agreement(
        _ others: [EvidenceGroup], _ subject: EvidenceChooser.Subject
    ) throws(ForensicsError) -> [ComparisonResult.Caveat] {
        var lines: [ComparisonResult.Caveat] = []
        let measure: RankMeasure = subject == .requests ? .requests : .connections
        for group in others where subject == .requests || group.kind != .alb {
            var counts: [Int64] = []
            for side in [before, during] {
                var reading = WindowReading(session: session, group: group, measure: measure)
                reading.dimensions = []
                reading.includesDistributions = false
                reading.anchor = anchor
                reading.end = end(of: side)
                counts.append(try reading.aggregate(side.window).aggregate.totals.activity.value(of: measure))
            }
            lines.append(
                .init(
                    code: "other-view",
                    text:
                        "\(group.name) counts \(NumberText.grouped(counts[0])) \(measure.rawValue) before and "
                        + "\(NumberText.grouped(counts[1])) during; not added."
                ))
        }
        return lines
    }
}
