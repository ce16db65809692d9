/// Which values of each dimension a `ValueTable` takes: those whose fixed hash begins with enough zeros.
///
/// Each further bit halves them, whatever came first: which ones depends on the values alone.
struct ValueAdmission: Equatable, Sendable {
    /// By raw dimension: how many leading bits of the hash must be zero.
    private var bits = [UInt8](repeating: 0, count: 32)

    /// Whether every value of a dimension is taken.
    @inline(__always)
    func isOpen(_ dimension: UInt8) -> Bool { bits[Int(dimension)] == 0 }

    @inline(__always)
    func admits(_ hash: UInt64, _ dimension: UInt8) -> Bool { hash.leadingZeroBitCount >= Int(bits[Int(dimension)]) }

    /// Takes half of the values of a dimension that it takes now.
    mutating func narrow(_ dimension: UInt8) { bits[Int(dimension)] = min(64, bits[Int(dimension)] + 1) }

    /// Takes everything again.
    mutating func open() {
        for index in bits.indices { bits[index] = 0 }
    }
}
