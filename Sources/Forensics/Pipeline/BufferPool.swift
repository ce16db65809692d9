import Synchronization

/// Large byte buffers that go round between the reading and the tracking threads instead of being made anew.
final class BufferPool: Sendable {
    private let buffers = Mutex<[[UInt8]]>([])
    /// More than this many are let go.
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// A buffer that somebody gave back, or an empty one.
    func take() -> [UInt8] { buffers.withLock { $0.popLast() ?? [] } }

    /// Takes a buffer that nobody else refers to any more.
    func give(_ buffer: consuming [UInt8]) {
        let buffer = buffer
        buffers.withLock { if $0.count < limit { $0.append(buffer) } }
    }
}
