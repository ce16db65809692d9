import ForensicsModel

/// The rows of one table that a batch gave: cells row by row, and the bytes of their texts.
struct RowSheet: Sendable {
    let table: RowTable
    private(set) var cells: [Int64] = []
    /// The rows in order of their ids, once they are put into order; empty if they lie in order.
    private(set) var order: [UInt32] = []
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
        order = []
        arena.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ row: [Int64]) { cells.append(contentsOf: row[..<width]) }

    /// Adds the bytes of a text and returns the cell that refers to them. SQL texts hold neither NUL nor bytes that
    /// are not UTF-8: such texts are repaired (`SQLText.repair`).
    mutating func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64 {
        let offset = arena.count
        let text = bytes.extracting(range)
        if SQLText.isPlain(text) {
            arena.append(contentsOf: text)
        } else {
            var copy: [UInt8] = []
            copy.append(contentsOf: text)
            arena.append(contentsOf: SQLText.repair(copy))
        }
        return Cell.reference(offset: offset, length: min(arena.count - offset, Cell.lengthLimit), isBlob: false)
    }

    /// Adds the last bytes of two words in network order as a blob and returns the cell that refers to them.
    @inline(__always)
    mutating func blob(_ high: UInt64, _ low: UInt64, length: Int) -> Int64 {
        let offset = words.count
        words.append(high)
        words.append(low)
        return Cell.reference(offset: offset, length: length, isBlob: true)
    }

    /// Orders the rows by id; rows of one id keep their order.
    mutating func sortByID() { order = RowOrder.byID(cells.span, width: width) }

    /// Gives rows of one record, which are neighbours by now, sequence numbers. Returns the ids of those that were too many.
    mutating func numberRepeatedIDs() -> [Int64] {
        let width = width
        let count = rowCount
        let isOrdered = order.isEmpty
        var tooMany: [UInt32] = []
        var ids: [Int64] = []
        var previous = Int64.min
        var sequence: Int64 = 0
        for rank in 0..<count {
            let row = isOrdered ? rank : Int(order[rank])
            let id = cells[row &* width]
            sequence = id == previous ? sequence + 1 : 0
            previous = id
            if sequence == 0 { continue }
            // Ids of logs leave no room, ids of packets ten bits.
            if sequence < (id >> 62 == 1 ? RowRange(source: 0, isCapture: true).sequenceLimit : 1) {
                cells[row &* width] = id + sequence
            } else {
                tooMany.append(UInt32(truncatingIfNeeded: rank))
                ids.append(id)
            }
        }
        if !tooMany.isEmpty { drop(tooMany) }
        // The places of long connections are rows of rows that are counted already.
        return table == .longConnection ? [] : ids
    }

    /// Leaves rows out, named by their ranks in ascending order.
    private mutating func drop(_ ranks: [UInt32]) {
        let all = order.isEmpty ? (0..<UInt32(rowCount)).map { $0 } : order
        var kept: [UInt32] = []
        var next = 0
        for (rank, row) in all.enumerated() {
            if next < ranks.count, ranks[next] == UInt32(rank) { next += 1 } else { kept.append(row) }
        }
        order = kept
    }

    /// The log that all rows, which are in order, are of; `nil` where they are of several, or of a capture.
    var log: UInt32? {
        guard storedCount > 0 else { return nil }
        let ids = [0, storedCount - 1].map { cells[(order.isEmpty ? $0 : Int(order[$0])) * width] }
        return RowRange.log(ids[0]).flatMap { $0 == RowRange.log(ids[1]) ? $0 : nil }
    }

    /// The rows that are stored: all, but for those that could not be numbered.
    var storedCount: Int { order.isEmpty ? rowCount : order.count }
}

/// What SQLite may hold as text.
enum SQLText {
    /// Whether the bytes are ASCII without NUL.
    @inline(__always)
    static func isPlain(_ text: Span<UInt8>) -> Bool {
        let high: UInt64 = 0x8080_8080_8080_8080
        var marks: UInt64 = 0
        var index = 0
        while index &+ 8 <= text.count {
            // The highest bit of a byte is set where it was, or where the byte is 0.
            let word = text.littleEndianWord(at: index)
            marks |= word | (word &- 0x0101_0101_0101_0101) & ~word
            index &+= 8
        }
        while index < text.count {
            if text[index] == 0 { return false }
            marks |= UInt64(text[index])
            index &+= 1
        }
        return marks & high == 0
    }

    /// Returns the bytes as valid UTF-8 without NUL: NUL becomes U+FFFD, what is not UTF-8 is told as `EscapedBytes` does.
    static func repair(_ bytes: [UInt8]) -> [UInt8] { Array(string(bytes).utf8) }

    static func string(_ bytes: [UInt8]) -> String {
        let text = EscapedBytes.string(bytes)
        guard bytes.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
    }
}
