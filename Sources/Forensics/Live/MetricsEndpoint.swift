import Foundation
import Synchronization

/// Answers `GET /metrics` with the latest numbers, on a thread of its own.
///
/// Never in the way of the capture: it hands over a text that was made ready, and a slow client waits alone, for two
/// seconds at most. Of more than `clientLimit` at once the oldest makes room.
final class MetricsEndpoint: Sendable {
    private static let clientLimit = 64

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
            .unavailable, "--metrics-listen \(host):\(port): cannot be listened on; name another address or port.")
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw refused }
        var on: Int32 = 1
        // SAFETY: here and below the system is given locals with their sizes, for the call; an IPv4 address is one of the forms
        // that a `sockaddr` stands for.
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
        var clients: [MetricsConnection] = []
        while !isClosed.load(ordering: .relaxed) {
            var waiting = [pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: POLLIN), revents: 0)]
            for client in clients { waiting.append(pollfd(fd: client.descriptor, events: client.events, revents: 0)) }
            // SAFETY: the array is given with its count.
            _ = unsafe poll(&waiting, nfds_t(waiting.count), clients.isEmpty ? 500 : 100)
            for index in clients.indices where waiting[index + 1].revents != 0 {
                proceed(&clients[index])
            }
            let now = ContinuousClock.now
            clients.removeAll { client in
                guard client.state == .done || client.deadline < now else { return false }
                Foundation.close(client.descriptor)
                return true
            }
            guard waiting[0].revents != 0 else { continue }
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { continue }
            if clients.count >= Self.clientLimit { Foundation.close(clients.removeFirst().descriptor) }
            clients.append(MetricsConnection(client, until: now.advanced(by: .seconds(2))))
        }
        for client in clients { Foundation.close(client.descriptor) }
        Foundation.close(descriptor)
    }

    /// Reads and sends what can be without waiting.
    private func proceed(_ client: inout MetricsConnection) {
        if client.state != .answering {
            var bytes = [UInt8](repeating: 0, count: 4096)
            // SAFETY: at most as many bytes as the array has are written to it.
            let count = unsafe recv(client.descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count < 0 {
                if !Self.mayGoOn { client.fail() }
                return
            }
            client.take(bytes[..<count]) { latest.withLock { $0 } }
        }
        while client.state == .answering {
            let rest = client.answer
            // SAFETY: the array is given with its count.
            let count = unsafe send(client.descriptor, rest, rest.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count < 0 {
                if !Self.mayGoOn { client.fail() }
                return
            }
            client.sent(count)
            if client.state == .draining { shutdown(client.descriptor, Int32(SHUT_WR)) }
        }
    }

    /// Whether the last call failed for the moment only.
    private static var mayGoOn: Bool { errno == EAGAIN || errno == EINTR }
}
