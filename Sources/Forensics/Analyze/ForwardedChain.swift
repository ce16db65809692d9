/// The entries of an X-Forwarded-For value.
enum ForwardedChain {
    /// More entries than this are not looked at: a load balancer refuses more than 30.
    static let entryLimit = 64

    /// Returns whether one entry occurs at least three times.
    static func repeatsAddress(_ bytes: [UInt8]) -> Bool {
        // Nearly every chain has fewer than three entries.
        guard bytes.count(where: { $0 == 0x2C }) >= 2 else { return false }
        let entries = bytes.split(separator: 0x2C, maxSplits: entryLimit).map { entry in
            entry.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.map { $0 }
        }
        for index in entries.indices where !entries[index].isEmpty {
            let same = entries[index...].reduce(0) { $0 + ($1 == entries[index] ? 1 : 0) }
            if same >= 3 { return true }
        }
        return false
    }
}
