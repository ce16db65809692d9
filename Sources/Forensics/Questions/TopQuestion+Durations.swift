import ForensicsModel
import ForensicsStore

/// How long the connections of each value lasted: `top --by duration`.
extension TopQuestion {
    /// Durations by value, from rows; none where the case does not keep them all.
    func durations(
        _ session: CaseSession, _ chosen: CaseSession.Chosen, _ dimension: Dimension,
        _ gathered: WindowReading.Gathered, _ note: (String) -> Void
    ) throws(ForensicsError) -> [String: TopReport.Durations] {
        let group = chosen.group
        guard session.rows(of: group) == .all else {
            note(
                "the case does not keep all rows: only the longest is told, of \(group.kind == .alb ? "requests" : "connections")"
                    + ", and not whether the evidence cut it.")
            return [:]
        }
        var table = DurationTable(dimension: dimension, owners: session.owners)
        if group.kind == .alb, dimension == .client || dimension == .owner, session.piecesConnections {
            let (connections, refused) = try PiecedConnections(session: session, group: group).all(of: gathered)
            for connection in connections { table.add(connection, TextTable()) }
            if refused > 0 { note(PiecedConnections.refusal(refused)) }
        } else if group.kind == .alb || group.kind == .clb {
            let but = group.kind == .alb ? " (of clients and owners it does, unless more than it is filtered)" : ""
            note("\(group.name) does not tell how long these connections lasted\(but): the longest request is ranked.")
        } else {
            try session.forEachConnection(of: group, in: chosen.window) { table.add($0, $1) }
        }
        return table.durations
    }
}

/// Count, total, 95th percentile and maximum of the durations of every value's connections; of a sample, what it stands for.
private struct DurationTable {
    let dimension: Dimension
    let owners: OwnerTable
    private var values: [String: Value] = [:]

    private struct Value {
        var all = LogLinearHistogram()
        /// Those that the evidence holds whole: a duration that was cut is in no percentile.
        var whole = LogLinearHistogram()
        var isLongestCut = false
        /// Of the connections that these stand for.
        var count: Int64 = 0
        var total = 0.0

        /// Counts one more in place.
        mutating func add(_ duration: Int64, isCut: Bool, weight: UInt32) {
            count = count.addingSaturated(Int64(weight))
            total += Double(duration) * Double(weight)
            let longest = all.count == 0 ? -1 : all.maximum
            if duration > longest {
                isLongestCut = isCut
            } else if duration == longest, isCut {
                isLongestCut = true
            }
            all.add(duration)
            if !isCut { whole.add(duration) }
        }
    }

    init(dimension: Dimension, owners: OwnerTable) {
        self.dimension = dimension
        self.owners = owners
    }

    mutating func add(_ connection: Connection, _ texts: borrowing TextTable) {
        guard let duration = connection.duration, let name = name(connection, texts) else { return }
        values[name, default: Value()].add(
            duration, isCut: connection.isCensored, weight: connection.weight)
    }

    var durations: [String: TopReport.Durations] {
        values.mapValues { value in
            var told = TopReport.Durations(
                count: value.count, totalMilliseconds: value.total / 1e6,
                p95Milliseconds: value.whole.quantile(0.95).map { Double($0) / 1e6 },
                maximumNanoseconds: value.all.maximum)
            told.areSomeCut = value.whole.count < value.all.count
            told.isMaximumCut = value.isLongestCut
            return told
        }
    }

    private func name(_ connection: Connection, _ texts: borrowing TextTable) -> String? {
        switch dimension {
        case .client: connection.namesClient ? connection.client.address.description : nil
        case .owner: connection.namesClient ? owners.owner(of: connection.client.address) : nil
        case .target: connection.target?.description
        case .targetPort: connection.rankedPort.map { String($0) }
        case .domain: texts.string(connection.domain)
        case .loadBalancer: texts.string(connection.loadBalancer)
        case .node: texts.string(connection.node)
        case .tlsVersion: connection.tlsVersion.name
        case .tlsCipher: texts.string(connection.tlsCipher)
        default: nil
        }
    }
}
