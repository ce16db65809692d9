import Foundation

/// Parts of several units, made by many threads, taken by one in the order of the units.
///
/// Whoever is ahead of the unit that is being taken waits once all parts not yet taken cost more than the limit; whoever works on
/// that unit, once its own do: it never waits for others, so there is no deadlock. That bounds memory, to twice the limit, for any
/// number of threads and units of any length.
package final class OrderedHandoff<Part: Sendable>: @unchecked Sendable {
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
    ///   - limit: bytes that parts ahead of their turn may hold together, and those of the unit at hand.
    package init(unitCount: Int, limit: Int) {
        self.unitCount = unitCount
        self.limit = limit
    }

    /// Hands over a part; one that costs more than the limit alone waits for its turn. Returns `false` if the taker has given up.
    package func put(_ part: Part, unit: Int, cost: Int) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isCancelled, hasToWait(unit, cost) { condition.wait() }
        if isCancelled { return false }
        queues[unit, default: []].append((part, cost))
        outstanding += cost
        condition.broadcast()
        return true
    }

    private func hasToWait(_ unit: Int, _ cost: Int) -> Bool {
        if unit != current { return outstanding + cost > limit }
        guard let waiting = queues[unit], !waiting.isEmpty else { return false }
        return waiting.reduce(cost) { $0 + $1.cost } > limit
    }

    /// Says that a unit has no further parts.
    package func end(unit: Int) {
        condition.lock()
        ended.insert(unit)
        condition.broadcast()
        condition.unlock()
    }

    /// Takes the next part in order, waiting for it; `nil` after the last unit's end.
    package func take() -> (unit: Int, part: Part)? {
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
    package func cancel() {
        condition.lock()
        isCancelled = true
        queues = [:]
        condition.broadcast()
        condition.unlock()
    }
}
