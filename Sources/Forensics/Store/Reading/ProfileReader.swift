import ForensicsModel
import GRDB

/// Turns the private numbers of a case back into texts of the batch at hand, and into profiles.
///
/// Direct-mapped memories of fixed size: what is named again costs no look-up in the case.
struct ProfileReader {
    private let addressStatement: Statement
    private var addresses: [AddressEntry]
    private var texts: TextMemory
    private var endpoints: ProfileMemory
    private var routes: ProfileMemory
    private var outcomes: ProfileMemory
    private var links: ProfileMemory
    private var probes: ProfileMemory
    private var flows: ProfileMemory

    private struct AddressEntry {
        var id: Int64 = -1
        var address = IPAddress.unspecified
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

        /// The load balancer and the node of a route.
        var loadBalancer: TextID { text(0) }
        var node: TextID { text(1) }
        /// The scheme of a route.
        var scheme: RequestScheme { RequestScheme(rawValue: byte(5)) ?? .unknown }
    }

    init(_ database: Database) throws {
        addressStatement = try database.makeStatement(sql: "SELECT address FROM address6 WHERE id = ?")
        addresses = [AddressEntry](repeating: AddressEntry(), count: 1 << 12)
        texts = try TextMemory(database)
        endpoints = try ProfileMemory(.endpoint, database)
        routes = try ProfileMemory(.route, database)
        outcomes = try ProfileMemory(.outcome, database)
        links = try ProfileMemory(.link, database)
        probes = try ProfileMemory(.probe, database)
        flows = try ProfileMemory(.flow, database)
    }

    /// Begins a batch with no texts.
    mutating func beginBatch() { texts.beginBatch() }

    @inline(__always)
    mutating func text(_ cell: Int64, _ table: inout TextTable) throws -> TextID { try texts.text(cell, &table) }

    @inline(__always)
    mutating func route(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        try routes.profile(cell, &texts, &table)
    }

    @inline(__always)
    mutating func outcome(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        try outcomes.profile(cell, &texts, &table)
    }

    @inline(__always)
    mutating func link(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        try links.profile(cell, &texts, &table)
    }

    mutating func probe(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        try probes.profile(cell, &texts, &table)
    }

    mutating func flow(_ cell: Int64, _ table: inout TextTable) throws -> Profile {
        try flows.profile(cell, &texts, &table)
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
        let profile = try endpoints.profile(cell, &texts, &table)
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
