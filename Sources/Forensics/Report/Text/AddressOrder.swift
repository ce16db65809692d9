import ForensicsModel

/// Puts addresses in the order of their numbers where texts are compared: `198.18.56.1` before `198.18.252.1`.
package enum AddressOrder {
    /// Returns a text that sorts as the address does: IPv4 before IPv6, then the address, then port or prefix length;
    /// `nil` for what is no address, block or endpoint.
    package static func key(_ text: String) -> String? {
        // The longest is `[…]:65535`.
        guard let first = text.utf8.first, text.utf8.count <= 54, isPossible(first) else { return nil }
        if let network = IPNetwork(text) {
            return key(network.address, UInt64(text.utf8.contains(0x2F) ? network.prefixLength : 0))
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        return IPAddress(String(host)).map { key($0, UInt64(port)) }
    }

    private static func key(_ address: IPAddress, _ part: UInt64) -> String {
        address.v4.map { "4" + hex(UInt64($0), 8) + hex(part, 4) }
            ?? "6" + hex(address.high, 16) + hex(address.low, 16) + hex(part, 4)
    }

    /// A hexadecimal digit, `:` or `[`.
    private static func isPossible(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x46, 0x5B, 0x61...0x66: true
        default: false
        }
    }

    private static func hex(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
