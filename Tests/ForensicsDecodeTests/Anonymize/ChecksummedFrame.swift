/// Puts right checksums into packets that `PacketBuilder` made without, and checks them: by RFC 1071, for plain headers.
enum ChecksummedFrame {
    static func sum(_ bytes: some Sequence<UInt8>, _ start: Int = 0) -> Int {
        var total = start
        for (index, byte) in bytes.enumerated() { total += index % 2 == 0 ? Int(byte) << 8 : Int(byte) }
        while total > 0xFFFF { total = total & 0xFFFF + total >> 16 }
        return total
    }

    /// The checksum field of a transport protocol, from its first byte.
    private static func field(_ number: UInt8) -> Int? {
        switch number {
        case 6: 16
        case 17: 6
        case 1, 58: 2
        default: nil
        }
    }

    /// Where the transport header of an IP packet begins, and the sum of what is covered besides it.
    private static func transport(_ packet: [UInt8]) -> (start: Int, number: UInt8, sum: Int) {
        let isV4 = packet[0] >> 4 == 4
        let start = isV4 ? Int(packet[0] & 15) * 4 : 40
        let number = isV4 ? packet[9] : packet[6]
        let addresses = isV4 ? packet[12..<20] : packet[8..<40]
        return (start, number, number == 1 ? 0 : sum(addresses, Int(number) + packet.count - start))
    }

    /// An IP packet without options or extension headers, with its checksums.
    static func right(_ packet: [UInt8]) -> [UInt8] {
        var packet = packet
        let (start, number, before) = transport(packet)
        if packet[0] >> 4 == 4 { set(&packet, 10, ~sum(packet[..<start])) }
        if let field = field(number) { set(&packet, start + field, ~sum(packet[start...], before)) }
        return packet
    }

    static func isRight(_ packet: [UInt8]) -> Bool {
        let (start, number, before) = transport(packet)
        let isHeaderRight = packet[0] >> 4 == 6 || sum(packet[..<start]) == 0xFFFF
        return isHeaderRight && (field(number) == nil || sum(packet[start...], before) == 0xFFFF)
    }

    static func set(_ packet: inout [UInt8], _ position: Int, _ value: Int) {
        packet[position] = UInt8(value >> 8 & 255)
        packet[position + 1] = UInt8(value & 255)
    }
}
