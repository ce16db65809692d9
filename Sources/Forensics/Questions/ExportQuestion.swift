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
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        guard let wanted = CaseView(rawValue: view) else {
            throw ForensicsError(
                .usage,
                "\(view): is no view; use sources, rejects, coverage, connections, requests, health_checks, flow_records, "
                    + "findings, evidence, activity or distributions.")
        }
        let session = try CaseSession(restrictions)
        let selection = ExportSelection(session)
        let output = RowOutput(style: style, limit: limit)
        // What the sink throws, such as that its reader has gone, comes out as it is.
        do {
            try session.store.exportView(
                wanted,
                header: {
                    selection.begin($0)
                    if let text = restrictions.passedOver(selection.idle, for: view) { note(text) }
                    output.begin($0)
                },
                row: { try selection.admits($0) ? output.row($0, sink) : true })
            try output.end(sink)
        } catch let error as StoreError {
            throw ForensicsError(error)
        }
    }
}

/// The common filters on the rows of a view: a filter applies to the views that have its column.
final class ExportSelection {
    private let session: CaseSession
    private var places: [String: Int] = [:]

    init(_ session: CaseSession) { self.session = session }

    /// The column that each filter looks at, where the view has it.
    private var columns: [String: String] = [:]
    /// Filters whose column the view has not.
    private(set) var idle: Set<String> = []

    func begin(_ names: [String]) {
        for (index, name) in names.enumerated() { places[name] = index }
        columns = [
            "load balancer": "load_balancer", "client": "client_ip", "domain": "domain", "target": "target_ip",
            "target port": places["target_port"] == nil ? "server_port" : "target_port", "path": "path",
            "status": "status", "kind": "kind", "vantage": "vantage", "ignoring": "client_ip",
        ]
        // A source has a path and a status too, but of another sort.
        let isOfSources = places["content_key"] != nil
        idle = Set(
            columns.filter { places[$0.value] == nil || (isOfSources && ["path", "status"].contains($0.key)) }.keys)
    }

    func admits(_ row: [SQLValue]) -> Bool {
        let filter = session.filter
        return matches(filter.kinds, "kind", row) { $0 == $1 } && matches(filter.vantages, "vantage", row) { $0 == $1 }
            && matches(filter.domains, "domain", row) { $0.lowercased() == $1.lowercased() }
            && isOfLoadBalancer(row)
            && matches(filter.clients, "client", row, Self.isInside)
            && matches(filter.targetPorts, "target port", row) { $0 == $1 }
            && matches(filter.targets, "target", row) { entry, value in
                entry == value || entry == target(value, row)
            }
            && matches(filter.statuses, "status", row) { entry, value in
                entry.hasSuffix("xx") ? value.first == entry.first && value.count == 3 : entry == value
            }
            && matches(filter.paths, "path", row) { entry, value in
                entry.hasSuffix("*") ? value.hasPrefix(entry.dropLast()) : entry == value
            }
            && !isIgnored(row) && isInTime(row)
    }

    /// By its name, or by the network of its node: in a log that is the node, in a capture the peer.
    private func isOfLoadBalancer(_ row: [SQLValue]) -> Bool {
        let entries = session.filter.loadBalancers
        if entries.isEmpty || idle.contains("load balancer") { return true }
        let name = text("load_balancer", row) ?? ""
        let isCapture = text("kind", row).flatMap { EvidenceKind(name: $0) }?.isCapture ?? false
        let addresses = [text("node", row), isCapture ? text("peer_ip", row) : nil].compactMap { $0 }
        return CaseSession.matches(entries) { entry in
            IPNetwork(entry) == nil
                ? entry == name || name.contains("/\(entry)/")
                : addresses.contains { Self.isInside(entry, $0) }
        }
    }

    /// A target with its port, as the command line has it.
    private func target(_ address: String, _ row: [SQLValue]) -> String? {
        guard let port = text("target_port", row) else { return nil }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    private static func isInside(_ block: String, _ address: String) -> Bool {
        guard let network = IPNetwork(block), let address = IPAddress(address) else { return false }
        return network.contains(address)
    }

    private func text(_ name: String, _ row: [SQLValue]) -> String? {
        guard let place = places[name] else { return nil }
        switch row[place] {
        case .null, .blob: return nil
        case .integer(let number): return String(number)
        case .real(let number): return String(number)
        case .text(let text): return text
        }
    }

    private func matches(
        _ entries: [FactFilter.Entry], _ name: String, _ row: [SQLValue], _ test: (String, String) -> Bool
    ) -> Bool {
        if entries.isEmpty || idle.contains(name) { return true }
        let value = text(columns[name] ?? "", row)
        return CaseSession.matches(entries) { entry in value.map { test(entry, $0) } ?? false }
    }

    private func isIgnored(_ row: [SQLValue]) -> Bool {
        guard !session.filter.ignored.isEmpty, let client = text("client_ip", row).flatMap({ IPAddress($0) }) else {
            return false
        }
        return session.filter.ignored.contains { $0.contains(client) }
    }

    private func isInTime(_ row: [SQLValue]) -> Bool {
        guard let window = session.window else { return true }
        for name in ["time_ns", "end_ns"] {
            guard let place = places[name] else { continue }
            if case .integer(let time) = row[place] { return window.contains(Timestamp(nanoseconds: time)) }
        }
        return true
    }
}
