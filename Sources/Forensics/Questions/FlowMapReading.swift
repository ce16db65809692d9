import ForensicsModel
import ForensicsReport
import ForensicsStore

/// Counts from rows who went through which load balancer to which target, in both windows: the facts and amounts that the
/// comparison's total counts, so that the map sums to it.
struct FlowMapReading {
    let session: CaseSession
    let group: EvidenceGroup
    /// What is counted, never `duration`: longest times do not add up.
    let measure: RankMeasure
    /// Before and during.
    let windows: [TimeWindow]
    /// The sources of each window.
    let sources: [[UInt32]]
    let anchor: AggregateAccumulator.Anchor

    /// Ways told apart; whoever comes later is one of `others`.
    private static let limit = 1 << 16
    /// With more targets than this, what they belong to says more.
    private static let targetLimit = 9
    private static let others = "others"
    private static let notTold = "not told"

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
        /// What is said about names that no evidence gave.
        var hasUnnamedOrigin = false
        var hasUnnamedBalancer = false

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
            let count = index == 0 ? FlowMap.Count(before: amount) : FlowMap.Count(during: amount)
            counts[way, default: .init()].add(count)
        }
    }

    /// Returns the map; `nil` where the case does not keep every row.
    func map() throws(ForensicsError) -> FlowMap? {
        guard session.rows(of: group) == .all else { return nil }
        var tally = Tally()
        for (index, window) in windows.enumerated() {
            tally.index = index
            let scan = FactScan(
                window: window, sources: sources[index], membership: anchor == .record ? .recordTime : .overlap)
            try session.reading {
                if measure != .connections { try addRequests(scan, window, &tally) }
                if measure != .requests { try addConnections(scan, window, &tally) }
            }
        }
        return map(tally)
    }

    private func addRequests(_ scan: FactScan, _ window: TimeWindow, _ tally: inout Tally) throws {
        var filter = CompiledFilter(session.filter)
        try session.store.scanRequests(scan) { batch in
            filter.begin(batch.texts)
            tally.texts.removeAll(keepingCapacity: true)
            for exchange in batch.exchanges
            where holds(window, exchange.start ?? exchange.time) && filter.admits(exchange, batch.texts) {
                let amount = amount(exchange)
                if amount == 0 { continue }
                let client = exchange.client.address
                let way = Way(
                    from: origin(client, &tally),
                    through: tally.place(exchange.loadBalancer, batch.texts) ?? node(exchange.peer, client, &tally),
                    target: exchange.target.map { tally.place($0) } ?? tally.place("no target"),
                    targetGroup: tally.place(exchange.targetGroup, batch.texts) ?? tally.place("no target group"))
                tally.add(way, amount)
            }
            return true
        }
    }

    private func addConnections(_ scan: FactScan, _ window: TimeWindow, _ tally: inout Tally) throws {
        var filter = CompiledFilter(session.filter)
        try session.store.scanConnections(scan) { batch in
            filter.begin(batch.texts)
            tally.texts.removeAll(keepingCapacity: true)
            for connection in batch.connections
            where holds(window, connection.start) && filter.admits(connection, batch.texts) {
                let amount = amount(connection)
                if amount == 0 { continue }
                let way = Way(
                    from: origin(connection.namesClient ? connection.client.address : .unspecified, &tally),
                    through: tally.place(connection.loadBalancer, batch.texts) ?? node(connection, &tally),
                    target: connection.target.map { tally.place($0) } ?? tally.place(goal(connection, batch.texts)),
                    targetGroup: tally.place("no target group"))
                tally.add(way, amount)
            }
            return true
        }
    }

    /// Whether a fact that a scan gave counts in the window; a scan knows the time of the record and all that overlaps.
    private func holds(_ window: TimeWindow, _ start: Timestamp) -> Bool { anchor != .start || window.contains(start) }

    private func amount(_ exchange: Exchange) -> Int64 {
        var totals = TrafficTotals()
        FactCounts.add(exchange, FactCounts.activity(of: exchange), to: &totals)
        return scaled(totals)
    }

    private func amount(_ connection: Connection) -> Int64 {
        var totals = TrafficTotals()
        FactCounts.add(connection, FactCounts.activity(of: connection), to: &totals)
        return scaled(totals)
    }

    /// By the rate of the sample; a row's weight is the same rate once more.
    private func scaled(_ totals: TrafficTotals) -> Int64 {
        let (amount, overflow) = totals.activity.value(of: measure).multipliedReportingOverflow(by: group.sampleRate)
        return overflow ? .max : amount
    }

    /// The owner of an address, or else its network.
    private func origin(_ address: IPAddress, _ tally: inout Tally) -> UInt32 {
        if address == .unspecified {
            tally.hasUnnamedOrigin = true
            return tally.place(Self.notTold)
        }
        if let known = tally.origins[address] { return known }
        let network = IPNetwork(address, length: address.isV4 ? 24 : 48).description
        let name = session.owners.owner(of: address) ?? network
        if tally.origins.count >= Self.limit { tally.origins.removeAll(keepingCapacity: true) }
        let place = tally.place(name)
        tally.origins[address] = place
        return place
    }

    /// The address of a load balancer that no text names, as the target sees it.
    ///
    /// The client's own address says nothing: it came directly, or through a load balancer that keeps it.
    private func node(_ peer: IPAddress, _ client: IPAddress, _ tally: inout Tally) -> UInt32 {
        guard peer == client || peer == .unspecified else { return tally.place(peer.description) }
        tally.hasUnnamedBalancer = true
        return tally.place(Self.notTold)
    }

    /// A connection that a load balancer pools is its own: the peer is a node of it.
    private func node(_ connection: Connection, _ tally: inout Tally) -> UInt32 {
        node(connection.peer, connection.role == .backend ? .unspecified : connection.client.address, &tally)
    }

    /// Evidence of a load balancer's connections may name no target, but the listener and what was asked for.
    private func goal(_ connection: Connection, _ texts: borrowing TextTable) -> String {
        if namesTargets { return "no target" }
        let domain = texts.string(connection.domain)
        guard let port = connection.rankedPort else { return domain ?? Self.notTold }
        return domain.map { "\($0):\(port)" } ?? "port \(port)"
    }

    private var namesTargets: Bool { group.kind.told.contains(.targets) }

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
        let goal = isByGroup ? "target group" : namesTargets ? "target" : "listener"
        var map = FlowMap(name: group.name, counted: measure.rawValue, goal: goal, scale: lengths[1] / lengths[0])
        for (way, count) in tally.counts {
            let to = isByGroup ? way.targetGroup : way.target
            let path = FlowMap.Path(
                from: tally.names[Int(way.from)], through: tally.names[Int(way.through)], to: tally.names[Int(to)])
            map.counts[path, default: .init()].add(count)
        }
        map.notes = notes(tally)
        return map
    }

    /// What places are that the evidence does not name.
    private func notes(_ tally: Tally) -> [String] {
        var notes: [String] = []
        if tally.hasUnnamedOrigin {
            notes.append(
                "Owner or client network not told: connections that a load balancer shares among clients, and whatever "
                    + "else names no client.")
        }
        if tally.hasUnnamedBalancer {
            notes.append(
                "Load balancer not told: the client's own address was seen, so it came directly, or through a load "
                    + "balancer that keeps that address.")
        }
        return notes
    }
}
