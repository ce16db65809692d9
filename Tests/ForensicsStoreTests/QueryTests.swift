import ForensicsModel
import ForensicsStore
import Testing

/// Questions in SQL: what may be asked, how errors are told, and who owns an address.
struct QueryTests {
    @Test(arguments: [
        "DELETE FROM source", "PRAGMA user_version = 9", "ATTACH 'x' AS y", "SELECT 1; SELECT 2", "",
        "WITH x AS (SELECT 1) DELETE FROM source", "VACUUM INTO '/tmp/never'", "-- nothing",
        "SELECT load_extension('x')",
    ])
    func `what writes or is no statement is refused`(sql: String) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        #expect { try rows(sql, store) } throws: { ($0 as? StoreError)?.code == .badQuery }
    }

    @Test(arguments: [
        "SELECT 1", " -- note\n select 1", "/* a */ WITH x AS (SELECT 1) SELECT * FROM x", "VALUES(1)", "SELECT 1;",
    ])
    func `one statement that reads is run`(sql: String) throws {
        let fixture = try CaseFixture()
        #expect(try rows(sql, try fixture.store()) == [[.integer(1)]])
    }

    @Test func `an error names its place`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        #expect { try rows("SELECT id,\n  missing FROM requests", store) } throws: {
            ($0 as? StoreError)?.message
                == "query: no such column: missing (line 2, column 3); correct it (`lbforensics help export` lists the views)."
        }
    }

    @Test func `parameters are given by name`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let values: [String: SQLValue] = ["a": .integer(2), "b": .text("x"), "unused": .null]
        #expect(try rows("SELECT :a + :a, :b", store, values) == [[.integer(4), .text("x")]])
        #expect { try rows("SELECT :missing", store, values) } throws: {
            ($0 as? StoreError)?.code == .badQuery && "\($0)".contains("missing")
        }
    }

    @Test func `values keep their types`() throws {
        let fixture = try CaseFixture()
        #expect(
            try rows("SELECT NULL, 1.5, 'é', x'00ff', -9223372036854775808", try fixture.store())
                == [[.null, .real(1.5), .text("é"), .blob([0, 255]), .integer(.min)]])
    }

    @Test func `reading stops when the caller has enough`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        var seen = 0
        try store.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n") { _ in
        } row: { _ in
            seen += 1
            return seen < 3
        }
        #expect(seen == 3)
    }

    static let blocks = [
        ("10.0.0.0/8", "ten"), ("10.1.0.0/16", "ten-one"), ("10.1.2.3/32", "host"), ("10.1.2.0/24", "ten-one-two"),
        ("0.0.0.0/0", "any four"), ("255.255.255.255/32", "last"), ("2001:db8::/32", "doc"),
        ("2001:db8:0:1::/64", "doc-one"), ("::/0", "any six"), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "end"),
        ("10.1.0.0/16", "ten-one again"),
    ]

    @Test(arguments: [
        "0.0.0.0", "9.255.255.255", "10.0.0.0", "10.0.255.255", "10.1.0.0", "10.1.1.255", "10.1.2.2", "10.1.2.3",
        "10.1.2.4", "10.1.3.0", "10.2.0.0", "11.0.0.0", "255.255.255.254", "255.255.255.255", "2001:db8::",
        "2001:db8:0:1::", "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:2::", "2001:db9::", "::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::fffe:1.2.3.4",
    ])
    func `the longest prefix owns an address`(text: String) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let address = try #require(IPAddress(text))
        var expected: (length: Int, owner: String)?
        var owners: [(network: IPNetwork, owner: String)] = []
        for (block, owner) in Self.blocks {
            let network = try #require(IPNetwork(block))
            owners.append((network, owner))
            let isSameFamily = address.isV4 == block.contains(".")
            if isSameFamily, network.contains(address), (expected?.length ?? -1) <= network.prefixLength {
                expected = (network.prefixLength, owner)
            }
        }
        try store.setOwners(owners)
        try write(store, path: "a", kind: .nlb) { source, batch in
            var connection = fullConnection(source, 1, .nlb, &batch.texts)
            connection.client = Endpoint(address, 1)
            batch.connections.append(connection)
        }
        let told = try rows("SELECT owner FROM connections", store)
        // `::` stands for an address that is not known; it has no owner.
        #expect(told == [[expected.map { .text($0.owner) } ?? .null]])
        #expect(try store.owners().owner(of: address) == expected?.owner)
    }
}
