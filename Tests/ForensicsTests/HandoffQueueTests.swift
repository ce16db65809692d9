import Forensics
import Foundation
import Testing

/// Threads hand batches to each other.
@Suite struct HandoffQueueTests {
    private final class Batch: Sendable {}

    @Test func `what was taken is not kept while others wait`() {
        let queue = HandoffQueue<Batch>(capacity: 8)
        weak var first: Batch?
        do {
            let batch = Batch()
            first = batch
            queue.put(batch)
        }
        queue.put(Batch())
        #expect(first != nil)
        _ = queue.take()
        #expect(first == nil)
        #expect(queue.take() != nil)
    }

    @Test func `everything comes out once, in order, and a closed queue ends`() {
        let queue = HandoffQueue<Int>(capacity: 3)
        let thread = Thread {
            for number in 0..<1000 { queue.put(number) }
            queue.close()
        }
        thread.start()
        var taken: [Int] = []
        while let number = queue.take() { taken.append(number) }
        #expect(taken == Array(0..<1000))
        #expect(!queue.put(1))
    }
}
