/// The fields that an HPACK encoder asked to remember, newest first. RFC 7541, sections 2.3.2 and 4.
///
/// Holds at most `capacity` bytes by HPACK's count (name, value and 32 each), never more than `capacityLimit`.
struct HPACKDynamicTable: Sendable {
    struct Entry: Sendable {
        /// Where the name begins, counted from the first byte that was ever added.
        var start: Int
        var nameLength: Int
        var valueLength: Int
        var field: HTTP2Field
    }

    /// What Chrome allows; load balancers use 4096.
    static let capacityLimit = 65_536

    private(set) var capacity = 4096
    private(set) var size = 0
    private var entries: [Entry] = []
    /// Index of the oldest entry that is still held.
    private var head = 0
    private var bytes: [UInt8] = []
    /// How many bytes were dropped from the front of `bytes`.
    private var dropped = 0

    var count: Int { entries.count - head }

    /// Bytes that are allotted, with those of entries that were given up and not yet freed.
    var heldBytes: Int { entries.count &* MemoryLayout<Entry>.stride &+ bytes.count }

    /// Changes the capacity. Of a larger table the newest `capacityLimit` bytes are held: indices count from the newest
    /// entry, so that those of older ones are merely not known.
    mutating func resize(_ capacity: Int) {
        self.capacity = min(capacity, Self.capacityLimit)
        evict(to: self.capacity)
    }

    /// Returns the entry of an index from 0, the newest; `nil` past the oldest.
    func entry(_ index: Int) -> Entry? {
        index >= 0 && index < count ? entries[entries.count - 1 - index] : nil
    }

    func copyName(_ entry: Entry, into text: inout [UInt8]) {
        let start = entry.start - dropped
        text.append(contentsOf: bytes[start..<(start + entry.nameLength)])
    }

    func copyValue(_ entry: Entry, into text: inout [UInt8]) {
        let start = entry.start - dropped + entry.nameLength
        text.append(contentsOf: bytes[start..<(start + entry.valueLength)])
    }

    /// Adds a field, giving up the oldest ones; one larger than the table empties it. RFC 7541, section 4.4.
    mutating func insert(_ field: HTTP2Field, _ name: [UInt8], _ value: [UInt8]) {
        let needed = name.count + value.count + 32
        guard needed <= capacity else { return evict(to: 0) }
        evict(to: capacity - needed)
        let start = dropped + bytes.count
        entries.append(Entry(start: start, nameLength: name.count, valueLength: value.count, field: field))
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        size += needed
    }

    private mutating func evict(to limit: Int) {
        while size > limit, head < entries.count {
            size -= entries[head].nameLength + entries[head].valueLength + 32
            head += 1
        }
        compact()
    }

    /// Gives the room of what was evicted back, once it is as much as what is held: each byte is moved about once.
    private mutating func compact() {
        guard head > 32, head * 2 >= entries.count else { return }
        let start = head < entries.count ? entries[head].start : dropped + bytes.count
        bytes.removeFirst(start - dropped)
        dropped = start
        entries.removeFirst(head)
        head = 0
    }
}
