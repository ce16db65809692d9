import Foundation

/// A packet of a conversation that is replayed: Ethernet, IPv4 (RFC 791), TCP (RFC 9293).
struct ReplaySegment {
    static let syn: UInt8 = 0x02
    static let synAcknowledgment: UInt8 = 0x12
    static let reset: UInt8 = 0x14
    static let finish: UInt8 = 0x11
    static let acknowledgment: UInt8 = 0x10
    static let data: UInt8 = 0x18

    var time: Double
    var bytes: [UInt8]

    static func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

    /// - Parameters:
    ///   - from, to: the last byte of an address in 10.77.0.0/24, and a port.
    ///   - numbers: sequence and acknowledgment.
    init(
        _ time: Double, from: (UInt8, Int), to: (UInt8, Int), _ flags: UInt8, _ numbers: (Int, Int), _ text: String = ""
    ) {
        func word(_ value: Int) -> [UInt8] { Self.short(value >> 16) + Self.short(value) }
        let payload = Array(text.utf8)
        let tcp =
            Self.short(from.1) + Self.short(to.1) + word(numbers.0) + word(numbers.1)
            + [0x50, flags, 2, 0, 0, 0, 0, 0] + payload
        let ip: [UInt8] =
            [0x45, 0] + Self.short(20 + tcp.count)
            + [0, 7, 0, 0, 64, 6, 0, 0, 10, 77, 0, from.0, 10, 77, 0, to.0]
        self.time = time
        bytes = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + ip + tcp
    }

    /// A connection that asks at `time` and is answered `delay` later; never where that is `nil`.
    static func conversation(
        _ number: Int, at time: Double, answeredAfter delay: Double?, from host: UInt8 = 1,
        to server: (UInt8, Int) = (2, 8080), fields: String = "", status: String = "200 OK"
    ) -> [ReplaySegment] {
        let client = (host, 40_000 + number)
        let request = "GET /slow HTTP/1.1\r\nHost: shop.example\r\n\(fields)\r\n"
        let answer = "HTTP/1.1 \(status)\r\nContent-Length: 2\r\n\r\nok"
        let asked = 101 + request.utf8.count
        let opening = [
            ReplaySegment(time, from: client, to: server, syn, (100, 0)),
            ReplaySegment(time + 0.001, from: server, to: client, synAcknowledgment, (500, 101)),
            ReplaySegment(time + 0.002, from: client, to: server, acknowledgment, (101, 501)),
            ReplaySegment(time + 0.003, from: client, to: server, data, (101, 501), request),
            ReplaySegment(time + 0.004, from: server, to: client, acknowledgment, (501, asked)),
        ]
        guard let delay else { return opening }
        return opening + [
            ReplaySegment(time + 0.003 + delay, from: server, to: client, data, (501, asked), answer),
            ReplaySegment(
                time + 0.01 + delay, from: client, to: server, acknowledgment, (asked, 501 + answer.utf8.count)),
        ]
    }

    /// A connection that is refused.
    static func refusal(_ number: Int, at time: Double, from host: UInt8) -> [ReplaySegment] {
        let (client, server) = ((host, 40_000 + number), (UInt8(2), 89))
        return [
            ReplaySegment(time, from: client, to: server, syn, (100, 0)),
            ReplaySegment(time + 0.001, from: server, to: client, reset, (0, 101)),
        ]
    }

    /// libpcap file format, little-endian, microseconds; in order of time.
    static func capture(_ segments: [ReplaySegment]) -> Data {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
        var bytes: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + word(0) + word(0) + word(65_535) + word(1)
        for segment in segments.sorted(by: { $0.time < $1.time }) {
            let count = segment.bytes.count
            bytes += word(1_700_000_000 + Int(segment.time)) + word(Int(segment.time * 1e6) % 1_000_000)
            bytes += word(count) + word(count) + segment.bytes
        }
        return Data(bytes)
    }

    /// How long each request waited for its answer, by the client's port: `nil` for ever.
    ///
    /// - Parameter times: when the segments came, in order of their own times.
    static func waits(_ segments: [ReplaySegment], at times: [Double]) -> [Int: Double?] {
        var waits: [Int: Double?] = [:]
        var asked: [Int: Double] = [:]
        for (segment, time) in zip(segments.sorted(by: { $0.time < $1.time }), times) where segment.hasPayload {
            let (from, to) = segment.ports
            if let start = asked[to] {
                if waits[to] == .some(nil) { waits[to] = time - start }
            } else if asked[from] == nil {
                asked[from] = time
                waits[from] = .some(nil)
            }
        }
        return waits
    }

    /// The ports that it comes from and goes to: TCP's first fields behind Ethernet and IPv4 without options.
    private var ports: (from: Int, to: Int) {
        (Int(bytes[34]) << 8 + Int(bytes[35]), Int(bytes[36]) << 8 + Int(bytes[37]))
    }

    private var hasPayload: Bool { bytes.count > 54 }

    /// The packet in a mirror's VXLAN (RFC 7348, section 5), from 10.50.0.1 to 10.50.0.2.
    var mirrored: ReplaySegment {
        var outer = self
        let udp = Self.short(50_000) + Self.short(4789) + Self.short(16 + bytes.count) + [0, 0]
        let ip: [UInt8] =
            [0x45, 0] + Self.short(36 + bytes.count) + [0, 7, 0, 0, 64, 17, 0, 0, 10, 50, 0, 1, 10, 50, 0, 2]
        outer.bytes = Array(bytes[..<14]) + ip + udp + [8, 0, 0, 0, 0, 0, 7, 0] + bytes
        return outer
    }

    /// The packet with two VLAN tags. IEEE 802.1Q, 802.1ad.
    var doublyTagged: ReplaySegment {
        var tagged = self
        tagged.bytes = Array(bytes[..<12]) + [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6] + Array(bytes[12...])
        return tagged
    }
}
