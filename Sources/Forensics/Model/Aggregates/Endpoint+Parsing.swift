extension Endpoint {
    /// Returns the endpoint written in `bytes[range]`, `a.b.c.d:port` or `[v6]:port`, or `nil`.
    package static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Endpoint? {
        var colon = range.upperBound - 1
        while colon > range.lowerBound, bytes[colon] != 0x3A { colon -= 1 }
        guard colon > range.lowerBound, let port = DecimalText.parse(bytes, (colon + 1)..<range.upperBound),
            let address = IPAddress.parse(bytes, range.lowerBound..<colon),
            address.isV4 || bytes[range.lowerBound] == 0x5B
        else { return nil }
        return Endpoint(address, port)
    }
}
