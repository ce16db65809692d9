import ForensicsDecode
import ForensicsModel
import ForensicsStore

/// Finds out which connections a `carve` means.
struct CarveSelection {
    let question: CarveQuestion
    let session: CaseSession
    let reader: CarveReader
    /// What addresses are replaced with in a file without names.
    var addresses: AddressAnonymizer?

    /// What to take.
    struct Wanted {
        /// The connections by capture set.
        var units: [String: CarvedFlows] = [:]
        /// Every packet of a window, whatever it belongs to.
        var wholeWindow: TimeWindow?
        /// Stands at the head of the file.
        var title: String
        /// Connections that carry requests of clients that are not asked for, too.
        var shared = 0
        /// What the case keeps of the finding; `nil` where that is all.
        var evidence: CarveQuestion.Summary.Evidence?
        /// Connections that would be wanted, but carry requests of clients to be ignored too.
        var withheld = 0

        /// What to write beside a packet, perhaps nothing; `nil` if it is not wanted.
        ///
        /// - Parameter flows: the connections of its unit.
        func comment(on packet: Packet, in batch: borrowing PacketBatch, _ flows: inout CarvedFlows) -> String? {
            if let wholeWindow { return wholeWindow.contains(packet.time) ? "" : nil }
            guard case .wanted(let comment) = flows.look(at: packet, in: batch) else { return nil }
            return comment
        }
    }

    /// - Throws: `ForensicsError` if nothing matches.
    func wanted() throws -> Wanted {
        let finding = try question.finding.map { id in try self.finding(id) }
        let comments = CarveComments(finding, number: question.finding ?? 0, addresses)
        var wanted = Wanted(
            title: comments.title(store: question.restrictions.store, filters: question.restrictions.description))
        if finding == nil, question.connections.isEmpty, !question.restrictions.leavesOutFacts {
            wanted.wholeWindow = session.window
            return wanted
        }
        let evidence = try finding.map { try flows(of: $0) }
        if let finding, finding.count > UInt64(finding.evidence.count) {
            wanted.evidence = .init(seen: finding.count, kept: finding.evidence.count)
        }
        if let finding, finding.kind == .live, evidence?.isEmpty ?? true { throw CarveQuestion.ringHasPassed }
        var connections: [Connection] = []
        let ids = Set(question.connections)
        let scan = FactScan(window: session.window, sources: reader.captures.map(\.id), membership: .overlap)
        var filter = try CarveFilter(session, scan, provesFinding: finding != nil)
        try session.reading {
            try session.store.scanConnections(scan) { batch in
                filter.begin(batch.texts)
                for connection in batch.connections where ids.isEmpty || ids.contains(connection.id.rawValue) {
                    if let evidence, !Self.matches(connection, evidence) { continue }
                    guard !ids.isEmpty || filter.admits(connection, batch.texts) else { continue }
                    connections.append(connection)
                }
                return true
            }
        }
        wanted.withheld = filter.withheld
        guard !connections.isEmpty else { throw nothing(withheld: filter.withheld) }
        if question.restrictions.namesClients { wanted.shared = connections.count(where: filter.isShared) }
        try add(connections, comments, filter, to: &wanted)
        return wanted
    }

    /// Says that no connection is wanted, or that the case does not know.
    private func nothing(withheld count: Int) -> ForensicsError {
        let withheld = count > 0 ? " (\(count) carry requests of ignored clients as well)" : ""
        let what =
            switch CaseSession.rows(of: reader.captures) {
            case .all: "no captured connection matches\(withheld); see `top connection`."
            case .notable:
                "no captured connection matches\(withheld) among the notable rows, which are all that the case keeps."
            case .none: "the case keeps no rows of connections, by which packets are found; give --from and --to alone."
            }
        return ForensicsError(.data, "carve: \(what)")
    }

    private func finding(_ id: Int64) throws -> Finding {
        guard let stored = try session.reading({ try session.store.finding(number: id) }) else {
            throw ForensicsError(.usage, "--finding \(id): there is none with this id; see `findings`.")
        }
        guard stored.finding.kind.isCapture else {
            throw ForensicsError(
                .data, "--finding \(id): rests on log lines, not on packets; see `findings \(id)`.")
        }
        return stored.finding
    }

    /// The flows of the packets that prove a finding, and when.
    private func flows(of finding: Finding) throws -> [CarvedFlows.Key: [Timestamp]] {
        var records: [UInt32: Set<UInt32>] = [:]
        for entry in finding.evidence { records[entry.id.source, default: []].insert(entry.id.record) }
        var flows: [CarvedFlows.Key: [Timestamp]] = [:]
        for (_, packet) in try reader.packets(records) { flows[packet.key, default: []].append(packet.time) }
        return flows
    }

    private static func matches(_ connection: Connection, _ evidence: [CarvedFlows.Key: [Timestamp]]) -> Bool {
        guard let times = evidence[key(connection)] else { return false }
        return times.contains { connection.start <= $0 && $0 <= connection.end }
    }

    private static func key(_ connection: Connection) -> CarvedFlows.Key {
        CarvedFlows.Key(
            Endpoint(connection.peer, connection.client.port), connection.server, connection.transport)
    }

    private func add(
        _ connections: [Connection], _ comments: CarveComments, _ filter: CarveFilter, to wanted: inout Wanted
    ) throws {
        var comments = comments
        let units = Dictionary(uniqueKeysWithValues: reader.captures.map { ($0.id, $0.unitKey) })
        // A client named by PROXY protocol hides the port on the wire: the connection's first packet tells it.
        var hidden: [UInt32: Set<UInt32>] = [:]
        for connection in connections where connection.flags.contains(.proxied) {
            hidden[connection.id.source, default: []].insert(connection.id.record)
        }
        let seen = hidden.isEmpty ? [:] : try reader.packets(hidden)
        for connection in connections {
            guard let unit = units[connection.id.source] else { continue }
            let comment = comments.connection(connection, isShared: filter.isShared(connection))
            wanted.units[unit, default: CarvedFlows()].add(
                seen[connection.id]?.key ?? Self.key(connection),
                CarvedFlows.Flow(
                    source: connection.id.source, start: connection.start, end: connection.end, comment: comment)
            )
        }
    }
}
