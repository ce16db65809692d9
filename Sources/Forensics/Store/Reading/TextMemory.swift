import ForensicsModel
import GRDB

/// The texts of a case that were read lately, and their ids in the batch at hand.
///
/// Direct-mapped; each batch has ids of its own, while what was read is kept for the next ones.
struct TextMemory {
    /// Counts batches; ids of an earlier batch do not match.
    private(set) var epoch: UInt32 = 0
    private let statement: Statement
    private var entries: [Entry]
    private var kept = TextTable()

    /// Bytes of texts that are kept; past it they are read anew.
    private static let keptLimit = 1 << 24
    private static let size = 1 << 14

    private struct Entry {
        /// The number of the text in the case.
        var id: Int64 = -1
        var kept = TextID.none
        var epoch: UInt32 = 0
        /// The id in the batch of this epoch.
        var local = TextID.none
    }

    init(_ database: Database) throws {
        statement = try database.makeStatement(sql: "SELECT value FROM text WHERE id = ?")
        entries = [Entry](repeating: Entry(), count: Self.size)
    }

    /// Begins a batch with no texts.
    mutating func beginBatch() {
        epoch += 1
        guard kept.byteCount > Self.keptLimit else { return }
        kept.removeAll()
        for slot in entries.indices { entries[slot] = Entry() }
    }

    /// The id in the batch's table of a text of the case; `none` for a negative number, which no text has.
    @inline(__always)
    mutating func text(_ id: Int64, _ table: inout TextTable) throws -> TextID {
        if id < 0 { return .none }
        let slot = Int(truncatingIfNeeded: id) & (Self.size - 1)
        if entries[slot].id == id, entries[slot].epoch == epoch { return entries[slot].local }
        return try newText(id, slot, &table)
    }

    @inline(never)
    private mutating func newText(_ id: Int64, _ slot: Int, _ table: inout TextTable) throws -> TextID {
        if entries[slot].id != id {
            let value = try String.fetchOne(statement, arguments: [id])
            entries[slot] = Entry(id: id, kept: value.map { kept.intern($0) } ?? .none)
        }
        let local = table.adopt(entries[slot].kept, of: kept)
        entries[slot].epoch = epoch
        entries[slot].local = local
        return local
    }
}
