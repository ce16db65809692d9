package import ForensicsModel
import Foundation
import GRDB

/// Whose addresses are whose: kept in the case, resolved when a view is read.
extension CaseStore {
    /// Replaces the table of owners.
    ///
    /// Views look an address up in blocks that share no address: the table is cut at every end of a block, and each
    /// piece belongs to the longest prefix that holds it. A later entry of the same block replaces the earlier.
    package func setOwners(_ owners: [(network: IPNetwork, owner: String)]) throws(StoreError) {
        try transaction { database in
            for name in ["owner", "owner4", "owner6"] { try database.execute(sql: "DELETE FROM \(name)") }
            try Self.store(owners, database)
        }
    }

    /// Gives a store that may only read another list than the case keeps, until it is closed: nothing of it is in the file.
    package func shadowOwners(_ owners: [(network: IPNetwork, owner: String)]) throws(StoreError) {
        try access { database in
            try database.inTransaction(.deferred) {
                try CaseSchema.shadowOwners(database)
                try Self.store(owners, database)
                return .commit
            }
        }
    }

    private static func store(_ owners: [(network: IPNetwork, owner: String)], _ database: Database) throws {
        var table: [IPNetwork: String] = [:]
        for (network, owner) in owners { table[network] = owner }
        for (network, owner) in table.sorted(by: { $0.key < $1.key }) {
            try database.execute(
                sql: "INSERT INTO owner(network, name) VALUES(?, ?)",
                arguments: [network.description, SQLText.string(Array(owner.utf8))])
        }
        for piece in OwnerPieces.cut(table.map { ($0.key, $0.value) }) { try store(piece, database) }
    }

    private static func store(_ piece: OwnerPieces.Piece, _ database: Database) throws {
        let name = SQLText.string(Array(piece.owner.utf8))
        if let first = piece.first.v4, let last = piece.last.v4 {
            try database.execute(
                sql: "INSERT INTO owner4(first, last, name) VALUES(?, ?, ?)",
                arguments: [Cell.address(v4: first), Cell.address(v4: last), name])
        } else {
            try database.execute(
                sql: "INSERT INTO owner6(first, last, name) VALUES(?, ?, ?)",
                arguments: [Data(piece.first.networkBytes), Data(piece.last.networkBytes), name])
        }
    }

    /// The table of owners.
    package func owners() throws(StoreError) -> OwnerTable {
        try access { database in
            var table = OwnerTable()
            for row in try Row.fetchAll(database, sql: "SELECT network, name FROM owner ORDER BY network") {
                if let network = IPNetwork(row[0] as String) { table.add(network, owner: row[1]) }
            }
            return table
        }
    }
}

/// Nested blocks cut into pieces that share no address.
enum OwnerPieces {
    struct Piece: Equatable {
        var first: IPAddress
        var last: IPAddress
        var owner: String
    }

    /// Returns the pieces of blocks that are all different, in order of addresses.
    ///
    /// Blocks are nested or apart, so a stack of the open ones is enough.
    static func cut(_ owners: [(network: IPNetwork, owner: String)]) -> [Piece] {
        var pieces: [Piece] = []
        var open: [(last: IPAddress, owner: String)] = []
        // The next address that has no piece yet; `nil` after the very last one.
        var next: IPAddress? = .unspecified
        func close(_ block: (last: IPAddress, owner: String)) {
            if let from = next, from <= block.last {
                pieces.append(Piece(first: from, last: block.last, owner: block.owner))
                next = block.last.successor
            }
        }
        for (network, owner) in owners.sorted(by: { $0.network < $1.network }) {
            while let top = open.last, top.last < network.address {
                close(top)
                open.removeLast()
            }
            if let top = open.last, let from = next, from < network.address {
                pieces.append(Piece(first: from, last: network.address.predecessor, owner: top.owner))
            }
            next = network.address
            open.append((network.lastAddress, owner))
        }
        while let top = open.popLast() { close(top) }
        return pieces.flatMap(splitFamilies)
    }

    /// A piece of `::/n` may hold the IPv4 addresses, which owners of IPv6 blocks do not own: they are left out.
    private static func splitFamilies(_ piece: Piece) -> [Piece] {
        let firstV4 = IPAddress(v4: 0)
        let lastV4 = IPAddress(v4: .max)
        if piece.first >= firstV4 && piece.last <= lastV4 { return [piece] }
        var pieces: [Piece] = []
        if piece.first < firstV4 {
            pieces.append(Piece(first: piece.first, last: min(piece.last, firstV4.predecessor), owner: piece.owner))
        }
        if piece.last > lastV4, let after = lastV4.successor {
            pieces.append(Piece(first: max(piece.first, after), last: piece.last, owner: piece.owner))
        }
        return pieces
    }
}

extension IPAddress {
    /// The next address, or `nil` after the last.
    var successor: IPAddress? {
        low != .max ? IPAddress(high: high, low: low + 1) : high != .max ? IPAddress(high: high + 1, low: 0) : nil
    }

    /// The address before; that of the first is the first.
    var predecessor: IPAddress {
        low != 0 ? IPAddress(high: high, low: low - 1) : high != 0 ? IPAddress(high: high - 1, low: .max) : self
    }
}

extension IPNetwork {
    /// The last address of the block.
    var lastAddress: IPAddress {
        let host = 128 - prefixLength
        let high = host >= 128 ? UInt64.max : host > 64 ? (1 << UInt64(host - 64)) - 1 : 0
        let low = host >= 64 ? UInt64.max : (1 << UInt64(host)) - 1
        return IPAddress(high: address.high | high, low: address.low | low)
    }
}
