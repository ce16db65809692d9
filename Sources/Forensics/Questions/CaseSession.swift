import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// A case opened for questions: its sources, what they cover, and the restrictions in force.
final class CaseSession {
    let store: CaseStore
    let restrictions: Restrictions
    let filter: FactFilter
    let owners: OwnerTable
    /// Whether the list of owners is for this answer alone, because the case could not be written.
    let hasPassingOwners: Bool
    let sources: [SourceRecord]
    /// Inputs of which nothing counts, because they were not read to their end.
    let unfinished: [SourceRecord]
    let coverage: [Coverage]
    let times: TimeContext
    /// Files of the user that tell more of a client's address.
    let addressDatabases: AddressDatabases
    /// The dimensions that follow from them.
    let addressDimensions: [Dimension: (IPAddress) -> String?]
    /// `--from` to `--to`, or `nil` for all of the evidence.
    let window: TimeWindow?

    /// Opens the case read-only; a list of owners is put into it first.
    init(_ restrictions: Restrictions) throws(ForensicsError) {
        self.restrictions = restrictions
        var filter = try restrictions.filter()
        addressDatabases = try AddressDatabases(restrictions.addressDatabases)
        addressDimensions = addressDatabases.dimensions
        let list: OwnerTable? = if let path = restrictions.ownersFile { try OwnersFile.read(path) } else { nil }
        do throws(StoreError) {
            hasPassingOwners = if let list { try !Self.keep(list, in: restrictions.store) } else { false }
            store = try CaseStore(path: restrictions.store, access: .readOnly)
            if hasPassingOwners, let list { try store.shadowOwners(Self.entries(list)) }
            owners = try store.owners()
            // What a running capture has stored so far is whole in itself.
            let all = try store.sources()
            sources = all.filter { $0.isUnitComplete || $0.kind == .live }
            let paths = Set(sources.map(\.path))
            unfinished = all.filter { !$0.isUnitComplete && $0.kind != .live && !paths.contains($0.path) }
            coverage = try store.coverage()
            if !filter.vantages.isEmpty {
                filter.tellNodes(try store.nodes(), from: Set(sources.compactMap(\.vantage)))
            }
            self.filter = filter
        } catch {
            throw ForensicsError(error)
        }
        try Self.checkVantages(filter, ofLogs: Set(sources.filter { !$0.kind.isCapture }.compactMap(\.vantage)))
        let firsts = sources.compactMap(\.firstTime)
        let lasts = sources.compactMap(\.lastTime)
        var evidence: (first: Timestamp, last: Timestamp)?
        if let first = firsts.min(), let last = lasts.max() { evidence = (first, last) }
        times = try TimeContext(evidence: evidence, zoneName: restrictions.timeZone)
        window = try Self.window(restrictions, times)
        try checkAreHeld()
        try checkLoadBalancers()
    }

    /// Puts a list of owners into the case, unless it is there already. Indexes hold owners too: they are made anew.
    ///
    /// - Returns: `false` where the case cannot be written: a capture or another process does, or its permissions forbid it.
    private static func keep(_ list: OwnerTable, in path: String) throws(StoreError) -> Bool {
        let held = try CaseStore(path: path, access: .readOnly)
        let isHeld = try held.owners() == list
        held.close()
        if isHeld { return true }
        let writer: CaseStore
        do throws(StoreError) {
            writer = try CaseStore(path: path, access: .readWrite)
        } catch  where error.code == .busy || error.code == .noPermission {
            return false
        }
        defer { writer.close() }
        try writer.setOwners(entries(list))
        if writer.hasLostIndexes { _ = try writer.makeIndexes() }
        return true
    }

    private static func entries(_ list: OwnerTable) -> [(network: IPNetwork, owner: String)] {
        list.entries.map { (network: $0.network, owner: $0.owner) }
    }

