import ForensicsCompare
import ForensicsModel
import ForensicsStore
import Foundation

/// What `compare` is asked, as the user wrote it.
public struct CompareQuestion: Sendable {
    /// The quiet window.
    public var before: String
    /// The window of the incident.
    public var during: String
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// Answer evidence windows from a case of their own that is thrown away.
    public var keepsNothing = false
    /// What to rank and share by; `nil` for what the evidence counts.
    public var by: RankMeasure?
    /// How many of the most active clients are looked at for long connections.
    public var top = 30
    /// Whether combinations of values are looked for however many rows have to be read.
    public var combinesAlways = false
    /// From here on a connection is long, such as `5m`.
    public var long = "5m"
    /// Which time of a fact decides its window: `record`, `start` or `overlap`.
    public var anchor = "record"
    /// The one table of formats that hold one.
    public var table = "active-long"
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
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(style: OutputStyle, note: (String) -> Void, to sink: (String) throws -> Void) throws {
        guard let wanted = ComparisonTable(rawValue: table) else {
            let names = ComparisonTable.allCases.map(\.rawValue).joined(separator: ", ")
            throw ForensicsError(.usage, "--table \(table): is none of \(names).")
        }
        let result = try compare(note: note)
        let report = ComparisonReport(result)
        for line in report.notes(beside: style.format) { note(line) }
        let bytes = report.rendered(as: style.format, table: wanted, style: style.style)
        try sink(String(decoding: bytes, as: UTF8.self))
    }

    /// Compares the windows.
    package func compare(note: (String) -> Void) throws(ForensicsError) -> ForensicsCompare.ComparisonResult {
        try answered(note: note).answer.result
    }

    /// A comparison with what it was made of, and the case it was made from, still open.
    typealias Answered = (answer: WindowComparison.Answer, session: CaseSession)

    /// Compares the windows, and keeps what else a report tells.
    func answered(note: (String) -> Void) throws(ForensicsError) -> Answered {
        let expressions = [before, during].map { text in
            WindowExpression(text) { path in !InputPresence.isMissing(path) }
        }
        let evidence = expressions.compactMap { if case .evidence(let path) = $0 { path } else { nil } }
        for path in evidence where InputPresence.isMissing(path) {
            throw ForensicsError(
                .noInput, "\(path): is no window (START/END, START/DURATION) and no file; check the spelling.")
        }
        if evidence.count == 2, keepsNothing {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "lbforensics-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            do {
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: NSNumber(value: 0o700)])
            } catch {
                throw ForensicsError(.io, "\(folder.path): cannot be made; set TMPDIR to a folder with room.")
            }
            return try compare(expressions, evidence, in: folder.appendingPathComponent("case.db").path, note)
        }
        return try compare(expressions, evidence, in: restrictions.store, note)
    }

    private func compare(
        _ expressions: [WindowExpression], _ evidence: [String], in store: String, _ note: (String) -> Void
    ) throws(ForensicsError) -> Answered {
        if !evidence.isEmpty { try read(evidence, into: store, note) }
        var restrictions = restrictions
        restrictions.store = store
        let session = try CaseSession(restrictions)
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
        Self.separate(&before, &during)
        if before.window.intersection(during.window) != nil, before.mayShareFacts(with: during) {
            throw ForensicsError(.usage, "--before and --during overlap; choose windows that do not.")
        }
        var answer = try WindowComparison(question: self, session: session, before: before, during: during).answer()
        if let explanation = chosen.explanation {
            answer.result.caveats.insert(.init(code: "windows-chosen", text: explanation), at: 0)
        }
        return (answer, session)
    }

    private func read(_ evidence: [String], into store: String, _ note: (String) -> Void) throws(ForensicsError) {
        var request = IngestRequest(store: store, inputs: evidence)
        request.ownersFile = restrictions.ownersFile
        var notes: [String] = []
        let summary = try request.run(note: { notes.append($0) }, progress: { _ in })
        for line in notes { note(line) }
        if summary.entries.isEmpty, summary.unchanged == 0, summary.duplicates == 0, let failure = summary.failure {
            throw failure
        }
    }

    /// Ends the earlier of two pieces of evidence where the later begins: files that follow one another may overlap a
    /// little, by an interval of a flow log or by the packets of a rotation.
    private static func separate(_ before: inout Side, _ during: inout Side) {
        guard before.sources != nil, during.sources != nil, before.mayShareFacts(with: during) else { return }
        if before.window.start < during.window.start {
            before.window.end = min(before.window.end, during.window.start)
        } else if during.window.start < before.window.start {
            during.window.end = min(during.window.end, before.window.start)
        }
    }

    /// One window, and the sources it is restricted to.
    struct Side {
        var window: TimeWindow
        /// Public ids; `nil` for all. Of a capture set all files, and of flow logs all, whichever were named: the window
        /// tells them apart.
        var sources: Set<UInt32>?

        func mayShareFacts(with other: Side) -> Bool {
            guard let sources, let others = other.sources else { return true }
            return !sources.isDisjoint(with: others)
        }
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
            let files = session.sources.filter { named($0.path) }
            let ids = Set(files.map(\.id))
            let covered = session.coverage.filter { ids.contains($0.source) && $0.reason == nil }
            guard let start = covered.compactMap(\.from).min(), let end = covered.compactMap(\.to).max() else {
                throw ForensicsError(.data, "\(option) \(path): covers no time; give evidence with records.")
            }
            // A connection that begins in one file of a capture set and ends in another is kept with the first.
            let spans = Set(files.map(\.spanKey))
            return Side(
                window: TimeWindow(start: start, end: end),
                sources: Set(session.sources.filter { spans.contains($0.spanKey) }.map(\.id)))
        }
    }
}
