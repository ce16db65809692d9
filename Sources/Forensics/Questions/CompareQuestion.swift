import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What `compare` is asked, as the user wrote it.
public struct CompareQuestion: Sendable {
    /// The quiet window.
    public var before: String
    /// The window of the incident.
    public var during: String
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// Files, folders, globs or `s3://bucket/prefix` that are read first, as far as the case does not hold them yet.
    public var inputs: [String] = []
    /// Answer from the evidence that is named alone, from a case of its own that is thrown away.
    public var keepsNothing = false
    /// Whether evidence that is named may be read into the case: the user named that too.
    public var mayAddToCase = true
    /// How long after a window logs are read as well: connections and requests that began in it and ended later.
    /// `nil` for `usualLookAhead`.
    public var lookAhead: String?
    /// Whether logs before the windows were left unread, which tell what lasted into them.
    var lacksHistory = false
    /// Evidence that was named and is in the case under another name.
    private var twins: [IngestSummary.Twin] = []
    /// Raised to stop cleanly while evidence is read.
    public let stop = StopFlag()
    /// What to rank and share by; `nil` for what the evidence counts.
    public var by: RankMeasure?
    /// What is told of, by name; empty for every dimension.
    public var dimensions: [String] = []
    /// How many of the most active clients are looked at for long connections.
    public var top = 30
    /// Whether combinations of values are looked for however many rows have to be read.
    public var combinesAlways = false
    /// From here on a connection is long, such as `5m`.
    public var long = "5m"
    /// Which time of a fact decides its window: `record`, `start` or `overlap`.
    public var anchor = "record"
    /// The one table of formats that hold one; `nil` for the first.
    public var table: String?
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question with the defaults of the command line.
    public init(before: String, during: String, restrictions: Restrictions) {
        self.before = before
        self.during = during
        self.restrictions = restrictions
    }

    /// Compares the windows and writes the answer.
    ///
    /// - Parameters:
    ///   - note: takes what the user should know beside the answer.
    ///   - progress: takes how far the reading of evidence is, on any thread but never on two at once.
    /// - Returns: what the command ends with although there is an answer: inputs that could not be used whole.
    @discardableResult
    public func answer(
        style: OutputStyle, note: (String) -> Void, progress: @escaping (IngestProgress) -> Void = { _ in },
        to sink: (String) throws -> Void
    ) throws -> ForensicsError? {
        let wanted = try style.table(table)
        let answered = try answered(note: note, progress: progress)
        let report = ComparisonReport(answered.answer.result)
        for line in report.notes(beside: style.format) { note(line) }
        let bytes = report.rendered(as: style.format, table: wanted, style: style.style)
        try sink(String(decoding: bytes, as: UTF8.self))
        return answered.unusable
    }

    /// Compares the windows.
    package func compare(
        note: (String) -> Void, progress: @escaping (IngestProgress) -> Void = { _ in }
    ) throws(ForensicsError) -> ForensicsCompare.ComparisonResult {
        try answered(note: note, progress: progress).answer.result
    }

    /// A comparison with what it was made of, and the case it was made from, still open; and what the command ends with after
    /// the answer, where inputs could not be used whole.
    typealias Answered = (answer: WindowComparison.Answer, session: CaseSession, unusable: ForensicsError?)

