/// Texts of the evidence as valid UTF-8: bytes that are none become `\xff`, so that different texts stay different.
package enum EscapedBytes {
    /// Returns the bytes as they are if they are valid UTF-8, else with each byte that belongs to no character as `\x` and two
    /// digits.
    ///
    /// For the few texts that are not ASCII: who calls it has looked.
    package static func valid(_ bytes: [UInt8]) -> [UInt8] {
        if String(decoding: bytes, as: UTF8.self).utf8.elementsEqual(bytes) { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 2)
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var place = 0
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar):
                out.append(contentsOf: scalar)
                place += scalar.count
            case .error(let length):
                for byte in bytes[place..<place + length] { append(byte, to: &out) }
                place += length
            case .emptyInput:
                return out
            }
        }
    }

    /// The same as a `String`.
    package static func string(_ bytes: [UInt8]) -> String { String(decoding: valid(bytes), as: UTF8.self) }

    private static func append(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(contentsOf: [0x5C, 0x78, digit(byte >> 4), digit(byte & 15)])
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
