/// A value of a dimension as `ValueTable` keeps it: three words, whatever its form.
struct ValueKey: Equatable, Sendable {
    /// What a value is.
    enum Form {
        static let number: UInt64 = 0
        static let address: UInt64 = 1
        static let endpoint: UInt64 = 2
        /// An id into the table's texts.
        static let text: UInt64 = 3
        /// All that the table does not tell apart.
        static let other: UInt64 = 4
    }

    let high: UInt64
    let low: UInt64
    /// Dimension · 2³² + form · 2¹⁶ + port.
    let tag: UInt64

    @inline(__always)
    private init(high: UInt64, low: UInt64, tag: UInt64) {
        self.high = high
        self.low = low
        self.tag = tag
    }

    @inline(__always)
    init(_ address: IPAddress, _ dimension: Dimension) {
        self.init(high: address.high, low: address.low, tag: Self.tag(dimension.rawValue, Form.address))
    }

    @inline(__always)
    init(_ endpoint: Endpoint, _ dimension: Dimension) {
        self.init(
            high: endpoint.address.high, low: endpoint.address.low,
            tag: Self.tag(dimension.rawValue, Form.endpoint) | UInt64(endpoint.port))
    }

    @inline(__always)
    init(_ number: UInt16, _ dimension: Dimension) {
        self.init(high: 0, low: UInt64(number), tag: Self.tag(dimension.rawValue, Form.number))
    }

    @inline(__always)
    init(_ text: TextID, _ dimension: UInt8) {
        self.init(high: 0, low: UInt64(text.rawValue), tag: Self.tag(dimension, Form.text))
    }

    /// The key of a dimension's `(other)`.
    @inline(__always)
    init(otherOf dimension: UInt8) { self.init(high: 0, low: 0, tag: Self.tag(dimension, Form.other)) }

    @inline(__always)
    private static func tag(_ dimension: UInt8, _ form: UInt64) -> UInt64 { UInt64(dimension) << 32 | form << 16 }

    @inline(__always)
    var dimension: UInt8 { UInt8(truncatingIfNeeded: tag >> 32) }

    @inline(__always)
    var form: UInt64 { tag >> 16 & 0xFFFF }

    /// The address of an address or an endpoint.
    @inline(__always)
    var address: IPAddress { IPAddress(high: high, low: low) }

    /// The port of an endpoint.
    @inline(__always)
    var port: UInt16 { UInt16(truncatingIfNeeded: tag) }

    @inline(__always)
    var number: UInt16 { UInt16(truncatingIfNeeded: low) }

    @inline(__always)
    var text: TextID { TextID(rawValue: UInt32(truncatingIfNeeded: low)) }

    // MARK: - Hashes

    /// The hash that finds the key in a table.
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        let first = (high ^ tag ^ seed).foldedProduct(with: 0x9E37_79B9_7F4A_7C15)
        return (first ^ low).foldedProduct(with: 0xD6E8_FEB8_6659_FD93)
    }

    /// The hash that admits a key which is no text: the same in every run.
    var fixedHash: UInt64 { Self.mixed(Self.mixed(Self.mixed(high) ^ low) ^ tag) }

    /// The finalizer of SplitMix64.
    static func mixed(_ word: UInt64) -> UInt64 {
        var value = word &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
