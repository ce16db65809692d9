import ForensicsModel
import GRDB

/// Turns the private numbers of a case back into texts of the batch at hand, and into profiles.
///
/// Direct-mapped memories of fixed size, valid for one batch: what a batch names again costs no look-up.
struct ProfileReader {
    private let textStatement: Statement
    private let addressStatement: Statement
    private var texts: [TextEntry]
    private var addresses: [AddressEntry]
    private var endpoints: Memory
    private var routes: Memory
    private var outcomes: Memory
    private var links: Memory
    private var probes: Memory
    private var flows: Memory
    /// Counts batches; entries of an earlier batch do not match.
    private var epoch: UInt32 = 0

    private struct TextEntry {
        var id: Int64 = -1
        var epoch: UInt32 = 0
        var local = TextID.none
    }

    private struct AddressEntry {
        var id: Int64 = -1
        var address = IPAddress.unspecified
    }

    /// The rows of one dictionary table that the batch has named.
    private struct Memory {
        struct Entry {
            var id: Int64 = -1
            var epoch: UInt32 = 0
            var profile = Profile()
        }

        let fields: [ProfileKind.Field]
        let statement: Statement
        var entries: [Entry]

        init(_ kind: ProfileKind, _ database: Database) throws {
            fields = kind.fields
            statement = try database.makeStatement(sql: "SELECT * FROM \(kind.tableName) WHERE id = ?")
            entries = [Entry](repeating: Entry(), count: 1 << 10)
        }

        @inline(__always)
        func find(_ id: Int64, _ epoch: UInt32) -> Profile? {
            let slot = Int(truncatingIfNeeded: id) & (1 << 10 - 1)
            return entries[slot].id == id && entries[slot].epoch == epoch ? entries[slot].profile : nil
        }

        mutating func keep(_ profile: Profile, _ id: Int64, _ epoch: UInt32) {
            entries[Int(truncatingIfNeeded: id) & (1 << 10 - 1)] = Entry(id: id, epoch: epoch, profile: profile)
        }
    }

    /// A row of a dictionary table: its columns as numbers, texts as ids of the batch. Absent is -1, or `none`.
    struct Profile {
        private var values = InlineArray<16, Int64>(repeating: -1)

        @inline(__always)
        subscript(column: Int) -> Int64 {
            get { values[column] }
            set { values[column] = newValue }
        }

        func text(_ column: Int) -> TextID {
            let value = self[column]
            return value < 0 ? .none : TextID(rawValue: UInt32(truncatingIfNeeded: value))
        }

        func byte(_ column: Int) -> UInt8 { UInt8(clamping: max(0, self[column])) }
        func word(_ column: Int) -> UInt32 { UInt32(clamping: max(0, self[column])) }
        func optional(_ column: Int) -> UInt16? { self[column] < 0 ? nil : UInt16(clamping: self[column]) }
    }

    init(_ database: Database) throws {
        textStatement = try database.makeStatement(sql: "SELECT value FROM text WHERE id = ?")
        addressStatement = try database.makeStatement(sql: "SELECT address FROM address6 WHERE id = ?")
        texts = [TextEntry](repeating: TextEntry(), count: 1 << 14)
        addresses = [AddressEntry](repeating: AddressEntry(), count: 1 << 12)
        endpoints = try Memory(.endpoint, database)
        routes = try Memory(.route, database)
        outcomes = try Memory(.outcome, database)
        links = try Memory(.link, database)
        probes = try Memory(.probe, database)
        flows = try Memory(.flow, database)
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
        texts[slot] = TextEntry(id: cell, epoch: epoch, local: local)
        return local
    }

    @inline(__always)
    mutating func route(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        if let known = routes.find(cell, epoch) { return known }
        let profile = try load(routes.statement, routes.fields, cell, &table)
        routes.keep(profile, cell, epoch)
        return profile
    }

    @inline(__always)
    mutating func outcome(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        if let known = outcomes.find(cell, epoch) { return known }
        let profile = try load(outcomes.statement, outcomes.fields, cell, &table)
        outcomes.keep(profile, cell, epoch)
        return profile
    }

    @inline(__always)
    mutating func link(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        if let known = links.find(cell, epoch) { return known }
        let profile = try load(links.statement, links.fields, cell, &table)
        links.keep(profile, cell, epoch)
        return profile
    }

    mutating func probe(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        if let known = probes.find(cell, epoch) { return known }
        let profile = try load(probes.statement, probes.fields, cell, &table)
        probes.keep(profile, cell, epoch)
        return profile
    }

    mutating func flow(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        if let known = flows.find(cell, epoch) { return known }
        let profile = try load(flows.statement, flows.fields, cell, &table)
        flows.keep(profile, cell, epoch)
        return profile
    }

    @inline(never)
    private mutating func load(
        _ statement: Statement, _ fields: [ProfileKind.Field], _ cell: Int64, _ table: inout TextTable
    ) throws -> Profile {
        var profile = Profile()
        guard let row = try Row.fetchOne(statement, arguments: [cell]) else { return profile }
        for (column, field) in fields.enumerated() {
            guard let value = row[column + 1] as Int64? else { continue }
            profile[column] = field.isText ? Int64(try text(value, &table).rawValue) : value
        }
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
        let known = endpoints.find(cell, epoch)
        let profile = try known ?? load(endpoints.statement, endpoints.fields, cell, &table)
        if known == nil { endpoints.keep(profile, cell, epoch) }
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
