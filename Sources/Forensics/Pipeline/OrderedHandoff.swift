import Foundation

/// Parts of several units, made by many threads, taken by one in the order of the units.
///
/// Whoever works on the unit that is being taken never waits, so there is no deadlock; whoever is ahead of it waits
/// once the parts not yet taken cost more than the limit. That bounds memory for any number of threads.
final class OrderedHandoff<Part: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var queues: [Int: [(part: Part, cost: Int)]] = [:]
    private var ended: Set<Int> = []
    private var current = 0
    private var outstanding = 0
    private let limit: Int
    private let unitCount: Int
    private var isCancelled = false

    /// - Parameters:
    ///   - unitCount: units are numbered from 0; each must be ended once.
    ///   - limit: bytes that parts ahead of their turn may hold together.
    init(unitCount: Int, limit: Int) {
        self.unitCount = unitCount
        self.limit = limit
    }

    /// Hands over a part. Returns `false` if the taker has given up.
    func put(_ part: Part, unit: Int, cost: Int) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isCancelled, unit != current, outstanding + cost > limit { condition.wait() }
        if isCancelled { return false }
        queues[unit, default: []].append((part, cost))
        outstanding += cost
        condition.broadcast()
        return true
    }

    /// Says that a unit has no further parts.
    func end(unit: Int) {
        condition.lock()
        ended.insert(unit)
        condition.broadcast()
        condition.unlock()
    }

    /// Takes the next part in order, waiting for it; `nil` after the last unit's end.
    func take() -> (unit: Int, part: Part)? {
        condition.lock()
        defer { condition.unlock() }
        while !isCancelled, current < unitCount {
            if var queue = queues[current], !queue.isEmpty {
                queues[current] = nil
                let first = queue.removeFirst()
                if !queue.isEmpty { queues[current] = queue }
                outstanding -= first.cost
                condition.broadcast()
                return (current, first.part)
            }
            if ended.contains(current) {
                ended.remove(current)
                current += 1
                condition.broadcast()
                continue
            }
            condition.wait()
        }
        return nil
    }

    /// Lets every thread go: what is not taken yet is dropped.
    func cancel() {
        condition.lock()
        isCancelled = true
        queues = [:]
        condition.broadcast()
        condition.unlock()
    }
}
