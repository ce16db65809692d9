package import ForensicsIngest
import Foundation

/// An object as a stream: fetched in parts, a few of them ahead of the reader, so that memory does not depend on its size.
///
/// Nothing is fetched before the first read. Used by one thread at a time.
package final class ObjectStream: ByteStream, @unchecked Sendable {
    /// Parts that are fetched ahead of the one being read.
    static let depth = 2

    /// What is read.
    package let object: RemoteObject
    /// Bytes of the object, as its listing told.
    package var length: UInt64 { object.size }
    /// Why bytes that were promised did not come.
    package private(set) var failure: IngestError?
    private let pool: DownloadPool
    private let partLength: UInt64
    /// Tells whoever fetched the head ahead that its memory is free again.
    private var release: (() -> Void)?
    private var parts: [ObjectPart] = []
    private var bytes: [UInt8] = []
    private var range: Range<UInt64> = 0..<0
    private var position: UInt64 = 0
    /// The first part stays, so that reading can begin anew.
    private var isFirstLook: Bool

    /// - Parameters:
    ///   - head: the first part, if somebody fetches it already.
    ///   - release: called once when the head was used up or given up.
    init(
        _ object: RemoteObject, pool: DownloadPool, partLength: UInt64, head: ObjectPart? = nil,
        release: (() -> Void)? = nil
    ) {
        self.object = object
        self.pool = pool
        self.partLength = partLength
        self.release = release
        isFirstLook = head != nil
        if let head { parts = [head] }
    }

    deinit { close() }

    /// Goes back to the first byte, after a first look that stayed inside the first part.
    package func rewind() {
        position = 0
        isFirstLook = false
    }

    /// Drops what was fetched and not read.
    package func close() {
        for part in parts { part.drop() }
        parts = []
        bytes = []
        release?()
        release = nil
    }

    /// Fills `buffer` from `place` on with at most `count` bytes, waiting for the part that holds them.
    ///
    /// - Returns: how many there were: 0 at the end, a negative number once `failure` says why nothing more comes.
    package func read(into buffer: inout [UInt8], at place: Int, upTo count: Int) -> Int {
        guard failure == nil, position < length, count > 0 else { return failure == nil ? 0 : -Int(EIO) }
        if !range.contains(position), !advance() { return -Int(EIO) }
        let start = Int(position - range.lowerBound)
        let number = min(count, bytes.count - start)
        buffer.replaceSubrange(place..<place + number, with: bytes[start..<start + number])
        position += UInt64(number)
        if !isFirstLook, position - range.lowerBound > UInt64(range.count / 2) { fetchAhead(Self.depth) }
        if position == length, !isFirstLook { close() }
        return number
    }

    /// Takes the next part, waiting for it; `false` if it does not come.
    private func advance() -> Bool {
        if !range.isEmpty {
            release?()
            release = nil
            bytes = []
        }
        fetchAhead(1, isUrgent: true)
        guard let part = parts.first else { return false }
        parts.removeFirst()
        switch part.wait(pool.stop) {
        case .success(let fetched) where fetched.count == part.range.count:
            bytes = fetched
            range = part.range
            part.drop()
            return true
        case .failure(let error): failure = error
        default:
            failure = IngestError(
                .unavailable, path: object.path, problem: "was not fetched to its end",
                remedy: "run the same command again to go on")
        }
        close()
        return false
    }

    /// Sees to it that so many parts behind the current one are under way.
    private func fetchAhead(_ count: Int, isUrgent: Bool = false) {
        while parts.count < count {
            let start = parts.last?.range.upperBound ?? range.upperBound
            guard start < length else { return }
            let end = min(length, start + partLength)
            parts.append(pool.fetch(object, start..<end, isUrgent: isUrgent || parts.isEmpty))
        }
    }
}
