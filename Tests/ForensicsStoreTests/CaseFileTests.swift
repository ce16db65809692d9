import ForensicsModel
import ForensicsStore
import Foundation
import GRDB
import Testing

/// How a case file is made, refused and shared.
struct CaseFileTests {
    @Test func `a new case can be read by its owner alone`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .alb, &batch.texts))
        }
        for name in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.path() + name)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
        store.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder) == ["case.db"])
    }

    @Test func `a case that is not there is refused unless it may be made`() throws {
        let fixture = try CaseFixture()
        for access in [CaseStore.Access.readOnly, .readWrite] {
            #expect { try CaseStore(path: fixture.path(), access: access) } throws: {
                ($0 as? StoreError)?.code == .doesNotExist
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).isEmpty)
    }

    @Test(arguments: ["hello\n", String(repeating: "text ", count: 100_000)])
    func `a file that is not SQLite is refused and left alone`(text: String) throws {
        let fixture = try CaseFixture()
        try text.write(toFile: fixture.path(), atomically: true, encoding: .utf8)
        for access in [CaseStore.Access.create, .readWrite, .readOnly] {
            #expect { try CaseStore(path: fixture.path(), access: access) } throws: {
                ($0 as? StoreError)?.code == .notSQLite
            }
        }
        #expect(try String(contentsOfFile: fixture.path(), encoding: .utf8) == text)
    }

    @Test func `a database of another program is refused and left alone`() throws {
        let fixture = try CaseFixture()
        let other = try DatabaseQueue(path: fixture.path())
        try other.write { try $0.execute(sql: "CREATE TABLE t(a)") }
        try other.close()
        #expect { try fixture.store() } throws: { ($0 as? StoreError)?.code == .notACase }
        let again = try DatabaseQueue(path: fixture.path())
        #expect(try again.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "delete")
    }

    @Test func `a newer case is refused`() throws {
        let fixture = try CaseFixture()
        try fixture.store().close()
        let queue = try DatabaseQueue(path: fixture.path())
        try queue.write { try $0.execute(sql: "PRAGMA user_version = 999") }
        try queue.close()
        for access in [CaseStore.Access.create, .readOnly] {
            #expect { try CaseStore(path: fixture.path(), access: access) } throws: {
                ($0 as? StoreError)?.code == .newerVersion
            }
        }
    }

    @Test func `a folder is refused`() throws {
        let fixture = try CaseFixture()
        #expect { try CaseStore(path: fixture.folder, access: .create) } throws: {
            ($0 as? StoreError)?.code == .cannotOpen
        }
    }

    @Test func `one process writes at a time while others read`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        #expect { try CaseStore(path: fixture.path(), access: .readWrite) } throws: {
            ($0 as? StoreError)?.code == .busy
        }
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        try write(store, path: "a", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .alb, &batch.texts))
        }
        #expect(try rows("SELECT count(*) FROM requests", reader) == [[.integer(1)]])
        reader.close()
        store.close()
        #expect(throws: Never.self) { try CaseStore(path: fixture.path(), access: .readWrite).close() }
    }

    @Test func `who has closed a case takes no lock away from who writes it next`() throws {
        let fixture = try CaseFixture()
        var first: CaseStore? = try fixture.store()
        first?.close()
        let second = try fixture.store()
        first = nil
        #expect { try fixture.store() } throws: { ($0 as? StoreError)?.code == .busy }
        second.close()
    }

    @Test func `what is written to a case that has another name is refused, and what it has stays whole`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = UnitDescription(
            key: "a.log", kind: .alb, vantage: nil, options: "", sources: [SourceDescription(path: "a.log", bytes: 1)])
        let handle = try store.beginUnit(unit)
        try FileManager.default.moveItem(atPath: fixture.path(), toPath: fixture.path("moved.db"))
        let result = UnitResult(
            sources: [SourceResult(ordinal: handle.ordinals[0], status: .complete, tally: LedgerTally())])
        #expect { try store.finishUnit(handle, result) } throws: { ($0 as? StoreError)?.code == .gone }
        store.close()
        for suffix in ["", "-wal", "-shm", "-lock"] {
            #expect(!FileManager.default.fileExists(atPath: fixture.path() + suffix), "\(suffix)")
        }
        let moved = try CaseStore(path: fixture.path("moved.db"), access: .readOnly)
        #expect(try moved.sources().map(\.path) == ["a.log"])
        moved.close()
    }

    @Test func `of several that make a case at once, what one writes is there`() throws {
        let owner = [(network: try #require(IPNetwork("203.0.113.0/24")), owner: "Acme")]
        for round in 0..<40 {
            let fixture = try CaseFixture()
            let path = fixture.path()
            DispatchQueue.concurrentPerform(iterations: 4) { _ in
                guard let store = try? CaseStore(path: path, access: .create) else { return }
                #expect(throws: Never.self) { try store.setOwners(owner) }
                store.close()
            }
            let reader = try CaseStore(path: path, access: .readOnly)
            #expect(try reader.owners().entries.map(\.owner) == ["Acme"], "round \(round)")
            reader.close()
        }
    }

    @Test func `a file that is there is opened as it is, and what others write meanwhile stays`() throws {
        let fixture = try CaseFixture()
        let path = fixture.path("shared")
        let first = try #require(SharedFile.open(path, permissions: 0o600, isAppending: true))
        try first.write(contentsOf: Data("one\n".utf8))
        let second = try #require(SharedFile.open(path, permissions: 0o600, isAppending: true))
        try second.write(contentsOf: Data("two\n".utf8))
        try first.write(contentsOf: Data("three\n".utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\nthree\n")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        #expect(SharedFile.open(fixture.path("missing/file"), permissions: 0o600) == nil)
    }

    @Test func `a store that may only read takes a list of owners for itself`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .alb, &batch.texts))
        }
        let sql = "SELECT owner FROM requests"
        let client = try rows("SELECT client_ip FROM requests", store)
        guard case .text(let address)? = client.first?.first else { return #expect(Bool(false), "\(client)") }
        let network = try #require(IPNetwork(address))
        try store.setOwners([(network, "Held")])
        // The writer goes on meanwhile: nothing of this is in its file.
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        try reader.shadowOwners([(network, "Passing")])
        #expect(try reader.owners().entries.map(\.owner) == ["Passing"])
        #expect(try rows(sql, reader) == [[.text("Passing")]])
        #expect(try rows(sql, store) == [[.text("Held")]])
        reader.close()
        store.close()
        let later = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try rows(sql, later) == [[.text("Held")]])
        later.close()
    }

    @Test func `a view of another binary is made anew`() throws {
        let fixture = try CaseFixture()
        try fixture.store().close()
        let queue = try DatabaseQueue(path: fixture.path())
        try queue.write {
            try $0.execute(sql: "DROP VIEW requests")
            try $0.execute(sql: "CREATE VIEW requests AS SELECT 1 AS old")
            try $0.execute(sql: "DROP VIEW findings")
        }
        try queue.close()
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try export(.requests, reader).columns.first == "id")
        #expect(try export(.findings, reader).columns.first == "id")
        reader.close()
        let store = try fixture.store()
        #expect(try export(.requests, store).columns.first == "id")
        #expect(try export(.findings, store).columns.first == "id")
    }

    @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
    func `a case in a folder without permission can be read`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .alb, &batch.texts))
        }
        store.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: fixture.folder)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: fixture.folder) }
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try rows("SELECT count(*) FROM requests", reader) == [[.integer(1)]])
        reader.close()
    }
}
