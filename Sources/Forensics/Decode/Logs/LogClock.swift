import ForensicsModel

/// Reads the times of successive lines; the minute of the line before is not computed again.
struct LogClock: Sendable {
    /// The text of the last minute: `YYYY-MM-DDThh:mm:`.
    private var text: (UInt64, UInt64, UInt8) = (0, 0, 0)
    private var minute: Int64 = 0

    /// The time in the range, or `nil` if it is none, or none that a record has. RFC 3339; a missing zone is UTC.
    @inline(__always)
    mutating func time(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        let start = range.lowerBound
        let count = range.upperBound &- start
        // `2018-07-02T22:23:00.186641Z` in ALB and CLB logs, `2018-12-20T02:59:40` in NLB logs.
        guard count == 27 || count == 19 else { return slowTime(bytes, range) }
        let key = (ByteWord.load(bytes, start), ByteWord.load(bytes, start &+ 8), ByteWord.byte(bytes, start &+ 16))
        if key != text {
            guard let whole = slowTime(bytes, range) else { return nil }
            // Only what is written the canonical way may stand for the minute.
            let isUTC = count == 19 || ByteWord.byte(bytes, start &+ 26) == 0x5A
            if isUTC, key.2 == 0x3A, ByteWord.byte(bytes, start &+ 10) == 0x54 {
                text = key
                minute = whole.bucket(width: 60_000_000_000)
                // A leap second belongs to the minute that its text names.
                if ByteWord.byte(bytes, start &+ 17) == 0x36 { minute -= 60_000_000_000 }
            }
            return whole
        }
        if count == 27 {
            guard let microseconds = PlainForm.microsecondsOfMinute(bytes, start &+ 17) else {
                return slowTime(bytes, range)
            }
            return Timestamp(nanoseconds: minute &+ microseconds &* 1000)
        }
        let seconds = ByteWord.load(bytes, start &+ 17)
        guard let second = ByteWord.digits(seconds, 2), second <= 60 else { return slowTime(bytes, range) }
        return Timestamp(nanoseconds: minute &+ Int64(second) &* 1_000_000_000)
    }

    @inline(never)
    private func slowTime(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        LogLimits.checked(RFC3339.parse(bytes, range))
    }
}