    /// Refuses a kind or a vantage that the case holds none of: that nothing was found there would be taken for an answer.
    private func checkAreHeld() throws(ForensicsError) {
        let held = sources + unfinished
        // Who wrote a row that was not kept, nobody knows any more.
        if !held.isEmpty, Self.rows(of: held) == .all {
            try Self.checkIsHeld("--vantage", filter.vantages.filter { !$0.isNegated }, held.compactMap(\.vantage))
        }
        let kinds = Set(held.map(\.kind.name))
        let wanted = filter.kinds.filter { !$0.isNegated }
        if !held.isEmpty, !wanted.contains(where: { kinds.contains($0.text) }) {
            try Self.checkIsHeld("--kind", wanted, Array(kinds))
        }
    }

    private static func checkIsHeld(
        _ option: String, _ wanted: [FactFilter.Entry], _ held: [String]
    ) throws(ForensicsError) {
        let names = Set(held).sorted()
        guard let missing = wanted.first(where: { !names.contains($0.text) }) else { return }
        let rest = names.count > toldNames ? " and \(names.count - toldNames) more, see `sources`" : ""
        throw ForensicsError(
            .data,
            "\(option) \(missing.text): there is no such evidence; there is "
                + "\(names.prefix(toldNames).joined(separator: ", "))\(rest).")
    }

    /// Names that are told where one is not held.
    private static let toldNames = 8

    /// Refuses a mixture of who wrote whole logs and of who wrote some of their rows: rows of one pass no filter for the other,
    /// so that what is told would lack one of both.
    private static func checkVantages(_ filter: FactFilter, ofLogs names: Set<String>) throws(ForensicsError) {
        guard let node = filter.nodes.first(where: { !$0.isNegated }),
            let log = filter.vantages.first(where: { !$0.isNegated && names.contains($0.text) })
        else { return }
        throw ForensicsError(
            .usage,
            "--vantage \(log.text) --vantage \(node.text): a load balancer and a node cannot be asked for together; ask one "
                + "after the other, or for the load balancer's part of a node with --load-balancer.")
    }

    private static func window(_ restrictions: Restrictions, _ times: TimeContext) throws(ForensicsError) -> TimeWindow?
    {
        guard restrictions.from != nil || restrictions.to != nil else { return nil }
        var window = TimeWindow(start: Timestamp(nanoseconds: .min / 2), end: Timestamp(nanoseconds: .max / 2))
        if let evidence = times.evidence {
            window = TimeWindow(start: evidence.first, end: evidence.last.advanced(by: 1))
        }
        if let from = restrictions.from { window.start = try times.resolve(from, option: "--from") }
        if let to = restrictions.to { window.end = try times.resolve(to, option: "--to") }
        guard !window.isEmpty else {
            let given = [restrictions.from.map { "--from \($0)" }, restrictions.to.map { "--to \($0)" }]
            throw ForensicsError(
                .usage,
                "\(given.compactMap { $0 }.joined(separator: " ")): no time lies between, or no evidence; check it.")
        }
        return window
    }

    /// A window as it is printed, so that whoever asks for what is printed gets the same: a bound that the user gave to
    /// its last digit, one of the evidence in whole seconds around it.
    func text(of window: TimeWindow) -> String {
        let second = Timestamp.nanosecondsPerSecond
        var window = window
        if restrictions.from == nil { window.start = Timestamp(nanoseconds: window.start.bucket(width: second)) }
        if restrictions.to == nil {
            window.end = Timestamp(nanoseconds: window.end.advanced(by: second - 1).bucket(width: second))
        }
        return "\(RFC3339.shortestString(window.start)) to \(RFC3339.shortestString(window.end))"
    }

    /// Says which time was looked at, beside an answer of rows alone.
    func noteWindow(_ what: String, _ note: (String) -> Void) {
        if let window { note("\(what): \(text(of: window)).") }
    }

    /// What to know of the case beside any answer from it.
    ///
    /// - Parameter inViews: whether rows are told as the views have them, which hold what was read so far.
    func standingTexts(inViews: Bool = false) -> [String] {
        [unfinishedText(inViews: inViews), passingOwnersText].compactMap { $0 }
    }

    /// What to say of a list of owners that the case does not keep; `nil` where it does.
    var passingOwnersText: String? {
        hasPassingOwners
            ? "the case cannot be written: the list of --owners is for this answer alone, and not kept." : nil
    }

