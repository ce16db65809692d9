import ForensicsModel
import ForensicsStore

/// What `summary` tells of each body of evidence beside its totals: protocols and packets, what TCP had to repair, load
/// balancers, and the longest connections.
///
/// What takes rows is unknown where the case does not keep them all. Rows are read of captures and flow logs alone; access
/// logs tell the rest by their roll-ups.
struct SummaryTraffic {
    private let session: CaseSession
    private var traffic: [ReportRow] = []
    private var repairs: [ReportRow] = []
    private var loadBalancers: [ReportRow] = []
    private var unlisted = 0
    /// Whether there are more of those than were counted.
    private var hasMore = false
    /// The longest connections, a table for each body of evidence that tells how long they lasted.
    private(set) var topConnections: [ReportTable] = []

    /// The dimensions that an aggregate has to have.
    static let dimensions: [Dimension] = [.loadBalancer, .node, .tlsVersion]

    /// Connections listed of each body of evidence.
    private let topLimit: Int
    /// Load balancers listed of each body of evidence.
    private static let balancerLimit = 10

    init(_ session: CaseSession, top: Int) {
        self.session = session
        topLimit = top
    }

    /// Adds a body of evidence.
    ///
    /// - Parameters:
    ///   - aggregate: what it did in the window that is looked at, by `dimensions`.
    ///   - types: types of load balancers that marks in its packets tell, in words.
    mutating func add(
        _ group: EvidenceGroup, _ aggregate: WindowAggregate, types: [String]
    ) throws(ForensicsError) {
        let survey = try survey(of: group, aggregate.window)
        if !group.kind.told.isDisjoint(with: [.requests, .connections]) {
            traffic.append(trafficRow(group, aggregate, survey))
        }
        if group.kind.isCapture { repairs.append(try repairRow(group, aggregate.window, survey)) }
        let found = group.kind.isCapture ? captured(group, survey, types) : logged(group, aggregate)
        loadBalancers += found.prefix(Self.balancerLimit)
        unlisted += max(0, found.count - Self.balancerLimit)
        hasMore = hasMore || survey?.hasMorePeers == true
        if var table = try longest(of: group, aggregate.window, survey)?.table, !table.rows.isEmpty {
            table.title = "Top connections by duration (\(group.name))"
            // Members of a JSON object: each name once.
            let name = "top_connections_\(group.kind.name)"
            let number = 1 + topConnections.count { $0.name == name || $0.name.hasPrefix("\(name)_") }
            table.name = name + (number > 1 ? "_\(number)" : "")
            topConnections.append(table)
        }
    }

    /// Protocols, what TCP had to repair, and load balancers.
    var tables: [ReportTable] {
        var balancers = ReportTable(
            name: "load_balancers", title: "Load balancers", columns: Self.balancerColumns, rows: loadBalancers)
        if unlisted > 0 {
            balancers.note =
                "\(hasMore ? "at least " : "")\(NumberText.grouped(Int64(unlisted))) more: `query shared-connections` and "
                + "`top node` list them."
        }
        return [
            ReportTable(name: "traffic", title: "Protocols", columns: Self.trafficColumns, rows: traffic),
            ReportTable(name: "tcp_errors", title: "TCP errors", columns: Self.repairColumns, rows: repairs), balancers,
        ]
    }

    // MARK: - Reading

    /// What rows tell; `nil` of access logs, and where the case does not keep all rows.
    private func survey(of group: EvidenceGroup, _ window: TimeWindow) throws(ForensicsError) -> ConnectionSurvey? {
        guard group.kind.isCapture || group.kind == .vpcFlow, session.rows(of: group) == .all else { return nil }
        var survey = ConnectionSurvey(limit: topLimit, owners: session.owners)
        try session.forEachConnection(of: group, in: window) { survey.add($0, $1) }
        guard group.kind.isCapture else { return survey }
        var filter = CompiledFilter(session.filter)
        try session.reading {
            try session.store.scanHealthChecks(FactScan(window: window, sources: group.sources)) { batch in
                filter.begin(batch.texts)
                for check in batch.healthChecks where filter.admits(check, batch.texts) { survey.add(check) }
                return true
            }
        }
        return survey
    }

