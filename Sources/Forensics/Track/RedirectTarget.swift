/// Tells whether a redirect leads back to the request it answers.
enum RedirectTarget {
    /// Whether a Location names the request's own address: the same path and query, and, where it is absolute, the
    /// same host and the scheme that the client used (X-Forwarded-Proto where a load balancer tells it).
    ///
    /// - Parameter host: the request's host in lower case, without its port.
    static func isSame(
        _ bytes: Span<UInt8>, _ location: Range<Int>, _ exchange: PendingExchange, host: [UInt8]
    ) -> Bool {
        var path = location.lowerBound
        if bytes[path] != 0x2F || location.count > 1 && bytes[path + 1] == 0x2F {
            guard let end = authorityEnd(bytes, location, exchange, host) else { return false }
            path = end
        }
        var end = path
        while end < location.upperBound, bytes[end] != 0x23 { end += 1 }
        return ByteWords.digest(bytes, path..<end) == exchange.targetDigest
    }

    /// Where the path of an absolute Location begins, if its scheme and host are the request's.
    private static func authorityEnd(
        _ bytes: Span<UInt8>, _ location: Range<Int>, _ exchange: PendingExchange, _ host: [UInt8]
    ) -> Int? {
        let start = location.lowerBound
        var scheme = start
        while scheme < location.upperBound, bytes[scheme] != 0x3A { scheme += 1 }
        guard scheme + 3 < location.upperBound, bytes[scheme + 1] == 0x2F, bytes[scheme + 2] == 0x2F,
            bytes[start] | 0x20 == 0x68, scheme - start == 4 || scheme - start == 5
        else { return nil }
        guard (scheme - start == 5) == exchange.marks.contains(.forwardedProtoHTTPS) else { return nil }
        let from = scheme + 3
        var end = from
        while end < location.upperBound, bytes[end] != 0x2F, bytes[end] != 0x3F { end += 1 }
        // Without a path the Location means `/`, which the request spells out: not taken for the same.
        let name = ShardTables.hostName(bytes, from..<end)
        guard name.count == host.count else { return nil }
        for offset in 0..<name.count {
            let byte = bytes[name.lowerBound + offset]
            if (byte &- 0x41 <= 25 ? byte | 0x20 : byte) != host[offset] { return nil }
        }
        return end
    }
}
