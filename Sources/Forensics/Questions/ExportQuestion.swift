import ForensicsModel
import ForensicsStore

/// What `export` is asked: a public view.
public struct ExportQuestion: Sendable {
    /// Name of the view.
    public var view: String
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(view: String, restrictions: Restrictions) {
        self.view = view
        self.restrictions = restrictions
    }

    /// Writes the view row by row, in order of source and record.
    ///
    /// - Parameters:
    ///   - note: takes what the user should know beside the answer.
    ///   - warn: takes what the user must know: a filter that was not applied.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, warn: (String) -> Void = { _ in },
        to sink: (String) throws -> Void
    ) throws {
        guard let wanted = CaseView(rawValue: view) else {
            throw ForensicsError(
                .usage,
                "\(view): is no view; use sources, rejects, coverage, connections, requests, health_checks, flow_records, "
                    + "findings, evidence, activity or distributions.")
        }
        let session = try CaseSession(restrictions)
        let selection = try ExportSelection(session, of: wanted)
        session.standingTexts(inViews: true).forEach(warn)
        session.noteWindow(view, note)
        session.tellLeftOutRows(of: "SELECT * FROM \(wanted.name)", in: "export \(view)", warn)
        let output = RowOutput(style: style, limit: limit)
        var isEmpty = true
        // What the sink throws, such as that its reader has gone, comes out as it is.
        do {
            try session.store.exportView(
                wanted,
                header: {
                    selection.begin($0)
                    if let text = restrictions.passedOver(selection.idle, for: view) { warn(text) }
                    output.begin($0)
                },
                row: { row in
                    guard selection.admits(row) else { return true }
                    isEmpty = false
                    return try output.row(row, sink)
                })
            try output.end(sink)
        } catch let error as StoreError {
            throw ForensicsError(error)
        }
        try session.tellUncovered(isEmpty: isEmpty, warn)
    }
}

/// The common filters on the rows of a view: a filter applies to the views that have its column, and says what it says of
/// facts everywhere.
final class ExportSelection {
    private let session: CaseSession
    private let filter: CompiledFilter
    private let time: ExportTime
    private var places: [String: Int] = [:]

    init(_ session: CaseSession, of view: CaseView) throws(ForensicsError) {
        self.session = session
        filter = CompiledFilter(session.filter)
        time = try ExportTime(session, of: view)
    }

    /// The column that each filter looks at, where the view has it.
    private var columns: [String: String] = [:]
    /// Filters whose column the view has not.
    private(set) var idle: Set<String> = []

    /// The column that names who wrote the row of a log.
    private var nodeColumn: String?

    func begin(_ names: [String]) {
        for (index, name) in names.enumerated() { places[name] = index }
        columns = [
            "load balancer": "load_balancer", "client": "client_ip", "domain": "domain", "target": "target_ip",
            "target port": places["target_port"] == nil ? "server_port" : "target_port", "path": "path",
            // Of a health check the kind is that of the probe.
            "status": "status", "kind": places["source_kind"] == nil ? "kind" : "source_kind", "vantage": "vantage",
            "ignoring": "client_ip",
        ]
        // A source has a path and a status too, but of another sort.
        let isOfSources = places["content_key"] != nil
        idle = Set(
            columns.filter { places[$0.value] == nil || (isOfSources && ["path", "status"].contains($0.key)) }.keys)
        nodeColumn = ["node", "interface_id"].first { places[$0] != nil }
        if !session.filter.nodes.isEmpty, nodeColumn == nil { idle.insert("vantage") }
    }

    func admits(_ row: [SQLValue]) -> Bool {
        let client = address("client_ip", row)
        // Connections that a load balancer shares between clients name none of them.
        let named = text("role", row) == "backend" ? nil : client
        return matches(session.filter.kinds, "kind", row) && isAtVantage(row)
            && (idle.contains("domain") || filter.admits(domain: text("domain", row)))
            && (idle.contains("client") || filter.admits(client: named))
            && (idle.contains("ignoring") || !filter.ignores(client: client))
            && (idle.contains("target port") || filter.admits(port: number(columns["target port"] ?? "", row)))
            && (idle.contains("target") || filter.admits(target: target(row)))
            && (idle.contains("status") || filter.admits(status: number("status", row)))
            && (idle.contains("path")
                || filter.admits(path: text("path", row), template: text("path_template", row)))
            && (idle.contains("load balancer") || isOfLoadBalancer(row))
            && time.admits { number(of: $0, row) }
    }

    /// By the name of the capture point, or of who wrote the row of a log.
    private func isAtVantage(_ row: [SQLValue]) -> Bool {
        if idle.contains("vantage") { return true }
        let isCapture = isCapture(row)
        return session.isAtVantage(text("vantage", row), ofCapture: isCapture)
            && (isCapture || nodeColumn.map { filter.admits(node: text($0, row)) } ?? true)
    }

    private func isCapture(_ row: [SQLValue]) -> Bool {
        text(columns["kind"] ?? "", row).flatMap { EvidenceKind(name: $0) }?.isCapture ?? false
    }

    /// By its name, or by the network of its node: in a log that is the node, in a capture the peer.
    private func isOfLoadBalancer(_ row: [SQLValue]) -> Bool {
        let peer = isCapture(row) ? address("peer_ip", row) ?? address("checker_ip", row) : nil
        return filter.admits(loadBalancer: text("load_balancer", row), at: address("node", row), or: peer)
    }

    private func target(_ row: [SQLValue]) -> Endpoint? {
        address("target_ip", row).map { Endpoint($0, number("target_port", row) ?? 0) }
    }

    private func address(_ name: String, _ row: [SQLValue]) -> IPAddress? { text(name, row).flatMap { IPAddress($0) } }

    private func number(_ name: String, _ row: [SQLValue]) -> UInt16? { text(name, row).flatMap { UInt16($0) } }

    private func text(_ name: String, _ row: [SQLValue]) -> String? {
        guard let place = places[name] else { return nil }
        switch row[place] {
        case .null, .blob: return nil
        case .integer(let number): return String(number)
        case .real(let number): return String(number)
        case .text(let text): return text
        }
    }

    private func matches(_ entries: [FactFilter.Entry], _ name: String, _ row: [SQLValue]) -> Bool {
        if entries.isEmpty || idle.contains(name) { return true }
        let value = text(columns[name] ?? "", row)
        return CaseSession.matches(entries) { $0 == value }
    }

    private func number(of name: String, _ row: [SQLValue]) -> Int64? {
        guard let place = places[name], case .integer(let number) = row[place] else { return nil }
        return number
    }
}
