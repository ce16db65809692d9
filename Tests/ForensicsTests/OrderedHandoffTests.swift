import Forensics
import Foundation
import Synchronization
import Testing

/// Threads hand over the parts of several units, which are taken in order.
@Suite struct OrderedHandoffTests {
    @Test func `whoever works on the unit that is being taken waits for the taker too`() {
        let handoff = OrderedHandoff<Int>(unitCount: 1, limit: 10)
        let put = Mutex(0)
        let thread = Thread {
            for number in 0..<1000 {
                _ = handoff.put(number, unit: 0, cost: 1)
                put.withLock { $0 += 1 }
            }
            handoff.end(unit: 0)
        }
        thread.start()
        var taken: [Int] = []
        var ahead = 0
        while let (_, part) = handoff.take() {
            taken.append(part)
            // One more may have been let in since it was taken.
            ahead = max(ahead, put.withLock { $0 } - taken.count)
        }
        #expect(taken == Array(0..<1000))
        #expect(ahead <= 11, "\(ahead)")
    }

    @Test func `a part that costs more than all may is handed over nevertheless`() {
        let handoff = OrderedHandoff<Int>(unitCount: 2, limit: 10)
        let threads = (0..<2).map { unit in
            Thread {
                for number in 0..<20 { _ = handoff.put(unit * 100 + number, unit: unit, cost: 50) }
                handoff.end(unit: unit)
            }
        }
        threads.forEach { $0.start() }
        var taken: [Int] = []
        while let (_, part) = handoff.take() { taken.append(part) }
        #expect(taken == Array(0..<20) + Array(100..<120))
    }

    @Test func `whoever waits is let go when the taker gives up`() {
        let handoff = OrderedHandoff<Int>(unitCount: 1, limit: 1)
        let refused = DispatchSemaphore(value: 0)
        Thread {
            while handoff.put(1, unit: 0, cost: 1) {}
            refused.signal()
        }.start()
        #expect(handoff.take() != nil)
        handoff.cancel()
        refused.wait()
        #expect(handoff.take() == nil)
    }
}
