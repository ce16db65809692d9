/// Decodes the header blocks of one direction of an HTTP/2 connection, in their order. RFC 7541.
///
/// Works on a capture that begins in the middle of a connection as well: indices past what it knows give fields whose
/// values are unknown (`HTTP2Head.hasUnknownFields`). Bounded: the table by `HPACKDynamicTable.capacityLimit`, a string
/// by `stringLimit`, a block by what the caller hands over.
package struct HPACKDecoder: Sendable {
    /// Bytes of a name or value; a longer one makes its block malformed.
    package static let stringLimit = 65_536
    /// How many bytes of remembered values one block may have copied; later ones are left out (`HTTP2Head.isCut`), so
    /// that a block of one-byte indices cannot ask for gigabytes.
    private static let copyLimit = 4 * HTTP2Head.textLimit

    private var table = HPACKDynamicTable()
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    private var copied = 0

    package init() {}

    /// The bytes of the table by HPACK's count.
    package var tableSize: Int { table.size }

    /// The bytes that the table takes: what a pool may bound.
    package var heldBytes: Int { table.heldBytes }

    /// A longer name or value is not kept as memory for the next.
    private static let scratchLimit = 1024

    /// Decodes a whole header block, CONTINUATION frames joined, into `head`, which is emptied first.
    ///
    /// - Returns: false if the block is malformed; the table is then out of step for good.
    package mutating func decode(_ bytes: Span<UInt8>, _ block: Range<Int>, into head: inout HTTP2Head) -> Bool {
        head.reset()
        copied = 0
        defer {
            if name.capacity > Self.scratchLimit { name = [] }
            if value.capacity > Self.scratchLimit { value = [] }
        }
        var index = block.lowerBound
        while index < block.upperBound {
            let first = bytes[index]
            let isDecoded: Bool
            if first & 0x80 != 0 {
                isDecoded = indexed(bytes, block.upperBound, &index, &head)
            } else if first & 0x40 != 0 {
                isDecoded = literal(bytes, block.upperBound, &index, prefix: 6, keeps: true, &head)
            } else if first & 0x20 != 0 {
                guard let capacity = Self.integer(bytes, block.upperBound, &index, prefix: 5) else { return false }
                table.resize(capacity)
                isDecoded = true
            } else {
                isDecoded = literal(bytes, block.upperBound, &index, prefix: 4, keeps: false, &head)
            }
            guard isDecoded else { return false }
        }
        return true
    }

    /// RFC 7541, section 6.1.
    private mutating func indexed(
        _ bytes: Span<UInt8>, _ end: Int, _ index: inout Int, _ head: inout HTTP2Head
    ) -> Bool {
        guard let number = Self.integer(bytes, end, &index, prefix: 7), number > 0 else { return false }
        if number <= HPACKStaticTable.count {
            head.take(HPACKStaticTable.field(number), HPACKStaticTable.value(number))
            return true
        }
        guard let entry = table.entry(number - HPACKStaticTable.count - 1) else {
            head.hasUnknownFields = true
            return true
        }
        copied += entry.field == .other ? 0 : entry.valueLength
        guard copied <= Self.copyLimit else {
            head.isCut = true
            return true
        }
        value.removeAll(keepingCapacity: true)
        if entry.field != .other { table.copyValue(entry, into: &value) }
        head.take(entry.field, value)
        return true
    }

    /// RFC 7541, section 6.2.
    private mutating func literal(
        _ bytes: Span<UInt8>, _ end: Int, _ index: inout Int, prefix: Int, keeps: Bool, _ head: inout HTTP2Head
    ) -> Bool {
        guard let number = Self.integer(bytes, end, &index, prefix: prefix) else { return false }
        name.removeAll(keepingCapacity: true)
        var field = HTTP2Field.other
        if number == 0 {
            guard Self.string(bytes, end, &index, into: &name) else { return false }
            field = HTTP2Field.identify(name)
        } else if number <= HPACKStaticTable.count {
            field = HPACKStaticTable.field(number)
            if keeps { name.append(contentsOf: HPACKStaticTable.name(number)) }
        } else if let entry = table.entry(number - HPACKStaticTable.count - 1) {
            field = entry.field
            if keeps {
                copied += entry.nameLength
                guard copied <= Self.copyLimit else { return false }
                table.copyName(entry, into: &name)
            }
        } else {
            head.hasUnknownFields = true
        }
        value.removeAll(keepingCapacity: true)
        guard Self.string(bytes, end, &index, into: &value) else { return false }
        head.take(field, value)
        if keeps { table.insert(field, name, value) }
        return true
    }

    /// Reads an integer with a prefix of so many bits; `nil` if it is cut or above 2²⁸. RFC 7541, section 5.1.
    private static func integer(_ bytes: Span<UInt8>, _ end: Int, _ index: inout Int, prefix: Int) -> Int? {
        guard index < end else { return nil }
        let mask = (1 << prefix) - 1
        var value = Int(bytes[index]) & mask
        index += 1
        guard value == mask else { return value }
        var shift = 0
        while index < end, shift <= 21 {
            let byte = Int(bytes[index])
            index += 1
            value += (byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    /// Appends a string literal, plain or Huffman-coded. RFC 7541, section 5.2.
    private static func string(_ bytes: Span<UInt8>, _ end: Int, _ index: inout Int, into text: inout [UInt8]) -> Bool {
        guard index < end else { return false }
        let isCoded = bytes[index] & 0x80 != 0
        guard let length = integer(bytes, end, &index, prefix: 7), length <= stringLimit, length <= end - index
        else { return false }
        let range = index..<(index + length)
        index += length
        if isCoded { return HPACKHuffman.decode(bytes, range, limit: stringLimit, into: &text) }
        for place in range { text.append(bytes[place]) }
        return true
    }
}
