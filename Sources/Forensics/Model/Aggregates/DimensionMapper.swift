/// Tells which value of a dimension each fact of a block counts for, as ordinals of one `ValueTable`.
///
/// A batch names few texts many times, so each text of a batch is looked up once: `begin(_:)` must be called before
/// the facts of another batch.
package struct DimensionMapper: Sendable {
    /// Stands for a fact that has no value.
    package static let none = UInt32.max

    package var values: ValueTable
    /// The dimensions to fill, in the order in which they are stored.
    private let dimensions: [Dimension]
    /// By row of the block: what `fill` found.
    package private(set) var ordinals = [UInt32](repeating: none, count: FactBlock.size)
    private var ids = [UInt32](repeating: 0, count: FactBlock.size)
    /// By `TextID` of the batch: (dimension · 2³² + ordinal), 0 until looked up. Dimensions start at 1.
    private var batchMap: [UInt64] = []

    /// Creates a mapper that fills the dimensions given; derived ones are not its affair.
    package init(dimensions: [Dimension] = Dimension.allCases, seed: UInt64) {
        values = ValueTable(seed: seed)
        self.dimensions = Self.counted.filter { dimensions.contains($0) }
    }

    /// The dimensions that are counted from facts; the others are derived from `client` at read.
    package static let counted: [Dimension] = Dimension.allCases.filter {
        $0 != .clientNetwork && $0 != .owner && $0 != .asn && $0 != .country
    }

    /// The dimensions that exchanges fill, with the bytes that each counts: those counted per combination
    /// (`ProfileTable`) or the others.
    package func ofExchanges(profiled: Bool) -> [(dimension: Dimension, share: FactBlock.Share)] {
        // For one or two dimensions finding the combination costs more than it saves.
        let joins = dimensions.filter { ProfileTable.dimensions.contains($0) }.count > 2
        let chosen = dimensions.filter { (joins && ProfileTable.dimensions.contains($0)) == profiled }
        return chosen.map { dimension in
            switch dimension {
            case .client: (dimension, .client)
            case .method, .path, .userAgent, .status, .targetGroup: (dimension, .own)
            default: (dimension, .shared)
            }
        }
    }

    /// The dimensions that connections fill.
    package var ofConnections: [Dimension] {
        dimensions.filter { dimension in
            switch dimension {
            case .method, .path, .userAgent, .status, .targetGroup: false
            default: true
            }
        }
    }

    /// Forgets the texts of the batch before, unless this one's are the same and perhaps more.
    package mutating func begin(_ texts: TextTable, continues: Bool = false) {
        let needed = texts.count + 1
        if continues {
            if batchMap.count < needed {
                batchMap.append(contentsOf: repeatElement(0, count: max(needed, batchMap.count * 2) - batchMap.count))
            }
            return
        }
        if batchMap.count < needed { batchMap = [UInt64](repeating: 0, count: needed) } else { forget() }
    }

    /// Forgets what the texts of this batch were mapped to: the values have been renumbered.
    package mutating func forget() { for index in batchMap.indices { batchMap[index] = 0 } }

    /// Forgets all values, keeps the memory.
    package mutating func removeAll() {
        values.removeAll()
        forget()
    }

    /// Finds the value of a dimension for each IPv4 address (host order) of a block's rows.
    package mutating func fill(_ dimension: Dimension, v4 addresses: [UInt32]) {
        Self.fill(dimension, addresses.span, &values, &ordinals)
    }

    private static func fill(
        _ dimension: Dimension, _ addresses: Span<UInt32>, _ values: inout ValueTable, _ ordinals: inout [UInt32]
    ) {
        var out = ordinals.mutableSpan
        for index in 0..<min(addresses.count, out.count) {
            out[index] = values.ordinal(IPAddress(v4: addresses[index]), dimension)
        }
    }

    // MARK: - Exchanges

    /// Finds the value of a dimension for each exchange of a block.
    package mutating func fill(
        _ dimension: Dimension, _ exchanges: Span<Exchange>, _ block: FactBlock, _ texts: borrowing TextTable
    ) {
        let rows = block.rows.span
        switch dimension {
        case .client: Self.fillClients(exchanges, rows, &values, &ordinals)
        case .target: Self.fillTargets(exchanges, rows, &values, &ordinals)
        case .targetPort: Self.fillPorts(exchanges, rows, &values, &ordinals)
        case .status, .tlsVersion: Self.fillCodes(dimension, exchanges, rows, &values, &ordinals)
        default:
            gather(dimension, exchanges, rows)
            resolve(dimension, rows.count, texts)
        }
    }

    private static func fillClients(
        _ exchanges: Span<Exchange>, _ rows: Span<FactBlock.Row>, _ values: inout ValueTable,
        _ ordinals: inout [UInt32]
    ) {
        var out = ordinals.mutableSpan
        for index in rows.indices {
            let client = exchanges[Int(rows[index].fact)].client.address
            out[index] = client == .unspecified ? none : values.ordinal(client, .client)
        }
    }

    private static func fillTargets(
        _ exchanges: Span<Exchange>, _ rows: Span<FactBlock.Row>, _ values: inout ValueTable,
        _ ordinals: inout [UInt32]
    ) {
        var out = ordinals.mutableSpan
        for index in rows.indices {
            if let target = exchanges[Int(rows[index].fact)].target {
                out[index] = values.ordinal(target, .target)
            } else {
                out[index] = none
            }
        }
    }

    private static func fillPorts(
        _ exchanges: Span<Exchange>, _ rows: Span<FactBlock.Row>, _ values: inout ValueTable,
        _ ordinals: inout [UInt32]
    ) {
        var out = ordinals.mutableSpan
        var last: (port: UInt16, ordinal: UInt32) = (0, none)
        for index in rows.indices {
            let port = exchanges[Int(rows[index].fact)].target?.port ?? 0
            if port != last.port { last = (port, port == 0 ? none : values.ordinal(port, .targetPort)) }
            out[index] = last.ordinal
        }
    }

    private static func fillCodes(
        _ dimension: Dimension, _ exchanges: Span<Exchange>, _ rows: Span<FactBlock.Row>,
        _ values: inout ValueTable, _ ordinals: inout [UInt32]
    ) {
        var out = ordinals.mutableSpan
        // No code is this large: the first row is always looked up.
        var last: (code: UInt32, ordinal: UInt32) = (.max, none)
        let isStatus = dimension == .status
        for index in rows.indices {
            let fact = Int(rows[index].fact)
            var code = UInt32(UInt16.max) + 1
            if isStatus {
                if let status = exchanges[fact].status { code = UInt32(status) }
            } else if exchanges[fact].tlsVersion != .none {
                code = UInt32(exchanges[fact].tlsVersion.rawValue)
            }
            if code != last.code {
                let known = code <= UInt32(UInt16.max)
                last = (code, known ? values.ordinal(UInt16(truncatingIfNeeded: code), dimension) : none)
            }
            out[index] = last.ordinal
        }
    }

    /// Copies the text ids of a dimension out of the exchanges.
    private mutating func gather(
        _ dimension: Dimension, _ exchanges: Span<Exchange>, _ rows: Span<FactBlock.Row>
    ) {
        var out = ids.mutableSpan
        switch dimension {
        case .domain: for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].domain.rawValue }
        case .errorReason:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].errorReason.rawValue }
        case .tlsCipher:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].tlsCipher.rawValue }
        case .node: for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].node.rawValue }
        case .loadBalancer:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].loadBalancer.rawValue }
        case .method: for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].method.rawValue }
        case .path:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].pathTemplate.rawValue }
        case .userAgent:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].userAgent.rawValue }
        case .targetGroup:
            for index in rows.indices { out[index] = exchanges[Int(rows[index].fact)].targetGroup.rawValue }
        default: for index in rows.indices { out[index] = 0 }
        }
    }

    // MARK: - Connections

    /// Finds the value of a dimension for each connection of a block; one that a load balancer pools names no client.
    package mutating func fill(
        _ dimension: Dimension, _ connections: Span<Connection>, _ block: FactBlock, _ texts: borrowing TextTable
    ) {
        let rows = block.rows.span
        switch dimension {
        case .client, .target, .targetPort, .tlsVersion:
            Self.fillNumbers(dimension, connections, rows, &values, &ordinals)
        default:
            gather(dimension, connections, rows)
            resolve(dimension, rows.count, texts)
        }
    }

    private static func fillNumbers(
        _ dimension: Dimension, _ connections: Span<Connection>, _ rows: Span<FactBlock.Row>,
        _ values: inout ValueTable, _ ordinals: inout [UInt32]
    ) {
        var out = ordinals.mutableSpan
        for index in rows.indices {
            out[index] = number(dimension, connections[Int(rows[index].fact)], &values)
        }
    }

    @inline(__always)
    private static func number(
        _ dimension: Dimension, _ connection: borrowing Connection, _ values: inout ValueTable
    ) -> UInt32 {
        switch dimension {
        case .client: return connection.namesClient ? values.ordinal(connection.client.address, .client) : none
        case .target:
            if let target = connection.target { return values.ordinal(target, .target) }
        case .targetPort:
            if let port = connection.rankedPort { return values.ordinal(port, .targetPort) }
        case .tlsVersion:
            let version = connection.tlsVersion
            if version != .none { return values.ordinal(version.rawValue, .tlsVersion) }
        default: break
        }
        return none
    }

    private mutating func gather(
        _ dimension: Dimension, _ connections: Span<Connection>, _ rows: Span<FactBlock.Row>
    ) {
        var out = ids.mutableSpan
        switch dimension {
        case .domain: for index in rows.indices { out[index] = connections[Int(rows[index].fact)].domain.rawValue }
        case .errorReason:
            for index in rows.indices { out[index] = connections[Int(rows[index].fact)].errorReason.rawValue }
        case .tlsCipher:
            for index in rows.indices { out[index] = connections[Int(rows[index].fact)].tlsCipher.rawValue }
        case .node: for index in rows.indices { out[index] = connections[Int(rows[index].fact)].node.rawValue }
        case .loadBalancer:
            for index in rows.indices { out[index] = connections[Int(rows[index].fact)].loadBalancer.rawValue }
        default: for index in rows.indices { out[index] = 0 }
        }
    }

    // MARK: - Texts

    /// Turns `ids` into `ordinals`.
    private mutating func resolve(_ dimension: Dimension, _ count: Int, _ texts: borrowing TextTable) {
        let wanted = UInt64(dimension.rawValue)
        for index in 0..<count {
            let id = Int(ids[index])
            if id != 0, batchMap[id] >> 32 != wanted { resolve(TextID(rawValue: ids[index]), dimension, texts) }
        }
        Self.look(up: ids, count, in: batchMap, &ordinals)
    }

    private static func look(up ids: [UInt32], _ count: Int, in map: [UInt64], _ ordinals: inout [UInt32]) {
        let (ids, map) = (ids.span, map.span)
        var out = ordinals.mutableSpan
        for index in 0..<count {
            let id = Int(ids[index])
            out[index] = id == 0 ? none : UInt32(truncatingIfNeeded: map[id])
        }
    }

    @inline(never)
    private mutating func resolve(_ id: TextID, _ dimension: Dimension, _ texts: borrowing TextTable) {
        let arena = texts.arena
        let ordinal: UInt32
        if dimension == .userAgent {
            let family = UserAgentFamily.family(arena.span, texts.range(id))
            ordinal = values.ordinal(family.span, 0..<family.count, dimension)
        } else {
            ordinal = values.ordinal(arena.span, texts.range(id), dimension)
        }
        batchMap[Int(id.rawValue)] = UInt64(dimension.rawValue) << 32 | UInt64(ordinal)
    }
}