    /// What to say of inputs that an ingest which runs, or was ended, has not read to their end; `nil` where there is none that
    /// is asked for.
    ///
    /// - Parameter inViews: whether rows are told as the views have them, which hold what was read so far.
    func unfinishedText(inViews: Bool = false) -> String? {
        let wanted = unfinished.filter { admits($0) }
        guard let first = wanted.first else { return nil }
        let (count, isOne) = (NumberText.grouped(Int64(wanted.count)), wanted.count == 1)
        return
            "\(count) \(isOne ? "input is" : "inputs are") not read to the end (\(isOne ? "" : "first ")\(first.path)), and "
            + (inViews
                ? "rows are told of what was read of \(isOne ? "it" : "them")"
                : "\(isOne ? "counts" : "count") nowhere")
            + ": an ingest is running, or was ended; run it again."
    }

    /// Says that a window that the user named was counted in whole minutes: there are no rows to tell what is in a part
    /// of one.
    func noteMinutes(_ counted: TimeWindow, _ note: (String) -> Void) {
        if window == nil { return }
        note(
            "the case does not keep all rows: counted in whole minutes, \(RFC3339.secondsString(counted.start)) to "
                + "\(RFC3339.secondsString(counted.end)).")
    }

    /// The window of a question that names none: `--from` to `--to`, else what a group covers.
    func span(of group: EvidenceGroup) -> TimeWindow? {
        if let window { return window }
        guard let first = group.coverage.first, let last = group.coverage.last else { return nil }
        return TimeWindow(start: first.start, end: last.end)
    }

    /// The evidence that answers a question about one body of it, and how.
    struct Chosen {
        var group: EvidenceGroup
        /// The time looked at.
        var window: TimeWindow
        /// What is counted.
        var measure: RankMeasure
        var subject: EvidenceChooser.Subject
        /// The other bodies of evidence that tell something of that time.
        var others: [EvidenceGroup]
        /// What to count, as the user said.
        var by: RankMeasure?
        /// The evidence that would have answered, and what it holds nothing of that passes the filters.
        var instead: (group: EvidenceGroup, measure: RankMeasure)?
    }

    /// The time asked for, where one is.
    var askedWindows: [TimeWindow] { window.map { [$0] } ?? [] }

    /// Chooses whose view answers: one vantage at a time.
    ///
    /// - Parameters:
    ///   - by: what to count, as the user said; `nil` for what the evidence counts.
    ///   - subject: what the question is about where `by` does not tell; `nil` for what the evidence holds.
    ///   - needed: what a kind has to tell to answer.
    func choose(
        by: RankMeasure?, subject preferred: EvidenceChooser.Subject? = nil, needed: EvidenceKind.Told = []
    ) throws(ForensicsError) -> Chosen {
        let groups = able(try groups())
        let asked = EvidenceChooser.Subject(by) ?? preferred
        let subject = asked ?? EvidenceChooser.defaultSubject(groups, windows: askedWindows)
        let telling = groups.filter { $0.kind.told.isSuperset(of: needed) && $0.tells(by) }
        guard var choice = EvidenceChooser.choose(telling, for: subject, windows: askedWindows) else {
            throw noEvidence(groups, telling, subject, by)
        }
        let amounts = VantageAmount(session: self, subject: subject)
        try choice.takeLargest { group throws(ForensicsError) in try held(group, amounts) }
        guard let window = span(of: choice.group) else { throw noEvidence(groups, telling, subject, by) }
        try checkFilters(areTold: choice.group)
        var chosen = Chosen(
            group: choice.group, window: window, measure: by ?? subject.measure, subject: subject,
            others: others(beside: choice, of: telling, subject), by: by)
        try takeHolder(&chosen, mayChangeSubject: asked == nil)
        try check(chosen.measure, isTold: chosen.group)
        return chosen
    }

