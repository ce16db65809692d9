import ForensicsModel

/// What the rows of one flow have in common: its ends, whichever of them a row's packets come from, its interface and
/// its protocol.
struct FlowIdentity {
    let first: Endpoint
    let second: Endpoint
    /// The stitcher's number of the interface's name.
    let interface: TextID
    let ipProtocol: UInt8

    /// The identity of a row, and which of the ends (0 or 1) sent what it tells of.
    @inline(__always)
    static func of(_ row: borrowing FlowInterval) -> (identity: FlowIdentity, side: Int8) {
        let isFirst = precedes(row.source, row.destination)
        let identity = FlowIdentity(
            first: isFirst ? row.source : row.destination, second: isFirst ? row.destination : row.source,
            interface: row.interface, ipProtocol: row.ipProtocol)
        return (identity, isFirst ? 0 : 1)
    }

    @inline(__always)
    private static func precedes(_ left: Endpoint, _ right: Endpoint) -> Bool {
        if left.address.high != right.address.high { return left.address.high < right.address.high }
        if left.address.low != right.address.low { return left.address.low < right.address.low }
        return left.port < right.port
    }

    @inline(__always)
    func isSame(_ other: FlowIdentity) -> Bool {
        first.address.low == other.first.address.low && second.address.low == other.second.address.low
            && first.port == other.first.port && second.port == other.second.port
            && first.address.high == other.first.address.high && second.address.high == other.second.address.high
            && interface.rawValue == other.interface.rawValue && ipProtocol == other.ipProtocol
    }

    /// A well-mixed hash: it places flows in a table and reaches no output.
    @inline(__always)
    var hash: UInt32 { UInt32(truncatingIfNeeded: mixed(interface.rawValue)) }

    /// The same for every interface that sees the flow, and of another flow hardly ever.
    @inline(__always)
    var path: UInt64 { mixed(0) }

    @inline(__always)
    private func mixed(_ place: UInt32) -> UInt64 {
        var value = (first.address.high ^ Shard.seed).foldedProduct(with: first.address.low ^ 0x9E37_79B9_7F4A_7C15)
        value = (value ^ second.address.high).foldedProduct(with: second.address.low ^ 0xBF58_476D_1CE4_E5B9)
        let rest = UInt64(first.port) << 48 | UInt64(second.port) << 32 | UInt64(place ^ UInt32(ipProtocol) << 24)
        return (value ^ rest).foldedProduct(with: Shard.seed ^ 0x94D0_49BB_1331_11EB)
    }
}
