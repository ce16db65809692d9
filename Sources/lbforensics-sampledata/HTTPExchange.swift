/// One request and its answer on a connection to a target.
struct HTTPExchange {
    /// From the opening of the connection to the request.
    var offset: Instant.Span
    /// From the request to the answer.
    var service: Instant.Span
    var head: String
    var bodyLength: Int
    var status: Int
    var answerBodyLength: Int

    var requestLength: Int { head.utf8.count + bodyLength }
    var answerLength: Int { HTTPText.answerHeadLength(status: status, bodyLength: answerBodyLength) + answerBodyLength }
}

/// The text of HTTP/1.1 heads.
enum HTTPText {
    static let reasons: [Int: String] = [
        101: "Switching Protocols", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
        301: "Moved Permanently", 302: "Found", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
        404: "Not Found", 409: "Conflict", 429: "Too Many Requests", 500: "Internal Server Error",
        503: "Service Unavailable",
    ]

    /// Returns the head of an answer sent at `time`.
    static func answerHead(status: Int, bodyLength: Int, at time: Instant, closing: Bool = false) -> String {
        var head = "HTTP/1.1 \(status) \(reasons[status] ?? "Unknown")\r\n"
        head += "Server: nginx\r\nDate: \(time.httpText)\r\n"
        if status != 304, status != 204 {
            head += "Content-Type: application/json\r\nContent-Length: \(bodyLength)\r\n"
        }
        head += closing ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n"
        return head
    }

    /// Returns the length of that head, which does not depend on the time.
    static func answerHeadLength(status: Int, bodyLength: Int) -> Int {
        answerHead(status: status, bodyLength: bodyLength, at: Scenario.start).utf8.count
    }

    /// True where an answer of `status` carries a body.
    static func allowsBody(_ status: Int) -> Bool { status != 304 && status != 204 && status != 101 }

    static let browsers = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0",
        "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Mobile Safari/537.36",
        "ShopApp/7.12.0 (iPhone; iOS 18.3; Scale/3.00)", "ShopApp/7.11.2 (Android 14)", "okhttp/4.12.0",
        "python-requests/2.32.3", "Go-http-client/1.1", "curl/8.12.1",
    ]
    /// An agent with a quotation mark, which the logs write as `\x22`.
    static let quotingAgent = "Kiosk \"front desk\" 2.4 (embedded)"
    static let northwindAgent = "northwind-agent/4.2"
    static let monitorAgent = "pingbot/3.1 (+https://status.shop.example)"
}
