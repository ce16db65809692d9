/// Records of one kind in chunks that never move, with a list of free places.
///
/// `pool.chunks[Pool.chunk(index)][Pool.place(index)].field += 1` changes a record where it lies. Memory is not
/// given back; freed places are used again, last freed first.
struct Pool<Element> {
    /// Chunks of this many records; the first is small so that 64 shards start small.
    static var chunkBits: Int { 9 }

    var chunks: [[Element]] = []
    private var free: [Int32] = []
    private(set) var count = 0
    /// Whether nothing is put in any more, so that freed places need not be known.
    private var hasEnded = false

    @inline(__always)
    static func chunk(_ index: Int32) -> Int { Int(index) &>> chunkBits }
    @inline(__always)
    static func place(_ index: Int32) -> Int { Int(index) & (1 &<< chunkBits &- 1) }

    /// Places ever used: valid indices are below it, freed ones included.
    var capacity: Int32 {
        guard let last = chunks.last else { return 0 }
        return Int32((chunks.count - 1) << Self.chunkBits + last.count)
    }

    /// The place that the next record is put into.
    @inline(__always)
    var nextPlace: Int32 { free.last ?? capacity }

    /// Fetches a record that is about to be looked at; there need not be one.
    @inline(__always)
    func fetch(_ index: Int32) {
        let chunk = Self.chunk(index)
        if chunk < chunks.count { Prefetch.element(Self.place(index), of: chunks[chunk]) }
    }

    /// Puts a record into a free place and returns its index.
    mutating func allocate(_ element: Element) -> Int32 {
        count += 1
        if let index = free.popLast() {
            chunks[Self.chunk(index)][Self.place(index)] = element
            return index
        }
        if chunks.isEmpty || chunks[chunks.count - 1].count == 1 << Self.chunkBits {
            var chunk: [Element] = []
            chunk.reserveCapacity(1 << Self.chunkBits)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        return capacity - 1
    }

    mutating func release(_ index: Int32) {
        count -= 1
        if !hasEnded { free.append(index) }
    }

    /// The evidence has ended: of a million records that are freed now the places would take as many numbers.
    mutating func end() {
        hasEnded = true
        free = []
    }

    @inline(__always)
    subscript(index: Int32) -> Element {
        get { chunks[Self.chunk(index)][Self.place(index)] }
        set { chunks[Self.chunk(index)][Self.place(index)] = newValue }
    }
}
