/// A frame as the capture holds it: cut at the snap length, with its length on the wire.
struct CapturedFrame {
    var time: Instant
    var bytes: [UInt8]
    var wireLength: Int
}

/// Builds Ethernet frames with right checksums and keeps them until they are written.
struct FrameLog {
    /// Long enough for every HTTP head in the sample.
    static let snapLength = 512

    private(set) var frames: [CapturedFrame] = []

    /// The captured host, and the router of its subnet.
    private static let hostMAC: [UInt8] = [0x0a, 0xff, 0xd2, 0x1c, 0x4e, 0x0b]
    private static let routerMAC: [UInt8] = [0x0a, 0xff, 0xc4, 0x00, 0x00, 0x01]
    private static let host = Scenario.targets[0].ipv4 ?? 0

    /// Appends an IPv4 packet with `payload` behind its header.
    mutating func appendIPv4(
        at time: Instant, protocol number: UInt8, from source: UInt32, to destination: UInt32, identification: UInt16,
        timeToLive: UInt8, payload: [UInt8]
    ) {
        var frame = Self.ethernet(fromHost: source == Self.host, type: 0x0800)
        var header: [UInt8] = [0x45, 0]
        header += bigEndian(UInt16(20 + payload.count))
        header += bigEndian(identification) + [0x40, 0, timeToLive, number, 0, 0]
        header += bigEndian(source) + bigEndian(destination)
        let sum = internetChecksum(header)
        header[10] = UInt8(sum >> 8)
        header[11] = UInt8(sum & 255)
        frame += header + payload
        append(frame, at: time)
    }

    /// Appends a UDP datagram.
    mutating func appendUDP(
        at time: Instant, from source: (UInt32, Int), to destination: (UInt32, Int), identification: UInt16,
        data: [UInt8]
    ) {
        var datagram = bigEndian(UInt16(source.1)) + bigEndian(UInt16(destination.1))
        datagram += bigEndian(UInt16(8 + data.count)) + [0, 0] + data
        setChecksum(of: &datagram, at: 6, protocol: 17, source.0, destination.0)
        appendIPv4(
            at: time, protocol: 17, from: source.0, to: destination.0, identification: identification,
            timeToLive: 64, payload: datagram)
    }

    /// Appends the router's question for the host's address, and the answer.
    mutating func appendARP(at time: Instant, router: UInt32) {
        let fixed: [UInt8] = [0, 1, 8, 0, 6, 4, 0]
        let question = fixed + [1] + Self.routerMAC + bigEndian(router) + [0, 0, 0, 0, 0, 0] + bigEndian(Self.host)
        let answer = fixed + [2] + Self.hostMAC + bigEndian(Self.host) + Self.routerMAC + bigEndian(router)
        append(Self.ethernet(fromHost: false, type: 0x0806) + question, at: time)
        append(Self.ethernet(fromHost: true, type: 0x0806) + answer, at: time + .microseconds(9))
    }

    private static func ethernet(fromHost: Bool, type: UInt16) -> [UInt8] {
        (fromHost ? routerMAC + hostMAC : hostMAC + routerMAC) + bigEndian(type)
    }

    private mutating func append(_ frame: [UInt8], at time: Instant) {
        guard time >= Scenario.captureStart, time < Scenario.captureEnd else { return }
        frames.append(
            CapturedFrame(time: time, bytes: Array(frame.prefix(Self.snapLength)), wireLength: frame.count))
    }
}

/// Writes the transport checksum of `segment` at `place`, over the pseudo header and the whole segment.
func setChecksum(of segment: inout [UInt8], at place: Int, protocol number: UInt8, _ from: UInt32, _ to: UInt32) {
    let pseudo = bigEndian(from) + bigEndian(to) + [0, number] + bigEndian(UInt16(segment.count))
    let sum = internetChecksum(pseudo + segment)
    segment[place] = UInt8(sum >> 8)
    segment[place + 1] = UInt8(sum & 255)
}

/// Returns the Internet checksum of `bytes`. RFC 1071.
func internetChecksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt64 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
        sum += UInt64(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt64(bytes[index + 1]) : 0)
    }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    return ~UInt16(sum)
}

/// Returns the bytes of `value`, the highest first.
func bigEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> Number($0)) }
}
