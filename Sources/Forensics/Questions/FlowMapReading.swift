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

    /// Ways told apart.
    var limit = FlowTally.usualLimit

    /// Numbers of addresses remembered at most.
    private static let memory = 1 << 16
    private static let notTold = "not told"

    /// What is known while rows are read: how often each way was taken, and numbers of places that were looked up before.
    private struct Progress {
        var tally: FlowTally
        var origins: [IPAddress: UInt32] = [:]
        var targets: [Endpoint: UInt32] = [:]
        /// By text of the batch at hand.
        var balancers: [UInt32: UInt32] = [:]
        var groups: [UInt32: UInt32] = [:]
        var generation = 0
        /// What is said about names that no evidence gave.
        var hasUnnamedOrigin = false
        var hasUnnamedBalancer = false

        mutating func beginBatch() {
            forgetStale()
            balancers.removeAll(keepingCapacity: true)
            groups.removeAll(keepingCapacity: true)
        }

        mutating func add(_ fact: FlowTally.Fact, _ amount: Int64) {
            tally.add(fact, amount)
            forgetStale()
        }

        /// Numbers mean other places after some were forgotten, and in a second run.
        private mutating func forgetStale() {
            guard tally.generation != generation else { return }
            generation = tally.generation
            origins.removeAll()
            targets.removeAll()
            balancers.removeAll()
            groups.removeAll()
        }

        mutating func target(_ target: Endpoint) -> UInt32 {
            if tally.isByGroup { return 0 }
            if let known = targets[target] { return known }
            if targets.count >= FlowMapReading.memory { targets.removeAll(keepingCapacity: true) }
            let number = tally.target.number(target.description)
            targets[target] = number
            return number
        }

        mutating func target(named name: @autoclosure () -> String) -> UInt32 {
            tally.isByGroup ? 0 : tally.target.number(name())
        }

        /// `nil` where no text names the load balancer.
        mutating func balancer(_ id: TextID, _ texts: borrowing TextTable) -> UInt32? {
            if let known = balancers[id.rawValue] { return known }
            guard let text = texts.string(id) else { return nil }
            let number = tally.through.number(FlowMapReading.short(text))
            balancers[id.rawValue] = number
            return number
        }

        mutating func group(_ id: TextID, _ texts: borrowing TextTable) -> UInt32 {
            if let known = groups[id.rawValue] { return known }
            let number = tally.group.number(texts.string(id).map { FlowMapReading.short($0) } ?? "no target group")
            groups[id.rawValue] = number
            return number
        }
    }

    /// Returns the map; `nil` where the case does not keep every row.
    func map() throws(ForensicsError) -> FlowMap? {
        guard session.rows(of: group) == .all else { return nil }
        let lengths = windows.map { Double(max(1, group.exposure(of: $0))) }
        var progress = Progress(tally: FlowTally(limit: limit, scale: lengths[1] / lengths[0]))
        try read(&progress)
        if progress.tally.needsSecondRun() { try read(&progress) }
        let goal = progress.tally.isByGroup ? "target group" : namesTargets ? "target" : "listener"
        var map = progress.tally.map(name: group.name, counted: measure.rawValue, goal: goal)
        map.notes = notes(progress)
        return map
    }

    private func read(_ progress: inout Progress) throws(ForensicsError) {
        for (index, window) in windows.enumerated() {
            progress.tally.isBefore = index == 0
            let scan = FactScan(
                window: window, sources: sources[index], membership: anchor == .record ? .recordTime : .overlap)
            try session.reading {
                if measure != .connections { try addRequests(scan, window, &progress) }
                if measure != .requests { try addConnections(scan, window, &progress) }
            }
        }
    }

    private func addRequests(_ scan: FactScan, _ window: TimeWindow, _ progress: inout Progress) throws {
        var filter = CompiledFilter(session.filter)
        try session.store.scanRequests(scan) { batch in
            filter.begin(batch.texts)
            progress.beginBatch()
            for exchange in batch.exchanges
            where holds(window, exchange.start ?? exchange.time) && filter.admits(exchange, batch.texts) {
                let amount = amount(exchange, isAlone: !filter.admitsConnections)
                if amount == 0 { continue }
                let client = exchange.client.address
                let fact = FlowTally.Fact(
                    from: origin(client, &progress),
                    through: progress.balancer(exchange.loadBalancer, batch.texts)
                        ?? node(exchange.peer, client, &progress),
                    target: exchange.target.map { progress.target($0) } ?? progress.target(named: "no target"),
                    group: progress.group(exchange.targetGroup, batch.texts))
                progress.add(fact, amount)
            }
            return true
        }
    }

    private func addConnections(_ scan: FactScan, _ window: TimeWindow, _ progress: inout Progress) throws {
        var filter = CompiledFilter(session.filter)
        try session.store.scanConnections(scan) { batch in
            filter.begin(batch.texts)
            progress.beginBatch()
            for connection in batch.connections
            where holds(window, connection.start) && filter.admits(connection, batch.texts) {
                let amount = amount(connection)
                if amount == 0 { continue }
                let fact = FlowTally.Fact(
                    from: origin(connection.namesClient ? connection.client.address : .unspecified, &progress),
                    through: progress.balancer(connection.loadBalancer, batch.texts) ?? node(connection, &progress),
                    target: connection.target.map { progress.target($0) }
                        ?? progress.target(named: goal(connection, batch.texts)),
                    group: progress.group(.none, batch.texts))
                progress.add(fact, amount)
            }
            return true
        }
    }

    /// Whether a fact that a scan gave counts in the window; a scan knows the time of the record and all that overlaps.
    private func holds(_ window: TimeWindow, _ start: Timestamp) -> Bool { anchor != .start || window.contains(start) }

    /// - Parameter isAlone: whether the filter passes exchanges alone.
    private func amount(_ exchange: Exchange, isAlone: Bool) -> Int64 {
        var totals = TrafficTotals()
        FactCounts.add(exchange, FactCounts.activity(of: exchange), isAlone: isAlone, to: &totals)
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
    private func origin(_ address: IPAddress, _ progress: inout Progress) -> UInt32 {
        if address == .unspecified {
            progress.hasUnnamedOrigin = true
            return progress.tally.from.number(Self.notTold)
        }
        if let known = progress.origins[address] { return known }
        let network = IPNetwork(around: address).description
        let name = session.owners.owner(of: address) ?? network
        if progress.origins.count >= Self.memory { progress.origins.removeAll(keepingCapacity: true) }
        let number = progress.tally.from.number(name)
        progress.origins[address] = number
        return number
    }

    /// The address of a load balancer that no text names, as the target sees it.
    ///
    /// The client's own address says nothing: it came directly, or through a load balancer that keeps it.
    private func node(_ peer: IPAddress, _ client: IPAddress, _ progress: inout Progress) -> UInt32 {
        guard peer == client || peer == .unspecified else { return progress.tally.through.number(peer.description) }
        progress.hasUnnamedBalancer = true
        return progress.tally.through.number(Self.notTold)
    }

    /// A connection that a load balancer pools is its own: the peer is a node of it.
    private func node(_ connection: Connection, _ progress: inout Progress) -> UInt32 {
        node(connection.peer, connection.role == .backend ? .unspecified : connection.client.address, &progress)
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

    /// What places are that the evidence does not name.
    private func notes(_ progress: Progress) -> [String] {
        var notes: [String] = []
        if progress.hasUnnamedOrigin {
            notes.append(
                "Owner or client network not told: connections that a load balancer shares among clients, and whatever "
                    + "else names no client.")
        }
        if progress.hasUnnamedBalancer {
            notes.append(
                "Load balancer not told: the client's own address was seen, so it came directly, or through a load "
                    + "balancer that keeps that address.")
        }
        return notes
    }
}
