import Foundation
import Synchronization

/// Answers `GET /metrics` with the latest numbers, one client at a time, on a thread of its own.
///
/// Never in the way of the capture: it hands over a text that was made ready, and a slow client waits alone, for two
/// seconds at most.
final class MetricsEndpoint: Sendable {
    private let descriptor: Int32
    private let latest = Mutex<String>("")
    private let isClosed = Atomic<Bool>(false)
    /// The port that is listened on.
    let port: UInt16

    /// - Parameters:
    ///   - host: an IPv4 address of this machine.
    ///   - port: 0 for any that is free.
    init(host: String, port: UInt16) throws(ForensicsError) {
        let refused = ForensicsError(
            .unavailable, "--metrics-listen \(host):\(port): cannot be listened on; is the port in use?")
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw refused }
        var on: Int32 = 1
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = unsafe inet_addr(host)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, length) == 0 && listen(socket, 8) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else {
            Foundation.close(socket)
            throw refused
        }
        descriptor = socket
        self.port = UInt16(bigEndian: address.sin_port)
        let thread = Thread { [self] in serve() }
        thread.name = "metrics"
        thread.stackSize = 1 << 19
        thread.start()
    }

    /// Replaces the numbers.
    func publish(_ summary: LiveSummary) {
        let text = MetricsText.text(summary)
        latest.withLock { $0 = text }
    }

    /// Stops answering.
    func close() {
        isClosed.store(true, ordering: .relaxed)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func serve() {
        while !isClosed.load(ordering: .relaxed) {
            var waiting = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: POLLIN), revents: 0)
            guard unsafe poll(&waiting, 1, 500) > 0 else { continue }
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { continue }
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                _ = unsafe setsockopt(client, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            answer(client)
            Foundation.close(client)
        }
        Foundation.close(descriptor)
    }

    private func answer(_ client: Int32) {
        var request = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(client, &request, request.count, 0)
        guard count > 0 else { return }
        let line = String(decoding: request[..<count].prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
        let words = line.split(separator: " ")
        var status = "200 OK"
        var body = ""
        if words.count < 2 || words[0] != "GET" && words[0] != "HEAD" {
            status = "405 Method Not Allowed"
        } else if words[1] == "/metrics" || words[1].hasPrefix("/metrics?") {
            body = latest.withLock { $0 }
        } else {
            status = "404 Not Found"
            body = "see /metrics\n"
        }
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        var answer = Array(head.utf8)
        if words.first != "HEAD" { answer += Array(body.utf8) }
        var sent = 0
        while sent < answer.count {
            let rest = Array(answer[sent...])
            let count = unsafe send(client, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return }
            sent += count
        }
    }
}
