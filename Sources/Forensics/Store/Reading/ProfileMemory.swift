import ForensicsModel
import GRDB

/// The rows of one dictionary table that were read lately. Direct-mapped.
struct ProfileMemory {
    private let fields: [ProfileKind.Field]
    private let textColumns: [Int]
    private let statement: Statement
    private var entries: [Entry]

    private static let size = 1 << 10

    private struct Entry {
        var id: Int64 = -1
        /// As the case has it: texts are its numbers.
        var row = ProfileReader.Profile()
        var epoch: UInt32 = 0
        /// The same with the texts of the batch of this epoch.
        var profile = ProfileReader.Profile()
    }

    init(_ kind: ProfileKind, _ database: Database) throws {
        fields = kind.fields
        textColumns = kind.fields.indices.filter { kind.fields[$0].isText }
        statement = try database.makeStatement(sql: "SELECT * FROM \(kind.tableName) WHERE id = ?")
        entries = [Entry](repeating: Entry(), count: Self.size)
    }

    /// The row with an id, with the texts of the batch at hand; an empty one where the case has none.
    @inline(__always)
    mutating func profile(
        _ id: Int64, _ texts: inout TextMemory, _ table: inout TextTable
    ) throws -> ProfileReader.Profile {
        let slot = Int(truncatingIfNeeded: id) & (Self.size - 1)
        if entries[slot].id == id, entries[slot].epoch == texts.epoch { return entries[slot].profile }
        return try load(id, slot, &texts, &table)
    }

    @inline(never)
    private mutating func load(
        _ id: Int64, _ slot: Int, _ texts: inout TextMemory, _ table: inout TextTable
    ) throws -> ProfileReader.Profile {
        if entries[slot].id != id { entries[slot] = Entry(id: id, row: try read(id)) }
        var profile = entries[slot].row
        for column in textColumns { profile[column] = Int64(try texts.text(profile[column], &table).rawValue) }
        entries[slot].epoch = texts.epoch
        entries[slot].profile = profile
        return profile
    }

    private func read(_ id: Int64) throws -> ProfileReader.Profile {
        var profile = ProfileReader.Profile()
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { return profile }
        for column in fields.indices {
            if let value = row[column + 1] as Int64? { profile[column] = value }
        }
        return profile
    }
}
