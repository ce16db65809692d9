/// The distinct values of all dimensions, numbered in order of arrival.
///
/// A value is an address, an endpoint, a number or a text of one dimension; its number (*ordinal*) is local to the
/// table. Memory is bounded through `narrowed(_:)`: from then on only values whose fixed hash falls below a threshold are
/// admitted, the others are the dimension's `(other)`. Which ones depends on the values alone, never on their order.
package struct ValueTable: Sendable {
    /// What a dimension's refused values are counted under.
    package static let otherName = "(other)"

    /// By ordinal.
    private(set) var keys: [ValueKey] = []
    /// Upper half of the hash · 2³² + ordinal + 1, or 0: a slot of another value is told without looking at its key.
    private var slots: [UInt64]
    private(set) var texts = TextTable()
    private var admission = ValueAdmission()
    /// By raw dimension: values that are not `(other)`.
    private var valueCounts = [Int](repeating: 0, count: 32)
    private let seed: UInt64

    /// Creates an empty table; `seed` keeps hostile evidence from choosing collisions and changes no result.
    package init(seed: UInt64) {
        self.seed = seed
        slots = [UInt64](repeating: 0, count: 256)
    }

    /// Forgets all values and that any were refused; keeps the memory.
    package mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
        texts.removeAll()
        admission.open()
        for index in valueCounts.indices { valueCounts[index] = 0 }
    }

    /// The number of distinct values; ordinals run from 0.
    @inline(__always)
    package var count: Int { keys.count }

    @inline(__always)
    package func dimension(of ordinal: UInt32) -> UInt8 { keys[Int(ordinal)].dimension }

    /// A dimension that has more values than `limit`, if there is one.
    package func dimension(over limit: Int) -> UInt8? {
        valueCounts.firstIndex { $0 > limit }.map { UInt8(truncatingIfNeeded: $0) }
    }

    package func isOther(_ ordinal: UInt32) -> Bool { keys[Int(ordinal)].form == ValueKey.Form.other }

    // MARK: - Lookup

    @inline(__always)
    package mutating func ordinal(_ address: IPAddress, _ dimension: Dimension) -> UInt32 {
        find(ValueKey(address, dimension))
    }

    @inline(__always)
    package mutating func ordinal(_ endpoint: Endpoint, _ dimension: Dimension) -> UInt32 {
        find(ValueKey(endpoint, dimension))
    }

    @inline(__always)
    package mutating func ordinal(_ number: UInt16, _ dimension: Dimension) -> UInt32 {
        find(ValueKey(number, dimension))
    }

    /// Returns the ordinal of the text in `bytes[range]`, repaired to UTF-8 and cut to `ValueText.limit`.
    package mutating func ordinal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ dimension: Dimension) -> UInt32 {
        if ValueText.isPlain(bytes, range) { return textOrdinal(bytes, range, dimension) }
        let repaired = ValueText.repaired(bytes, range)
        return textOrdinal(repaired.span, 0..<repaired.count, dimension)
    }

    package mutating func ordinal(_ text: String, _ dimension: Dimension) -> UInt32 {
        let bytes = Array(text.utf8)
        return ordinal(bytes.span, 0..<bytes.count, dimension)
    }

    /// Returns the ordinal of the dimension's `(other)`.
    package mutating func other(_ dimension: UInt8) -> UInt32 { find(ValueKey(otherOf: dimension)) }

    private mutating func textOrdinal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ dimension: Dimension) -> UInt32 {
        let raw = dimension.rawValue
        if !admission.isOpen(raw), !admission.admits(ValueText.fixedHash(bytes, range), raw) { return other(raw) }
        return find(ValueKey(texts.intern(bytes, range), raw))
    }

    @inline(__always)
    private mutating func find(_ key: ValueKey) -> UInt32 {
        let mask = slots.count &- 1
        let hash = key.hash(seed: seed)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return insert(key, hash, slot) }
            if entry >> 32 == hash >> 32 {
                let ordinal = UInt32(truncatingIfNeeded: entry) &- 1
                if keys[Int(ordinal)] == key { return ordinal }
            }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(never)
    private mutating func insert(_ key: ValueKey, _ hash: UInt64, _ slot: Int) -> UInt32 {
        let dimension = key.dimension
        let form = key.form
        if !admission.isOpen(dimension), form != ValueKey.Form.other, form != ValueKey.Form.text,
            !admission.admits(key.fixedHash, dimension)
        {
            return other(dimension)
        }
        keys.append(key)
        slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(keys.count)
        if form != ValueKey.Form.other { valueCounts[Int(dimension)] += 1 }
        if keys.count * 2 > slots.count { grow() }
        return UInt32(keys.count - 1)
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        let mask = slots.count - 1
        for entry in old where entry != 0 {
            var slot = Int(truncatingIfNeeded: keys[Int(UInt32(truncatingIfNeeded: entry)) - 1].hash(seed: seed)) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = entry
        }
    }

    // MARK: - Admission

    /// An empty table that admits every value.
    var emptied: ValueTable { ValueTable(seed: seed) }

    /// Returns an empty table that admits half of the values of a dimension that this one admits.
    package func narrowed(_ dimension: UInt8) -> ValueTable {
        var table = ValueTable(seed: seed)
        table.admission = admission
        table.admission.narrow(dimension)
        return table
    }

    /// Returns the ordinal of a value of another table here; `(other)` if it is not admitted.
    package mutating func adopt(_ ordinal: UInt32, of source: ValueTable) -> UInt32 {
        let key = source.keys[Int(ordinal)]
        guard key.form == ValueKey.Form.text else { return find(key) }
        let arena = source.texts.arena
        let range = source.texts.range(key.text)
        if !admission.admits(ValueText.fixedHash(arena.span, range), key.dimension) { return other(key.dimension) }
        return find(ValueKey(texts.intern(arena.span, range), key.dimension))
    }

    // MARK: - Values

    /// The address of a value of the client dimension, or `nil` for `(other)`.
    package func address(_ ordinal: UInt32) -> IPAddress? {
        let key = keys[Int(ordinal)]
        return key.form == ValueKey.Form.address ? key.address : nil
    }
}
