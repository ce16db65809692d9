/// Byte buffers of one shard, bounded in number and in bytes; freed ones are used again.
struct BufferPool {
    private var buffers: [StreamBuffer] = []
    private var free: [Int32] = []
    private(set) var byteCount = 0
    private let countLimit: Int
    private let byteLimit: Int
    /// A buffer that grew past this gives its memory back when it is freed.
    private static let keptCapacity = 4096

    init(countLimit: Int, byteLimit: Int) {
        self.countLimit = countLimit
        self.byteLimit = byteLimit
    }

    /// Takes an empty buffer; `nil` at the cap.
    mutating func allocate(_ place: PacketPlace) -> Int32? {
        if let index = free.popLast() {
            buffers[Int(index)].place = place
            return index
        }
        guard buffers.count < countLimit else { return nil }
        buffers.append(StreamBuffer(place: place))
        return Int32(buffers.count - 1)
    }

    mutating func release(_ index: Int32) {
        let place = Int(index)
        byteCount -= buffers[place].bytes.count
        if buffers[place].bytes.capacity > Self.keptCapacity {
            buffers[place].bytes = []
        } else {
            buffers[place].bytes.removeAll(keepingCapacity: true)
        }
        buffers[place].searched = 0
        free.append(index)
    }

    /// Appends bytes; false, and nothing is appended, at the cap.
    mutating func append(_ index: Int32, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard byteCount + range.count <= byteLimit else { return false }
        byteCount += range.count
        let place = Int(index)
        for position in range { buffers[place].bytes.append(bytes[position]) }
        return true
    }

    /// Forgets all bytes but those of a range.
    mutating func keep(_ index: Int32, _ range: Range<Int>) {
        let place = Int(index)
        let count = buffers[place].bytes.count
        buffers[place].bytes.removeSubrange(range.upperBound..<count)
        buffers[place].bytes.removeSubrange(0..<range.lowerBound)
        buffers[place].searched = 0
        byteCount -= count - range.count
    }

    /// Takes the bytes out for reading while the tables change; they come back with `putBack`.
    mutating func take(_ index: Int32) -> StreamBuffer {
        let taken = buffers[Int(index)]
        buffers[Int(index)].bytes = []
        return taken
    }

    mutating func putBack(_ index: Int32, _ buffer: consuming StreamBuffer) { buffers[Int(index)] = buffer }

    subscript(index: Int32) -> StreamBuffer {
        get { buffers[Int(index)] }
        set { buffers[Int(index)] = newValue }
    }
}
