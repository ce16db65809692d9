/// Activity by bucket and value: the largest part of a roll-up.
///
/// Rows come roughly in order of time, so each value gathers its latest bucket in place and writes it to a log when
/// another one begins; the log is sorted and joined when it has doubled. Bounded per dimension: past the limit only
/// every other value (by a fixed hash) is kept apart, then every fourth, and so on; the rest is `(other)`. The outcome
/// does not depend on the order of what was added.
package struct ActivityTable: Sendable {
    /// What a value did in a bucket.
    package struct Entry: Sendable {
        package var bucket: BucketKey
        package var ordinal: UInt32
        package var activity: Activity
    }

    private static let noBucket = BucketKey(rawValue: .min)

    /// By ordinal: the bucket that it is at.
    private var current: [Entry] = []
    /// How many values are at a bucket.
    private var openCount = 0
    private var log: [Entry] = []
    /// By raw dimension: entries of `log` that are not `(other)`.
    private var entryCounts = [Int](repeating: 0, count: 32)
    /// The length at which the log is sorted and joined.
    private var settlingSize = 1 << 16
    private let entryLimit: Int

    /// Creates an empty table.
    ///
    /// - Parameter entryLimit: how many pairs of bucket and value a dimension may have; clients, domains, paths and
    ///   targets get all of it, the other dimensions a quarter.
    package init(entryLimit: Int) { self.entryLimit = entryLimit }

    /// Entries that are held, of which some may be of one bucket and value.
    package var count: Int { log.count + openCount }

    /// Forgets everything, keeps the memory.
    package mutating func removeAll() {
        for ordinal in current.indices { current[ordinal].bucket = Self.noBucket }
        openCount = 0
        log.removeAll(keepingCapacity: true)
        for index in entryCounts.indices { entryCounts[index] = 0 }
        settlingSize = 1 << 16
    }

    /// Adds what the facts of a block did to their values; `ordinals` has one for each row.
    package mutating func add(_ ordinals: [UInt32], _ block: FactBlock, _ share: FactBlock.Share, values: Int) {
        reserve(values)
        let rows = block.rows.span
        let ordinals = ordinals.span
        // Held apart for the loop: exclusive access to one is not access to the other.
        var finished: [Entry] = []
        swap(&finished, &log)
        var opened = 0
        var current = current.mutableSpan
        for index in rows.indices {
            let ordinal = Int(ordinals[index])
            if ordinal >= current.count { continue }
            let activity = rows[index].activity(share)
            let bucket = BucketKey(rawValue: rows[index].period)
            if current[ordinal].bucket == bucket {
                current[ordinal].activity.add(activity)
            } else {
                if current[ordinal].bucket != Self.noBucket {
                    finished.append(current[ordinal])
                } else {
                    opened &+= 1
                }
                current[ordinal].bucket = bucket
                current[ordinal].activity = activity
            }
        }
        swap(&finished, &log)
        openCount += opened
    }

    /// Makes room for a number of values.
    private mutating func reserve(_ count: Int) {
        if current.count >= count { return }
        let room = max(count, current.count * 2, 64)
        current.reserveCapacity(room)
        for ordinal in current.count..<room {
            current.append(
                Entry(bucket: Self.noBucket, ordinal: UInt32(truncatingIfNeeded: ordinal), activity: Activity()))
        }
    }

    // MARK: - Bounds

    /// Sorts and joins the log if it has grown enough.
    ///
    /// - Returns: Whether values were renumbered.
    package mutating func settleIfLarge(_ values: inout ValueTable) -> Bool {
        // Values that come once never leave their bucket: they are as many as there are.
        if log.count + openCount < settlingSize { return false }
        let renumbered = settle(&values)
        settlingSize = max(1 << 16, log.count * 2)
        // Room at once: to grow step by step moves all of it each time. A batch may go past the size.
        log.reserveCapacity(settlingSize + 1 << 15)
        return renumbered
    }

    /// Joins the entries of one bucket and value, and folds values into `(other)` until every dimension is within its
    /// limit.
    ///
    /// - Returns: Whether values were renumbered.
    package mutating func settle(_ values: inout ValueTable) -> Bool {
        var renumbered = false
        join(values)
        while let dimension = entryCounts.indices.first(where: { entryCounts[$0] > limit($0) }) {
            let old = values
            values = old.narrowed(UInt8(dimension))
            renumber(from: old, &values)
            join(values)
            renumbered = true
        }
        return renumbered
    }

    /// Moves everything to the log under the ordinals of another table.
    private mutating func renumber(from old: ValueTable, _ values: inout ValueTable) {
        flush()
        var ordinals = [UInt32](repeating: .max, count: old.count)
        for index in log.indices {
            let ordinal = Int(log[index].ordinal)
            if ordinals[ordinal] == .max { ordinals[ordinal] = values.adopt(UInt32(ordinal), of: old) }
            log[index].ordinal = ordinals[ordinal]
        }
        current.removeAll(keepingCapacity: true)
    }

    private mutating func flush() {
        for index in current.indices where current[index].bucket != Self.noBucket {
            log.append(current[index])
            current[index].bucket = Self.noBucket
        }
        openCount = 0
    }

    private mutating func join(_ values: ValueTable) {
        flush()
        let order = RadixOrder.order(log.map { Self.key($0.bucket, $0.ordinal) })
        var joined: [Entry] = []
        joined.reserveCapacity(log.count)
        for place in order {
            let entry = log[Int(place)]
            if let last = joined.last, last.bucket == entry.bucket, last.ordinal == entry.ordinal {
                joined[joined.count - 1].activity.add(entry.activity)
            } else {
                joined.append(entry)
            }
        }
        log = joined
        for index in entryCounts.indices { entryCounts[index] = 0 }
        for entry in log where !values.isOther(entry.ordinal) {
            entryCounts[Int(values.dimension(of: entry.ordinal))] += 1
        }
    }

    private func limit(_ dimension: Int) -> Int {
        switch Dimension(rawValue: UInt8(truncatingIfNeeded: dimension)) {
        case .client, .domain, .path, .target: entryLimit
        default: max(1, entryLimit / 4)
        }
    }

    // MARK: - Reading

    /// Hands out the entries of a settled table in order of bucket, dimension and value.
    package func forEachInOrder(_ values: ValueTable, _ body: (Entry) -> Void) {
        let ranks = values.ranks()
        for place in RadixOrder.order(log.map { Self.key($0.bucket, ranks[Int($0.ordinal)]) }) { body(log[Int(place)]) }
    }

    /// Buckets and, in one bucket, ordinals in their order.
    @inline(__always)
    private static func key(_ bucket: BucketKey, _ number: UInt32) -> UInt64 {
        UInt64(UInt32(bitPattern: bucket.rawValue) ^ 0x8000_0000) << 32 | UInt64(number)
    }
}
