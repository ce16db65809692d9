/// A `FactFilter` made ready to ask about many facts quickly.
///
/// Text lists are answered once per distinct text of a batch: `begin(_:)` must be called before the facts of another
/// batch. A fact that lacks what a list is about passes it only if the list has nothing but negated entries. Vantages
/// are a matter of sources, not of facts, and are left to who chooses the sources.
package struct CompiledFilter: Sendable {
    var domains: TextMatcher
    var loadBalancers: TextMatcher
    let loadBalancerNetworks: NetworkMatcher
    var paths: PathMatcher
    var nodes: TextMatcher
    let clients: NetworkMatcher
    let ignored: NetworkMatcher
    let targets: EndpointMatcher
    let ports: CodeMatcher
    let statuses: CodeMatcher
    private let kinds: CodeMatcher
    private let includesHealthChecks: Bool
    /// Who names a target asks for what reaches it, from a proxy before it too.
    private let includesSecondLegs: Bool

    /// Compiles a filter. An entry that cannot be read (`--status abc`) matches nothing.
    package init(_ filter: FactFilter) {
        domains = TextMatcher(filter.domains, .ignoringCase)
        let names = filter.loadBalancers.filter { IPNetwork($0.text) == nil }
        loadBalancers = TextMatcher(names, .component)
        loadBalancerNetworks = NetworkMatcher(filter.loadBalancers.filter { IPNetwork($0.text) != nil })
        paths = PathMatcher(filter.paths)
        nodes = TextMatcher(filter.nodes, .ignoringCase)
        clients = NetworkMatcher(filter.clients)
        ignored = NetworkMatcher(
            filter.ignored.map { FactFilter.Entry(text: $0.description, isNegated: true) })
        targets = EndpointMatcher(filter.targets)
        ports = CodeMatcher(filter.targetPorts) { UInt16($0).map { $0...$0 } }
        statuses = CodeMatcher(filter.statuses, range: CodeMatcher.statusRange)
        kinds = CodeMatcher(filter.kinds) { name in
            EvidenceKind(name: name).map { UInt16($0.rawValue)...UInt16($0.rawValue) }
        }
        includesHealthChecks = filter.includesHealthChecks
        includesSecondLegs = filter.includesSecondLegs || filter.targets.contains { !$0.isNegated }
    }

    /// Whether a connection can pass: not where a request is asked for by what it alone has.
    package var admitsConnections: Bool { statuses.admits(nil) && !paths.hasPositives }

    /// Makes ready for the facts of a batch.
    package mutating func begin(_ texts: TextTable) {
        domains.begin(texts.count)
        loadBalancers.begin(texts.count)
        paths.begin(texts.count)
        nodes.begin(texts.count)
    }

    package mutating func admits(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) -> Bool {
        if exchange.isHealthCheck, !includesHealthChecks { return false }
        return admitsAnyCheck(exchange, texts)
    }

    /// Whether a request passes, be it a health check or not.
    @inline(__always)
    mutating func admitsAnyCheck(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) -> Bool {
        if exchange.isSecondLeg, !includesSecondLegs { return false }
        if exchange.isHalfLeg { return false }
        if !kinds.admits(UInt16(exchange.kind.rawValue)) { return false }
        if !statuses.admits(exchange.status) { return false }
        let client = exchange.client.address
        let target = exchange.target
        if !ignored.admits(client) || !clients.admits(client) { return false }
        if !targets.admits(target) || !ports.admits(target?.port) { return false }
        if !domains.isEmpty, !domains.admits(exchange.domain, texts) { return false }
        if !paths.isEmpty, !paths.admits(exchange.pathTemplate, exchange.pathArgument, texts) { return false }
        if !nodes.isEmpty, !exchange.kind.isCapture, !nodes.admits(exchange.node, texts) { return false }
        return admits(
            loadBalancer: exchange.loadBalancer, exchange.kind.showsPeers ? exchange.peer : nil, exchange.node, texts)
    }

    package mutating func admits(_ connection: borrowing Connection, _ texts: borrowing TextTable) -> Bool {
        if connection.isHealthCheck, !includesHealthChecks { return false }
        if connection.isSecondLeg, !includesSecondLegs { return false }
        if connection.isHalfLeg { return false }
        if !kinds.admits(UInt16(connection.kind.rawValue)) { return false }
        if !statuses.admits(nil) { return false }
        let client = connection.client.address
        let named = connection.role == .backend ? nil : client
        if !ignored.admits(client) || !clients.admits(named) { return false }
        let target = connection.target
        let port = connection.rankedPort
        if !targets.admits(target) || !ports.admits(port) { return false }
        if !domains.isEmpty, !domains.admits(connection.domain, texts) { return false }
        if !paths.isEmpty, !paths.admits(.none, .none, texts) { return false }
        if !nodes.isEmpty, !connection.kind.isCapture, !nodes.admits(connection.node, texts) { return false }
        return admits(
            loadBalancer: connection.loadBalancer, connection.kind.showsPeers ? connection.peer : nil, connection.node,
            texts)
    }

    package mutating func admits(_ check: HealthCheck, _ texts: borrowing TextTable) -> Bool {
        if !kinds.admits(UInt16(check.kind.rawValue)) || !statuses.admits(check.status) { return false }
        if !clients.admits(nil) || !targets.admits(check.target) || !ports.admits(check.target?.port) { return false }
        if !domains.isEmpty, !domains.admits(.none, texts) { return false }
        if !paths.isEmpty, !paths.admits(.none, .none, texts) { return false }
        if !nodes.isEmpty, !check.kind.isCapture, !nodes.admits(check.node, texts) { return false }
        return admits(loadBalancer: check.loadBalancer, check.checker, check.node, texts)
    }

    /// Names and networks of load balancers are one list: entries of either form are alternatives.
    private mutating func admits(
        loadBalancer: TextID, _ peer: IPAddress?, _ node: TextID, _ texts: borrowing TextTable
    ) -> Bool {
        if loadBalancers.isEmpty, loadBalancerNetworks.isEmpty { return true }
        let nodeAddress = node.isNone ? nil : IPAddress.parse(texts.arena.span, texts.range(node))
        return admitsLoadBalancer(
            loadBalancers.verdict(loadBalancer, texts), loadBalancerNetworks.verdict(peer, nodeAddress))
    }

    func admitsLoadBalancer(_ name: FilterVerdict, _ network: FilterVerdict) -> Bool {
        if name.isExcluded || network.isExcluded { return false }
        if !loadBalancers.hasPositives, !loadBalancerNetworks.hasPositives { return true }
        return name.isMatched || network.isMatched
    }
}
