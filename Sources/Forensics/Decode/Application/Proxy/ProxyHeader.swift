package import ForensicsModel

/// The PROXY protocol's header, version 1 or 2: whom a load balancer speaks for.
///
/// A network load balancer puts its header before the stream and leaves those that are there, so several may stand in
/// a row: the fields are those of the first, the one of the nearest load balancer. Ranges point into the span that
/// was parsed. The PROXY protocol, Versions 1 & 2 (HAProxy), sections 2.1 and 2.2.
package struct ProxyHeader: Sendable {
    /// 1 or 2; 0 if none was read.
    package var version: UInt8 = 0
    /// The connection is the load balancer's own: LOCAL of version 2, UNKNOWN of version 1. It has no endpoints.
    package var isLocal = false
    package var transport: TransportProtocol = .other
    /// The client; `nil` for LOCAL, UNKNOWN, UNIX sockets and unspecified families.
    package var source: Endpoint?
    /// The address that the client reached.
    package var destination: Endpoint?
    /// The text `vpce-…` of AWS's TLV 0xEA, subtype 1.
    package var vpcEndpoint = 0..<0
    /// PP2_TYPE_AUTHORITY: the host name, usually from SNI.
    package var authority = 0..<0
    /// PP2_TYPE_ALPN.
    package var alpn = 0..<0
    /// PP2_TYPE_SSL with the bit for a client that spoke TLS.
    package var hasTLS = false
    /// The TLVs do not add up to the header's length.
    package var hasBadOptions = false
    /// How many headers stand in a row.
    package var count = 0
    /// How many bytes of headers were read to their ends.
    package var length = 0
    /// The addresses, or where they would be, were not captured: see `parseCut`.
    package var isSourceCut = false
    /// The client of the last header in the row, as claimed by whoever sent it.
    package var innermostSource: Endpoint?

    package init() {}

    /// How many headers in a row are read; a further one is left to the payload.
    package static let chainLimit = 4

    /// Tells whether the bytes can be the start of a header of either version. Looks at twelve bytes.
    package static func looksLike(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Likelihood {
        let text = match(bytes, range, ProxyHeaderV1.signature.span)
        return text == .no ? match(bytes, range, ProxyHeaderV2.signature.span) : text
    }

    /// Reads all headers that stand in a row at the start of the range; `length` counts them all.
    ///
    /// Where the range ends exactly after a header, that is taken for the last one.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into header: inout ProxyHeader
    ) -> HeadResult {
        header = ProxyHeader()
        var position = range.lowerBound
        while header.count < chainLimit {
            let rest = position..<range.upperBound
            if header.count > 0, rest.isEmpty { break }
            let likelihood = looksLike(bytes, rest)
            if likelihood == .unsure { return .incomplete }
            if likelihood == .no {
                if header.count == 0 { return .malformed }
                break
            }
            var one = ProxyHeader()
            let isText = bytes[position] == 0x50
            let result = isText ? ProxyHeaderV1.read(bytes, rest, &one) : ProxyHeaderV2.read(bytes, rest, &one)
            guard case .complete(let length) = result else {
                // What follows a header is whatever the client sends.
                if case .malformed = result, header.count > 0 { break }
                return result
            }
            position += length
            header.add(one)
            header.length = position - range.lowerBound
        }
        return .complete(length: header.length)
    }

    /// Reads the beginning of a header whose rest was not captured: of version 2 the addresses may have been.
    ///
    /// `complete` with the length of the whole header, `incomplete` where that is not known.
    package static func parseCut(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into header: inout ProxyHeader
    ) -> HeadResult {
        header = ProxyHeader()
        if match(bytes, range, ProxyHeaderV2.signature.span) == .yes,
            let length = ProxyHeaderV2.readCut(bytes, range, &header)
        {
            return .complete(length: length)
        }
        header.isSourceCut = true
        return .incomplete
    }

    private mutating func add(_ next: ProxyHeader) {
        let before = count
        if before == 0 { self = next }
        count = before + 1
        innermostSource = next.source ?? innermostSource
    }

    private static func match(_ bytes: Span<UInt8>, _ range: Range<Int>, _ signature: Span<UInt8>) -> Likelihood {
        for offset in 0..<min(range.count, signature.count) where bytes[range.lowerBound + offset] != signature[offset]
        {
            return .no
        }
        return range.count >= signature.count ? .yes : .unsure
    }
}
