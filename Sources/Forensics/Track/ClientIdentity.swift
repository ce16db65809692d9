import ForensicsModel

/// Whom a request comes from, decided from that request and the options alone.
///
/// The client is the one PROXY protocol names; else, where the peer is private or a named load balancer, the right-most
/// entry of X-Forwarded-For that is no trusted proxy; else the peer.
struct ClientIdentity {
    var client: Endpoint
    /// There is a chain, and it could not be believed or read: the peer is named.
    var isUntrusted = false
    /// The left-most entry is private or reserved and is not the client.
    var isForwardedPrivate = false

    /// Entries of a chain that are looked at from the right; more than an ALB forwards (it answers 463 past 30).
    private static let entryLimit = 64

    init(peer: Endpoint) { client = peer }

    init(peer: Endpoint, chain bytes: Span<UInt8>, _ chain: Range<Int>, options: TrackOptions) {
        client = peer
        guard !chain.isEmpty else { return }
        guard options.isLoadBalancerSide(peer.address) else {
            isUntrusted = true
            return
        }
        var end = chain.upperBound
        var count = 0
        var found: Endpoint?
        var foundStart = chain.upperBound
        while count < Self.entryLimit {
            let entry = Self.lastEntry(bytes, chain.lowerBound..<end)
            guard let endpoint = Self.endpoint(bytes, entry) else { break }
            count += 1
            let trusted = options.trustedProxies.contains { $0.contains(endpoint.address) }
            if !trusted || Self.separator(bytes, chain.lowerBound..<entry.lowerBound) == nil {
                found = endpoint
                foundStart = entry.lowerBound
                break
            }
            end = Self.separator(bytes, chain.lowerBound..<entry.lowerBound) ?? chain.lowerBound
        }
        guard let found else {
            isUntrusted = true
            return
        }
        client = found
        let firstEntry = Self.firstEntry(bytes, chain)
        if firstEntry.lowerBound != foundStart, let first = Self.endpoint(bytes, firstEntry),
            first.address != found.address
        {
            isForwardedPrivate = first.address.isPrivate
        }
    }

    /// The last entry of the list, trimmed.
    private static func lastEntry(_ bytes: Span<UInt8>, _ list: Range<Int>) -> Range<Int> {
        var start = list.upperBound
        while start > list.lowerBound, bytes[start - 1] != 0x2C { start -= 1 }
        return trim(bytes, start..<list.upperBound)
    }

    private static func firstEntry(_ bytes: Span<UInt8>, _ list: Range<Int>) -> Range<Int> {
        var end = list.lowerBound
        while end < list.upperBound, bytes[end] != 0x2C { end += 1 }
        return trim(bytes, list.lowerBound..<end)
    }

    /// The place of the last comma.
    private static func separator(_ bytes: Span<UInt8>, _ list: Range<Int>) -> Int? {
        var index = list.upperBound
        while index > list.lowerBound {
            index -= 1
            if bytes[index] == 0x2C { return index }
        }
        return nil
    }

    private static func trim(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return start..<end
    }

    /// An address with or without a port; an IPv6 address with a port has brackets.
    private static func endpoint(_ bytes: Span<UInt8>, _ entry: Range<Int>) -> Endpoint? {
        if let address = IPAddress.parse(bytes, entry) { return Endpoint(address, 0) }
        var colon = entry.upperBound
        while colon > entry.lowerBound, bytes[colon - 1] != 0x3A { colon -= 1 }
        guard colon > entry.lowerBound, colon < entry.upperBound, entry.upperBound - colon <= 5 else { return nil }
        var port: UInt32 = 0
        for position in colon..<entry.upperBound {
            let digit = bytes[position] &- 0x30
            if digit > 9 { return nil }
            port = port * 10 + UInt32(digit)
        }
        guard port <= 65_535, let address = IPAddress.parse(bytes, entry.lowerBound..<(colon - 1)) else { return nil }
        return Endpoint(address, UInt16(port))
    }
}
