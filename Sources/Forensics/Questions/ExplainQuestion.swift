import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What `explain` is asked: one request, connection or client, told from every vantage.
public struct ExplainQuestion: Sendable {
    /// A trace id, an id of the views `requests` or `connections`, `ADDRESS:PORT` or an address.
    public var subject: String
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// At most this many records; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(subject: String, restrictions: Restrictions) {
        self.subject = subject
        self.restrictions = restrictions
    }

    /// Clocks are compared by what was seen in this time to either side of the subject.
    private static let surroundings = 1800 * Timestamp.nanosecondsPerSecond
    /// An offset that is known worse than this puts nothing into order.
    private static let widestMargin = Timestamp.nanosecondsPerSecond

    /// Writes what each body of evidence tells, in the order of one clock, and what that comes to.
    ///
    /// - Parameters:
    ///   - note: takes what the user should know beside the answer.
    ///   - warn: takes what the user must know: a filter that was not applied.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, warn: (String) -> Void = { _ in },
        to sink: (String) throws -> Void
    ) throws {
        let wanted = try ExplainSubject(subject)
        if let text = restrictions.passedOver(Self.passedOver, for: "explain") { warn(text) }
        let session = try CaseSession(restrictions)
        session.standingTexts().forEach(warn)
        session.tellLeftOutRows(of: "SELECT * FROM requests", in: "explain", warn)
        let join = try FactJoin(wanted, session)
        guard !join.facts.isEmpty else {
            throw session.uncovered(try session.groups())
                ?? ForensicsError(
                    .data,
                    "\(restrictions.place): holds nothing of \(subject); look for it with `query`, or add its evidence."
                )
        }
        if join.refused > 0 {
            let told = NumberText.grouped(Int64(join.facts.count))
            note(
                "of \(subject) there are more than \(told) records, the first of which are told: ask for less time with "
                    + "--from and --to, or count all of them, as `top path --client` and `timeline --client` do.")
        }
        let apart = try ClockSurvey(session, window: Self.surroundings(of: join.facts)).entries
        let offsets = Self.offsets(apart)
        let facts = join.facts.sorted { left, right in
            let times = (Self.time(of: left, offsets), Self.time(of: right, offsets))
            if times.0 != times.1 { return times.0 < times.1 }
            return left.clock != right.clock ? left.clock < right.clock : left.id < right.id
        }
        // Of one request the connection that carried it, maybe with many others, began long before.
        let requests = facts.filter { $0.request != nil }
        let origin = (Self.isOne(wanted) ? requests.first : nil) ?? facts[0]
        let sources = Dictionary(uniqueKeysWithValues: session.sources.map { ($0.id, $0) })
        var told = ExplainReport.table(
            facts.prefix(limit ?? .max).map { Self.entry($0, offsets, sources[$0.id.source]) },
            from: Self.time(of: origin, offsets),
            more: max(0, facts.count - (limit ?? .max)) + join.refused)
        // Of a client's many requests there is no one whose time could be told.
        let phases = Self.isOne(wanted) ? RequestPhases(facts) : RequestPhases([])
        let clocks = ClockReport.table(apart.map(\.named))
        if style.isForPeople { told = told.withoutAbsentColumns }
        try write(told, phases, clocks, style, note, sink)
    }

    private func write(
        _ told: ReportTable, _ phases: RequestPhases, _ clocks: ReportTable, _ style: OutputStyle,
        _ note: (String) -> Void, _ sink: (String) throws -> Void
    ) throws {
        // A file of rows holds rows of one sort.
        if style.format == .csv || style.format == .ndjson { return try style.write(told, note: note, to: sink) }
        let conclusions = ExplainReport.table(conclusions: phases.conclusions)
        let parts = ExplainReport.table(phases.phases)
        guard style.format == .table else {
            // Markdown says below the table how many are left out; an object of several has no place for it.
            if style.format == .json, let more = told.more, more > 0 { note("\(more) more records are left out.") }
            let tables = [told, parts, conclusions, clocks].filter { style.format == .json || !$0.rows.isEmpty }
            let document = ReportDocument(sections: tables.map { .table($0) })
            return try sink(String(decoding: document.rendered(as: style.format, style: style.style), as: UTF8.self))
        }
        var page = TerminalPage(style: style.style)
        for text in phases.conclusions { page.paragraph(text, .strong) }
        for table in [told, parts, clocks] { page.table(table) }
        try sink(String(decoding: page.bytes, as: UTF8.self))
    }

    /// What the subject itself tells is not filtered by.
    private static let passedOver: Set = [
        "load balancer", "client", "domain", "target", "target port", "path", "status", "ignoring",
    ]

    private static func isOne(_ subject: ExplainSubject) -> Bool {
        switch subject {
        case .trace, .record: true
        case .endpoint, .address: false
        }
    }

    private static func surroundings(of facts: [JoinedFact]) -> TimeWindow? {
        guard let start = facts.map(\.start).min(), let end = facts.map(\.end).max() else { return nil }
        return TimeWindow(start: start.advanced(by: -surroundings), end: end.advanced(by: surroundings))
    }

    /// How far each clock is ahead of the first one that others could be compared with closely.
    private static func offsets(_ entries: [ClockSurvey.Entry]) -> [EvidenceClock: Int64] {
        let known = entries.filter { $0.offset.isAgreed && $0.offset.margin <= widestMargin }
        guard let first = known.first?.reference else { return [:] }
        var offsets: [EvidenceClock: Int64] = [first: 0]
        for entry in known {
            if let base = offsets[entry.reference], offsets[entry.clock] == nil {
                offsets[entry.clock] = base + entry.offset.middle
            }
        }
        return offsets
    }

    private static func time(of fact: JoinedFact, _ offsets: [EvidenceClock: Int64]) -> Timestamp {
        fact.start.advanced(by: -(offsets[fact.clock] ?? 0))
    }

    private static func entry(
        _ fact: JoinedFact, _ offsets: [EvidenceClock: Int64], _ source: SourceRecord?
    ) -> ExplainReport.Entry {
        var entry = ExplainReport.Entry(
            time: fact.start, referenceTime: time(of: fact, offsets), isRequest: fact.request != nil,
            kind: fact.clock.kind.name, vantage: fact.clock.vantage ?? source?.vantage, id: fact.id,
            path: source?.path ?? "")
        fact.describe(&entry)
        return entry
    }
}
