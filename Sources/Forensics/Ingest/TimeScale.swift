import ForensicsModel

/// How the ticks of an interface become nanoseconds: if_tsresol and if_tsoffset of pcapng. Saturates, never wraps.
struct TimeScale: Sendable, Equatable {
    /// Nanoseconds a tick, for units of a nanosecond and longer.
    private var multiplier: UInt64
    /// Ticks a nanosecond, for shorter decimal units; 0 where a tick is too short to matter.
    private var divisor: UInt64
    /// Ticks are 2⁻ⁿ seconds long; -1 for decimal units.
    private var shift: Int
    /// if_tsoffset in nanoseconds.
    private var offset: Int64

    static let microseconds = TimeScale(resolution: 6, offsetSeconds: 0)

    /// Creates the scale of an interface.
    ///
    /// - Parameters:
    ///   - resolution: if_tsresol: 10⁻ⁿ seconds, or with the highest bit 2⁻ⁿ.
    ///   - offsetSeconds: if_tsoffset, added to every time.
    init(resolution: UInt8, offsetSeconds: Int64) {
        let exponent = Int(resolution & 0x7F)
        multiplier = 1
        divisor = 1
        shift = -1
        if resolution & 0x80 != 0 {
            shift = exponent
        } else if exponent <= 9 {
            for _ in exponent..<9 { multiplier *= 10 }
        } else if exponent <= 28 {
            for _ in 9..<exponent { divisor *= 10 }
        } else {
            divisor = 0
        }
        let (product, overflow) = offsetSeconds.multipliedReportingOverflow(by: Timestamp.nanosecondsPerSecond)
        offset = overflow ? (offsetSeconds < 0 ? .min : .max) : product
    }

    /// Returns the nanoseconds since 1970 of a count of ticks.
    @inline(__always)
    func nanoseconds(_ ticks: UInt64) -> Int64 {
        var nanoseconds: UInt64
        if shift >= 0 {
            nanoseconds = binary(ticks)
        } else if divisor == 1 {
            let (product, overflow) = ticks.multipliedReportingOverflow(by: multiplier)
            nanoseconds = overflow ? .max : product
        } else {
            nanoseconds = divisor == 0 ? 0 : ticks / divisor
        }
        nanoseconds = min(nanoseconds, UInt64(Int64.max))
        let (sum, overflow) = Int64(bitPattern: nanoseconds).addingReportingOverflow(offset)
        // The ticks are never negative, so only the upper end can be passed.
        return overflow ? .max : sum
    }

    /// `ticks · 10⁹ / 2ⁿ`, through 128 bits.
    private func binary(_ ticks: UInt64) -> UInt64 {
        let (high, low) = ticks.multipliedFullWidth(by: UInt64(Timestamp.nanosecondsPerSecond))
        if shift >= 64 { return high >> UInt64(shift - 64) }
        if high >> UInt64(shift) != 0 { return .max }
        return shift == 0 ? low : high << UInt64(64 - shift) | low >> UInt64(shift)
    }
}
