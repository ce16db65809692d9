import ForensicsModel
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("[2001:DB8:0:0:1:0:0:1]", "2001:db8::1:0:0:1"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ]) func `an address prints in its canonical form`(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1..2.3", ":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "12345::", ":1", "1:",
        "g::", "1.2.3.4:80", "fe80::1%eth0",
    ]) func `what is not an address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("2001:db8::/32", "2001:db8:f::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
    ]) func `a block holds its own addresses only`(block: String, address: String, holds: Bool) throws {
        let network = try #require(IPNetwork(block))
        #expect(try network.contains(#require(IPAddress(address))) == holds)
    }

    @Test func `the longest prefix names the owner`() throws {
        var owners = OwnerTable()
        try owners.add(#require(IPNetwork("203.0.113.0/24")), owner: "wide")
        try owners.add(#require(IPNetwork("203.0.113.64/28")), owner: "narrow")
        try owners.add(#require(IPNetwork("2001:db8::/32")), owner: "six")
        #expect(try owners.owner(of: #require(IPAddress("203.0.113.65"))) == "narrow")
        #expect(try owners.owner(of: #require(IPAddress("203.0.113.1"))) == "wide")
        #expect(try owners.owner(of: #require(IPAddress("2001:db8:1::"))) == "six")
        #expect(try owners.owner(of: #require(IPAddress("203.0.114.1"))) == nil)
    }
}
