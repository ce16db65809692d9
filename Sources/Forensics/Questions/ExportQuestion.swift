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
    public func answer(style: OutputStyle, to sink: (String) throws -> Void) throws {
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
                    try output.begin($0, sink)
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

    func begin(_ names: [String]) {
        for (index, name) in names.enumerated() { places[name] = index }
    }

    func admits(_ row: [SQLValue]) -> Bool {
        let filter = session.filter
        return matches(filter.kinds, "kind", row) { $0 == $1 } && matches(filter.vantages, "vantage", row) { $0 == $1 }
            && matches(filter.domains, "domain", row) { $0.lowercased() == $1.lowercased() }
            && matches(filter.loadBalancers, "load_balancer", row) { $1 == $0 || $1.contains("/\($0)/") }
            && matches(filter.clients, "client_ip", row, Self.isInside)
            && matches(filter.targetPorts, places["target_port"] == nil ? "server_port" : "target_port", row) {
                $0 == $1
            }
            && matches(filter.targets, "target_ip", row) { entry, value in
                entry == value || entry.hasPrefix("\(value):")
            }
            && matches(filter.statuses, "status", row) { entry, value in
                entry.hasSuffix("xx") ? value.first == entry.first && value.count == 3 : entry == value
            }
            && matches(filter.paths, "path", row) { entry, value in
                entry.hasSuffix("*") ? value.hasPrefix(entry.dropLast()) : entry == value
            }
            && !isIgnored(row) && isInTime(row)
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
        _ entries: [FactFilter.Entry], _ column: String, _ row: [SQLValue], _ test: (String, String) -> Bool
    ) -> Bool {
        if entries.isEmpty || places[column] == nil { return true }
        let value = text(column, row)
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