    /// The longest connections; `nil` where nothing tells how long they lasted, or the case does not keep them.
    private func longest(
        of group: EvidenceGroup, _ window: TimeWindow, _ survey: ConnectionSurvey?
    ) throws(ForensicsError) -> LongestConnections? {
        if let survey { return survey.longest }
        let rows = session.rows(of: group)
        guard group.kind.told.isSuperset(of: [.connections, .connectionLengths]), rows != .none else { return nil }
        var longest = LongestConnections(limit: topLimit, owners: session.owners)
        var filter = CompiledFilter(session.filter)
        try session.reading {
            let scan = FactScan(window: window, sources: group.sources)
            try session.store.longConnections(over: CaseStore.listedDuration, scan) { batch in
                filter.begin(batch.texts)
                for connection in batch.connections where filter.admits(connection, batch.texts) {
                    longest.add(connection, batch.texts)
                }
                return true
            }
        }
        if longest.isFull || rows != .all { return longest }
        // Too few are long enough to be listed.
        longest = LongestConnections(limit: topLimit, owners: session.owners)
        try session.forEachConnection(of: group, in: window) { longest.add($0, $1) }
        return longest
    }

    // MARK: - Protocols

    private static let trafficColumns = [
        ReportColumn("kind", "Kind"), ReportColumn("vantage", "Vantage"),
        ReportColumn("records", "Records", .count, isSecondary: true), ReportColumn("packets", "Packets", .count),
        ReportColumn("tcp_connections", "TCP", .count), ReportColumn("udp_connections", "UDP", .count),
        ReportColumn("other_connections", "Other", .count, isSecondary: true),
        ReportColumn("tls_connections", "TLS", .count), ReportColumn("http_requests", "HTTP requests", .count),
        ReportColumn("https_requests", "HTTPS requests", .count),
    ]

    private func trafficRow(
        _ group: EvidenceGroup, _ aggregate: WindowAggregate, _ survey: ConnectionSurvey?
    ) -> ReportRow {
        let told = group.kind.told
        let isLog = !group.kind.isCapture && group.kind != .vpcFlow
        let activity = aggregate.totals.activity
        let encrypted = (aggregate.dimensions[.tlsVersion] ?? []).reduce(into: Activity()) { $0.add($1.activity) }
        // Access logs tell of TCP alone, and in those of requests the version of TLS tells which came over HTTPS.
        let tellsTCP = isLog && told.contains(.connections)
        let tellsHTTPS = isLog && told.contains(.requests)
        let tcp = tellsTCP ? activity.connections : scaled(survey?.tcp, group)
        let tls = group.kind == .nlb ? activity.connections : tellsTCP ? encrypted.connections : nil
        let seenTLS = group.kind.isCapture ? scaled(survey?.tls, group) : nil
        let plain = tellsHTTPS ? activity.requests - encrypted.requests : activity.requests
        let http: Int64? = told.contains(.requests) ? plain : nil
        let https: Int64? = tellsHTTPS ? encrypted.requests : nil
        return [
            .text(group.kind.name), .optional(group.vantage), .optional(records(of: group)),
            .optional(scaled(survey?.packets, group)), .optional(tcp), .optional(scaled(survey?.udp, group)),
            .optional(scaled(survey?.other, group)), .optional(tls ?? seenTLS),
            .optional(http), .optional(https),
        ]
    }

    /// All records of the ledger: packets of captures, lines of logs; `nil` where only some are asked for.
    private func records(of group: EvidenceGroup) -> Int64? {
        guard session.window == nil, !session.restrictions.leavesOutFacts, session.filter.nodes.isEmpty else {
            return nil
        }
        let ids = Set(group.sources)
        return session.sources.filter { ids.contains($0.id) }.map { Int64(saturating: $0.records) }.saturatedSum
    }

    private func scaled(_ count: Int64?, _ group: EvidenceGroup) -> Int64? {
        count.map { $0.multipliedSaturated(by: group.sampleRate) }
    }

    // MARK: - TCP

    private static let repairColumns = [
        ReportColumn("kind", "Kind"), ReportColumn("vantage", "Vantage"),
        ReportColumn("retransmissions", "Retransmissions", .count),
        ReportColumn("out_of_order", "Out of order", .count), ReportColumn("duplicate_acks", "Duplicate ACKs", .count),
        ReportColumn("zero_windows", "Zero windows", .count), ReportColumn("resets", "RSTs", .count),
        ReportColumn("segments_to_clients", "Segments\nto clients", .count, isSecondary: true),
        ReportColumn("resent_to_clients", "Resent\nto clients", .percent),
        ReportColumn("segments_to_servers", "Segments\nto servers", .count, isSecondary: true),
        ReportColumn("resent_to_servers", "Resent\nto servers", .percent),
    ]

