import ForensicsIngest
import Foundation

/// Threads that fetch pieces of objects side by side: what somebody waits for first, what is fetched ahead after it.
package final class DownloadPool: @unchecked Sendable {
    private struct Order {
        var object: RemoteObject
        var part: ObjectPart
    }

    /// The latency of a store is hidden by so many requests at once.
    static let threadCount = 16

    let stop: StopFlag
    private let storage: any ObjectStorage
    private let condition = NSCondition()
    private let threads = WorkerThreads()
    private var urgent: [Order] = []
    private var ahead: [Order] = []
    private var isClosed = false
    private var started = 0
    private var idle = 0

    package init(storage: any ObjectStorage, stop: StopFlag) {
        self.storage = storage
        self.stop = stop
    }

    /// Begins to fetch a stretch of an object.
    func fetch(_ object: RemoteObject, _ range: Range<UInt64>, isUrgent: Bool) -> ObjectPart {
        let part = ObjectPart(range: range)
        if range.isEmpty {
            part.finish(.success([]))
            return part
        }
        condition.lock()
        defer { condition.unlock() }
        if isUrgent {
            urgent.append(Order(object: object, part: part))
        } else {
            ahead.append(.init(object: object, part: part))
        }
        if idle == 0, started < Self.threadCount {
            started += 1
            threads.start("fetch \(started)") { [self] in work() }
        }
        condition.signal()
        return part
    }

    /// Lets the threads go; what was not fetched never will be.
    package func close() {
        condition.lock()
        isClosed = true
        let left = urgent + ahead
        urgent = []
        ahead = []
        condition.broadcast()
        condition.unlock()
        for order in left { order.part.drop() }
    }

    /// Waits for the threads, after `close` and after the storage gave up its requests.
    package func join() { threads.join() }

    private func work() {
        while let order = next() {
            guard order.part.isNeeded else { continue }
            do throws(IngestError) {
                order.part.finish(.success(try storage.read(order.object, order.part.range)))
            } catch {
                order.part.finish(.failure(error))
            }
        }
    }

    private func next() -> Order? {
        condition.lock()
        defer { condition.unlock() }
        while !isClosed {
            if !urgent.isEmpty { return urgent.removeFirst() }
            if !ahead.isEmpty { return ahead.removeFirst() }
            idle += 1
            condition.wait()
            idle -= 1
        }
        return nil
    }
}
