import ForensicsModel
import ForensicsReport
import ForensicsStore

/// Counts from rows who went through which load balancer to which target, in both windows.
struct FlowMapReading {
    let session: CaseSession
    let group: EvidenceGroup
    let measure: RankMeasure
    /// Before and during.
    let windows: [TimeWindow]

    /// Ways told apart; whoever comes later is one of `others`.
    private static let limit = 1 << 16
    /// With more targets than this, what they belong to says more.
    private static let targetLimit = 9
    private static let others = "others"

    private struct Way: Hashable {
        var from: UInt32
        var through: UInt32
        var target: UInt32
        var targetGroup: UInt32
    }

    /// What is known while rows are read: names, and how often each way was taken.
    private struct Tally {
        var names: [String] = [FlowMapReading.others]
        var places: [String: UInt32] = [FlowMapReading.others: 0]
        var origins: [IPAddress: UInt32] = [:]
        var targets: [Endpoint: UInt32] = [:]
        /// By text of the batch at hand; what `none` stands for depends on the row.
        var texts: [UInt32: UInt32] = [:]
        var counts: [Way: FlowMap.Count] = [:]
        var index = 0

        mutating func place(_ name: String) -> UInt32 {
            if let place = places[name] { return place }
            guard names.count < FlowMapReading.limit else { return 0 }
            let place = UInt32(names.count)
            places[name] = place
            names.append(name)
            return place
        }

        mutating func place(_ target: Endpoint) -> UInt32 {
            if let known = targets[target] { return known }
            if targets.count >= FlowMapReading.limit { targets.removeAll(keepingCapacity: true) }
            let place = place(target.description)
            targets[target] = place
            return place
        }

        mutating func place(_ id: TextID, _ texts: borrowing TextTable) -> UInt32? {
            if let known = self.texts[id.rawValue] { return known }
            guard let text = texts.string(id) else { return nil }
            let place = place(FlowMapReading.short(text))
            self.texts[id.rawValue] = place
            return place
        }

        mutating func add(_ way: Way, _ amount: Int64) {
            var way = way
            if counts[way] == nil, counts.count >= FlowMapReading.limit {
                way = Way(from: 0, through: way.through, target: 0, targetGroup: 0)
            }
            if index == 0 {
                counts[way, default: .init()].before += amount
            } else {
                counts[way, default: .init()].during += amount
            }
        }
    }

    /// Returns the map; `nil` where the case does not keep every row.
    func map() throws(ForensicsError) -> FlowMap? {
        guard session.rows(of: group) == .all else { return nil }
        var tally = Tally()
        for (index, window) in windows.enumerated() {
            tally.index = index
            let scan = FactScan(window: window, sources: group.sources)
            try session.reading {
                if countsRequests { try addRequests(scan, &tally) } else { try addConnections(scan, &tally) }
            }
        }
        return map(tally)
    }

    private var countsRequests: Bool {
        switch measure {
        case .requests: true
        case .connections, .duration: false
        case .bytes, .errors: group.requests > 0
        }
    }

    private func addRequests(_ scan: FactScan, _ tally: inout Tally) throws {
        var filter = CompiledFilter(session.filter)
        try session.store.scanRequests(scan) { batch in
            filter.begin(batch.texts)
            tally.texts.removeAll(keepingCapacity: true)
            for exchange in batch.exchanges where filter.admits(exchange, batch.texts) {
                let client = exchange.client.address
                let way = Way(
                    from: origin(client, &tally),
                    through: tally.place(exchange.loadBalancer, batch.texts) ?? node(exchange.peer, client, &tally),
                    target: exchange.target.map { tally.place($0) } ?? tally.place("no target"),
                    targetGroup: tally.place(exchange.targetGroup, batch.texts) ?? tally.place("no target group"))
                tally.add(way, amount(exchange))
            }
            return true
        }
    }

    private func addConnections(_ scan: FactScan, _ tally: inout Tally) throws {
        var filter = CompiledFilter(session.filter)
        try session.store.scanConnections(scan) { batch in
            filter.begin(batch.texts)
            tally.texts.removeAll(keepingCapacity: true)
            for connection in batch.connections where connection.namesClient && filter.admits(connection, batch.texts) {
                let client = connection.client.address
                let target =
                    connection.target.map { tally.place($0) }
                    ?? tally.place(listener(connection, batch.texts.string(connection.domain)))
                let way = Way(
                    from: origin(client, &tally),
                    through: tally.place(connection.loadBalancer, batch.texts) ?? node(connection.peer, client, &tally),
                    target: target, targetGroup: target)
                tally.add(way, amount(connection))
            }
            return true
        }
    }

    private func amount(_ exchange: Exchange) -> Int64 {
        switch measure {
        case .bytes: exchange.bytesTotal * group.sampleRate
        case .errors: exchange.isError ? group.sampleRate : 0
        // The row's weight is the same rate once more.
        default: group.sampleRate
        }
    }

    private func amount(_ connection: Connection) -> Int64 {
        switch measure {
        case .bytes: connection.bytesTotal * group.sampleRate
        case .errors: connection.isError ? group.sampleRate : 0
        default: group.sampleRate
        }
    }

    /// The owner of an address, or else its network.
    private func origin(_ address: IPAddress, _ tally: inout Tally) -> UInt32 {
        if let known = tally.origins[address] { return known }
        let network = IPNetwork(address, length: address.isV4 ? 24 : 48).description
        let name = address == .unspecified ? "not told" : session.owners.owner(of: address) ?? network
        if tally.origins.count >= Self.limit { tally.origins.removeAll(keepingCapacity: true) }
        let place = tally.place(name)
        tally.origins[address] = place
        return place
    }

    /// The address of a load balancer that no text names, as the target sees it.
    private func node(_ peer: IPAddress, _ client: IPAddress, _ tally: inout Tally) -> UInt32 {
        tally.place(peer == client || peer == .unspecified ? "directly" : peer.description)
    }

    /// The logs of a load balancer's connections name no target, but the listener and what was asked for.
    private func listener(_ connection: Connection, _ domain: String?) -> String {
        guard let port = connection.rankedPort else { return domain ?? "not told" }
        return domain.map { "\($0):\(port)" } ?? "port \(port)"
    }

    /// `my-name` of `app/my-name/50dc6c495c0c9188`.
    private static func short(_ name: String) -> String {
        let parts = name.split(separator: "/")
        return parts.count == 3 ? String(parts[1]) : name
    }

    private func map(_ tally: Tally) -> FlowMap {
        let lengths = windows.map { Double(max(1, group.exposure(of: $0))) }
        let targets = Set(tally.counts.keys.map(\.target))
        let groups = Set(tally.counts.keys.map(\.targetGroup))
        let isByGroup = targets.count > Self.targetLimit && groups.count > 1
        let namesTargets = countsRequests || group.kind.isCapture || group.kind == .vpcFlow || group.kind == .clb
        let goal = isByGroup && namesTargets ? "target group" : namesTargets ? "target" : "listener"
        var map = FlowMap(
            name: group.name, counted: measure == .duration ? "connections" : measure.rawValue, goal: goal,
            scale: lengths[1] / lengths[0])
        for (way, count) in tally.counts {
            let to = isByGroup ? way.targetGroup : way.target
            let path = FlowMap.Path(
                from: tally.names[Int(way.from)], through: tally.names[Int(way.through)], to: tally.names[Int(to)])
            map.counts[path, default: .init()].before += count.before
            map.counts[path, default: .init()].during += count.during
        }
        return map
    }
}
