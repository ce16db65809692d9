import Forensics
import Foundation
import Synchronization
import Testing

/// What waits for a service is bounded, in order, and counted where it is lost.
@Suite struct OutboxTests {
    /// A service that answers as it is told, and keeps what it took.
    final class Service: Sendable {
        let taken = Mutex<[Int]>([])
        let tries = Mutex(0)
        let isOpen = Mutex(false)

        func send(_ items: [Int]) -> Outbox<Int>.Outcome {
            tries.withLock { $0 += 1 }
            guard isOpen.withLock({ $0 }) else { return .later("busy.") }
            taken.withLock { $0 += items }
            return .taken(refused: 0)
        }
    }

    static func box(
        _ service: Service, capacity: Int, notes: @escaping @Sendable (String) -> Void = { _ in }
    ) -> Outbox<Int> {
        Outbox(
            name: "test", pace: .init(capacity: capacity, gathering: 0.01, firstDelay: 0.01, longestDelay: 0.02),
            fitting: { min(10, $0.count) }, send: service.send, note: notes)
    }

    @Test func `everything arrives in order, after failures too, and trouble is told once`() {
        let service = Service()
        let notes = Mutex<[String]>([])
        let box = Self.box(service, capacity: 1000) { line in notes.withLock { $0.append(line) } }
        for number in 0..<500 { box.put(number) }
        Wait.until("five tries") { service.tries.withLock { $0 } >= 5 }
        service.isOpen.withLock { $0 = true }
        box.finish(within: Wait.bound)
        #expect(service.taken.withLock { $0 } == Array(0..<500))
        #expect(box.lost == 0)
        let told = notes.withLock { $0 }
        #expect(told.count == 2)
        #expect(told.first?.hasPrefix("busy.") == true && told.last == "sending works again.")
    }

    @Test func `past the capacity the oldest go, and are counted`() {
        let service = Service()
        let box = Self.box(service, capacity: 100)
        for number in 0..<1000 { box.put(number) }
        service.isOpen.withLock { $0 = true }
        box.finish(within: Wait.bound)
        let taken = service.taken.withLock { $0 }
        #expect(taken.last == 999)
        #expect(taken == taken.sorted())
        #expect(UInt64(taken.count) + box.lost == 1000)
        #expect(taken.count >= 98)
    }

    @Test func `an end does not wait for a service that is gone`() {
        let service = Service()
        let box = Self.box(service, capacity: 100)
        for number in 0..<50 { box.put(number) }
        box.finish(within: 0.1)
        #expect(box.lost == 50)
        #expect(service.taken.withLock { $0 }.isEmpty)
    }

    @Test func `what is refused for good is lost and the rest goes on`() {
        let taken = Mutex<[Int]>([])
        let notes = Mutex<[String]>([])
        let box = Outbox<Int>(
            name: "test", pace: .init(capacity: 100, gathering: 0, firstDelay: 0.01, longestDelay: 0.01),
            fitting: { _ in 1 },
            send: { items in
                if items == [3] { return .refused("malformed.") }
                taken.withLock { $0 += items }
                return .taken(refused: items == [4] ? 1 : 0)
            }, note: { line in notes.withLock { $0.append(line) } })
        for number in 0..<10 { box.put(number) }
        box.finish(within: Wait.bound)
        #expect(taken.withLock { $0 } == [0, 1, 2, 4, 5, 6, 7, 8, 9])
        #expect(box.lost == 2)
        #expect(
            notes.withLock { $0 } == [
                "malformed. 1 are lost, and so is what is refused after them.", "sending works again.",
            ])
    }

    @Test func `at the end nobody is told that the capture goes on`() {
        let notes = Mutex<[String]>([])
        let isClosed = Mutex(false)
        let box = Outbox<Int>(
            name: "test", pace: .init(capacity: 100, gathering: 0, firstDelay: 0.01, longestDelay: 0.01),
            fitting: { $0.count },
            send: { _ in
                while !isClosed.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.005) }
                return .later("busy.")
            }, note: { line in notes.withLock { $0.append(line) } })
        box.put(1)
        box.close()
        isClosed.withLock { $0 = true }
        Wait.until("a note of the trouble") { notes.withLock { !$0.isEmpty } }
        box.finish(within: 0.1)
        #expect(notes.withLock { $0 } == ["busy. 1 wait, and are tried for some seconds more."])
        #expect(box.lost == 1)
    }
}
