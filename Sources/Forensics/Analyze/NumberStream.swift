import ForensicsModel

/// What came last, of which a stream of numbers tells the difference.
private struct LastOfStream {
    var time: Int64 = 0
    var record: Int64 = 0
    var offset: UInt64 = 0
    var measure: Int64 = 0
    var mark: UInt64 = 0
    var kind = EvidenceKind.alb
}

/// Numbers one after another, seven bits a byte (LEB128, as in DWARF 5, section 7.6); times and places of records as the
/// difference to the one before.
struct NumberWriter {
    private(set) var bytes: [UInt8] = []
    private var last = LastOfStream()

    mutating func add(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small numbers of either sign are short: 0, -1, 1, -2 … become 0, 1, 2, 3 ….
    mutating func add(signed number: Int64) { add(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    /// Whole microseconds, which are all that most logs tell, and what is left if anything is.
    mutating func add(_ time: Timestamp) {
        let step = time.nanoseconds &- last.time
        let rest = (step % 1000 + 1000) % 1000
        let whole = (step &- rest) / 1000
        add(UInt64(bitPattern: whole << 1 ^ whole >> 63) << 1 | (rest == 0 ? 0 : 1))
        if rest != 0 { add(UInt64(rest)) }
        last.time = time.nanoseconds
    }

    /// Bits, of which most often one is set.
    mutating func add(bits: UInt64) {
        if bits.nonzeroBitCount == 1 {
            add(UInt64(bits.trailingZeroBitCount))
        } else {
            add(64)
            add(bits)
        }
    }

    mutating func add(_ evidence: Finding.Evidence) {
        add(signed: Int64(evidence.id.record) &- last.record)
        // Most lie behind the one before: 0 says that this one does not.
        if evidence.offset > last.offset {
            add(evidence.offset - last.offset)
        } else {
            add(0)
            add(last.offset - evidence.offset)
        }
        add(signed: evidence.measure &- last.measure)
        last.record = Int64(evidence.id.record)
        last.offset = evidence.offset
        last.measure = evidence.measure
    }

    /// Whether a kind of evidence is not that of the one before.
    mutating func isOther(_ kind: EvidenceKind) -> Bool {
        defer { last.kind = kind }
        return kind != last.kind
    }

    /// A number that is most often that of the one before.
    mutating func add(mark: UInt64) {
        add(mark == last.mark ? 0 : mark + 1)
        last.mark = mark
    }

    mutating func add(_ text: [UInt8]) {
        add(UInt64(text.count))
        bytes += text
    }
}

/// Reads what a `NumberWriter` wrote; `nil` where the bytes are something else.
struct NumberReader {
    private let bytes: [UInt8]
    private var position = 0
    /// The source of the records.
    private let source: UInt32
    private var last = LastOfStream()

    init(_ bytes: [UInt8], source: UInt32) {
        self.bytes = bytes
        self.source = source
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func next() -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }

    mutating func nextSigned() -> Int64? {
        next().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    /// A number of things of which each takes at least a byte.
    mutating func nextCount() -> Int? {
        next().flatMap { $0 <= UInt64(bytes.count - position) ? Int($0) : nil }
    }

    mutating func nextTime() -> Timestamp? {
        guard let number = next() else { return nil }
        var rest: UInt64 = 0
        if number & 1 == 1 {
            guard let some = next(), some < 1000 else { return nil }
            rest = some
        }
        let folded = number >> 1
        let whole = Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
        last.time &+= whole &* 1000 &+ Int64(rest)
        return Timestamp(nanoseconds: last.time)
    }

    mutating func nextBits() -> UInt64? {
        guard let place = next(), place <= 64 else { return nil }
        return place < 64 ? 1 << place : next()
    }

    mutating func nextEvidence() -> Finding.Evidence? {
        guard let recordStep = nextSigned(), let ahead = next() else { return nil }
        if ahead > 0 {
            last.offset &+= ahead
        } else {
            guard let behind = next() else { return nil }
            last.offset &-= behind
        }
        guard let measureStep = nextSigned() else { return nil }
        last.record &+= recordStep
        last.measure &+= measureStep
        guard let number = UInt32(exactly: last.record) else { return nil }
        return Finding.Evidence(
            id: FactID(source: source, record: number), offset: last.offset, measure: last.measure)
    }

    /// - Parameter isOther: whether it is not that of the one before.
    mutating func nextKind(isOther: Bool) -> EvidenceKind? {
        if isOther {
            guard let number = next(), let other = EvidenceKind(rawValue: UInt8(truncatingIfNeeded: number)) else {
                return nil
            }
            last.kind = other
        }
        return last.kind
    }

    mutating func nextMark() -> UInt64? {
        guard let number = next() else { return nil }
        if number > 0 { last.mark = number - 1 }
        return last.mark
    }

    mutating func nextText() -> [UInt8]? {
        guard let count = nextCount() else { return nil }
        position += count
        return Array(bytes[position - count..<position])
    }
}
