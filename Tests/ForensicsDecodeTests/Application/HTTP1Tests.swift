import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct HTTP1Tests {
    struct RequestCase: Sendable, CustomTestStringConvertible {
        var head: String
        var method = "GET"
        var path = "/"
        var query = ""
        var host = "h"
        var version: HTTPVersion = .http11
        var flags: HTTPHeadFlags = []
        var body: HTTPBodyFraming = .none
        var testDescription: String { String(head.prefix(40)) }
    }

    static let requests: [RequestCase] = [
        RequestCase(head: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", flags: [.hasHost]),
        RequestCase(head: "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", flags: [.hasHost]),
        RequestCase(head: "GET / HTTP/1.1\nHost: h\n\n", flags: [.hasHost, .bareLF]),
        RequestCase(
            head: "GET /a/b?x=1&y=2#z HTTP/1.0\r\nhOsT:h  \r\n\r\n", path: "/a/b", query: "x=1&y=2",
            version: .http10, flags: [.hasHost]),
        RequestCase(
            head: "GET http://u@h/p?q HTTP/1.1\r\nHost: other\r\n\r\n", path: "/p", query: "q",
            flags: [.absoluteForm]),
        RequestCase(head: "GET http://h HTTP/1.1\r\n\r\n", path: "", flags: [.absoluteForm]),
        RequestCase(
            head: "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", method: "CONNECT", path: "", host: "h:443",
            flags: [.authorityForm, .hasHost], body: .tunnel),
        RequestCase(head: "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", method: "OPTIONS", path: "*", flags: [.hasHost]),
        RequestCase(head: "GET /index.html\r\n", path: "/index.html", host: "", version: .http09),
        RequestCase(
            head: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n\r\n", method: "POST",
            flags: [.hasHost], body: .length(12)),
        RequestCase(
            head: "POST / HTTP/1.1\r\nHost: h\r\nCONTENT-LENGTH: 12\r\nContent-Length: 12, 12\r\n\r\n",
            method: "POST", flags: [.hasHost, .duplicateLength], body: .length(12)),
        RequestCase(
            head: "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n", method: "POST",
            flags: [.hasHost, .chunked], body: .chunked),
        RequestCase(
            head: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            method: "POST", flags: [.hasHost, .chunked, .bothLengths], body: .chunked),
        RequestCase(
            head: "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
            method: "PUT", flags: [.hasHost, .expectContinue, .connectionClose]),
        RequestCase(
            head: "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
            flags: [.hasHost, .keepAlive, .connectionUpgrade, .upgradeWebSocket]),
        RequestCase(
            head:
                "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
            flags: [.hasHost, .connectionUpgrade, .upgradeH2C, .http2Settings]),
        RequestCase(
            head: "GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\nX-A : 1\r\n\r\n",
            flags: [.hasHost, .oddHeaderLine]),
        RequestCase(
            head: "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/grpc+proto\r\nTE: trailers\r\n\r\n",
            method: "POST", flags: [.hasHost, .grpc]),
        RequestCase(
            head: "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n",
            flags: [.hasHost, .amznHealthChecker]),
        RequestCase(
            head: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", method: "PRI", path: "*", host: "", version: .http2,
            flags: [.http2Preface], body: .tunnel),
    ]

    @Test(arguments: requests) func `a request head is read whole`(expected: RequestCase) {
        let bytes = Array((expected.head + "rest").utf8)
        var head = HTTPRequestHead()
        let length = expected.head.utf8.count
        #expect(HTTPRequestHead.parse(bytes.span, 0..<bytes.count, into: &head) == .complete(length: length))
        #expect(text(bytes, head.method) == expected.method)
        #expect(text(bytes, head.path) == expected.path)
        #expect(text(bytes, head.query) == expected.query)
        #expect(text(bytes, head.host) == expected.host)
        #expect(head.version == expected.version)
        let shown = head.flags.subtracting(expected.flags.contains(.absoluteForm) ? .hasHost : [])
        #expect(shown == expected.flags)
        #expect(head.bodyFraming == expected.body)
    }

    @Test(arguments: requests) func `a request head cut anywhere is incomplete`(expected: RequestCase) {
        let bytes = Array(expected.head.utf8)
        var head = HTTPRequestHead()
        for count in 0..<bytes.count {
            #expect(HTTPRequestHead.parse(bytes.span, 0..<count, into: &head) == .incomplete, "\(count) bytes")
        }
    }

    @Test func `the fields that a load balancer adds are found`() {
        let bytes = Array(
            """
            GET /api/orders?id=5 HTTP/1.1\r
            X-Forwarded-For: 192.0.2.7, 198.51.100.9\r
            X-Forwarded-Proto: https\r
            X-Forwarded-Port: 443\r
            Host: shop.example.com\r
            X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678\r
            User-Agent: curl/8.5.0\r
            x-forwarded-for: 10.0.0.1\r
            Via: 1.1 proxy\r
            \r

            """.utf8)
        var head = HTTPRequestHead()
        #expect(HTTPRequestHead.parse(bytes.span, 0..<bytes.count, into: &head) == .complete(length: bytes.count))
        #expect(text(bytes, head.target) == "/api/orders?id=5")
        #expect(text(bytes, head.forwardedFor) == "192.0.2.7, 198.51.100.9")
        #expect(text(bytes, head.forwardedForLast) == "10.0.0.1")
        #expect(head.forwardedForCount == 2)
        #expect(text(bytes, head.forwardedProto) == "https")
        #expect(text(bytes, head.traceID) == "Root=1-67891233-abcdef012345678912345678")
        #expect(text(bytes, head.userAgent) == "curl/8.5.0")
        #expect(text(bytes, head.via) == "1.1 proxy")
        #expect(head.flags == [.forwardedProto, .forwardedPort, .hasHost])
        #expect(head.headerCount == 8)
    }

    @Test func `a folded field is one value`() {
        let bytes = Array("GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1,\r\n\t198.51.100.2\r\nHost: h\r\n\r\n".utf8)
        var head = HTTPRequestHead()
        #expect(HTTPRequestHead.parse(bytes.span, 0..<bytes.count, into: &head) == .complete(length: bytes.count))
        #expect(text(bytes, head.forwardedFor) == "192.0.2.1,\r\n\t198.51.100.2")
        #expect(head.flags.contains(.obsFold))
        #expect(text(bytes, head.host) == "h")
    }

    @Test(arguments: [
        "GET / RTSP/1.0\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "GE / HTTP/1.1\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n", "GET /a b\r\n\r\n", "POST /a\r\n\r\n", "\u{16}\u{3}\u{1}..", "GET/ HTTP/1.1\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n",
        "THISMETHODISMUCHTOOLONGFORANY / HTTP/1.1\r\n\r\n",
    ]) func `what is not a request is malformed`(head: String) {
        let bytes = Array(head.utf8)
        var found = HTTPRequestHead()
        #expect(HTTPRequestHead.parse(bytes.span, 0..<bytes.count, into: &found) == .malformed)
    }

    @Test(arguments: ["5\r\nContent-Length: 6", "-1", "5x", "", "99999999999999999999", "5, 6"])
    func `a length that cannot be trusted is malformed, and the rest is read`(length: String) {
        let bytes = Array("POST /p HTTP/1.1\r\nContent-Length: \(length)\r\nHost: h\r\n\r\n".utf8)
        var head = HTTPRequestHead()
        #expect(HTTPRequestHead.parse(bytes.span, 0..<bytes.count, into: &head) == .malformed)
        #expect(head.flags.contains(.badLength))
        #expect(head.contentLength == nil)
        #expect(text(bytes, head.host) == "h")
        #expect(text(bytes, head.path) == "/p")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, HTTPBodyFraming.length(5)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, .none),
        ("HTTP/1.1 200\r\n\r\n", 200, .untilClose),
        ("HTTP/1.0 404 Not Found\n\n", 404, .untilClose),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, .none),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, .none),
        ("HTTP/1.1 100 Continue\r\n\r\n", 100, .none),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 101, .tunnel),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, .chunked),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 200, .untilClose),
    ]) func `a response tells where its body ends`(head: String, status: UInt16, body: HTTPBodyFraming) {
        let bytes = Array((head + "xxxxx").utf8)
        var found = HTTPResponseHead()
        let length = head.utf8.count
        #expect(HTTPResponseHead.parse(bytes.span, 0..<bytes.count, into: &found) == .complete(length: length))
        #expect(found.status == status)
        #expect(found.bodyFraming(requestWasHead: false, requestWasConnect: false) == body)
        let toHead = found.bodyFraming(requestWasHead: true, requestWasConnect: false)
        #expect(toHead == (status == 101 ? .tunnel : .none))
        for count in 0..<length {
            #expect(HTTPResponseHead.parse(bytes.span, 0..<count, into: &found) == .incomplete, "\(count) bytes")
        }
    }

    @Test func `the marks of AWS in a response are found`() {
        let head = """
            HTTP/1.1 302 Found\r
            Server: awselb/2.0\r
            Location: https://shop.example.com/\r
            Set-Cookie: AWSALBCORS=abc; Path=/\r
            set-cookie: AWSELB=def\r
            Connection: keep-alive\r
            \r

            """
        let bytes = Array(head.utf8)
        var found = HTTPResponseHead()
        #expect(HTTPResponseHead.parse(bytes.span, 0..<bytes.count, into: &found) == .complete(length: bytes.count))
        #expect(found.flags == [.awselbServer, .albCookie, .clbCookie, .keepAlive])
        #expect(text(bytes, found.location) == "https://shop.example.com/")
        #expect(text(bytes, found.server) == "awselb/2.0")
        #expect(text(bytes, found.reason) == "Found")
    }

    @Test(arguments: [
        "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/11 200 OK\r\n\r\n", "HTTP 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n", "RTSP/1.0 200 OK\r\n\r\n",
    ]) func `what is not a response is malformed`(head: String) {
        let bytes = Array(head.utf8)
        var found = HTTPResponseHead()
        #expect(HTTPResponseHead.parse(bytes.span, 0..<bytes.count, into: &found) == .malformed)
    }

    @Test(arguments: [
        ("GET /", Likelihood.yes), ("GET", .unsure), ("GET ", .unsure), ("", .unsure), ("get /", .no), ("GE /", .no),
        ("\r\nPOST /", .yes), ("M-SEARCH * HTTP/1.1", .yes), ("SSH-2.0-OpenSSH", .no), ("GET \r\n", .no),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ /", .no),
    ]) func `the first bytes tell a request`(start: String, expected: Likelihood) {
        let bytes = Array(start.utf8)
        #expect(HTTP1.looksLikeRequest(bytes.span, 0..<bytes.count) == expected)
    }

    @Test(arguments: [
        ("HTTP/1.1 200", Likelihood.yes), ("HTTP/1.1 ", .unsure), ("H", .unsure), ("HTTP/x", .no), ("GET /", .no),
    ]) func `the first bytes tell a response`(start: String, expected: Likelihood) {
        let bytes = Array(start.utf8)
        #expect(HTTP1.looksLikeResponse(bytes.span, 0..<bytes.count) == expected)
    }

    @Test(arguments: ["a: b\r\n\r\nx", "a: b\n\nx", "a\r\n\r\n", "a: b\r\n", "\r\n\r\n"])
    func `the end of a head is found from any earlier place`(head: String) {
        let bytes = Array(head.utf8)
        let whole = HTTP1.headEnd(bytes.span, 0..<bytes.count, from: 0)
        let expected =
            head.contains("\r\n\r\n")
            ? head.utf8.count - (head.hasSuffix("x") ? 1 : 0)
            : head.contains("\n\n") ? head.utf8.count - 1 : nil
        #expect(whole == expected)
        for cut in 0..<bytes.count where HTTP1.headEnd(bytes.span, 0..<cut, from: 0) == nil {
            #expect(HTTP1.headEnd(bytes.span, 0..<bytes.count, from: max(0, cut - 3)) == expected)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64]) func `a chunked body ends at the same place however it is split`(size: Int) {
        let body = Array("5\r\nhello\r\nA;ext=\"1\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n".utf8)
        let bytes = body + Array("HTTP/1.1 200".utf8)
        var chunked = HTTPChunkedBody()
        var taken = 0
        while taken < bytes.count, !chunked.isFinished {
            let end = min(bytes.count, taken + size)
            let count = chunked.consume(bytes.span, taken..<end)
            taken += count
        }
        #expect(chunked.isFinished)
        #expect(taken == body.count)
        #expect(chunked.dataLength == 15)
    }

    @Test(arguments: ["x\r\n", "\r\n", "5\r\nhelloX", "FFFFFFFFFFFFFFFFF\r\n", "5 \u{0}\rh", "0\r\n\rx"])
    func `a chunked body out of step is malformed or goes on`(body: String) {
        let bytes = Array(body.utf8)
        var chunked = HTTPChunkedBody()
        _ = chunked.consume(bytes.span, 0..<bytes.count)
        #expect(!chunked.isFinished)
        #expect(chunked.isMalformed == (body != "5 \u{0}\rh"))
    }

    @Test func `bytes that were not captured may be skipped inside a chunk alone`() {
        let bytes = Array("100\r\nabc".utf8)
        var chunked = HTTPChunkedBody()
        #expect(chunked.consume(bytes.span, 0..<bytes.count) == bytes.count)
        for count in [200, 53] {
            let isData = chunked.skip(count)
            #expect(isData)
        }
        var lost = chunked
        let rest = Array("\r\n0\r\n\r\n".utf8)
        #expect(chunked.consume(rest.span, 0..<rest.count) == rest.count)
        #expect(chunked.isFinished)
        #expect(chunked.dataLength == 256)
        let isData = lost.skip(1)
        #expect(!isData)
        #expect(lost.isMalformed)
    }
}