    /// Compares the windows, and keeps what else a report tells.
    ///
    /// - Parameters:
    ///   - asksMore: whether the case is asked for more than the comparison.
    ///   - prepare: is given the case once all evidence is in it, before questions are asked.
    func answered(
        note: (String) -> Void, progress: @escaping (IngestProgress) -> Void = { _ in },
        asksMore: Bool = false,
        prepare: (Restrictions) throws(ForensicsError) -> Void = { (_) throws(ForensicsError) in }
    ) throws(ForensicsError) -> Answered {
        let expressions = [before, during].map { text in
            WindowExpression(text) { path in !InputPresence.isMissing(path) }
        }
        let windows = expressions.compactMap { if case .evidence(let path) = $0 { path } else { nil } }
        try IdleOptions.refuse(
            [("--look-ahead", lookAhead)], without: "inputs beside two times",
            unless: windows.isEmpty && !inputs.isEmpty)
        try NamedEvidence(inputs: inputs).checkPresence(as: "does not exist")
        try NamedEvidence(inputs: windows).checkPresence(
            as: "is no window (START/END, START/DURATION) and no file")
        var evidence = NamedEvidence(inputs: inputs + windows, ownersFile: restrictions.ownersFile)
        let times = windows.isEmpty && !inputs.isEmpty ? try plainWindows(expressions) : []
        let purpose = try purpose(asksMore: asksMore || expressions.contains(.automatic), times)
        if windows.isEmpty, !inputs.isEmpty { evidence.wanted = try wanted(times) }
        var restrictions = restrictions
        guard keepsNothing, windows.count == 2 || !inputs.isEmpty else {
            if !mayAddToCase, let path = windows.first { throw oneSided(path) }
            let done = try evidence.inputs.isEmpty ? nil : read(evidence, into: restrictions.store, note, progress)
            try prepare(restrictions)
            return try compare(expressions, try CaseSession(restrictions), done)
        }
        evidence.purpose = purpose
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        restrictions.store = scratch.casePath
        restrictions.evidence = evidence.inputs.joined(separator: ", ")
        let done = try read(evidence, into: restrictions.store, note, progress)
        try prepare(restrictions)
        let session = try CaseSession(restrictions)
        // From here on a killed process leaves nothing behind.
        scratch.remove()
        var told = try compare(expressions, session, done)
        if let caveat = columnsCaveat(purpose, session) { told.answer.result.caveats.append(caveat) }
        return told
    }

    /// Refuses evidence for one window and a time for the other, which only a case can hold: none is made or added to that the
    /// user did not name.
    private func oneSided(_ path: String) -> ForensicsError {
        let (option, other) = path == before ? ("--before", "--during \(during)") : ("--during", "--before \(before)")
        return ForensicsError(
            .usage,
            "\(option) \(path): is evidence, and \(other) a time; add --store CASE, the case that holds that time and takes "
                + "this evidence in, or name evidence for both.")
    }

    private static let usualLookAhead = "15m"

    /// The windows whose logs have to be read.
    private func wanted(_ windows: [TimeWindow]) throws(ForensicsError) -> [TimeWindow] {
        let lookAhead = lookAhead ?? Self.usualLookAhead
        guard let ahead = DurationText.parse(lookAhead), ahead >= 0 else {
            throw ForensicsError(.usage, "--look-ahead \(lookAhead): is no duration; use 15m.")
        }
        return windows.map { TimeWindow(start: $0.start, end: $0.end.advanced(by: ahead)) }
    }

    /// The windows, where both are named without looking at the evidence; else none.
    private func plainWindows(_ expressions: [WindowExpression]) throws(ForensicsError) -> [TimeWindow] {
        let clock = try TimeContext(evidence: nil, zoneName: restrictions.timeZone)
        var windows: [TimeWindow] = []
        for (option, expression) in zip(["--before", "--during"], expressions) {
            guard case .interval(let start, let end) = expression, clock.canResolve(start),
                DurationText.parse(end) != nil || clock.canResolve(end)
            else { return [] }
            windows.append(try WindowExpression.resolve(start: start, end: end, option: option, in: clock))
        }
        return windows
    }

    private func read(
        _ evidence: NamedEvidence, into store: String, _ note: (String) -> Void,
        _ progress: @escaping (IngestProgress) -> Void
    ) throws(ForensicsError) -> IngestSummary {
        try evidence.read(into: store, stop: stop, note: note, progress: progress)
    }

    private func compare(
        _ expressions: [WindowExpression], _ session: CaseSession, _ done: IngestSummary?
    ) throws(ForensicsError) -> Answered {
        let unread = done?.leftUnread ?? 0
        var question = self
        question.lacksHistory = unread > 0
        question.twins = done?.twins ?? []
        let (before, during, chosen) = try question.sides(expressions, session)
        if let measure = chosen.measure { question.by = measure }
        var answer = try WindowComparison(question: question, session: session, before: before, during: during)
            .answer()
        answer.result.caveats += session.addressDatabases.shortcomings(of: [.asn, .country]).texts.map {
            .init(code: "address-databases", text: $0)
        }
        if let text = session.passingOwnersText {
            answer.result.caveats.append(.init(code: "owners-not-kept", text: text))
        }
        if let text = session.unfinishedText() {
            answer.result.caveats.insert(.init(code: "unfinished-inputs", text: text), at: 0)
        }
        if unread > 0 { answer.result.caveats.insert(leftUnread(unread), at: 0) }
        if let explanation = chosen.explanation {
            answer.result.caveats.insert(.init(code: "windows-chosen", text: explanation), at: 0)
        }
        let unusable = done?.failure.map { failure in
            ForensicsError(failure.code, (done?.unusableInputs ?? "") + "; the answer is of the rest.")
        }
        if let done, unusable != nil {
            let text = done.unusableInputs + ": what is missing of them is not counted."
            answer.result.caveats.insert(.init(code: "unusable-inputs", text: text), at: 0)
        }
        return (answer, session, unusable)
    }

