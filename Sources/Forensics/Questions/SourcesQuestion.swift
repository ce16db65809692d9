import ForensicsIngest
import ForensicsModel
import ForensicsStore
import Foundation

/// What `sources` is asked.
public struct SourcesQuestion: Sendable {
    /// Which part of the account is wanted.
    public enum Part: Sendable {
        /// Every input and what became of its records.
        case ledger
        /// The records that could not be used.
        case rejects
        /// What time each node covers.
        case coverage
        /// How far the clocks are apart.
        case clocks
    }

    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// Which part of the account is wanted.
    public var part = Part.ledger
    /// Whether the SHA-256 of every source is filled in first.
    public var fillsHashes = false
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the part.
    ///
    /// - Parameters:
    ///   - note: takes what the user should know beside the answer.
    ///   - warn: takes what the user must know: a filter that was not applied.
    /// - Returns: inputs whose SHA-256 could not be filled in.
    @discardableResult
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, warn: (String) -> Void = { _ in },
        to sink: (String) throws -> Void
    ) throws -> [ForensicsError] {
        if let text = restrictions.passedOver(Self.passedOver, for: "sources") { warn(text) }
        let unhashed = part == .ledger && fillsHashes ? try Self.hash(restrictions) : []
        let session = try CaseSession(restrictions)
        let wanted = try session.reading { try session.store.sources() }.filter { Self.admits($0, session) }
        switch part {
        case .ledger:
            var table = SourcesReport.table(wanted.map(Self.entry))
            table.limit(to: limit)
            let told = [session.window.map(session.text), restrictions.description(without: Self.passedOver)]
            let parts = told.compactMap { $0 }
            if !parts.isEmpty { table.title = "Sources (\(parts.joined(separator: "; ")))" }
            try style.write(table, note: note, to: sink)
            SummaryQuestion.losses(wanted).forEach(note)
        case .rejects:
            session.noteWindow("rejects", note)
            try rows(
                """
                SELECT s.path, r.record, r.offset, r.reason, r.sample FROM rejects r JOIN sources s ON s.id = r.source_id
                """, order: "r.source_id, r.record", of: wanted, session.store, style, sink)
            if let text = try Self.unlisted(of: wanted, session) { note(text) }
        case .coverage:
            session.noteWindow("coverage", note)
            try rows(
                """
                SELECT s.path, c.vantage, c.load_balancer, c.node, c.from_time, c.to_time, c.reason
                FROM coverage c JOIN sources s ON s.id = c.source_id
                """, order: "c.source_id, c.from_time, c.node, c.reason", of: wanted, session.store, style, sink)
        case .clocks:
            session.standingTexts().forEach(warn)
            try style.write(try clocks(session), note: note, to: sink)
        }
        return unhashed
    }

    /// How far the clocks of the evidence are apart, as far as several saw the same.
    private func clocks(_ session: CaseSession) throws(ForensicsError) -> ReportTable {
        let entries = try ClockSurvey(session, window: session.window).entries
        var table = ClockReport.table(entries.prefix(limit ?? .max).map(\.named))
        table.more = entries.count - table.rows.count
        if entries.isEmpty { table.note = "No request or connection was seen by two clocks, one of them of a capture." }
        return table
    }

    /// Options that say nothing about a source as a whole.
    private static let passedOver: Set = [
        "load balancer", "client", "domain", "target", "target port", "path", "status", "ignoring",
    ]

    /// Whether a source is of the kind, vantage and time asked for.
    private static func admits(_ source: SourceRecord, _ session: CaseSession) -> Bool {
        session.admits(source) && session.isInTime(source)
    }

    /// What to say of rejected records that are counted and not kept, or `nil` where all are kept: where many come in a row, the
    /// first of each stretch are.
    private static func unlisted(
        of sources: [SourceRecord], _ session: CaseSession
    ) throws(ForensicsError) -> String? {
        let ids = sources.map { String($0.id) }.joined(separator: ", ")
        var kept: Int64 = 0
        try session.reading {
            try session.store.query(
                "SELECT count(*) FROM rejects WHERE source_id IN (\(ids))", header: { _ in },
                row: { values in
                    if case .integer(let count) = values.first { kept = count }
                    return true
                })
        }
        let all = sources.reduce(Int64(0)) { $0.addingSaturated(Int64(clamping: $1.rejectedTotal)) }
        guard all > kept else { return nil }
        return
            "\(NumberText.grouped(all - kept)) more rejected records are counted and not listed: where many come in a row, "
            + "the first ones of each stretch are kept."
    }

    private func rows(
        _ statement: String, order: String, of sources: [SourceRecord], _ store: CaseStore, _ style: OutputStyle,
        _ sink: (String) throws -> Void
    ) throws {
        let ids = sources.map { String($0.id) }.joined(separator: ", ")
        try SQLQuestion.run(
            "\(statement) WHERE s.id IN (\(ids)) ORDER BY \(order)", store, limit: limit,
            pathColumn: "path", style: style, to: sink)
    }

    /// What became of the records of every input.
    static func entries(_ session: CaseSession) throws(ForensicsError) -> [SourcesReport.Entry] {
        try session.reading { try session.store.sources() }.map(entry)
    }

    private static func entry(_ source: SourceRecord) -> SourcesReport.Entry {
        SourcesReport.Entry(
            id: Int64(source.id), path: source.path, kind: source.kind.name, vantage: source.vantage,
            bytes: Int64(clamping: source.bytes ?? 0), firstTime: source.firstTime?.nanoseconds,
            lastTime: source.lastTime?.nanoseconds, records: Int64(clamping: source.records),
            accepted: Int64(clamping: source.accepted), ignored: Int64(clamping: source.ignoredTotal),
            rejected: Int64(clamping: source.rejectedTotal), anomalous: Int64(clamping: source.anomalous),
            status: source.status.rawValue, sha256: source.sha256)
    }

    /// Reads every source that has no SHA-256 once more and notes it. Standard input and live captures have none.
    ///
    /// - Returns: the files that are not there any more, may not be read, or are not what was read.
    static func hash(
        _ restrictions: Restrictions, includingRemote: Bool = true
    ) throws(ForensicsError) -> [ForensicsError] {
        do {
            return try fillHashes(restrictions, includingRemote)
        } catch let error as StoreError {
            throw ForensicsError(error)
        } catch let error as IngestError {
            throw ForensicsError(error)
        } catch let error as ForensicsError {
            throw error
        } catch {
            throw ForensicsError(unforeseen: error, at: restrictions.place)
        }
    }

    private static func fillHashes(_ restrictions: Restrictions, _ includingRemote: Bool) throws -> [ForensicsError] {
        let store = try CaseStore(path: restrictions.store, access: .annotate)
        defer { store.close() }
        let tags = try store.tags()
        var access: RemoteAccess?
        defer { access?.close() }
        var failures: [ForensicsError] = []
        for source in try store.sources() where source.sha256 == nil && source.kind != .live && source.path != "-" {
            if RemotePath.isRemote(source.path) {
                if !includingRemote { continue }
                let storage = try access ?? RemoteAccess(CloudOptions(), stop: StopFlag())
                access = storage
                let object = RemoteObject(
                    path: source.path, size: source.bytes ?? 0, tag: tags[source.ordinal] ?? "")
                try store.setSHA256(try FileDigest.sha256(object, of: storage), source: source.id)
                continue
            }
            let digest: String
            do throws(ForensicsError) {
                digest = try FileDigest.sha256(of: source)
            } catch {
                failures.append(error)
                continue
            }
            try store.setSHA256(digest, source: source.id)
        }
        return failures
    }
}
