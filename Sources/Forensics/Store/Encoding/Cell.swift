import ForensicsModel

/// How values become the integers of a row, and how they are read back. `SQLExpressions` says the same in SQL.
///
/// SQLite stores an integer in 0 (the values 0 and 1), 1, 2, 3, 4, 6 or 8 bytes: each form here moves common values
/// into the short ones.
enum Cell {
    /// SQL's NULL.
    static let null = Int64.min

    // MARK: Times

    /// A time as its distance from its source's base: microseconds where that is exact, else nanoseconds.
    ///
    /// The lowest bit tells which. Times more than 146 years from the base are cut to microseconds.
    @inline(__always)
    static func time(_ time: Timestamp, base: Int64) -> Int64 {
        let delta = time.since(Timestamp(nanoseconds: base))
        let micro = delta / 1000
        if micro &* 1000 == delta || delta > Int64.max >> 1 || delta < Int64.min >> 1 { return micro << 1 }
        return delta << 1 | 1
    }

    @inline(__always)
    static func readTime(_ cell: Int64, base: Int64) -> Timestamp {
        Timestamp(nanoseconds: base).advanced(by: cell & 1 != 0 ? cell >> 1 : (cell >> 1) &* 1000)
    }

    // MARK: Durations

    /// A duration that is told to be absent although the one it would be taken from is there.
    static let absentDuration: Int64 = 3

    /// Nanoseconds as whole milliseconds, microseconds or nanoseconds; the lowest two bits tell which.
    @inline(__always)
    static func duration(_ nanoseconds: Int64?) -> Int64 {
        guard let nanoseconds else { return null }
        if nanoseconds == 0 { return 0 }
        let micro = nanoseconds / 1000
        if micro &* 1000 == nanoseconds || nanoseconds > Int64.max >> 2 || nanoseconds < Int64.min >> 2 {
            let milli = micro / 1000
            return milli &* 1000 == micro ? milli << 2 : micro << 2 | 1
        }
        return nanoseconds << 2 | 2
    }

    @inline(__always)
    static func readDuration(_ cell: Int64) -> Int64? {
        if cell == null { return nil }
        switch cell & 3 {
        case 0: return (cell >> 2) &* 1_000_000
        case 1: return (cell >> 2) &* 1000
        case 2: return cell >> 2
        default: return nil
        }
    }

    // MARK: Addresses and ports

    /// IPv4 addresses fill the 32-bit integers; IPv6 addresses are ids of `address6` from here on.
    static let addressSplit: Int64 = 1 << 31

    @inline(__always)
    static func address(v4: UInt32) -> Int64 { Int64(v4) - addressSplit }

    @inline(__always)
    static func address(v6 id: UInt32) -> Int64 { Int64(id) + addressSplit }

    /// The ports fill the 16-bit integers.
    @inline(__always)
    static func port(_ port: UInt16) -> Int64 { Int64(port) - 32768 }

    @inline(__always)
    static func port(nonZero port: UInt16) -> Int64 { port == 0 ? null : Int64(port) - 32768 }

    @inline(__always)
    static func readPort(_ cell: Int64) -> UInt16 { cell == null ? 0 : UInt16(truncatingIfNeeded: cell &+ 32768) }

    // MARK: Numbers and references

    @inline(__always)
    static func count(_ value: UInt64?) -> Int64 {
        guard let value else { return null }
        return Int64(clamping: value)
    }

    @inline(__always)
    static func count(_ value: UInt32?) -> Int64 {
        guard let value else { return null }
        return Int64(value)
    }

    @inline(__always)
    static func readCount(_ cell: Int64) -> UInt64? { cell < 0 ? nil : UInt64(cell) }

    @inline(__always)
    static func readCount32(_ cell: Int64) -> UInt32? { cell < 0 ? nil : UInt32(clamping: cell) }

    /// A key of 64 bits whose absence is 0.
    @inline(__always)
    static func key(_ value: UInt64) -> Int64 {
        // The pattern of NULL is a key like any other; it gives its lowest bit away.
        value == 0 ? null : Int64(bitPattern: value) == null ? null + 1 : Int64(bitPattern: value)
    }

    /// The longest text or blob of a row.
    static let lengthLimit = 1 << 25 - 1

    /// A place in a sheet's arena: see `BULK_VARIANT`.
    @inline(__always)
    static func reference(offset: Int, length: Int, isBlob: Bool) -> Int64 {
        ~(Int64(offset) << 26 | Int64(length) << 1 | (isBlob ? 1 : 0))
    }

    @inline(__always)
    static func readReference(_ cell: Int64) -> (range: Range<Int>, isBlob: Bool)? {
        guard cell < 0, cell != null else { return nil }
        let word = UInt64(bitPattern: ~cell)
        let offset = Int(word >> 26)
        return (offset..<(offset + Int(word >> 1 & 0x1FF_FFFF)), word & 1 != 0)
    }
}
