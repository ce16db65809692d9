/// Writes capture files byte by byte, for tests.
struct CaptureBuilder {
    private(set) var bytes: [UInt8] = []
    var isBig = false

    mutating func raw(_ more: [UInt8]) { bytes += more }

    mutating func word16(_ value: UInt16) {
        let ordered = isBig ? value : value.byteSwapped
        bytes += [UInt8(ordered >> 8), UInt8(ordered & 0xFF)]
    }

    mutating func word32(_ value: UInt32) {
        let ordered = isBig ? value : value.byteSwapped
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: ordered >> UInt32(shift))) }
    }

    mutating func word64(_ value: UInt64) {
        if isBig {
            word32(UInt32(value >> 32))
            word32(UInt32(truncatingIfNeeded: value))
        } else {
            word32(UInt32(truncatingIfNeeded: value))
            word32(UInt32(value >> 32))
        }
    }

    // MARK: - Classic

    mutating func pcapHeader(
        magic: UInt32 = 0xA1B2_C3D4, major: UInt16 = 2, minor: UInt16 = 4, snapLength: UInt32 = 262_144,
        linkType: UInt32 = 1
    ) {
        word32(magic)
        word16(major)
        word16(minor)
        word32(0)
        word32(0)
        word32(snapLength)
        word32(linkType)
    }

    mutating func record(_ seconds: UInt32, _ fraction: UInt32, _ data: [UInt8], original: UInt32? = nil) {
        word32(seconds)
        word32(fraction)
        word32(UInt32(data.count))
        word32(original ?? UInt32(data.count))
        raw(data)
    }

    mutating func modifiedRecord(_ seconds: UInt32, _ fraction: UInt32, _ data: [UInt8], packetType: UInt8) {
        word32(seconds)
        word32(fraction)
        word32(UInt32(data.count))
        word32(UInt32(data.count))
        word32(3)
        word16(0x0800)
        raw([packetType, 0])
        raw(data)
    }

    // MARK: - pcapng

    mutating func block(_ type: UInt32, _ body: (inout CaptureBuilder) -> Void) {
        var inner = CaptureBuilder()
        inner.isBig = isBig
        body(&inner)
        while inner.bytes.count % 4 != 0 { inner.bytes.append(0) }
        word32(type)
        word32(UInt32(inner.bytes.count + 12))
        raw(inner.bytes)
        word32(UInt32(inner.bytes.count + 12))
    }

    mutating func option(_ code: UInt16, _ value: [UInt8]) {
        word16(code)
        word16(UInt16(value.count))
        raw(value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4))
    }

    mutating func section(major: UInt16 = 1, minor: UInt16 = 0) {
        block(0x0A0D_0D0A) { body in
            body.word32(0x1A2B_3C4D)
            body.word16(major)
            body.word16(minor)
            body.word64(.max)
        }
    }

    mutating func interface(
        linkType: UInt16 = 1, snapLength: UInt32 = 0, name: String? = nil, resolution: UInt8? = nil,
        offsetSeconds: Int64? = nil
    ) {
        block(1) { body in
            body.word16(linkType)
            body.word16(0)
            body.word32(snapLength)
            if let name { body.option(2, Array(name.utf8)) }
            if let resolution { body.option(9, [resolution]) }
            if let offsetSeconds {
                body.word16(14)
                body.word16(8)
                body.word64(UInt64(bitPattern: offsetSeconds))
            }
            body.option(0, [])
        }
    }

    mutating func packet(_ ticks: UInt64, _ data: [UInt8], interface: UInt32 = 0, flags: UInt32? = nil) {
        block(6) { body in
            body.word32(interface)
            body.word32(UInt32(ticks >> 32))
            body.word32(UInt32(truncatingIfNeeded: ticks))
            body.word32(UInt32(data.count))
            body.word32(UInt32(data.count))
            body.raw(data + [UInt8](repeating: 0, count: (4 - data.count % 4) % 4))
            if let flags {
                body.word16(2)
                body.word16(4)
                body.word32(flags)
            }
        }
    }
}
