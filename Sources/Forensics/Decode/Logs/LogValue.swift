import ForensicsModel

/// Reads the values of log fields from bytes: numbers, times, addresses, short names.
enum LogValue {
    /// Whether the field is absent: empty, or the single dash that AWS writes.
    @inline(__always)
    static func isAbsent(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let count = range.upperBound &- range.lowerBound
        return count == 0 || (count == 1 && ByteWord.byte(bytes, range.lowerBound) == 0x2D)
    }

    /// Whether the text begins with another.
    static func begins(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count >= text.utf8CodeUnitCount else { return false }
        var index = range.lowerBound
        for byte in text.description.utf8 {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }

    /// Whether the text is another.
    static func isExactly(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && begins(bytes, range, text)
    }

    /// The text as a number if it has at most eight bytes, else 0: equal texts have equal names, and no others.
    @inline(__always)
    static func shortName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        let count = range.upperBound &- range.lowerBound
        return count > 8 ? 0 : ByteWord.prefix(ByteWord.load(bytes, range.lowerBound), count)
    }

    /// The decimal number in the range, or `nil` if it is none or passes 64 bits.
    @inline(__always)
    static func unsigned(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        PlainForm.decimal(bytes, range) ?? longUnsigned(bytes, range)
    }

    @inline(never)
    private static func longUnsigned(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty, range.count <= 20 else { return nil }
        var value: UInt64 = 0
        for index in range {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carried { return nil }
            value = sum
        }
        return value
    }

    /// What a field with a number may hold.
    enum Number {
        case value(UInt64)
        case absent
        case malformed
    }

    @inline(__always)
    static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Number {
        if let value = unsigned(bytes, range) { return .value(value) }
        return isAbsent(bytes, range) ? .absent : .malformed
    }

    /// A count of bytes or packets; one beyond `LogLimits` is malformed.
    @inline(__always)
    static func count(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Number {
        guard let value = unsigned(bytes, range) else { return isAbsent(bytes, range) ? .absent : .malformed }
        return value <= LogLimits.largestCount ? .value(value) : .malformed
    }

    /// What a field with a time span in seconds may hold.
    enum Seconds {
        case nanoseconds(Int64)
        /// -1: AWS's mark for a phase that did not happen.
        case negative
        case absent
        case malformed
    }

    /// The seconds in the range as nanoseconds: `0.048`, `0.000026`, `12`. Digits past the ninth are dropped.
    @inline(__always)
    static func seconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Seconds {
        // What ALB writes nearly always.
        if let value = PlainForm.shortSeconds(bytes, range) { return .nanoseconds(value &* 1_000_000) }
        if isAbsent(bytes, range) { return .absent }
        return longSeconds(bytes, range)
    }

    private static func longSeconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Seconds {
        var position = range.lowerBound
        let end = range.upperBound
        let isNegative = bytes[position] == 0x2D
        if isNegative { position += 1 }
        var whole: Int64 = 0
        var fraction: Int64 = 0
        var scale: Int64 = 1_000_000_000
        var digits = 0
        var inFraction = false
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == 0x2E, !inFraction {
                inFraction = true
                continue
            }
            let digit = byte &- 0x30
            if digit > 9 { return .malformed }
            digits += 1
            if inFraction {
                scale /= 10
                fraction += Int64(digit) * scale
            } else {
                whole = whole * 10 + Int64(digit)
                // More than a century is no time span of a request.
                if whole > 4_000_000_000 { return .malformed }
            }
        }
        if digits == 0 { return .malformed }
        if isNegative { return .negative }
        return .nanoseconds(whole * 1_000_000_000 + fraction)
    }

    /// The three digits of a status code; `nil` if the field is not three digits.
    @inline(__always)
    static func status(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        PlainForm.status(bytes, range)
    }

    /// The endpoint in `address:port`, split at the last colon; IPv6 stands without brackets in AWS's logs.
    @inline(__always)
    static func endpoint(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Endpoint? {
        PlainForm.endpoint(bytes, range) ?? otherEndpoint(bytes, range)
    }

    @inline(never)
    private static func otherEndpoint(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Endpoint? {
        let end = range.upperBound
        guard end &- range.lowerBound >= 9 else { return shortEndpoint(bytes, range) }
        let word = ByteWord.load(bytes, end &- 8)
        let colons = ByteWord.equalExactly(word, 0x3A)
        guard colons != 0 else { return nil }
        let digits = colons.leadingZeroBitCount &>> 3
        guard digits >= 1, digits <= 5,
            let port = ByteWord.digits(word &>> UInt64(64 &- digits &* 8), digits), port <= 0xFFFF,
            let address = address(bytes, range.lowerBound..<(end &- digits &- 1))
        else { return nil }
        return Endpoint(address, UInt16(truncatingIfNeeded: port))
    }

    /// Texts too short for the word before their end: `::1:80`.
    private static func shortEndpoint(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Endpoint? {
        var colon = range.upperBound
        while colon > range.lowerBound, bytes[colon - 1] != 0x3A { colon -= 1 }
        guard colon > range.lowerBound, range.upperBound - colon <= 5,
            let port = unsigned(bytes, colon..<range.upperBound), port <= 0xFFFF,
            let address = address(bytes, range.lowerBound..<(colon - 1))
        else { return nil }
        return Endpoint(address, UInt16(port))
    }

    /// The address in the range, IPv4 or IPv6, with or without brackets.
    @inline(__always)
    static func address(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        PlainForm.address(bytes, range) ?? IPAddress.parse(bytes, range)
    }

    /// The TLS version as ALB and CLB (`TLSv1.2`) or NLB (`tlsv12`) spell it; `nil` if it is neither nor absent.
    @inline(__always)
    static func tlsVersion(_ bytes: Span<UInt8>, _ range: Range<Int>) -> TLSVersion? {
        switch shortName(bytes, range) {
        case ShortName.tlsv1_3, ShortName.tlsv13: return .tls13
        case ShortName.tlsv1_2, ShortName.tlsv12: return .tls12
        case ShortName.dash: return TLSVersion.none
        case ShortName.tlsv1_1, ShortName.tlsv11: return .tls11
        case ShortName.tlsv1, ShortName.tlsv1_0, ShortName.tlsv10: return .tls10
        case ShortName.sslv3: return .ssl3
        default: return range.isEmpty ? TLSVersion.none : nil
        }
    }
}
