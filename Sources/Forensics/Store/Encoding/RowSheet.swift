/// The rows of one table that a batch gave: cells row by row, and the bytes of their texts.
struct RowSheet: Sendable {
    let table: RowTable
    private(set) var cells: [Int64] = []
    /// The bytes of texts, and the pairs of words of blobs.
    private(set) var arena: [UInt8] = []
    private(set) var words: [UInt64] = []

    /// The cells of one row.
    let width: Int

    init(_ table: RowTable) {
        self.table = table
        width = table.columnNames.count + 1
    }

    var isEmpty: Bool { cells.isEmpty }

    var rowCount: Int { cells.count / width }

    mutating func removeAll() {
        cells.removeAll(keepingCapacity: true)
        arena.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ row: [Int64]) { cells.append(contentsOf: row[..<width]) }

    /// Adds the bytes of a text and returns the cell that refers to them. SQL texts hold neither NUL nor bytes that
    /// are not UTF-8: such texts are repaired with U+FFFD.
    mutating func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64 {
        let offset = arena.count
        var isPlain = true
        for index in range {
            let byte = bytes[index]
            if byte == 0 || byte >= 0x80 { isPlain = false }
            arena.append(byte)
        }
        if !isPlain {
            let repaired = SQLText.repair(Array(arena[offset...]))
            arena.removeSubrange(offset...)
            arena.append(contentsOf: repaired)
        }
        return Cell.reference(offset: offset, length: min(arena.count - offset, Cell.lengthLimit), isBlob: false)
    }

    /// Adds two words as a blob of 16 bytes in network order and returns the cell that refers to them.
    @inline(__always)
    mutating func blob(_ high: UInt64, _ low: UInt64) -> Int64 {
        let offset = words.count
        words.append(high)
        words.append(low)
        return Cell.reference(offset: offset, length: 16, isBlob: true)
    }

    /// Orders the rows by id; rows of one id keep their order.
    mutating func sortByID() {
        let width = width
        let count = cells.count / width
        var isSorted = true
        for row in 1..<max(1, count) where cells[row * width] < cells[(row - 1) * width] {
            isSorted = false
            break
        }
        if isSorted { return }
        let order = (0..<count).sorted {
            let left = cells[$0 * width]
            let right = cells[$1 * width]
            return left != right ? left < right : $0 < $1
        }
        var sorted: [Int64] = []
        sorted.reserveCapacity(cells.count)
        for row in order { sorted.append(contentsOf: cells[(row * width)..<(row * width + width)]) }
        cells = sorted
    }

    /// Gives rows of one record, which are neighbours by now, sequence numbers. Returns how many there were too many.
    mutating func numberRepeatedIDs() -> Int {
        let width = width
        var dropped = 0
        var previous = Int64.min
        var sequence: Int64 = 0
        var kept = 0
        var row = 0
        while row * width < cells.count {
            let id = cells[row * width]
            sequence = id == previous ? sequence + 1 : 0
            previous = id
            // Ids of logs leave no room, ids of packets ten bits.
            if sequence < (id >> 62 == 1 ? RowRange(source: 0, isCapture: true).sequenceLimit : 1) {
                if kept != row {
                    for column in 0..<width { cells[kept * width + column] = cells[row * width + column] }
                }
                cells[kept * width] = id + sequence
                kept += 1
            } else {
                dropped += 1
            }
            row += 1
        }
        if dropped > 0 { cells.removeSubrange((kept * width)...) }
        return dropped
    }
}

/// What SQLite may hold as text.
enum SQLText {
    /// Returns the bytes as valid UTF-8 without NUL: what is not becomes U+FFFD.
    static func repair(_ bytes: [UInt8]) -> [UInt8] { Array(string(bytes).utf8) }

    static func string(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}
