import ForensicsDecode
import ForensicsModel
import Testing

/// Texts of logs that are written in several ways and mean one thing.
@Suite struct LogsNameTests {
    private static func alb(url: String, sni: String) -> String {
        "https 2026-03-17T09:00:00.000000Z app/Web/1 198.51.100.1:1 10.0.0.1:80 0.000 0.001 0.000 200 200 5 5 "
            + "\"GET https://\(url):443/Shop HTTP/1.1\" \"Curl/8\" - - arn:aws:x \"-\" \"\(sni)\" \"-\""
    }

    private static func nlb(sni: String, list: String = "-") -> String {
        "tls 2.0 2026-03-17T09:00:00 net/N/1 l1 198.51.100.1:1 10.0.0.1:443 5 2 5 5 - - - X tlsv13 - \(sni) - - \(list)"
    }

    private static func rows(_ lines: [String], _ kind: EvidenceKind) -> [[String: String]] {
        let rendering = LogsRendering(Array(lines.joined(separator: "\n").utf8), kind)
        return rendering.accepted.sorted { $0.key < $1.key }.map(\.value)
    }

    /// RFC 4343: names of the DNS do not tell cases of ASCII letters apart; those of others they do.
    @Test(arguments: [
        ("Shop", "shop"), ("SHOP", "shop"), ("shop", "shop"), ("A.B-Z9_", "a.b-z9_"), ("z[`{", "z[`{"),
        ("SHOP.example.com", "shop.example.com"), ("Shop.Example.COM", "shop.example.com"),
        ("\u{C9}.example", "\u{C9}.example"), ("AZ.EXAMPLE", "az.example"),
        // RFC 3986, section 3.2.2: the dot that ends a rooted name.
        ("shop.", "shop"), ("shop.example.com.", "shop.example.com"), ("SHOP.", "shop"), ("a.b.", "a.b"), (".", "."),
        ("shop.example.com", "shop.example.com"),
    ])
    func `a domain is one in any case of its letters`(_ written: String, _ domain: String) {
        let told = LogsRendering.latin(Array(domain.utf8))
        // The other text of the same letters, and the same again, so that nothing is remembered as something else.
        let lines = [
            Self.alb(url: "x", sni: written), Self.alb(url: written, sni: "-"), Self.alb(url: "x", sni: written),
            Self.alb(url: written, sni: "-"),
        ]
        #expect(Self.rows(lines, .alb).map { $0["domain"] } == Array(repeating: told, count: 4))
        let clb =
            "2026-03-17T09:00:00.000000Z lb 198.51.100.1:1 - -1 -1 -1 503 0 5 5 \"GET http://\(written):80/ HTTP/1.1\""
        #expect(Self.rows([clb, clb], .clb).map { $0["domain"] } == [told, told])
        #expect(
            Self.rows([Self.nlb(sni: written), Self.nlb(sni: written)], .nlb).map { $0["domain"] } == [told, told])
    }

    /// RFC 3986, section 3.2.1.
    @Test(arguments: [
        ("user:pw@www.example.com", "www.example.com"), ("user@www.example.com", "www.example.com"),
        ("a@b@c.example", "c.example"), ("u:p@x.y", "x.y"), (":@h", "h"), ("a:b@[2001:db8::1]", "[2001:db8::1]"),
    ])
    func `a user's name and password in a URL are no part of the domain, and are not kept`(
        _ authority: String, _ domain: String
    ) {
        for port in ["", ":443"] {
            for path in ["/Shop", "/a@b/c", ""] {
                let clb =
                    "2026-03-17T09:00:00.000000Z lb 198.51.100.1:1 - -1 -1 -1 503 0 5 5 \"GET "
                    + "http://\(authority)\(port)\(path) HTTP/1.1\" \"x\" - -"
                let rendering = LogsRendering(Array("\(clb)\n\(clb)\n".utf8), .clb)
                let rows = rendering.accepted.sorted { $0.key < $1.key }.map(\.value)
                #expect(rows.map { $0["domain"] } == [domain, domain], "\(port) \(path)")
                #expect(rows.map { $0["path"] } == (path.isEmpty ? [nil, nil] : [path, path]))
                let kept = String(decoding: rendering.batch.texts.arena, as: UTF8.self)
                #expect(!kept.contains("pw") && !kept.contains("user"))
            }
        }
    }

    @Test func `other texts keep their case`() throws {
        let row = try #require(Self.rows([Self.alb(url: "x", sni: "Curl/8")], .alb).first)
        #expect(row["userAgent"] == "Curl/8" && row["loadBalancer"] == "app/Web/1" && row["path"] == "/Shop")
        #expect(row["domain"] == "curl/8")
        // The method, of as many letters as a domain has.
        let line = Self.alb(url: "GET", sni: "-")
        #expect(
            Self.rows([line, line], .alb).map { "\($0["method"] ?? "") \($0["domain"] ?? "")" } == [
                "GET get", "GET get",
            ])
    }

    @Test func `letters that escapes hide are folded too`() {
        #expect(Self.rows([Self.alb(url: "x", sni: "\\x41b.example")], .alb).map { $0["domain"] } == ["ab.example"])
        #expect(Self.rows([Self.nlb(sni: "%41b.example")], .nlb).map { $0["domain"] } == ["ab.example"])
    }

    @Test(arguments: [
        ("\"h2\",\"http/1.1\"", "h2,http/1.1"), ("\"h2\"", "h2"),
        ("\"h2\",\"http/1.1\",\"http/1.0\"", "h2,http/1.1,http/1.0"),
    ])
    func `a list of protocols is told without its quotes`(_ written: String, _ told: String) {
        let details = Self.rows([Self.nlb(sni: "a", list: written)], .nlb).compactMap { $0["details"] }
        #expect(details == ["{\"listener\":\"l1\",\"alpn_client_preference_list\":\"\(told)\"}"])
    }
}
