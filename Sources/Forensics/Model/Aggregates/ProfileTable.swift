/// Joins the exchanges of a batch that agree in every dimension of few values, so that these dimensions are counted once
/// per combination instead of once per exchange.
///
/// A batch of thousands of log rows has some hundred combinations of load balancer, node, target group, domain, method,
/// status and TLS. At worst there are as many as exchanges.
package struct ProfileTable: Sendable {
    /// The dimensions that exchanges of one profile agree in.
    package static let dimensions: Set<Dimension> = [
        .targetPort, .domain, .errorReason, .tlsVersion, .tlsCipher, .node, .loadBalancer, .method, .status,
        .targetGroup,
    ]

    /// The values, as ids of the batch, and the bucket.
    private struct Key: Equatable, Sendable {
        var names: UInt64
        var parties: UInt64
        var request: UInt64
        var group: UInt64
        var numbers: UInt64
    }

    private struct Entry: Sendable {
        var key: Key
        var row: FactBlock.Row
    }

    private var entries: [Entry] = []
    /// Upper half of the hash · 2³² + entry + 1, or 0.
    private var slots = [UInt64](repeating: 0, count: 1024)

    package init() {}

    /// The number of combinations.
    package var count: Int { entries.count }

    /// Forgets the combinations of the batch before.
    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    /// Adds the exchanges of a block.
    package mutating func add(_ exchanges: Span<Exchange>, _ block: FactBlock) {
        while (entries.count + FactBlock.size) * 2 > slots.count { grow() }
        let rows = block.rows.span
        // Held apart for the loop: exclusive access to one is not access to the other.
        var known: [Entry] = []
        swap(&known, &entries)
        var slots = slots.mutableSpan
        let mask = slots.count &- 1
        for index in rows.indices {
            let key = Self.key(exchanges[Int(rows[index].fact)], rows[index].period)
            let hash = Self.hash(key)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while true {
                let entry = slots[slot]
                if entry == 0 {
                    known.append(Entry(key: key, row: rows[index]))
                    slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(known.count)
                    break
                }
                let place = Int(UInt32(truncatingIfNeeded: entry)) &- 1
                if entry >> 32 == hash >> 32, known[place].key == key {
                    known[place].row.activity.add(rows[index].activity)
                    known[place].row.sharedBytes =
                        known[place].row.sharedBytes.addingSaturated(rows[index].sharedBytes)
                    break
                }
                slot = (slot &+ 1) & mask
            }
        }
        swap(&known, &entries)
    }

    /// Replaces the rows of a block by combinations, each standing for its exchanges.
    package func fill(_ block: inout FactBlock, from start: Int) {
        block.removeAll()
        for index in start..<min(entries.count, start + FactBlock.size) { block.append(entries[index].row) }
    }

    private mutating func grow() {
        slots = [UInt64](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for index in entries.indices {
            let hash = Self.hash(entries[index].key)
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1)
        }
    }

    @inline(__always)
    private static func key(_ exchange: borrowing Exchange, _ period: Int32) -> Key {
        // No status is told from every status.
        let status = exchange.status.map { UInt64($0) } ?? 0x1_0000
        let port = exchange.target.map { UInt64($0.port) } ?? 0
        let isCapture: UInt64 = exchange.bytesBelongToConnection ? 1 : 0
        return Key(
            names: UInt64(exchange.domain.rawValue) << 32 | UInt64(exchange.errorReason.rawValue),
            parties: UInt64(exchange.loadBalancer.rawValue) << 32 | UInt64(exchange.node.rawValue),
            request: UInt64(exchange.method.rawValue) << 32 | UInt64(exchange.tlsCipher.rawValue),
            group: UInt64(exchange.targetGroup.rawValue) << 32 | status << 1 | isCapture,
            numbers: UInt64(UInt32(bitPattern: period)) << 32 | port << 16 | UInt64(exchange.tlsVersion.rawValue))
    }

    /// The table lives as long as a batch and its keys are small numbers: collisions cannot be chosen beyond a batch.
    @inline(__always)
    private static func hash(_ key: Key) -> UInt64 {
        var value = (key.names ^ 0x9E37_79B9_7F4A_7C15).foldedProduct(with: key.parties ^ 0xBF58_476D_1CE4_E5B9)
        value = (value ^ key.request).foldedProduct(with: key.group ^ 0x94D0_49BB_1331_11EB)
        return (value ^ key.numbers).foldedProduct(with: 0xD6E8_FEB8_6659_FD93)
    }
}
