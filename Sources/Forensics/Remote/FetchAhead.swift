import Foundation

/// Fetches the beginnings of objects ahead of those who read them, in order, within a budget of memory.
///
/// Readers take the objects in order as well. Beginnings are fetched in the order in which they are needed, so whoever
/// reads the first object that is not read yet has its bytes under way or a budget that nobody else uses.
package final class FetchAhead: @unchecked Sendable {
    private let objects: [RemoteObject]
    private let pool: DownloadPool
    private let partLength: UInt64
    /// Bytes.
    private let limit: UInt64
    private let condition = NSCondition()
    private var heads: [Int: ObjectPart] = [:]
    private var next = 0
    private var outstanding: UInt64 = 0
    private var isClosed = false

    /// - Parameters:
    ///   - memory: bytes that beginnings which nobody has used yet may hold together.
    ///   - readers: how many objects are read at once; each fetches its later parts itself.
    package init(_ objects: [RemoteObject], pool: DownloadPool, memory: Int, readers: Int) {
        self.objects = objects
        self.pool = pool
        limit = UInt64(max(1 << 20, memory))
        partLength = Self.partLength(memory: memory, readers: readers)
    }

    /// The length of parts: 8 MiB, less where memory is scarce, never so little that telling what an object is needs two.
    package static func partLength(memory: Int, readers: Int) -> UInt64 {
        UInt64(min(8 << 20, max(1 << 19, memory / max(1, readers * (ObjectStream.depth + 1) + 2))))
    }

    /// Opens an object, by its place in the order; waits while the budget is used up.
    package func open(_ index: Int) -> ObjectStream {
        condition.lock()
        defer { condition.unlock() }
        advance()
        while heads[index] == nil, index >= next, !isClosed, !pool.stop.isRequested {
            _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
            advance()
        }
        guard let head = heads.removeValue(forKey: index) else {
            return ObjectStream(objects[index], pool: pool, partLength: partLength)
        }
        let size = headLength(index)
        return ObjectStream(
            objects[index], pool: pool, partLength: partLength, head: head,
            release: { [weak self] in self?.giveBack(size) })
    }

    /// Fetches nothing more.
    package func close() {
        condition.lock()
        isClosed = true
        for head in heads.values { head.drop() }
        heads = [:]
        condition.broadcast()
        condition.unlock()
    }

    private func headLength(_ index: Int) -> UInt64 { min(objects[index].size, partLength) }

    private func giveBack(_ size: UInt64) {
        condition.lock()
        outstanding -= min(outstanding, size)
        advance()
        condition.broadcast()
        condition.unlock()
    }

    /// Begins to fetch as many heads as the budget allows, and always the first one that is missing.
    private func advance() {
        while next < objects.count, !isClosed, !pool.stop.isRequested {
            let size = headLength(next)
            guard outstanding == 0 || outstanding + size <= limit else { return }
            heads[next] = pool.fetch(objects[next], 0..<size, isUrgent: false)
            outstanding += size
            next += 1
        }
    }
}
