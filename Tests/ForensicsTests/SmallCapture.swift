import Foundation

/// A capture of bare IPv4 that is written packet by packet, in whatever order and with whatever times.
struct SmallCapture {
    /// One packet of a TCP connection from a client to 10.0.1.5:80.
    struct Segment {
        /// Microseconds since the beginning.
        var time: Int64
        /// The last byte of 198.51.100.x.
        var client: UInt8
        var port: UInt16
        var isFromServer = false
        var flags: UInt8
        var sequence: UInt32
        var acknowledged: UInt32 = 0
        var payload: [UInt8] = []
        var window: UInt16 = 0xFAF0
    }

    /// 2026-03-17T09:00:00Z.
    static let beginning: Int64 = 1_773_738_000

    /// The segments of a connection with one request, answered after 20 ms.
    static func talk(client: UInt8, port: UInt16, at time: Int64, status: Int = 200) -> [Segment] {
        let request = Array("GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n".utf8)
        let answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nok".utf8)
        let (asked, told) = (UInt32(1001 + request.count), UInt32(5001 + answer.count))
        func segment(
            _ after: Int64, _ isFromServer: Bool, _ flags: UInt8, _ sequence: UInt32, _ acknowledged: UInt32,
            _ payload: [UInt8] = []
        ) -> Segment {
            Segment(
                time: time + after, client: client, port: port, isFromServer: isFromServer, flags: flags,
                sequence: sequence, acknowledged: acknowledged, payload: payload)
        }
        return [
            segment(0, false, 0x02, 1000, 0), segment(500, true, 0x12, 5000, 1001),
            segment(1_000, false, 0x10, 1001, 5001), segment(1_500, false, 0x18, 1001, 5001, request),
            segment(21_500, true, 0x18, 5001, asked, answer), segment(22_000, false, 0x11, asked, told),
            segment(22_500, true, 0x11, told, asked + 1), segment(23_000, false, 0x10, asked + 1, told + 1),
        ]
    }

    /// A pcap file of segments as they stand, with times in microseconds.
    static func file(_ segments: [Segment]) -> Data {
        var bytes = little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(65_535) + little(101)
        for segment in segments {
            let packet = bytesOf(segment)
            let time = beginning * 1_000_000 + segment.time
            bytes += little(UInt32(time / 1_000_000)) + little(UInt32(time % 1_000_000))
            bytes += little(UInt32(packet.count)) + little(UInt32(packet.count)) + packet
        }
        return Data(bytes)
    }

    private static func bytesOf(_ segment: Segment) -> [UInt8] {
        let (client, server): ([UInt8], [UInt8]) = ([198, 51, 100, segment.client], [10, 0, 1, 5])
        let (clientPort, serverPort) = ([UInt8(segment.port >> 8), UInt8(segment.port & 255)], [0, 80] as [UInt8])
        let length = 40 + segment.payload.count
        // The identification follows from place and time: copies of a packet would be taken for one.
        let identification = UInt16(truncatingIfNeeded: segment.time / 500 &+ Int64(segment.port) &* 7)
        var packet: [UInt8] = [0x45, 0, UInt8(length >> 8), UInt8(length & 255)]
        packet += [UInt8(identification >> 8), UInt8(identification & 255), 0x40, 0, 64, 6, 0, 0]
        packet += segment.isFromServer ? server + client : client + server
        packet += segment.isFromServer ? serverPort + clientPort : clientPort + serverPort
        packet += big(segment.sequence) + big(segment.acknowledged)
        packet += [0x50, segment.flags, UInt8(segment.window >> 8), UInt8(segment.window & 255), 0, 0, 0, 0]
        return packet + segment.payload
    }

    private static func little(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func big(_ value: UInt32) -> [UInt8] { little(value).reversed() }
}
