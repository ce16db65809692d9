import ForensicsModel

/// About how many sightings each subject has in each minute, over all logs: never less than there are.
///
/// Most clients with an answer 4xx have one or two. What cannot be a burst need not be put together.
struct BurstSketch: Sendable {
    private static let bits: UInt64 = 20
    private var counts = [UInt8](repeating: 0, count: 1 << BurstSketch.bits)

    mutating func add(_ key: EpisodeTable.Key, _ minute: Int64, count: UInt64) {
        let place = Self.place(key, minute)
        counts[place] = UInt8(clamping: UInt64(counts[place]) + min(count, UInt64(UInt8.max)))
    }

    /// Whether there may be so many.
    func mayHave(_ fewest: UInt64, _ key: EpisodeTable.Key, _ minute: Int64) -> Bool {
        UInt64(counts[Self.place(key, minute)]) >= min(fewest, UInt64(UInt8.max))
    }

    private static func place(_ key: EpisodeTable.Key, _ minute: Int64) -> Int {
        let subject = key.subject
        var value = UInt64(key.check.rawValue) << 16 | UInt64(key.blame.rawValue) << 8 | UInt64(subject.form.rawValue)
        value = mixed(mixed(mixed(value, subject.high), subject.low), subject.word)
        value = mixed(mixed(value, subject.argument), UInt64(bitPattern: minute))
        return Int(truncatingIfNeeded: (value &* 0xD6E8_FEB8_6659_FD93) >> (64 - bits))
    }

    @inline(__always)
    private static func mixed(_ value: UInt64, _ word: UInt64) -> UInt64 {
        let product = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }
}
