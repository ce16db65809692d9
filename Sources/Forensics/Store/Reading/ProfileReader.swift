import ForensicsModel
import GRDB

/// Turns the private numbers of a case back into texts of the batch at hand, and into profiles.
///
/// Direct-mapped memories of fixed size, valid for one batch: what a batch names again costs no look-up.
struct ProfileReader {
    private let textStatement: Statement
    private let addressStatement: Statement
    private let statements: [Statement]
    private let fieldCounts: [Int]
    private var texts: [Entry]
    private var profiles: [[ProfileEntry]]
    private var addresses: [AddressEntry]
    /// Counts batches; entries of an earlier batch do not match.
    private var epoch: UInt32 = 0

    private struct Entry {
        var id: Int64 = -1
        var epoch: UInt32 = 0
        var local = TextID.none
    }

    private struct ProfileEntry {
        var id: Int64 = -1
        var epoch: UInt32 = 0
        var profile = Profile()
    }

    private struct AddressEntry {
        var id: Int64 = -1
        var address = IPAddress.unspecified
    }

    /// A row of a dictionary table: its columns as numbers, texts as ids of the batch. Absent is -1, or `none`.
    struct Profile {
        private var a: Int64 = -1
        private var b: Int64 = -1
        private var c: Int64 = -1
        private var d: Int64 = -1
        private var e: Int64 = -1
        private var f: Int64 = -1
        private var g: Int64 = -1
        private var h: Int64 = -1
        private var i: Int64 = -1
        private var j: Int64 = -1
        private var k: Int64 = -1

        subscript(column: Int) -> Int64 {
            get {
                switch column {
                case 0: a
                case 1: b
                case 2: c
                case 3: d
                case 4: e
                case 5: f
                case 6: g
                case 7: h
                case 8: i
                case 9: j
                default: k
                }
            }
            set {
                switch column {
                case 0: a = newValue
                case 1: b = newValue
                case 2: c = newValue
                case 3: d = newValue
                case 4: e = newValue
                case 5: f = newValue
                case 6: g = newValue
                case 7: h = newValue
                case 8: i = newValue
                case 9: j = newValue
                default: k = newValue
                }
            }
        }

        func text(_ column: Int) -> TextID {
            let value = self[column]
            return value < 0 ? .none : TextID(rawValue: UInt32(truncatingIfNeeded: value))
        }

        func byte(_ column: Int) -> UInt8 { UInt8(clamping: max(0, self[column])) }
        func word(_ column: Int) -> UInt32 { UInt32(clamping: max(0, self[column])) }
        func optional(_ column: Int) -> UInt16? { self[column] < 0 ? nil : UInt16(clamping: self[column]) }
    }

    /// The dictionary tables that facts are read from; flow records are read through their view alone.
    private static let kinds: [ProfileKind] = [.endpoint, .route, .outcome, .link, .probe]

    init(_ database: Database) throws {
        textStatement = try database.makeStatement(sql: "SELECT value FROM text WHERE id = ?")
        addressStatement = try database.makeStatement(sql: "SELECT address FROM address6 WHERE id = ?")
        statements = try Self.kinds.map {
            try database.makeStatement(sql: "SELECT * FROM \($0.tableName) WHERE id = ?")
        }
        fieldCounts = Self.kinds.map(\.fields.count)
        texts = [Entry](repeating: Entry(), count: 1 << 14)
        profiles = Self.kinds.map { _ in [ProfileEntry](repeating: ProfileEntry(), count: 1 << 10) }
        addresses = [AddressEntry](repeating: AddressEntry(), count: 1 << 12)
    }

    /// Forgets the texts of the batch before.
    mutating func beginBatch() { epoch += 1 }

    @inline(__always)
    mutating func text(_ cell: Int64, _ table: inout TextTable) throws -> TextID {
        if cell < 0 { return .none }
        let slot = Int(truncatingIfNeeded: cell) & (1 << 14 - 1)
        if texts[slot].id == cell, texts[slot].epoch == epoch { return texts[slot].local }
        return try newText(cell, slot, &table)
    }

    @inline(never)
    private mutating func newText(_ cell: Int64, _ slot: Int, _ table: inout TextTable) throws -> TextID {
        let value = try String.fetchOne(textStatement, arguments: [cell])
        let local = value.map { table.intern($0) } ?? .none
        texts[slot] = Entry(id: cell, epoch: epoch, local: local)
        return local
    }

    @inline(__always)
    mutating func profile(_ kind: ProfileKind, _ cell: Int64, _ table: inout TextTable) throws -> Profile {
        let slot = Int(truncatingIfNeeded: cell) & (1 << 10 - 1)
        let index = kind.rawValue
        if profiles[index][slot].id == cell, profiles[index][slot].epoch == epoch {
            return profiles[index][slot].profile
        }
        return try newProfile(kind, cell, slot, &table)
    }

    @inline(never)
    private mutating func newProfile(
        _ kind: ProfileKind, _ cell: Int64, _ slot: Int, _ table: inout TextTable
    ) throws -> Profile {
        var profile = Profile()
        if let row = try Row.fetchOne(statements[kind.rawValue], arguments: [cell]) {
            for (column, field) in kind.fields.enumerated() {
                guard let value = row[column + 1] as Int64? else { continue }
                profile[column] = field.isText ? Int64(try text(value, &table).rawValue) : value
            }
        }
        profiles[kind.rawValue][slot] = ProfileEntry(id: cell, epoch: epoch, profile: profile)
        return profile
    }

    @inline(__always)
    mutating func address(_ cell: Int64) throws -> IPAddress {
        if cell == Cell.null { return .unspecified }
        if cell < Cell.addressSplit { return IPAddress(v4: UInt32(truncatingIfNeeded: cell + Cell.addressSplit)) }
        let id = cell - Cell.addressSplit
        let slot = Int(truncatingIfNeeded: id) & (1 << 12 - 1)
        if addresses[slot].id != id { addresses[slot] = AddressEntry(id: id, address: try newAddress(id)) }
        return addresses[slot].address
    }

    private func newAddress(_ id: Int64) throws -> IPAddress {
        let bytes = try Row.fetchOne(addressStatement, arguments: [id])?.bytes(0) ?? []
        return IPAddress(networkBytes: bytes) ?? .unspecified
    }

    /// A target of a log: an address cell and a port.
    mutating func endpoint(_ cell: Int64, _ table: inout TextTable) throws -> Endpoint? {
        if cell == Cell.null { return nil }
        let profile = try profile(.endpoint, cell, &table)
        // An address cell may be any number, so absence cannot be told from it; the row is always there.
        return Endpoint(try address(profile[0]), UInt16(clamping: max(0, profile[1])))
    }
}

extension Row {
    /// The bytes of a blob column; empty for NULL.
    func bytes(_ index: Int) -> [UInt8] {
        switch databaseValues[databaseValues.index(databaseValues.startIndex, offsetBy: index)].storage {
        case .blob(let data): [UInt8](data)
        case .string(let text): Array(text.utf8)
        case .null, .int64, .double: []
        }
    }
}
