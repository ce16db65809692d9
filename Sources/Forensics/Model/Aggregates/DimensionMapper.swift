/// Tells which values of which dimensions a fact counts for, as ordinals of one `ValueTable`.
///
/// A batch names few texts many times, so each text of a batch is looked up once: `begin(_:)` must be called before
/// the facts of another batch.
package struct DimensionMapper: Sendable {
    /// The values one fact counts for. Those that a connection of the same traffic counts for too come first. The client
    /// is looked up apart.
    package struct Ordinals: Sendable {
        fileprivate(set) var storage = InlineArray<16, UInt32>(repeating: 0)
        fileprivate(set) package var count = 0
        /// How many of the first are also counted by connections.
        fileprivate(set) package var sharedCount = 0

        @inline(__always)
        package subscript(index: Int) -> UInt32 { storage[index] }

        @inline(__always)
        fileprivate mutating func append(_ ordinal: UInt32) {
            storage[count] = ordinal
            count &+= 1
        }
    }

    package var values: ValueTable
    /// By `TextID` of the batch: (dimension · 2³² + ordinal), 0 until looked up. Dimensions start at 1.
    private var batchMap: [UInt64] = []
    private var clients = [UInt32](repeating: noClient, count: blockSize)
    /// Bit per raw dimension.
    private let mask: UInt32

    /// Creates a mapper that fills the dimensions given; derived ones are not its affair.
    package init(dimensions: [Dimension] = Dimension.allCases, seed: UInt64) {
        values = ValueTable(seed: seed)
        mask = dimensions.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
    }

    /// The dimensions that are counted from facts; the others are derived from `client` at read.
    package static let counted: [Dimension] = Dimension.allCases.filter {
        $0 != .clientNetwork && $0 != .owner && $0 != .asn && $0 != .country
    }

    /// Forgets the texts of the batch before.
    package mutating func begin(_ texts: TextTable) {
        let needed = texts.count + 1
        if batchMap.count < needed { batchMap = [UInt64](repeating: 0, count: needed) } else { forget() }
    }

    /// Forgets what the texts of this batch were mapped to: the values have been renumbered.
    package mutating func forget() { for index in batchMap.indices { batchMap[index] = 0 } }

    // MARK: - Clients

    /// How many facts are looked up at once.
    package static let blockSize = 256
    /// Stands for a fact that names no client.
    package static let noClient = UInt32.max

    /// Looks up the client of an exchange, to be asked for under `place` (below `blockSize`).
    ///
    /// There are too many clients for the caches: looking up those of a block one right after the other lets the waits
    /// for memory overlap.
    @inline(__always)
    package mutating func lookUpClient(of exchange: borrowing Exchange, place: Int) {
        let client = exchange.client.address
        let isNamed = has(.client) && client != .unspecified
        clients[place] = isNamed ? values.ordinal(client, .client) : Self.noClient
    }

    /// Looks up the client of a connection; one that a load balancer pools names no client.
    @inline(__always)
    package mutating func lookUpClient(of connection: borrowing Connection, place: Int) {
        let client = connection.client.address
        let isNamed = connection.namesClient ? has(.client) : false
        clients[place] = isNamed ? values.ordinal(client, .client) : Self.noClient
    }

    /// The client looked up under `place`, or `noClient`.
    @inline(__always)
    package func client(at place: Int) -> UInt32 { clients[place] }

    // MARK: - Other dimensions

    /// Returns what an exchange counts for.
    @inline(__always)
    package mutating func ordinals(of exchange: borrowing Exchange, _ texts: borrowing TextTable) -> Ordinals {
        var list = Ordinals()
        if let target = exchange.target {
            if has(.target) { list.append(values.ordinal(target, .target)) }
            if has(.targetPort), target.port != 0 { list.append(values.ordinal(target.port, .targetPort)) }
        }
        append(exchange.domain, .domain, texts, &list)
        append(exchange.errorReason, .errorReason, texts, &list)
        if has(.tlsVersion), exchange.tlsVersion != .none {
            list.append(values.ordinal(exchange.tlsVersion.rawValue, .tlsVersion))
        }
        append(exchange.tlsCipher, .tlsCipher, texts, &list)
        append(exchange.node, .node, texts, &list)
        append(exchange.loadBalancer, .loadBalancer, texts, &list)
        list.sharedCount = list.count
        append(exchange.method, .method, texts, &list)
        append(exchange.pathTemplate, .path, texts, &list)
        append(exchange.userAgent, .userAgent, texts, &list)
        append(exchange.targetGroup, .targetGroup, texts, &list)
        if has(.status), let status = exchange.status { list.append(values.ordinal(status, .status)) }
        return list
    }

    /// Returns what a connection counts for.
    @inline(__always)
    package mutating func ordinals(of connection: borrowing Connection, _ texts: borrowing TextTable) -> Ordinals {
        var list = Ordinals()
        if has(.target), let target = connection.target { list.append(values.ordinal(target, .target)) }
        if has(.targetPort), let port = connection.rankedPort { list.append(values.ordinal(port, .targetPort)) }
        append(connection.domain, .domain, texts, &list)
        append(connection.errorReason, .errorReason, texts, &list)
        if has(.tlsVersion), connection.tlsVersion != .none {
            list.append(values.ordinal(connection.tlsVersion.rawValue, .tlsVersion))
        }
        append(connection.tlsCipher, .tlsCipher, texts, &list)
        append(connection.node, .node, texts, &list)
        append(connection.loadBalancer, .loadBalancer, texts, &list)
        list.sharedCount = list.count
        return list
    }

    @inline(__always)
    package func has(_ dimension: Dimension) -> Bool { mask >> UInt32(dimension.rawValue) & 1 != 0 }

    @inline(__always)
    private mutating func append(
        _ id: TextID, _ dimension: Dimension, _ texts: borrowing TextTable, _ list: inout Ordinals
    ) {
        if id.isNone || !has(dimension) { return }
        let mapped = batchMap[Int(id.rawValue)]
        if mapped >> 32 == UInt64(dimension.rawValue) {
            list.append(UInt32(truncatingIfNeeded: mapped))
        } else {
            list.append(resolve(id, dimension, texts))
        }
    }

    @inline(never)
    private mutating func resolve(_ id: TextID, _ dimension: Dimension, _ texts: borrowing TextTable) -> UInt32 {
        let arena = texts.arena
        let ordinal: UInt32
        if dimension == .userAgent {
            let family = UserAgentFamily.family(arena.span, texts.range(id))
            ordinal = values.ordinal(family.span, 0..<family.count, dimension)
        } else {
            ordinal = values.ordinal(arena.span, texts.range(id), dimension)
        }
        batchMap[Int(id.rawValue)] = UInt64(dimension.rawValue) << 32 | UInt64(ordinal)
        return ordinal
    }
}
