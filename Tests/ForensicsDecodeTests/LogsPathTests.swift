import ForensicsDecode
import ForensicsModel
import Testing

/// Paths and request lines of logs against the general rules for them.
@Suite struct LogsPathTests {
    private func exchange(_ request: String) throws -> (Exchange, TextTable) {
        let line = """
            https 2024-03-05T10:00:00.000000Z app/web/1 198.51.100.7:4711 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 \
            "\(request)" "curl/8" - - arn:aws:x "-" "-" "-" 0 2024-03-05T09:59:59.999000Z "forward"
            """
        var decoder = LogDecoder(kind: .alb)
        var (batch, tally) = (FactBatch(), LedgerTally())
        let bytes = Array(line.utf8)
        _ = decoder.decode(
            bytes.span, LogStretch(0..<bytes.count, source: 1), into: &batch, tally: &tally)
        return (try #require(batch.exchanges.first), batch.texts)
    }

    private func description(_ argument: PathArgument, _ texts: TextTable) -> String {
        switch argument {
        case .none: "none"
        case .number(let number): "number \(number)"
        case .text(let id): "text \(texts.string(id) ?? "")"
        case .whole(let id): "whole \(texts.string(id) ?? "")"
        }
    }

    @Test(arguments: [UInt64](1...200))
    func `a path of a log is split as PathTemplate says`(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let pieces = [
            "/", "/", "/a", "/v1", "/17", "/0", "/007", "/9999999999999999999", "/123456789012345678", ".js", "-",
            "/deadbeef",
            "/5646e8ab", "/5646E8AB.png", "/0b9a4a52-9bb5-4f5b-8f7e-1b6f2c3d4e5f", "/{id}", "é", "/.", "/1.2", "x",
            "/abcdefab",
        ]
        var path = "/"
        for _ in 0..<Int(random.next() % 9) { path += pieces[Int(random.next() % UInt64(pieces.count))] }
        let (exchange, texts) = try exchange("GET https://shop.example.com:443\(path)?q=1 HTTP/1.1")
        var (wanted, scratch) = (TextTable(), [UInt8]())
        let bytes = Array(path.utf8)
        let parts = PathTemplate.split(bytes.span, 0..<bytes.count, scratch: &scratch, texts: &wanted)
        #expect(texts.string(exchange.pathTemplate) == wanted.string(parts.template), "\(path)")
        #expect(description(exchange.pathArgument, texts) == description(parts.argument, wanted), "\(path)")
    }

    private struct Case: Sendable {
        var request: String
        var method: String?
        var domain: String?
        var path: String?
        var version: HTTPVersion
    }

    private static let cases: [Case] = [
        Case(
            request: "GET https://a.example:443/x?y HTTP/1.1", method: "GET", domain: "a.example", path: "/x",
            version: .http11),
        Case(
            request: "GET http://a.example/x HTTP/2.0", method: "GET", domain: "a.example", path: "/x", version: .http2),
        Case(
            request: "GET https://a.example:443/x HTTP/1.7", method: "GET", domain: "a.example", path: "/x",
            version: .unknown),
        Case(
            request: "GET https://[2001:db8::1]:443/x HTTP/1.1", method: "GET", domain: "[2001:db8::1]", path: "/x",
            version: .http11),
        Case(
            request: "GET https://a.example:443/x y?z HTTP/1.0", method: "GET", domain: "a.example", path: "/x y",
            version: .http10),
        Case(
            request: "GET https://a.example:443?x=/y HTTP/1.1", method: "GET", domain: "a.example", path: nil,
            version: .http11),
        Case(request: "- http://a.example:80- -", method: nil, domain: "a.example", path: nil, version: .unknown),
        Case(request: "- - - ", method: nil, domain: nil, path: nil, version: .unknown),
        Case(request: "- - -", method: nil, domain: nil, path: nil, version: .unknown),
        Case(request: "-", method: nil, domain: nil, path: nil, version: .unknown),
        Case(request: "- - - - -", method: nil, domain: nil, path: nil, version: .unknown),
        Case(request: "GET - HTTP/1.1", method: "GET", domain: nil, path: nil, version: .http11),
        Case(
            request: "CONNECT a-b.example:443 HTTP/1.1", method: "CONNECT", domain: "a-b.example", path: nil,
            version: .http11),
        Case(
            request: "GET wss://a.example:443/x HTTP/1.1", method: "GET", domain: "a.example", path: "/x",
            version: .http11),
        Case(
            request: "GET https://a:b@c.example:443/x HTTP/1.1", method: "GET", domain: "c.example", path: "/x",
            version: .http11),
    ]

    @Test(arguments: cases.indices)
    func `a request line is divided into its parts`(_ index: Int) throws {
        let example = Self.cases[index]
        let (exchange, texts) = try exchange(example.request)
        #expect(texts.string(exchange.method) == example.method)
        #expect(texts.string(exchange.domain) == example.domain)
        #expect(texts.string(exchange.pathTemplate) == example.path)
        #expect(exchange.httpVersion == example.version)
    }
}
