/// The distinct values of all dimensions, numbered in order of arrival.
///
/// A value is an address, an endpoint, a number or a text of one dimension; its number (*ordinal*) is local to the
/// table. Memory is bounded through `narrowed(_:)`: from then on only values whose fixed hash falls below a threshold are
/// admitted, the others are the dimension's `(other)`. Which ones depends on the values alone, never on their order.
package struct ValueTable: Sendable {
    /// What a dimension's refused values are counted under.
    package static let otherName = "(other)"
    /// Texts are cut here, at a character's boundary.
    package static let textLimit = 2048

    /// One value; texts are ids into `texts`.
    private struct Key: Equatable, Sendable {
        var high: UInt64
        var low: UInt64
        /// Dimension · 2³² + form · 2¹⁶ + port.
        var tag: UInt64
    }

    private enum Form {
        static let number: UInt64 = 0
        static let address: UInt64 = 1
        static let endpoint: UInt64 = 2
        static let text: UInt64 = 3
        static let other: UInt64 = 4
    }

    private var keys: [Key] = []
    /// Upper half of the hash · 2³² + ordinal + 1, or 0: a slot of another value is told without looking at its key.
    private var slots: [UInt64]
    private var texts = TextTable()
    /// By raw dimension: how many leading bits of a value's fixed hash must be zero.
    private var admissionBits = [UInt8](repeating: 0, count: 32)
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
        for index in admissionBits.indices { (admissionBits[index], valueCounts[index]) = (0, 0) }
    }

    /// The number of distinct values; ordinals run from 0.
    @inline(__always)
    package var count: Int { keys.count }

    @inline(__always)
    package func dimension(of ordinal: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: keys[Int(ordinal)].tag >> 32) }

    /// A dimension that has more values than `limit`, if there is one.
    package func dimension(over limit: Int) -> UInt8? {
        valueCounts.firstIndex { $0 > limit }.map { UInt8(truncatingIfNeeded: $0) }
    }

    package func isOther(_ ordinal: UInt32) -> Bool { form(ordinal) == Form.other }

    // MARK: - Lookup

    @inline(__always)
    package mutating func ordinal(_ address: IPAddress, _ dimension: Dimension) -> UInt32 {
        find(Key(high: address.high, low: address.low, tag: Self.tag(dimension, Form.address)))
    }

    @inline(__always)
    package mutating func ordinal(_ endpoint: Endpoint, _ dimension: Dimension) -> UInt32 {
        let address = endpoint.address
        return find(
            Key(
                high: address.high, low: address.low,
                tag: Self.tag(dimension, Form.endpoint) | UInt64(endpoint.port)))
    }

    @inline(__always)
    package mutating func ordinal(_ number: UInt16, _ dimension: Dimension) -> UInt32 {
        find(Key(high: 0, low: UInt64(number), tag: Self.tag(dimension, Form.number)))
    }

    /// Returns the ordinal of the text in `bytes[range]`, repaired to UTF-8 and cut to `textLimit`.
    package mutating func ordinal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ dimension: Dimension) -> UInt32 {
        if range.count > Self.textLimit || !Self.isASCII(bytes, range) {
            let repaired = Self.repaired(bytes, range)
            return textOrdinal(repaired.span, 0..<repaired.count, dimension)
        }
        return textOrdinal(bytes, range, dimension)
    }

    package mutating func ordinal(_ text: String, _ dimension: Dimension) -> UInt32 {
        let bytes = Array(text.utf8)
        return ordinal(bytes.span, 0..<bytes.count, dimension)
    }

    /// Returns the ordinal of the dimension's `(other)`.
    package mutating func other(_ dimension: UInt8) -> UInt32 {
        find(Key(high: 0, low: 0, tag: UInt64(dimension) << 32 | Form.other << 16))
    }

    /// Returns the ordinal of a value as `appendText` prints it.
    package mutating func ordinal(printed bytes: Span<UInt8>, _ range: Range<Int>, _ dimension: Dimension) -> UInt32 {
        if range.count == Self.otherName.utf8.count, bytes[range.lowerBound] == 0x28, isOtherName(bytes, range) {
            return other(dimension.rawValue)
        }
        switch dimension {
        case .client, .clientNetwork:
            if let address = IPAddress.parse(bytes, range) { return ordinal(address, dimension) }
        case .target:
            if let endpoint = Endpoint.parse(bytes, range) { return ordinal(endpoint, dimension) }
        case .targetPort, .status:
            if let number = DecimalText.parse(bytes, range) { return ordinal(number, dimension) }
        case .tlsVersion:
            for version in TLSVersion.allCases where Self.matches(version.name, bytes, range) {
                return ordinal(version.rawValue, dimension)
            }
        default: break
        }
        return ordinal(bytes, range, dimension)
    }

    private func isOtherName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        Self.matches(Self.otherName, bytes, range)
    }

    private static func matches(_ name: String?, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let name, name.utf8.count == range.count else { return false }
        var index = range.lowerBound
        for byte in name.utf8 {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }

    private mutating func textOrdinal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ dimension: Dimension) -> UInt32 {
        let raw = dimension.rawValue
        if admissionBits[Int(raw)] > 0, !isAdmitted(Self.fixedHash(bytes, range), raw) { return other(raw) }
        let id = texts.intern(bytes, range)
        return find(Key(high: 0, low: UInt64(id.rawValue), tag: Self.tag(dimension, Form.text)))
    }

    @inline(__always)
    private mutating func find(_ key: Key) -> UInt32 {
        let mask = slots.count &- 1
        let hash = hash(key)
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
    private mutating func insert(_ key: Key, _ hash: UInt64, _ slot: Int) -> UInt32 {
        let dimension = UInt8(truncatingIfNeeded: key.tag >> 32)
        let form = key.tag >> 16 & 0xFFFF
        if admissionBits[Int(dimension)] > 0, form != Form.other, form != Form.text,
            !isAdmitted(Self.fixedHash(key), dimension)
        {
            return other(dimension)
        }
        keys.append(key)
        slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(keys.count)
        if form != Form.other { valueCounts[Int(dimension)] += 1 }
        if keys.count * 2 > slots.count { grow() }
        return UInt32(keys.count - 1)
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        let mask = slots.count - 1
        for entry in old where entry != 0 {
            var slot = Int(truncatingIfNeeded: hash(keys[Int(UInt32(truncatingIfNeeded: entry)) - 1])) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = entry
        }
    }

    // MARK: - Admission

    /// Returns an empty table that admits half of the values of a dimension that this one admits.
    package func narrowed(_ dimension: UInt8) -> ValueTable {
        var table = ValueTable(seed: seed)
        table.admissionBits = admissionBits
        table.admissionBits[Int(dimension)] = min(64, admissionBits[Int(dimension)] + 1)
        return table
    }

    /// Returns an empty table that admits what both this one and `other` admit.
    package func narrowed(with other: ValueTable) -> ValueTable {
        var table = ValueTable(seed: seed)
        for index in admissionBits.indices {
            table.admissionBits[index] = max(admissionBits[index], other.admissionBits[index])
        }
        return table
    }

    package func hasSameAdmission(as other: ValueTable) -> Bool { admissionBits == other.admissionBits }

    /// Returns the ordinal of a value of another table here; `(other)` if it is not admitted.
    package mutating func adopt(_ ordinal: UInt32, of source: ValueTable) -> UInt32 {
        let key = source.keys[Int(ordinal)]
        guard key.tag >> 16 & 0xFFFF == Form.text else { return find(key) }
        let id = TextID(rawValue: UInt32(truncatingIfNeeded: key.low))
        let dimension = UInt8(truncatingIfNeeded: key.tag >> 32)
        let arena = source.texts.arena
        let range = source.texts.range(id)
        if !isAdmitted(Self.fixedHash(arena.span, range), dimension) { return other(dimension) }
        let own = texts.intern(arena.span, range)
        return find(Key(high: 0, low: UInt64(own.rawValue), tag: key.tag))
    }

    @inline(__always)
    private func isAdmitted(_ hash: UInt64, _ dimension: UInt8) -> Bool {
        hash.leadingZeroBitCount >= Int(admissionBits[Int(dimension)])
    }

    // MARK: - Values

    /// The address of a value of the client dimension, or `nil` for `(other)`.
    package func address(_ ordinal: UInt32) -> IPAddress? {
        let key = keys[Int(ordinal)]
        guard key.tag >> 16 & 0xFFFF == Form.address else { return nil }
        return IPAddress(high: key.high, low: key.low)
    }

    /// The value as it is printed and compared; `scratch` saves an allocation per value.
    package func string(_ ordinal: UInt32, scratch: inout [UInt8]) -> String {
        scratch.removeAll(keepingCapacity: true)
        appendText(ordinal, to: &scratch)
        return String(decoding: scratch, as: UTF8.self)
    }

    /// Appends the value as it is printed.
    package func appendText(_ ordinal: UInt32, to out: inout [UInt8]) {
        let key = keys[Int(ordinal)]
        switch key.tag >> 16 & 0xFFFF {
        case Form.number: appendNumber(key, to: &out)
        case Form.address: Self.append(IPAddress(high: key.high, low: key.low), to: &out)
        case Form.endpoint:
            let address = IPAddress(high: key.high, low: key.low)
            if address.isV4 {
                Self.append(address, to: &out)
                out.append(0x3A)
                DecimalText.append(key.tag & 0xFFFF, to: &out)
            } else {
                out.append(contentsOf: Endpoint(address, UInt16(truncatingIfNeeded: key.tag)).description.utf8)
            }
        case Form.text:
            let range = texts.range(TextID(rawValue: UInt32(truncatingIfNeeded: key.low)))
            out.append(contentsOf: texts.arena[range])
        default: out.append(contentsOf: Self.otherName.utf8)
        }
    }

    /// Appends the value as JSON: an IPv4 client as a number, everything else as a string.
    package func appendJSON(_ ordinal: UInt32, to out: inout [UInt8]) {
        let key = keys[Int(ordinal)]
        let form = key.tag >> 16 & 0xFFFF
        if form == Form.address, let v4 = IPAddress(high: key.high, low: key.low).v4 {
            DecimalText.append(UInt64(v4), to: &out)
        } else if form == Form.text {
            JSONText.append(
                texts.arena.span, texts.range(TextID(rawValue: UInt32(truncatingIfNeeded: key.low))), to: &out)
        } else {
            out.append(0x22)
            appendText(ordinal, to: &out)
            out.append(0x22)
        }
    }

    /// The number that stands for a value in JSON, or `nil` where it is a string: see `appendJSON`.
    @inline(__always)
    package func jsonNumber(_ ordinal: UInt32) -> UInt64? {
        let key = keys[Int(ordinal)]
        guard key.tag >> 16 & 0xFFFF == Form.address, key.high == 0, key.low >> 32 == 0xFFFF else { return nil }
        return key.low & 0xFFFF_FFFF
    }

    /// The place of each ordinal in the order of dimension and value: addresses and numbers by value, texts by bytes,
    /// `(other)` last.
    package func ranks() -> [UInt32] {
        // Dimension and form first: what is left to compare is of one kind.
        var order = RadixOrder.order(keys.map { $0.tag >> 16 })
        var start = 0
        while start < order.count {
            let kind = keys[Int(order[start])].tag >> 16
            var end = start
            while end < order.count, keys[Int(order[end])].tag >> 16 == kind { end += 1 }
            arrange(&order, start..<end, isText: kind & 0xFFFF == Form.text)
            start = end
        }
        var ranks = [UInt32](repeating: 0, count: keys.count)
        for (rank, ordinal) in order.enumerated() { ranks[Int(ordinal)] = UInt32(rank) }
        return ranks
    }

    /// Puts ordinals of one dimension and form into the order of their values.
    private func arrange(_ order: inout [UInt32], _ range: Range<Int>, isText: Bool) {
        // IPv4 addresses, with or without a port, and numbers fit a word.
        let ordinals = Array(order[range])
        let isShort = !isText && ordinals.allSatisfy { keys[Int($0)].high == 0 && keys[Int($0)].low >> 48 == 0 }
        if isShort {
            let places = RadixOrder.order(
                ordinals.map { keys[Int($0)].low << 16 | keys[Int($0)].tag & 0xFFFF })
            for (index, place) in places.enumerated() { order[range.lowerBound + index] = ordinals[Int(place)] }
        } else {
            let arena = texts.arena
            order[range].sort { left, right in precedes(keys[Int(left)], keys[Int(right)], arena) }
        }
    }

    private func precedes(_ left: Key, _ right: Key, _ arena: [UInt8]) -> Bool {
        if left.tag >> 16 != right.tag >> 16 { return left.tag >> 16 < right.tag >> 16 }
        if left.tag >> 16 & 0xFFFF == Form.text {
            let first = texts.range(TextID(rawValue: UInt32(truncatingIfNeeded: left.low)))
            let second = texts.range(TextID(rawValue: UInt32(truncatingIfNeeded: right.low)))
            return arena[first].lexicographicallyPrecedes(arena[second])
        }
        if left.high != right.high { return left.high < right.high }
        if left.low != right.low { return left.low < right.low }
        return left.tag & 0xFFFF < right.tag & 0xFFFF
    }

    // MARK: - Details

    @inline(__always)
    private func form(_ ordinal: UInt32) -> UInt64 { keys[Int(ordinal)].tag >> 16 & 0xFFFF }

    @inline(__always)
    private static func tag(_ dimension: Dimension, _ form: UInt64) -> UInt64 {
        UInt64(dimension.rawValue) << 32 | form << 16
    }

    @inline(__always)
    private func hash(_ key: Key) -> UInt64 {
        let product = (key.high ^ key.tag ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        let folded = product.high ^ product.low
        let second = (folded ^ key.low).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return second.high ^ second.low
    }

    private static func fixedHash(_ key: Key) -> UInt64 {
        mixed(mixed(mixed(key.high) ^ key.low) ^ key.tag)
    }

    private static func fixedHash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var value = UInt64(range.count)
        for index in range { value = (value ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
        return mixed(value)
    }

    /// The finalizer of SplitMix64.
    private static func mixed(_ word: UInt64) -> UInt64 {
        var value = word &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    private static func isASCII(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var all: UInt8 = 0
        for index in range { all |= bytes[index] }
        return all < 0x80
    }

    private static func repaired(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        let end = min(range.upperBound, range.lowerBound + textLimit)
        copy.reserveCapacity(end - range.lowerBound)
        for index in range.lowerBound..<end { copy.append(bytes[index]) }
        if end < range.upperBound { dropPartialCharacter(&copy) }
        var valid = EscapedBytes.valid(copy)
        if valid.count > textLimit {
            valid.removeLast(valid.count - textLimit)
            dropPartialCharacter(&valid)
        }
        return valid
    }

    /// Drops the bytes of a character that the cut at `textLimit` split.
    private static func dropPartialCharacter(_ bytes: inout [UInt8]) {
        for back in 1...3 where bytes.count > back {
            let lead = bytes[bytes.count - back]
            if lead & 0xC0 == 0x80 { continue }
            let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
            if length > back { bytes.removeLast(back) }
            return
        }
    }

    private func appendNumber(_ key: Key, to out: inout [UInt8]) {
        let number = UInt16(truncatingIfNeeded: key.low)
        switch Dimension(rawValue: UInt8(truncatingIfNeeded: key.tag >> 32)) {
        case .tlsVersion:
            out.append(contentsOf: (TLSVersion(rawValue: number)?.name ?? "unknown").utf8)
        case .status where number == 0: out.append(contentsOf: "000".utf8)
        default: DecimalText.append(UInt64(number), to: &out)
        }
    }

    private static func append(_ address: IPAddress, to out: inout [UInt8]) {
        guard let v4 = address.v4 else {
            out.append(contentsOf: address.description.utf8)
            return
        }
        DecimalText.append(UInt64(v4 >> 24), to: &out)
        out.append(0x2E)
        DecimalText.append(UInt64(v4 >> 16 & 255), to: &out)
        out.append(0x2E)
        DecimalText.append(UInt64(v4 >> 8 & 255), to: &out)
        out.append(0x2E)
        DecimalText.append(UInt64(v4 & 255), to: &out)
    }
}
