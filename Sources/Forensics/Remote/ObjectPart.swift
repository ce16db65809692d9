import ForensicsIngest
import Foundation

/// A stretch of an object that is being fetched, for one thread that waits for it.
final class ObjectPart: @unchecked Sendable {
    let range: Range<UInt64>
    private let condition = NSCondition()
    private var result: Result<[UInt8], IngestError>?
    private var isWanted = true

    init(range: Range<UInt64>) { self.range = range }

    /// Whether somebody still waits for it.
    var isNeeded: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isWanted
    }

    /// Says that nobody needs it any more.
    func drop() {
        condition.lock()
        isWanted = false
        result = nil
        condition.unlock()
    }

    func finish(_ value: Result<[UInt8], IngestError>) {
        condition.lock()
        if isWanted { result = value }
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for the bytes; gives up soon after a stop was asked for.
    ///
    /// - Returns: `nil` if it was stopped.
    func wait(_ stop: StopFlag) -> Result<[UInt8], IngestError>? {
        condition.lock()
        defer { condition.unlock() }
        while result == nil, isWanted {
            if stop.isRequested { return nil }
            _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
        }
        return result
    }
}
