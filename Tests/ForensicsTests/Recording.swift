import Foundation

/// Packets of HTTP conversations, to be written as capture files of any cut: Ethernet, IPv4 (RFC 791), TCP (RFC 9293).
struct Recording {
    struct Segment {
        /// Seconds since 2023-11-14T22:13:20Z.
        var time: Double
        var interface: Int
        var bytes: [UInt8]
    }

    /// In order of time once `sort` was called.
    private(set) var segments: [Segment] = []

    static let start = 1_700_000_000

    private enum Flags {
        static let (fin, syn, ack, push): (UInt8, UInt8, UInt8, UInt8) = (1, 2, 16, 8)
    }

    /// A connection from 198.51.100.`client`:`port` to 10.0.1.5:80 that asks once and is answered 200, from its SYN to its FINs.
    mutating func ask(_ client: UInt8, port: Int, at time: Double, answeredAfter delay: Double = 5, interface: Int = 0)
    {
        let request = Array("GET /a\(port) HTTP/1.1\r\nHost: shop.example\r\n\r\n".utf8)
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        var talk = Talk(client: client, port: port, interface: interface)
        talk.open(at: time)
        talk.send(request, fromClient: true, at: time + 0.003)
        talk.send(answer, fromClient: false, at: time + delay)
        talk.close(at: time + delay + 0.01)
        segments += talk.segments
    }

    /// A connection that stays open for some seconds, with bytes every 10 s.
    mutating func hold(_ client: UInt8, port: Int, at time: Double, seconds: Int) {
        var talk = Talk(client: client, port: port, interface: 0)
        talk.open(at: time)
        for beat in 1..<seconds / 10 {
            talk.send([UInt8](repeating: 0xC3, count: 40), fromClient: beat % 2 == 1, at: time + Double(beat) * 10)
        }
        talk.close(at: time + Double(seconds))
        segments += talk.segments
    }

    mutating func sort() { segments.sort { $0.time < $1.time } }

    /// The segments in as many runs of about the same number.
    func cut(into count: Int) -> [ArraySlice<Segment>] {
        (0..<count).map { segments[$0 * segments.count / count..<($0 + 1) * segments.count / count] }
    }

    /// The segments from one second up to another.
    func between(_ from: Double, _ to: Double) -> [Segment] { segments.filter { $0.time >= from && $0.time < to } }

    // MARK: - Files

    /// libpcap file format, little-endian, microseconds.
    static func pcap(_ segments: some Sequence<Segment>) -> Data {
        var bytes: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + word(0) + word(0) + word(65_535) + word(1)
        for segment in segments {
            let micros = Int((segment.time * 1e6).rounded())
            let length = word(segment.bytes.count)
            bytes += word(start + micros / 1_000_000) + word(micros % 1_000_000) + length + length + segment.bytes
        }
        return Data(bytes)
    }

    /// pcapng with a block for each of some interfaces before the packets, as dumpcap writes it.
    static func pcapng(_ segments: some Sequence<Segment>, interfaces: [String]) -> Data {
        var bytes = block(0x0A0D_0D0A, word(0x1A2B_3C4D) + [1, 0, 0, 0] + [UInt8](repeating: 255, count: 8))
        for name in interfaces {
            let text = Array(name.utf8)
            bytes += block(1, [1, 0, 0, 0] + word(0) + [2, 0, UInt8(text.count), 0] + padded(text) + word(0))
        }
        for segment in segments {
            let micros = start * 1_000_000 + Int((segment.time * 1e6).rounded())
            let length = word(segment.bytes.count)
            bytes += block(
                6, word(segment.interface) + word(micros >> 32) + word(micros) + length + length + padded(segment.bytes)
            )
        }
        return Data(bytes)
    }

    private static func block(_ type: Int, _ body: [UInt8]) -> [UInt8] {
        let length = word(body.count + 12)
        return word(type) + length + body + length
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    private static func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }

    // MARK: - Conversations

    /// One connection while it is written.
    private struct Talk {
        let client: UInt8
        let port: Int
        let interface: Int
        var segments: [Segment] = []
        /// The next sequence numbers of client and server.
        var next = (client: 100, server: 500)

        init(client: UInt8, port: Int, interface: Int) {
            (self.client, self.port, self.interface) = (client, port, interface)
        }

        mutating func open(at time: Double) {
            put(Flags.syn, [], fromClient: true, at: time)
            next.client += 1
            put(Flags.syn | Flags.ack, [], fromClient: false, at: time + 0.001)
            next.server += 1
            put(Flags.ack, [], fromClient: true, at: time + 0.002)
        }

        mutating func send(_ payload: [UInt8], fromClient: Bool, at time: Double) {
            put(Flags.push | Flags.ack, payload, fromClient: fromClient, at: time)
            if fromClient { next.client += payload.count } else { next.server += payload.count }
            put(Flags.ack, [], fromClient: !fromClient, at: time + 0.001)
        }

        mutating func close(at time: Double) {
            put(Flags.fin | Flags.ack, [], fromClient: true, at: time)
            next.client += 1
            put(Flags.fin | Flags.ack, [], fromClient: false, at: time + 0.001)
            next.server += 1
            put(Flags.ack, [], fromClient: true, at: time + 0.002)
        }

        private mutating func put(_ flags: UInt8, _ payload: [UInt8], fromClient: Bool, at time: Double) {
            func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
            func long(_ value: Int) -> [UInt8] { short(value >> 16) + short(value) }
            let ends: [(address: [UInt8], port: Int)] = [([198, 51, 100, client], port), ([10, 0, 1, 5], 80)]
            let (from, to) = fromClient ? (ends[0], ends[1]) : (ends[1], ends[0])
            let numbers = fromClient ? (next.client, next.server) : (next.server, next.client)
            let acknowledged = flags & Flags.ack == 0 ? 0 : numbers.1
            let tcp =
                short(from.port) + short(to.port) + long(numbers.0) + long(acknowledged) + [
                    0x50, flags, 2, 0, 0, 0, 0, 0,
                ]
                + payload
            let number = short(segments.count + 1)
            let ip = [0x45, 0] + short(20 + tcp.count) + number + [0, 0, 64, 6, 0, 0] + from.address + to.address
            segments.append(
                Segment(
                    time: time, interface: interface, bytes: [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + ip + tcp))
        }
    }
}