    private func repairRow(
        _ group: EvidenceGroup, _ window: TimeWindow, _ survey: ConnectionSurvey?
    ) throws(ForensicsError) -> ReportRow {
        let counts = [
            survey?.retransmissions, survey?.outOfOrder, survey?.duplicateACKs, survey?.zeroWindows, survey?.resets,
        ]
        let segments = try SegmentReading(session: session, sources: group.sources).segments(in: window, whole: false)
        let ways = [segments?.fromServers, segments?.fromClients].flatMap { way -> [ReportCell] in
            let isKnown = way.map { $0.sent > 0 } ?? false
            return [
                .optional(scaled(way.map { Int64(clamping: $0.sent) }, group)), .optional(isKnown ? way?.share : nil),
            ]
        }
        return ReportRow(
            [.text(group.kind.name), .optional(group.vantage)] + counts.map { ReportCell.optional(scaled($0, group)) }
                + ways)
    }

    // MARK: - Load balancers

    private static let balancerColumns = [
        ReportColumn("kind", "Kind"), ReportColumn("vantage", "Vantage", isSecondary: true),
        ReportColumn("type", "Type"),
        ReportColumn("load_balancer", "Load balancer", isKey: true), ReportColumn("node_ip", "Address"),
        ReportColumn("requests", "Requests", .count), ReportColumn("connections", "Connections", .count),
        ReportColumn("health_checks", "Health checks", .count),
    ]

    /// Of a capture: the types that marks in packets tell, of no one address, and who sent connections that carry many clients,
    /// or health checks.
    private func captured(_ group: EvidenceGroup, _ survey: ConnectionSurvey?, _ types: [String]) -> [ReportRow] {
        func row(_ type: String?, _ address: IPAddress?, _ seen: ConnectionSurvey.Peer?) -> ReportRow {
            [
                .text(group.kind.name), .optional(group.vantage), .optional(type), .absent,
                .optional(address?.description), .absent, .optional(scaled(seen?.connections, group)),
                .optional(scaled(seen?.healthChecks, group)),
            ]
        }
        let addresses = survey?.loadBalancers ?? []
        return types.map { row($0, nil, nil) } + addresses.map { row(nil, $0.address, $0.seen) }
    }

    /// Of logs: names, and the addresses of the nodes that wrote rows.
    private func logged(_ group: EvidenceGroup, _ aggregate: WindowAggregate) -> [ReportRow] {
        let ids = Set(group.sources)
        var namesOfNode: [String: Set<String>] = [:]
        for row in session.coverage where ids.contains(row.source) {
            if let node = row.node, let name = row.loadBalancer { namesOfNode[node, default: []].insert(name) }
        }
        func row(_ name: String?, _ address: String?, _ activity: Activity) -> ReportRow {
            [
                .text(group.kind.name), .absent, .optional(Self.type(of: group.kind)), .optional(name),
                .optional(address),
                .count(activity.requests, ifToldBy: group.kind.told, .requests),
                .count(activity.connections, ifToldBy: group.kind.told, .connections), .absent,
            ]
        }
        var seen: Set<String> = []
        var rows: [ReportRow] = []
        for node in Self.ordered(aggregate.dimensions[.node]) where IPAddress(node.value) != nil {
            // A node of two names is told without one.
            let names = namesOfNode[node.value] ?? []
            seen.formUnion(names)
            rows.append(row(names.count == 1 ? names.first : nil, node.value, node.activity))
        }
        let named = Self.ordered(aggregate.dimensions[.loadBalancer]).filter { !seen.contains($0.value) }
        return rows + named.map { row($0.value, nil, $0.activity) }
    }

    /// The busiest first, ties by value.
    private static func ordered(_ values: [WindowAggregate.DimensionValue]?) -> [WindowAggregate.DimensionValue] {
        (values ?? []).filter { $0.activity.requests > 0 || $0.activity.connections > 0 }.sorted { left, right in
            let (a, b) = (left.activity.requests, right.activity.requests)
            if a != b { return a > b }
            let (c, d) = (left.activity.connections, right.activity.connections)
            return c != d ? c > d : left.value < right.value
        }
    }

    /// The type of load balancer that writes logs of a kind, in the words of the findings.
    private static func type(of kind: EvidenceKind) -> String? {
        switch kind {
        case .alb, .albConnection, .albHealthCheck: "Application Load Balancer"
        case .nlb: "Network Load Balancer"
        case .clb: "Classic Load Balancer"
        case .pcap, .live, .vpcFlow: nil
        }
    }
}
