import Foundation

/// A bounded queue between threads that exchange batches. What was taken is the taker's alone: batches hand on memory that
/// is used again, and a second owner would have it copied.
package final class HandoffQueue<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var elements: [Element?] = []
    private var head = 0
    private let capacity: Int
    private var isClosed = false

    /// - Parameter capacity: how many elements wait at most; a further `put` blocks.
    package init(capacity: Int) { self.capacity = capacity }

    /// Appends an element, waiting for room. Returns `false` if the queue is closed.
    @discardableResult
    package func put(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isClosed, elements.count - head >= capacity { condition.wait() }
        if isClosed { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// Takes the oldest element, waiting for one; `nil` once the queue is closed and empty.
    package func take() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while head == elements.count, !isClosed { condition.wait() }
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64 {
            elements.removeFirst(head)
            head = 0
        }
        condition.broadcast()
        return element
    }

    /// Takes no more elements; those that wait can still be taken.
    package func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
