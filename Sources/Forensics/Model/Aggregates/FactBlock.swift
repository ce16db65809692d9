/// A few dozen facts on their way into the tables: what each adds, and where.
///
/// Facts are counted in blocks and dimension by dimension, so that each loop is short, its table stays exclusively
/// held, and the waits for memory of neighbouring facts overlap.
package struct FactBlock: Sendable {
    /// Small enough that the facts of a block stay in the first-level cache.
    package static let size = 64

    /// What one fact adds.
    package struct Row: Sendable {
        /// The fact's place in its batch.
        package var fact: Int32
        /// The place of its bucket in the totals.
        package var place: Int32
        /// The bucket or minute of the counts.
        package var period: Int32
        /// With all of its bytes.
        package var activity: Activity
        /// The bytes where a connection of the same traffic counts too.
        package var sharedBytes: Int64
        /// The bytes for its client.
        package var clientBytes: Int64
    }

    /// Which bytes of a row a dimension counts.
    package enum Share: Sendable {
        case own, shared, client
    }

    package private(set) var rows: [Row] = []

    package init() { rows.reserveCapacity(Self.size) }

    @inline(__always)
    package var isFull: Bool { rows.count >= Self.size }

    package mutating func removeAll() { rows.removeAll(keepingCapacity: true) }

    /// Appends a row as it is.
    package mutating func append(_ row: Row) { rows.append(row) }

    /// Appends an exchange.
    ///
    /// - Parameter isAlone: whether no connection counts, so that the bytes are the exchange's wherever it comes from.
    @inline(__always)
    package mutating func append(
        _ exchange: borrowing Exchange, _ activity: Activity, isAlone: Bool = false, fact: Int, place: Int,
        period: Int32
    ) {
        let shared = exchange.bytesBelongToConnection && !isAlone ? 0 : activity.bytes
        let own = exchange.isOfConnectionClient ? shared : activity.bytes
        rows.append(
            Row(
                fact: Int32(truncatingIfNeeded: fact), place: Int32(truncatingIfNeeded: place), period: period,
                activity: activity, sharedBytes: shared, clientBytes: own))
    }

    /// Appends a connection.
    @inline(__always)
    package mutating func append(_ activity: Activity, fact: Int, place: Int, period: Int32) {
        rows.append(
            Row(
                fact: Int32(truncatingIfNeeded: fact), place: Int32(truncatingIfNeeded: place), period: period,
                activity: activity, sharedBytes: activity.bytes, clientBytes: activity.bytes))
    }
}

extension FactBlock.Row {
    /// What a dimension counts of it.
    @inline(__always)
    func activity(_ share: FactBlock.Share) -> Activity {
        var counted = activity
        switch share {
        case .own: break
        case .shared: counted.bytes = sharedBytes
        case .client: counted.bytes = clientBytes
        }
        return counted
    }
}
