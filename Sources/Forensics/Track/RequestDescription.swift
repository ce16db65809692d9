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
    func describe(
        _ exchange: inout PendingExchange, _ head: RequestFields, _ bytes: Span<UInt8>, _ texts: inout LiveTexts
    ) {
        exchange.method = texts.intern(bytes, head.method, limit: TextLimit.method)
        exchange.userAgent = texts.intern(bytes, head.userAgent, limit: TextLimit.userAgent)
        let host = Self.hostName(bytes, head.host)
        exchange.domain = Self.internName(bytes, host, &texts)
        exchange.forwardedFor = Self.forwarded(head, bytes, &texts)
        var path = head.path
        if options.keepsQueryStrings, !head.query.isEmpty { path = path.lowerBound..<head.query.upperBound }
        let parts = texts.split(bytes, path: path)
        exchange.template = parts.template
        exchange.argument = parts.argument
        Self.trace(&exchange, bytes, head.traceID, &texts)
        exchange.textBytes = Self.textBytes(head, host: host, path: path, hasTraceText: !exchange.traceText.isNone)
        let whole = head.path.lowerBound..<max(head.path.upperBound, head.query.upperBound)
        let digest = ByteWords.digest(bytes, whole)
        // A redirect to the name without its final dot leads elsewhere: the digest is then no path's.
        exchange.targetDigest = Self.isRooted(bytes, host) ? ~digest : digest
        if head.isHead { exchange.marks.insert(.head) }
        if head.isConnect { exchange.marks.insert(.connect) }
        if head.isGRPC { exchange.marks.insert(.grpc) }
        if head.isForwardedHTTPS { exchange.marks.insert(.forwardedProtoHTTPS) }
    }

    /// The bytes of the texts that a request keeps, but for its method.
    private static func textBytes(
        _ head: RequestFields, host: Range<Int>, path: Range<Int>, hasTraceText: Bool
    ) -> UInt16 {
        var bytes = path.count &+ min(head.userAgent.count, TextLimit.userAgent) &+ min(host.count, TextLimit.host)
        bytes &+= min(head.forwardedFor.count, TextLimit.forwardedFor)
        if head.forwardedForCount > 1 { bytes &+= min(head.forwardedForLast.count, TextLimit.forwardedFor) }
        if hasTraceText { bytes &+= min(head.traceID.count, TextLimit.trace) }
        return UInt16(clamping: bytes)
    }

    /// Marks health checks, and connections whose peer is a load balancer that pools clients.
    ///
    /// - Parameter isProxied: whether PROXY protocol names the client: then the connection is that client's own.
    mutating func classify(
        _ exchange: inout PendingExchange, _ core: inout ConnectionCore, _ head: RequestFields, isProxied: Bool
    ) {
        if head.forwardedForCount > 0, !isProxied {
            if options.isLoadBalancerSide(core.originator) { core.marks.insert(.backend) }
        } else if head.isHealthChecker, options.isLoadBalancerSide(core.originator) {
            exchange.marks.insert(.healthCheck)
            core.marks.insert(.healthCheck)
            return
        }
        core.marks.insert(.hasExchanges)
    }

    /// Marks a request of which X-Forwarded-For, or the client that a PROXY header names, may be among what was not captured:
    /// the peer that stands for its client may be a load balancer.
    mutating func noteCutHead(_ exchange: inout PendingExchange, _ core: inout ConnectionCore) {
        guard exchange.forwardedFor.isNone, options.isLoadBalancerSide(core.originator) else { return }
        exchange.marks.insert(.headCut)
        // A load balancer sends whole heads.
        if exchange.marks.contains(.unfinished) { return }
        core.halves[0].hasCutHead = true
        if !exchange.marks.contains(.unasked) { counters.cutHeads += 1 }
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

    /// Keeps a host name: in lower case, and without the dot that ends a rooted one, since either spelling is the same name.
    /// RFC 4343; RFC 3986, section 3.2.2.
    static func internName(_ bytes: Span<UInt8>, _ name: Range<Int>, _ texts: inout LiveTexts) -> LiveText {
        let range = isRooted(bytes, name) ? name.lowerBound..<(name.upperBound &- 1) : name
        guard ByteWords.hasCapital(bytes, range) else { return texts.intern(bytes, range, limit: TextLimit.host) }
        var name: [UInt8] = []
        for position in range.prefix(TextLimit.host) {
            let byte = bytes[position]
            name.append(byte &- 0x41 <= 25 ? byte | 0x20 : byte)
        }
        return texts.intern(name)
    }

    @inline(__always)
    private static func isRooted(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        name.count > 1 && bytes[name.upperBound &- 1] == 0x2E
    }

    /// The claimed chain: the field, or first and last field joined where there are several.
    private static func forwarded(
        _ head: RequestFields, _ bytes: Span<UInt8>, _ texts: inout LiveTexts
    ) -> LiveText {
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
    private static func trace(
        _ exchange: inout PendingExchange, _ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout LiveTexts
    ) {
        guard !range.isEmpty else { return }
        var start = range.lowerBound
        while start &+ 40 <= range.upperBound {
            if let packed = packedRoot(bytes, start),
                start &+ 40 == range.upperBound || bytes[start &+ 40] == 0x3B
            {
                exchange.traceRoot = packed
                return
            }
            while start < range.upperBound, bytes[start] != 0x3B { start &+= 1 }
            start &+= 1
            while start < range.upperBound, bytes[start] == 0x20 { start &+= 1 }
        }
        exchange.traceText = texts.append(bytes, range, limit: TextLimit.trace)
    }

    /// Reads `Root=1-hhhhhhhh-` and 24 hexadecimal digits.
    private static func packedRoot(_ bytes: Span<UInt8>, _ start: Int) -> (high: UInt64, low: UInt64)? {
        guard start >= 0, start &+ 40 <= bytes.count, ByteWords.load(bytes, start) >> 8 == 0x52_6F6F_743D_312D,
            bytes[start &+ 15] == 0x2D, let time = hexDigits(ByteWords.load(bytes, start &+ 7)),
            let first = hexDigits(ByteWords.load(bytes, start &+ 16)),
            let second = hexDigits(ByteWords.load(bytes, start &+ 24)),
            let third = hexDigits(ByteWords.load(bytes, start &+ 32))
        else { return nil }
        return (time << 32 | first, second << 32 | third)
    }

    /// Reads eight hexadecimal digits at once; `nil` if one is none.
    @inline(__always)
    private static func hexDigits(_ text: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones &* 0x80
        guard text & tops == 0 else { return nil }
        // Sums of seven-bit bytes do not carry over; the top bit tells whether a byte reaches a bound.
        let folded = text | (ones &* 0x20)
        let digits = (text &+ (ones &* 0x50)) & ~(text &+ (ones &* 0x46)) & tops
        let letters = (folded &+ (ones &* 0x1F)) & ~(folded &+ (ones &* 0x19)) & tops
        guard digits | letters == tops else { return nil }
        let value = (text & (ones &* 0x0F)) &+ ((letters &>> 7) &* 9)
        let pairs = (value &>> 4 | value) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &>> 8 | pairs) & 0x0000_FFFF_0000_FFFF
        return (fours &>> 16 | fours) & 0xFFFF_FFFF
    }
}
