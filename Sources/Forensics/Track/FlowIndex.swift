/// An open-addressing table from a flow's hash to the index of its connection: eight bytes a slot.
///
/// A slot holds the low half of the hash and the index + 1. Linear probing, at most three quarters full, deletion by
/// moving entries back. The home of an entry is told by the half hash alone, so growing needs no key.
struct FlowIndex {
    private var slots: [UInt64] = []
    private var mask = 0
    private(set) var count = 0

    init() {
        slots = [UInt64](repeating: 0, count: 64)
        mask = 63
    }

    /// The first slot to look at for a hash.
    @inline(__always)
    func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & 0xFFFF_FFFF) & mask }

    /// Fetches the first slot to look at for a hash.
    @inline(__always)
    mutating func fetch(_ hash: UInt64) { Prefetch.element(home(hash), of: slots) }

    @inline(__always)
    func next(_ slot: Int) -> Int { (slot &+ 1) & mask }

    /// What a slot holds: -2 if it is empty (the search ends), -1 if it is another flow's, else a candidate.
    @inline(__always)
    func candidate(_ slot: Int, _ hash: UInt64) -> Int32 {
        let value = slots[slot]
        if value == 0 { return -2 }
        if value &>> 32 != hash & 0xFFFF_FFFF { return -1 }
        return Int32(truncatingIfNeeded: value & 0xFFFF_FFFF) &- 1
    }

    /// Adds an entry that is not in the table.
    mutating func insert(_ hash: UInt64, _ index: Int32) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        place((hash & 0xFFFF_FFFF) << 32 | UInt64(UInt32(bitPattern: index &+ 1)))
        count += 1
    }

    /// Removes the entry of a connection.
    mutating func remove(_ hash: UInt64, _ index: Int32) {
        let wanted = (hash & 0xFFFF_FFFF) << 32 | UInt64(UInt32(bitPattern: index &+ 1))
        var hole = home(hash)
        while slots[hole] != wanted {
            if slots[hole] == 0 { return }
            hole = next(hole)
        }
        count -= 1
        var slot = next(hole)
        while slots[slot] != 0 {
            let home = Int(truncatingIfNeeded: slots[slot] &>> 32) & mask
            // The entry may fill the hole unless its home lies between the hole and itself.
            if (slot &- home) & mask >= (slot &- hole) & mask {
                slots[hole] = slots[slot]
                hole = slot
            }
            slot = next(slot)
        }
        slots[hole] = 0
    }

    private mutating func place(_ value: UInt64) {
        var slot = Int(truncatingIfNeeded: value &>> 32) & mask
        while slots[slot] != 0 { slot = next(slot) }
        slots[slot] = value
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        mask = slots.count - 1
        for value in old where value != 0 { place(value) }
    }
}
