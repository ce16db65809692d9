import Forensics
import ForensicsModel
import Foundation
import Testing

/// What is read as a list of owners, and what is not: a list that is read replaces the one in the case.
@Suite struct OwnersFileTests {
    private static func read(_ text: String) throws -> [String] {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("owners.csv", Data(text.utf8))
        return try OwnersFile.read(file.path).entries.map { "\($0.network) \($0.owner)" }
    }

    @Test(arguments: [
        "203.0.113.0/24,Acme\n", "cidr,owner\n203.0.113.0/24,Acme\n", "\u{FEFF}cidr,owner\r\n203.0.113.0/24,Acme\r\n",
        "\u{FEFF}203.0.113.0/24,Acme\n", "# ours\n\nnetwork,customer,note\n203.0.113.0/24,\"Acme\"\n",
        "203.0.113.0/24,Acme\n203.0.113.0/24,Acme\n",
    ]) func `a list has lines of block and owner, and perhaps a header of names`(text: String) throws {
        #expect(try Self.read(text) == ["203.0.113.0/24 Acme"])
    }

    @Test(arguments: [
        ("203.0.113.0/240,Acme\n198.51.100.0/24,Other\n", "line 1"), ("203.0.113.0/24;Acme\n", "line 1"),
        ("203.0.113.0/24\tAcme\n", "line 1"), ("203.0.113.0-203.0.113.255,Range\n", "line 1"),
        ("2001:db8::/129,Acme\n", "line 1"), ("owner\n203.0.113.0/24,Acme\n", "line 1"),
        ("cidr,owner\n203.0.113.0/240,Acme\n", "line 2"), ("cidr,owner\ncidr,owner\n", "line 2"),
        ("203.0.113.0/24,\n", "no owner"), ("203.0.113.0/24,\"\"\n", "no owner"), ("203.0.113.0/24\n", "line 1"),
        ("203.0.113.0/24,Acme\n203.0.113.0/24,Other\n", "to Other and to Acme (line 2)"),
        ("203.0.113.9/24,Acme\n203.0.113.0/24,Other\n", "to Other and to Acme (line 2)"),
        ("", "no block"), ("cidr,owner\n", "no block"), ("# nothing\n\n", "no block"),
    ]) func `what is mistyped, says two things or says nothing is refused`(text: String, words: String) throws {
        let error = try #require(throws: ForensicsError.self) { try Self.read(text) }
        #expect(error.code == .data && error.message.contains(words), "\(error.message)")
    }

    @Test func `a folder is no list`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let error = try #require(throws: ForensicsError.self) { try OwnersFile.read(folder.url.path) }
        #expect(error.code == .data && error.message.contains("is a folder"), "\(error.message)")
    }
}
