/// Writes strings as JSON does, on bytes. RFC 8259, section 7.
package enum JSONText {
    private static let hex: [UInt8] = Array("0123456789abcdef".utf8)

    /// Appends `bytes[range]`, which must be UTF-8, as a quoted string.
    package static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to out: inout [UInt8]) {
        out.append(0x22)
        for index in range {
            let byte = bytes[index]
            if byte >= 0x20, byte != 0x22, byte != 0x5C {
                out.append(byte)
            } else if byte >= 0x20 {
                out.append(0x5C)
                out.append(byte)
            } else {
                out.append(contentsOf: [0x5C, 0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
        out.append(0x22)
    }
}
