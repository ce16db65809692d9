import ForensicsDecode
import ForensicsModel

/// Bytes kept of each text of a request.
enum TextLimit {
    static let host = 255
    static let method = 32
    static let userAgent = 512
    static let forwardedFor = 1024
    static let trace = 256
    static let name = 255
}

extension ShardTables {
    /// Takes over what a request head says.
    mutating func describe(
        _ exchange: inout PendingExchange, _ head: HTTPRequestHead, _ bytes: Span<UInt8>
    ) {
        exchange.method = texts.intern(bytes, head.method, limit: TextLimit.method)
        exchange.userAgent = texts.intern(bytes, head.userAgent, limit: TextLimit.userAgent)
        let host = Self.hostName(bytes, head.host)
        exchange.domain = internLowercased(bytes, host)
        exchange.forwardedFor = forwarded(head, bytes)
        var path = head.path
        if options.keepsQueryStrings, !head.query.isEmpty { path = path.lowerBound..<head.query.upperBound }
        let parts = texts.split(bytes, path: path)
        exchange.template = parts.template
        exchange.argument = parts.argument
        trace(&exchange, bytes, head.traceID)
        let whole = head.path.lowerBound..<max(head.path.upperBound, head.query.upperBound)
        exchange.targetDigest = RedirectTarget.digest(bytes, target: whole)
        if head.isHead { exchange.marks.insert(.head) }
        if head.isConnect { exchange.marks.insert(.connect) }
        if head.flags.contains(.grpc) { exchange.marks.insert(.grpc) }
        if head.forwardedProto.count == 5 { exchange.marks.insert(.forwardedProtoHTTPS) }
    }

    /// Marks health checks, and connections whose peer is a load balancer that pools clients.
    mutating func classify(
        _ exchange: inout PendingExchange, _ core: inout ConnectionCore, _ head: HTTPRequestHead
    ) {
        if head.forwardedForCount > 0 {
            if options.isLoadBalancerSide(core.originator) { core.marks.insert(.backend) }
        } else if head.flags.contains(.amznHealthChecker), options.isLoadBalancerSide(core.originator) {
            exchange.marks.insert(.healthCheck)
            core.marks.insert(.healthCheck)
            return
        }
        core.marks.insert(.hasExchanges)
    }

    /// The host without its port: `name:port`, `[v6]:port`.
    static func hostName(_ bytes: Span<UInt8>, _ host: Range<Int>) -> Range<Int> {
        var index = host.upperBound
        while index > host.lowerBound, bytes[index &- 1] &- 0x30 <= 9 { index &-= 1 }
        guard index > host.lowerBound, index < host.upperBound, bytes[index &- 1] == 0x3A else { return host }
        // A second colon without brackets: an IPv6 address, which has no port here.
        if bytes[host.lowerBound] != 0x5B {
            for position in host.lowerBound..<(index &- 1) where bytes[position] == 0x3A { return host }
        }
        return host.lowerBound..<(index &- 1)
    }

    private mutating func internLowercased(_ bytes: Span<UInt8>, _ range: Range<Int>) -> TextID {
        var hasCapitals = false
        for position in range where bytes[position] &- 0x41 <= 25 { hasCapitals = true }
        guard hasCapitals else { return texts.intern(bytes, range, limit: TextLimit.host) }
        var name: [UInt8] = []
        for position in range.prefix(TextLimit.host) {
            let byte = bytes[position]
            name.append(byte &- 0x41 <= 25 ? byte | 0x20 : byte)
        }
        return texts.intern(name)
    }

    /// The claimed chain: the field, or first and last field joined where there are several.
    private mutating func forwarded(_ head: HTTPRequestHead, _ bytes: Span<UInt8>) -> TextID {
        guard head.forwardedForCount > 1 else {
            return texts.intern(bytes, head.forwardedFor, limit: TextLimit.forwardedFor)
        }
        var chain: [UInt8] = []
        for position in head.forwardedFor.prefix(TextLimit.forwardedFor) { chain.append(bytes[position]) }
        chain.append(0x2C)
        chain.append(0x20)
        // The right end decides who the client is, so it is the left end that is cut.
        for position in head.forwardedForLast.suffix(TextLimit.forwardedFor) { chain.append(bytes[position]) }
        return texts.intern(chain)
    }

    /// Takes the trace id: `Root=1-<8 hex>-<24 hex>` packed, anything else as text.
    private mutating func trace(_ exchange: inout PendingExchange, _ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        var start = range.lowerBound
        while start &+ 40 <= range.upperBound {
            if let packed = Self.packedRoot(bytes, start),
                start &+ 40 == range.upperBound || bytes[start &+ 40] == 0x3B
            {
                exchange.traceHigh = packed.high
                exchange.traceLow = packed.low
                return
            }
            while start < range.upperBound, bytes[start] != 0x3B { start &+= 1 }
            start &+= 1
            while start < range.upperBound, bytes[start] == 0x20 { start &+= 1 }
        }
        exchange.traceText = texts.intern(bytes, range, limit: TextLimit.trace)
    }

    /// Reads `Root=1-hhhhhhhh-` and 24 hexadecimal digits.
    private static func packedRoot(_ bytes: Span<UInt8>, _ start: Int) -> (high: UInt64, low: UInt64)? {
        guard bytes[start] == 0x52, bytes[start &+ 1] == 0x6F, bytes[start &+ 2] == 0x6F, bytes[start &+ 3] == 0x74,
            bytes[start &+ 4] == 0x3D, bytes[start &+ 5] == 0x31, bytes[start &+ 6] == 0x2D,
            bytes[start &+ 15] == 0x2D
        else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var position = start &+ 7
        var count = 0
        while count < 32 {
            if position != start &+ 15 {
                guard let digit = hexDigit(bytes[position]) else { return nil }
                if count < 16 { words.high = words.high << 4 | digit } else { words.low = words.low << 4 | digit }
                count &+= 1
            }
            position &+= 1
        }
        return words
    }

    @inline(__always)
    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        if byte &- 0x30 <= 9 { return UInt64(byte &- 0x30) }
        let folded = byte | 0x20
        return folded &- 0x61 <= 5 ? UInt64(folded &- 0x57) : nil
    }
}
