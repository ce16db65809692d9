import ForensicsModel

/// The flags that log rows set, as numbers: option sets of another module are combined by generic code, at hundreds of
/// nanoseconds each.
struct LogFlagBits: Sendable {
    let upgraded = ExchangeFlags.upgraded.rawValue
    let healthCheck = ExchangeFlags.healthCheck.rawValue
    let redirectsToItself = ExchangeFlags.redirectsToItself.rawValue
    let negativeRequestTime = ExchangeFlags.negativeRequestTime.rawValue
    let negativeTargetTime = ExchangeFlags.negativeTargetTime.rawValue
    let negativeResponseTime = ExchangeFlags.negativeResponseTime.rawValue
    let startSeen = ConnectionFlags.startSeen.rawValue
    let endSeen = ConnectionFlags.endSeen.rawValue
    let tlsFailed = ConnectionFlags.tlsFailed.rawValue
    let undispatched = ConnectionFlags.undispatched.rawValue
}

extension Exchange {
    /// Sets a flag.
    @inline(__always)
    mutating func insert(_ flag: UInt32) { flags = ExchangeFlags(rawValue: flags.rawValue | flag) }
}

extension Connection {
    /// Sets flags.
    @inline(__always)
    mutating func insert(_ flag: UInt32) { flags = ConnectionFlags(rawValue: flags.rawValue | flag) }
}