    private func leftUnread(_ count: Int) -> ComparisonResult.Caveat {
        .init(
            code: "left-unread",
            text: "\(NumberText.grouped(Int64(count))) \(count == 1 ? "log was" : "logs were") left unread: by "
                + "\(count == 1 ? "its name it holds" : "their names they hold") nothing of the windows nor of the "
                + "\(lookAhead ?? Self.usualLookAhead) after them (--look-ahead); what began in a window and ended later is not counted."
        )
    }

    /// The two windows that are compared, and what `auto` chose.
    private func sides(
        _ expressions: [WindowExpression], _ session: CaseSession
    ) throws(ForensicsError) -> (before: Side, during: Side, chosen: ChosenWindows) {
        var chosen = ChosenWindows()
        if expressions.contains(.automatic) { chosen = try ChosenWindows(expressions, session: session, by: by) }
        var before: Side
        var during: Side
        if let window = chosen.before {
            before = window
        } else {
            before = try side("--before", expressions[0], session)
        }
        if let window = chosen.during {
            during = window
        } else {
            during = try side("--during", expressions[1], session)
        }
        if let span = session.window {
            for (option, window) in [("--before", before.window), ("--during", during.window)]
            where window.intersection(span) != window {
                throw ForensicsError(
                    .usage, "\(option): is not all between --from and --to; leave those out, they are for auto windows."
                )
            }
        }
        if before.sources == nil, during.sources == nil, before.window.intersection(during.window) != nil {
            throw ForensicsError(.usage, "--before and --during overlap; choose windows that do not.")
        }
        return (before, during, chosen)
    }

    /// One window, and the sources it is restricted to.
    struct Side {
        /// Where evidence was named, all the time that any kind of it covers.
        var window: TimeWindow
        /// Public ids; `nil` for all. Of a capture set all files, and of flow logs all, whichever were named: the window
        /// tells them apart.
        var sources: Set<UInt32>?
        /// What each file covers that was named, by its public id.
        var covered: [UInt32: [TimeWindow]] = [:]
    }

    private func side(
        _ option: String, _ expression: WindowExpression, _ session: CaseSession
    ) throws(ForensicsError) -> Side {
        switch expression {
        case .interval(let start, let end):
            return Side(window: try WindowExpression.resolve(start: start, end: end, option: option, in: session.times))
        case .automatic: throw ForensicsError(.data, "\(option) auto: nothing stands out; name the window.")
        case .evidence(let path):
            let named = InputPresence.matcher(path)
            let twins = Set(twins.filter { named($0.path) }.map(\.held))
            let files = session.sources.filter { named($0.path) || twins.contains($0.path) }
            let ids = Set(files.map(\.id))
            var covered: [UInt32: [TimeWindow]] = [:]
            for row in session.coverage where ids.contains(row.source) && row.reason == nil {
                guard let from = row.from, let to = row.to else { continue }
                covered[row.source, default: []].append(TimeWindow(start: from, end: to))
            }
            let all = covered.values.joined()
            guard let start = all.map(\.start).min(), let end = all.map(\.end).max() else {
                throw ForensicsError(.data, "\(option) \(path): covers no time; give evidence with records.")
            }
            // A connection that begins in one file of a capture set and ends in another is kept with the first.
            let spans = Set(files.map(\.spanKey))
            return Side(
                window: TimeWindow(start: start, end: end),
                sources: Set(session.sources.filter { spans.contains($0.spanKey) }.map(\.id)), covered: covered)
        }
    }
}
