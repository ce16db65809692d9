import ForensicsModel
import Foundation
import GRDB

extension CaseDictionary {
    /// How many entries of each table are taken from a case that is opened: enough that a second ingest finds the
    /// common ones again.
    private static let loadLimit = 1 << 16

    /// Takes the first entries, the next free numbers and the time bases of sources from a case. The dictionary must be
    /// new. Rows may be added to a source of an earlier run: their times count from the base that its other rows have.
    func load(from database: Database) throws {
        var next = NextIDs()
        next.text = try Self.nextID(database, "text")
        next.address6 = try Self.nextID(database, "address6")
        for kind in ProfileKind.allCases { next.profiles[kind.rawValue] = try Self.nextID(database, kind.tableName) }
        start(at: next)
        let limit = Self.loadLimit
        var texts: [(id: UInt32, bytes: [UInt8])] = []
        let rows = try Row.fetchCursor(database, sql: "SELECT id, value FROM text ORDER BY id LIMIT \(limit)")
        while let row = try rows.next() {
            let value: String = row[1]
            texts.append((row[0], Array(value.utf8)))
        }
        load(texts: texts)
        var addresses: [(id: UInt32, address: IPAddress)] = []
        let known = try Row.fetchCursor(database, sql: "SELECT id, address FROM address6 ORDER BY id LIMIT \(limit)")
        while let row = try known.next() {
            let bytes: Data = row[1]
            if let address = IPAddress(networkBytes: Array(bytes)) { addresses.append((row[0], address)) }
        }
        load(addresses: addresses)
        let bases = try Row.fetchAll(
            database, sql: "SELECT ordinal, time_base FROM source WHERE time_base IS NOT NULL")
        load(bases: bases.map { (UInt32(clamping: $0[0] as Int64), $0[1]) })
        for kind in ProfileKind.allCases {
            var profiles: [(kind: ProfileKind, id: UInt32, key: ProfileKey)] = []
            let fields = kind.fields
            let rows = try Row.fetchCursor(
                database, sql: "SELECT * FROM \(kind.tableName) ORDER BY id LIMIT \(limit)")
            while let row = try rows.next() {
                var key = ProfileKey()
                for (index, field) in fields.enumerated() { field.put(row[index + 1], into: &key) }
                profiles.append((kind, row[0], key))
            }
            load(profiles: profiles)
        }
    }

    private static func nextID(_ database: Database, _ table: String) throws -> UInt32 {
        let last = try Int64.fetchOne(database, sql: "SELECT max(id) FROM \(table)") ?? 0
        return UInt32(clamping: last + 1)
    }

    /// Stores what encoders have added since the last call. Must run before any row that was encoded meanwhile.
    func store(into database: Database) throws {
        let pending = drain()
        if pending.isEmpty { return }
        try database.inTransaction(.immediate) {
            let texts = try database.cachedStatement(sql: "INSERT INTO text(id, value) VALUES(?, ?)")
            for (id, bytes) in pending.texts {
                try texts.execute(arguments: [id, SQLText.string(bytes)])
            }
            let addresses = try database.cachedStatement(sql: "INSERT INTO address6(id, address, text) VALUES(?, ?, ?)")
            for (id, address) in pending.addresses {
                try addresses.execute(arguments: [id, Data(address.networkBytes), address.description])
            }
            for kind in ProfileKind.allCases { try Self.store(kind, pending, into: database) }
            for (source, base) in pending.bases {
                try database.execute(
                    sql: "UPDATE source SET time_base = ? WHERE ordinal = ?", arguments: [base, source])
            }
            return .commit
        }
    }

    private static func store(_ kind: ProfileKind, _ pending: Pending, into database: Database) throws {
        guard pending.profiles.contains(where: { $0.kind == kind }) else { return }
        let fields = kind.fields
        let marks = Array(repeating: "?", count: fields.count + 1).joined(separator: ", ")
        let statement = try database.cachedStatement(sql: "INSERT INTO \(kind.tableName) VALUES(\(marks))")
        for entry in pending.profiles where entry.kind == kind {
            var arguments: [(any DatabaseValueConvertible)?] = [Int64(entry.id)]
            for field in fields { arguments.append(field.value(in: entry.key)) }
            try statement.execute(arguments: StatementArguments(arguments))
        }
    }
}

extension IPAddress {
    /// The 16 bytes in network order.
    var networkBytes: [UInt8] {
        [high, low].flatMap { word in
            stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    /// Creates an address from 16 bytes in network order.
    init?(networkBytes bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        let words = (0..<2).map { word in
            bytes[(word * 8)..<(word * 8 + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        self.init(high: words[0], low: words[1])
    }
}
