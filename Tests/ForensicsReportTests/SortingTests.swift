import Foundation
import ForensicsCompare
import ForensicsReport
import Testing

@Suite struct SortingTests {
    @Test func `addresses stand in the order of their numbers, with ports and blocks`() throws {
        // RFC 5952 and RFC 4632 spellings, in the order that inet_pton gives.
        let ordered = [
            "9.255.255.255", "10.0.0.1:80", "10.0.0.1:443", "10.0.0.2", "198.18.56.0/24", "198.18.56.1", "198.18.252.1",
            "2001:db8::9", "[2001:db8::10]:80", "2001:db8:0:1::/64",
        ]
        let keys = try ordered.map { try #require(AddressOrder.key($0), "\($0)") }
        #expect(keys.sorted() == keys)
        #expect(Set(keys).count == keys.count)
    }

    @Test(arguments: ["", "shop.example", "a", "1", "/v1/orders", "10.0.0", "10.0.0.1:x", "10.0.0.1:70000", "deadbeef"])
    func `what is no address has no place among them`(text: String) {
        #expect(AddressOrder.key(text) == nil)
    }

    @Test func `words for a number read as words and stand in its order`() throws {
        let table = ReportTable(
            name: "t", columns: [ReportColumn("interval", alignment: .right)],
            rows: [[.words("≥ 15×", order: 15.25)], [.words("new", order: .infinity)]])
        #expect(String(decoding: table.rendered(as: .csv), as: UTF8.self) == "interval\r\n≥ 15×\r\nnew\r\n")
        #expect(String(decoding: table.rendered(as: .ndjson), as: UTF8.self).hasPrefix(#"{"interval":"≥ 15×"}"#))
    }

    @Test func `headings sort, but for those over bars, and each has a name`() throws {
        let html = try HTMLReportTests.html()
        #expect(!html.contains("<button type=\"button\"></button>"))
        // The interval of 15 times as much and more stands by its lower bound.
        let cells = html.components(separatedBy: "data-h=\"95 % interval\" data-v=\"").dropFirst()
        #expect(!cells.isEmpty)
        for cell in cells { #expect(Double(String(cell.prefix { $0 != "\"" })) != nil) }
    }
}
