import ForensicsModel

/// PostgreSQL's request to go over to TLS, which comes before the client hello: a message of eight bytes without a type.
/// PostgreSQL documentation, section "Message Formats", SSLRequest.
package enum TLSRequest {
    /// Bytes of the request.
    package static let length = 8
    private static let message: UInt64 = 0x0000_0008_04D2_162F

    /// Whether the range begins with the request.
    package static func begins(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        range.count >= length && bytes.uint64(at: range.lowerBound) == message
    }
}
