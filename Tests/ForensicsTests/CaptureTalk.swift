import Foundation

/// Writes captures of HTTP over TCP (RFC 9293) and IPv4 (RFC 791): conversations by whom, with whom and when.
struct CaptureTalk {
    private var packets: [(time: Double, bytes: [UInt8])] = []

    /// A conversation; times are seconds after 09:00 UTC on 2026-03-17.
    struct Conversation {
        var client: String
        var clientPort: Int
        var server: String
        var serverPort: Int
        /// When each request is asked, and its status; each is answered after a millisecond.
        var requests: [(time: Double, status: Int)]
        /// For whom a load balancer asks each of them, in order; empty where the client asks for itself.
        var forwardedFor: [String] = []
        /// The X-Amzn-Trace-Id of each of them, in order; empty where they have none.
        var traces: [String] = []
        /// Whether the capture has its beginning and its end.
        var isWhole = true
        /// Whether the server refuses it, so that nothing is asked.
        var isRefused = false
    }

    mutating func add(_ talk: Conversation) {
        guard let first = talk.requests.first?.time, let last = talk.requests.last?.time else { return }
        let ends = [Self.end(talk.client, talk.clientPort), Self.end(talk.server, talk.serverPort)]
        var next = [1000, 5000]
        func send(_ side: Int, _ time: Double, _ flags: UInt8, _ text: String = "") {
            let payload = Array(text.utf8)
            let acknowledged = flags & 0x10 == 0 ? 0 : next[1 - side]
            packets.append((time, Self.frame(ends[side], ends[1 - side], flags, next[side], acknowledged, payload)))
            next[side] += payload.count + (flags & 3 == 0 ? 0 : 1)
        }
        if talk.isRefused {
            send(0, first - 0.003, 0x02)
            return send(1, first - 0.002, 0x14)
        }
        if talk.isWhole {
            send(0, first - 0.003, 0x02)
            send(1, first - 0.002, 0x12)
            send(0, first - 0.001, 0x10)
        }
        for (index, request) in talk.requests.enumerated() {
            let field = talk.forwardedFor.isEmpty ? "" : "X-Forwarded-For: \(talk.forwardedFor[index])\r\n"
            let trace = talk.traces.isEmpty ? "" : "X-Amzn-Trace-Id: \(talk.traces[index])\r\n"
            send(0, request.time, 0x18, "GET /a HTTP/1.1\r\nHost: shop.example\r\n\(field)\(trace)\r\n")
            send(1, request.time + 0.001, 0x18, "HTTP/1.1 \(request.status) X\r\nContent-Length: 2\r\n\r\nok")
            send(0, request.time + 0.002, 0x10)
        }
        guard talk.isWhole else { return }
        send(0, last + 0.03, 0x11)
        send(1, last + 0.031, 0x11)
        send(0, last + 0.032, 0x10)
    }

    /// The file: libpcap, little-endian, microseconds, Ethernet.
    var data: Data {
        var bytes: [UInt8] =
            Self.word(0xA1B2_C3D4) + [2, 0, 4, 0] + Self.word(0) + Self.word(0) + Self.word(65_535) + Self.word(1)
        for packet in packets.enumerated().sorted(by: { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }) {
            let micros = Int(((EvidenceLines.origin + packet.element.time) * 1e6).rounded())
            let length = Self.word(packet.element.bytes.count)
            bytes += Self.word(micros / 1_000_000) + Self.word(micros % 1_000_000) + length + length
            bytes += packet.element.bytes
        }
        return Data(bytes)
    }

    private static func end(_ address: String, _ port: Int) -> [UInt8] {
        address.split(separator: ".").compactMap { UInt8($0) } + [UInt8(port >> 8), UInt8(port & 255)]
    }

    private static func frame(
        _ from: [UInt8], _ to: [UInt8], _ flags: UInt8, _ sequence: Int, _ acknowledged: Int, _ payload: [UInt8]
    ) -> [UInt8] {
        let numbers = word(sequence).reversed() + word(acknowledged).reversed()
        let tcp = from[4...] + to[4...] + numbers + [0x50, flags, 0xFF, 0, 0, 0, 0, 0] + payload
        let length = 20 + tcp.count
        let ip: [UInt8] =
            [0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 0, 0x40, 0, 64, 6, 0, 0] + from[..<4] + to[..<4]
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + ip + tcp
    }

    private static func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}
