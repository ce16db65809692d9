/// The entries of an X-Forwarded-For value.
enum ForwardedChain {
    /// More entries than this are not looked at: a load balancer refuses more than 30.
    static let entryLimit = 64

    /// Returns whether one address occurs at least three times, whatever its ports.
    static func repeatsAddress(_ bytes: [UInt8]) -> Bool {
        // Nearly every chain has fewer than three entries.
        guard bytes.count(where: { $0 == 0x2C }) >= 2 else { return false }
        let entries = bytes.split(separator: 0x2C, maxSplits: entryLimit).map { entry in
            withoutPort(entry.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed())
        }
        for index in entries.indices where !entries[index].isEmpty {
            let same = entries[index...].reduce(0) { $0 + ($1 == entries[index] ? 1 : 0) }
            if same >= 3 { return true }
        }
        return false
    }

    /// The address of `address`, `address:port`, `[address]` or `[address]:port`; a second colon without brackets is one of
    /// an IPv6 address.
    private static func withoutPort(_ entry: [UInt8]) -> [UInt8] {
        if entry.first == 0x5B, let end = entry.firstIndex(of: 0x5D) { return Array(entry[1..<end]) }
        guard let colon = entry.firstIndex(of: 0x3A), entry.lastIndex(of: 0x3A) == colon else { return entry }
        return Array(entry[..<colon])
    }
}
