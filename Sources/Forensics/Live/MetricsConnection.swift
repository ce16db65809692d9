import Foundation

/// One client of the metrics endpoint: its request, as it comes, and its answer, as it goes.
struct MetricsConnection {
    enum State {
        case reading
        case answering
        /// The answer is sent: what still comes is read, as an unread rest would take the answer back (RFC 9112, section 9.6).
        case draining
        case done
    }

    /// Bytes of a request's head.
    private static let headLimit = 1 << 14

    let descriptor: Int32
    /// When it is closed, whatever it does.
    let deadline: ContinuousClock.Instant
    private(set) var state = State.reading
    /// What is left to send of the answer.
    private(set) var answer: [UInt8] = []
    private var request: [UInt8] = []

    init(_ descriptor: Int32, until deadline: ContinuousClock.Instant) {
        self.descriptor = descriptor
        self.deadline = deadline
    }

    /// What to wait for with `poll`.
    var events: Int16 { Int16(truncatingIfNeeded: state == .answering ? POLLOUT : POLLIN) }

    /// Nothing more can be read or sent.
    mutating func fail() { state = .done }

    /// Takes what came; nothing where the client sends no more.
    ///
    /// - Parameter metrics: the numbers.
    mutating func take(_ bytes: ArraySlice<UInt8>, _ metrics: () -> String) {
        guard state == .reading else {
            if bytes.isEmpty { state = .done }
            return
        }
        request += bytes
        if request.isEmpty {
            state = .done
        } else if bytes.isEmpty || request.count > Self.headLimit || Self.endsHead(request) {
            answer = Self.answer(request, metrics)
            state = .answering
        }
    }

    /// Notes that so many bytes of the answer are sent.
    mutating func sent(_ count: Int) {
        answer.removeFirst(count)
        if answer.isEmpty { state = .draining }
    }

    /// Whether an empty line came. RFC 9112, section 2.1.
    private static func endsHead(_ request: [UInt8]) -> Bool {
        let text = request.filter { $0 != 0x0D }
        return zip(text, text.dropFirst()).contains { $0 == 0x0A && $1 == 0x0A }
    }

    private static func answer(_ request: [UInt8], _ metrics: () -> String) -> [UInt8] {
        let line = String(decoding: request.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
        let words = line.split(separator: " ")
        var status = "200 OK"
        var body = ""
        if request.count > headLimit {
            status = "431 Request Header Fields Too Large"
        } else if words.count < 2 || words[0] != "GET" && words[0] != "HEAD" {
            status = "405 Method Not Allowed"
        } else if words[1] == "/metrics" || words[1].hasPrefix("/metrics?") {
            body = metrics()
        } else {
            status = "404 Not Found"
            body = "see /metrics\n"
        }
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + (words.first == "HEAD" ? [] : Array(body.utf8))
    }
}
