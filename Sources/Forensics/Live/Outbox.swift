import Foundation

/// What waits to be sent to a service: bounded, sent in order by a thread of its own, tried again until it is taken.
///
/// Whoever puts something in never waits. Past the capacity the oldest is dropped and counted.
package final class Outbox<Item: Sendable>: @unchecked Sendable {
    /// What became of a batch.
    package enum Outcome: Sendable {
        /// Taken, but for so many that the service refuses for good.
        case taken(refused: Int)
        /// Not now; the line is for the user.
        case later(String)
        /// Never; the line is for the user.
        case refused(String)
    }

    /// How much is sent when.
    package struct Pace: Sendable {
        /// Items that wait at most.
        package var capacity: Int
        /// Seconds between the first item and its sending, to send several at once.
        package var gathering: Double
        /// Seconds before the second try, doubled each time up to the longest.
        package var firstDelay: Double
        /// Seconds between two tries at most.
        package var longestDelay: Double

        package init(capacity: Int, gathering: Double, firstDelay: Double = 1, longestDelay: Double = 60) {
            self.capacity = capacity
            self.gathering = gathering
            self.firstDelay = firstDelay
            self.longestDelay = longestDelay
        }
    }

    private let condition = NSCondition()
    private let pace: Pace
    private let fitting: @Sendable (ArraySlice<Item>) -> Int
    private let send: @Sendable ([Item]) -> Outcome
    private let note: @Sendable (String) -> Void
    private var items: [Item] = []
    /// Items dropped from the front since the batch being sent was taken.
    private var droppedSinceTaken = 0
    private var lostCount: UInt64 = 0
    private var isTroubled = false
    private var isClosed = false
    private var isDone = false

    /// - Parameters:
    ///   - fitting: how many of the waiting items make one batch, at least one.
    ///   - send: sends a batch, on the thread of the box.
    ///   - note: takes a line when sending begins to fail, and when it works again; on the thread of the box.
    package init(
        name: String, pace: Pace, fitting: @escaping @Sendable (ArraySlice<Item>) -> Int,
        send: @escaping @Sendable ([Item]) -> Outcome, note: @escaping @Sendable (String) -> Void
    ) {
        self.pace = pace
        self.fitting = fitting
        self.send = send
        self.note = note
        let thread = Thread { [self] in work() }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Items that never arrived: dropped because too many waited, or refused for good.
    package var lost: UInt64 {
        condition.lock()
        defer { condition.unlock() }
        return lostCount
    }

    /// Puts an item in; the oldest makes room for it.
    package func put(_ item: Item) {
        condition.lock()
        defer { condition.unlock() }
        if isClosed { return }
        if items.count >= pace.capacity {
            // Several at once, as moving the others up costs more than dropping.
            let number = max(1, pace.capacity / 64)
            items.removeFirst(number)
            droppedSinceTaken += number
            lostCount += UInt64(number)
        }
        items.append(item)
        if items.count == 1 { condition.signal() }
    }

    /// Takes nothing more, and sends what waits without gathering further.
    package func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    /// Sends what waits, for so long at most; what is left then is lost.
    package func finish(within seconds: Double) {
        close()
        condition.lock()
        defer { condition.unlock() }
        let end = Date(timeIntervalSinceNow: seconds)
        while !isDone, condition.wait(until: end) {}
        lostCount += UInt64(items.count)
        items = []
    }

    private func work() {
        var failures = 0
        while let batch = take(afterFailures: failures) {
            switch send(batch) {
            case .taken(let refused):
                failures = 0
                settle(batch.count, lost: refused)
            case .refused(let line):
                failures = 0
                settle(batch.count, lost: batch.count, trouble: line, isForGood: true)
            case .later(let line):
                failures += 1
                settle(0, lost: 0, trouble: line)
            }
        }
        condition.lock()
        isDone = true
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for a batch and for its time; `nil` when the box is closed and empty.
    private func take(afterFailures failures: Int) -> [Item]? {
        condition.lock()
        defer { condition.unlock() }
        while items.isEmpty {
            if isClosed { return nil }
            condition.wait()
        }
        let delay =
            failures == 0
            ? pace.gathering : min(pace.longestDelay, pace.firstDelay * Double(1 << min(failures - 1, 20)))
        let due = Date(timeIntervalSinceNow: isClosed ? min(delay, 0.5) * (failures == 0 ? 0 : 1) : delay)
        while !isClosed, condition.wait(until: due) {}
        if isClosed, failures > 0 { _ = condition.wait(until: Date(timeIntervalSinceNow: min(delay, 0.5))) }
        guard !items.isEmpty else { return nil }
        droppedSinceTaken = 0
        return Array(items.prefix(max(1, fitting(items[...]))))
    }

    /// Removes what was dealt with and tells how it goes.
    private func settle(_ count: Int, lost: Int, trouble: String? = nil, isForGood: Bool = false) {
        condition.lock()
        // What was dropped meanwhile and arrived after all is not lost.
        let arrived = min(count, droppedSinceTaken)
        items.removeFirst(min(items.count, count - arrived))
        lostCount = lostCount - min(lostCount, UInt64(arrived)) + UInt64(lost)
        let tells = (trouble != nil) != isTroubled
        isTroubled = trouble != nil
        let waiting = items.count
        let isEnding = isClosed
        condition.unlock()
        guard tells else { return }
        guard let trouble else { return note("sending works again.") }
        if isForGood {
            note("\(trouble) \(lost) are lost, and so is what is refused after them.")
        } else if isEnding {
            note("\(trouble) \(waiting) wait, and are tried for some seconds more.")
        } else {
            note("\(trouble) The capture goes on; \(waiting) wait, and past \(pace.capacity) the oldest are dropped.")
        }
    }
}