    /// Why nothing answers: no evidence, or none that tells what is asked for.
    private func noEvidence(
        _ groups: [EvidenceGroup], _ telling: [EvidenceGroup], _ subject: EvidenceChooser.Subject, _ by: RankMeasure?
    ) -> ForensicsError {
        if let group = groups.first(where: { !$0.tells(by) }), telling.isEmpty {
            return ForensicsError(
                .data,
                "\(restrictions.place): \(group.kind.name) logs do not tell bytes; rank by something else, see --by.")
        }
        if subject == .lengths, let group = groups.first, !telling.contains(where: { subject.kinds.contains($0.kind) })
        {
            return ForensicsError(
                .data,
                "\(restrictions.place): \(group.kind.name) logs do not tell how long connections last; rank by something else, "
                    + "see --by.")
        }
        return uncovered(groups)
            ?? ForensicsError(.data, "\(restrictions.place): holds no evidence for this question; see `sources`.")
    }

    /// The groups whose kinds tell what the filters ask for; all where none does.
    func able(_ groups: [EvidenceGroup]) -> [EvidenceGroup] {
        let able = groups.filter { restrictions.unmet(by: $0.kind) == nil }
        return able.isEmpty ? groups : able
    }

    /// Refuses to filter by what a kind does not tell: nothing would be taken for an answer.
    func checkFilters(areTold group: EvidenceGroup) throws(ForensicsError) {
        guard let filters = restrictions.unmet(by: group.kind) else { return }
        throw ForensicsError(
            .data,
            "\(restrictions.place): \(group.name) does not tell what is asked for by \(filters); leave that filter out, or add "
                + "evidence that tells it.")
    }

    /// Refuses to count what a kind does not tell: 0 would be taken for an answer.
    func check(_ measure: RankMeasure, isTold group: EvidenceGroup) throws(ForensicsError) {
        if measure == .connections, !group.kind.told.contains(.connections) {
            throw ForensicsError(
                .data,
                "\(restrictions.place): \(group.kind.name) logs tell requests, connections only as far as requests share a trace id; use "
                    + "--by requests or --by duration, or `query` on the view connections.")
        }
    }

    /// Runs a piece of reading; what the store throws becomes an error for the user.
    func reading<Result>(_ body: () throws -> Result) throws(ForensicsError) -> Result {
        do {
            return try body()
        } catch let error as StoreError {
            throw ForensicsError(error)
        } catch let error as ForensicsError {
            throw error
        } catch {
            throw ForensicsError(unforeseen: error, at: restrictions.place)
        }
    }

    /// Whether a group's sources keep all their rows, some, or none.
    func rows(of group: EvidenceGroup) -> RowsChoice {
        let ids = Set(group.sources)
        return Self.rows(of: sources.filter { ids.contains($0.id) })
    }

    /// The fewest rows that the case keeps of any of these sources.
    static func rows(of sources: [SourceRecord]) -> RowsChoice {
        let options = Set(sources.map(\.options))
        if options.contains(where: { $0.contains("rows=none") }) { return .none }
        return options.contains { $0.contains("rows=notable") } ? .notable : .all
    }

    /// Says that rows are missing from an answer that is made of them: those of requests, connections and health checks that
    /// the case was not told to keep.
    ///
    /// - Parameters:
    ///   - sql: the statement whose rows the answer is.
    ///   - command: what is answered, as the user knows it.
    func tellLeftOutRows(of sql: String, in command: String, _ warn: (String) -> Void) {
        let rows = Self.rows(of: sources.filter { admits($0) })
        guard rows != .all, store.readsFacts(sql) else { return }
        warn(
            "\(command): the case does not keep all rows (--rows \(rows.rawValue)): what was left out is counted nowhere in "
                + "this answer; top, compare and timeline count it.")
    }

    /// Whether connections may be put together from an access log's requests: where some are filtered out, what is left of
    /// a connection says nothing of it. Who asked whom is the same for all of them.
    var piecesConnections: Bool { !restrictions.filtersRequests }

    /// Hands out the connections of a group in a window that pass the filters.
    func forEachConnection(
        of group: EvidenceGroup, in window: TimeWindow, _ body: (Connection, TextTable) -> Void
    ) throws(ForensicsError) {
        var filter = CompiledFilter(self.filter)
        try reading {
            try store.scanConnections(FactScan(window: window, sources: group.sources)) { batch in
                filter.begin(batch.texts)
                for connection in batch.connections where filter.admits(connection, batch.texts) {
                    body(connection, batch.texts)
                }
                return true
            }
        }
    }
}
