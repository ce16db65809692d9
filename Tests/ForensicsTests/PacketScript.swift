import Foundation

/// Captures of conversations for tests: Ethernet, IPv4 (RFC 791) and TCP (RFC 9293), in libpcap's file format with microseconds.
struct PacketScript {
    /// An end of a conversation: the last two bytes of an address in 10.77.0.0/16, or a whole one, and a port.
    struct End {
        var address: [UInt8]
        var port: Int

        init(_ address: [UInt8], _ port: Int) {
            self.address = address.count == 4 ? address : [10, 77] + address
            self.port = port
        }
    }

    /// When the captures begin: 2023-11-14T22:13:20Z.
    static let start = 1_700_000_000

    private(set) var packets: [(time: Double, bytes: [UInt8])] = []
    private var identification = 0

    private static func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    private static func word(_ value: Int) -> [UInt8] { short(value >> 16) + short(value) }

    /// Adds one segment, `time` seconds after the start.
    mutating func segment(
        _ time: Double, _ from: End, _ to: End, _ flags: UInt8, _ numbers: (Int, Int), _ text: String = ""
    ) {
        identification += 1
        let tcp =
            Self.short(from.port) + Self.short(to.port) + Self.word(numbers.0) + Self.word(numbers.1)
            + [0x50, flags, 0x20, 0, 0, 0, 0, 0] + Array(text.utf8)
        let ip =
            [0x45, 0] + Self.short(20 + tcp.count) + Self.short(identification & 0xFFFF) + [0, 0, 64, 6, 0, 0]
            + from.address + to.address
        packets.append((time, [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + ip + tcp))
    }

    /// Adds a connection that opens, asks, is answered after `delay` seconds, if at all, and is closed by the client.
    mutating func exchange(
        at time: Double, _ client: End, _ server: End, request: String = PacketScript.get("/"),
        answer: String? = PacketScript.answer(200), after delay: Double = 0.1, first: Int = 100
    ) {
        let asked = first + 1 + request.utf8.count
        segment(time, client, server, 0x02, (first, 0))
        segment(time + 0.001, server, client, 0x12, (500, first + 1))
        segment(time + 0.002, client, server, 0x10, (first + 1, 501))
        segment(time + 0.003, client, server, 0x18, (first + 1, 501), request)
        segment(time + 0.004, server, client, 0x10, (501, asked))
        guard let answer else { return }
        let end = 501 + answer.utf8.count
        segment(time + delay + 0.003, server, client, 0x18, (501, asked), answer)
        segment(time + delay + 0.004, client, server, 0x11, (asked, end))
        segment(time + delay + 0.005, server, client, 0x11, (end, asked + 1))
        segment(time + delay + 0.006, client, server, 0x10, (asked + 1, end + 1))
    }

    static func get(_ path: String, fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: shop.example\r\n\(fields)\r\n"
    }

    static func answer(_ status: Int) -> String { "HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nok" }

    /// The packets in order of time.
    var ordered: [(time: Double, bytes: [UInt8])] {
        packets.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// A capture of some packets, of which no more than so many bytes are kept.
    static func file(_ packets: some Sequence<(time: Double, bytes: [UInt8])>, snapLength: Int = 65_535) -> Data {
        func little(_ value: Int) -> [UInt8] { word(value).reversed() }
        var bytes: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(1)
        for packet in packets {
            let microseconds = Int((packet.time * 1e6).rounded())
            bytes += little(start + microseconds / 1_000_000) + little(microseconds % 1_000_000)
            let kept = packet.bytes.prefix(snapLength)
            bytes += little(kept.count) + little(packet.bytes.count) + kept
        }
        return Data(bytes)
    }
}
