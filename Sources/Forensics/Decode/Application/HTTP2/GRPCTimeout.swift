/// The value of `grpc-timeout`. gRPC over HTTP/2, "Requests".
///
///     Timeout → "grpc-timeout" TimeoutValue TimeoutUnit
///     TimeoutValue → positive integer as ASCII string of at most 8 digits
enum GRPCTimeout {
    private static let digitLimit = 8

    /// Returns the nanoseconds of a value; 0 where it is none.
    static func nanoseconds(_ value: Span<UInt8>) -> Int64 {
        let digits = value.count - 1
        guard digits > 0, digits <= digitLimit, let number = HTTPFraming.decimal(value, 0..<digits) else { return 0 }
        let (result, isTooLong) = number.multipliedReportingOverflow(by: unit(value[digits]))
        return isTooLong ? .max : result
    }

    /// Nanoseconds of a unit: hours, minutes, seconds, milliseconds, microseconds, nanoseconds; 0 for any other.
    private static func unit(_ letter: UInt8) -> Int64 {
        switch letter {
        case 0x48: 3_600_000_000_000
        case 0x4D: 60_000_000_000
        case 0x53: 1_000_000_000
        case 0x6D: 1_000_000
        case 0x75: 1_000
        case 0x6E: 1
        default: 0
        }
    }
}
