import CByteMarks
import ForensicsModel

/// Fields of lines in the forms in which AWS nearly always writes them, read by C code that is compiled into its callers.
///
/// The one file of the log decoders that hands out addresses of memory: each call gets the bytes with their count, and the
/// C side compares every place with that. `nil` means another form, to be read by the general code.
enum PlainForm {
    /// The decimal number, of one to nineteen digits.
    @inline(__always)
    static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        // SAFETY: here and below the C side looks at no byte outside of the count, and keeps no address.
        let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_decimal(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &value)
        }
        return isRead == 0 ? nil : value
    }

    /// The three digits of a status.
    @inline(__always)
    static func status(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt16? {
        let status = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_status(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound)
        }
        return status < 0 ? nil : UInt16(truncatingIfNeeded: status)
    }

    /// `d.ddd` seconds as milliseconds.
    @inline(__always)
    static func shortSeconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        let milliseconds = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_short_seconds(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound)
        }
        return milliseconds < 0 ? nil : Int64(milliseconds)
    }

    /// The microseconds that `ss.ffffffZ`, from `start` on, is into its minute.
    @inline(__always)
    static func microsecondsOfMinute(_ bytes: Span<UInt8>, _ start: Int) -> Int64? {
        let microseconds = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_seconds_of_minute(bytes.baseAddress, bytes.count, start)
        }
        return microseconds < 0 ? nil : microseconds
    }

    /// A dotted IPv4 address.
    @inline(__always)
    static func address(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        var address: UInt32 = 0
        let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_v4(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &address)
        }
        return isRead == 0 ? nil : IPAddress(v4: address)
    }

    /// A dotted IPv4 address and a port.
    @inline(__always)
    static func endpoint(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Endpoint? {
        var address: UInt32 = 0
        var port: UInt32 = 0
        let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_v4_endpoint(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &address, &port)
        }
        return isRead == 0 ? nil : Endpoint(IPAddress(v4: address), UInt16(truncatingIfNeeded: port))
    }

    /// `Root=1-<8 hex>-<24 hex>` packed.
    @inline(__always)
    static func traceRoot(_ bytes: Span<UInt8>, _ range: Range<Int>) -> (UInt64, UInt64)? {
        var high: UInt64 = 0
        var low: UInt64 = 0
        let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_trace_root(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &high, &low)
        }
        return isRead == 0 ? nil : (high, low)
    }

    /// `TID_<32 hex>` folded to 64 bits.
    @inline(__always)
    static func traceKey(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var key: UInt64 = 0
        let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_trace_key(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &key)
        }
        return isRead == 0 ? nil : key
    }

    /// The parts of a request line.
    @inline(__always)
    static func request(_ bytes: Span<UInt8>, _ range: Range<Int>) -> log_request? {
        var request = log_request()
        let isRead = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_read_request(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &request)
        }
        return isRead == 0 ? nil : request
    }

    /// What a template folds in a path, and the template; whether the path has the form.
    @inline(__always)
    static func read(_ path: inout log_path, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_read_path(bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, &path) != 0
        }
    }

    /// Adds a template to the texts.
    static func intern(_ path: log_path, _ texts: inout TextTable) -> TextID {
        unsafe withUnsafeBytes(of: path.text) { bytes in
            let text = unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self))
            return texts.intern(text, 0..<min(Int(path.length), text.count))
        }
    }

    // MARK: - Texts met before

    /// The place of a text of more than eight bytes among `1 << bits` slots.
    @inline(__always)
    static func place(_ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading, bits: UInt32) -> Int {
        let place = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_text_place(
                bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, UInt32(reading.rawValue), bits)
        }
        return Int(place)
    }

    /// Whether a slot holds the text, read in this way.
    @inline(__always)
    static func matches(
        _ slot: log_text_slot, _ bytes: Span<UInt8>, _ range: Range<Int>, _ reading: LogReading
    ) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_text_matches(
                bytes.baseAddress, bytes.count, range.lowerBound, range.upperBound, UInt32(reading.rawValue),
                slot.start, slot.length, slot.reading) != 0
        }
    }

    /// Whether two places hold the same text.
    @inline(__always)
    static func areEqual(_ bytes: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe log_same_text(
                bytes.baseAddress, bytes.count, left.lowerBound, left.upperBound, right.lowerBound, right.upperBound)
                != 0
        }
    }

    // MARK: - Lines

    /// Divides the line at `start` into its fields; whether it has the form that AWS writes.
    @inline(__always)
    static func divide(
        _ bytes: Span<UInt8>, from start: Int, into fields: inout [log_field], _ line: inout log_line
    ) -> Bool {
        precondition(fields.count >= LOG_FIELD_LIMIT)
        var fields = fields.mutableSpan
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe fields.withUnsafeMutableBufferPointer { fields in
                // SAFETY: there is room for the most fields that the C side tells apart, `LOG_FIELD_LIMIT`.
                unsafe log_divide(bytes.baseAddress, bytes.count, start, fields.baseAddress, &line) != 0
            }
        }
    }
}
