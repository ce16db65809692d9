import ForensicsModel

/// An encoder's own memory of profile numbers: direct-mapped, so that it is bounded and never asks the shared
/// dictionary twice in a row for what rows repeat.
struct ProfileCache: Sendable {
    private var keys: [ProfileKey]
    private var ids: [UInt32]
    private let mask: Int
    private let kind: ProfileKind

    /// - Parameter bits: the binary logarithm of the number of entries.
    init(_ kind: ProfileKind, bits: Int) {
        self.kind = kind
        keys = [ProfileKey](repeating: ProfileKey(), count: 1 << bits)
        ids = [UInt32](repeating: 0, count: 1 << bits)
        mask = 1 << bits - 1
    }

    @inline(__always)
    mutating func id(_ key: ProfileKey, _ dictionary: CaseDictionary) -> Int64 {
        let slot = Int(truncatingIfNeeded: key.mixed) & mask
        let id = ids[slot]
        if id != 0, keys[slot] == key { return Int64(id) }
        return miss(key, slot, dictionary)
    }

    @inline(never)
    private mutating func miss(_ key: ProfileKey, _ slot: Int, _ dictionary: CaseDictionary) -> Int64 {
        let id = dictionary.profile(kind, key)
        keys[slot] = key
        ids[slot] = id
        return Int64(id)
    }
}

/// The same for IPv6 addresses.
struct AddressCache: Sendable {
    private var addresses: [IPAddress]
    private var ids: [UInt32]

    init() {
        addresses = [IPAddress](repeating: .unspecified, count: 1024)
        ids = [UInt32](repeating: 0, count: 1024)
    }

    mutating func id(_ address: IPAddress, _ dictionary: CaseDictionary) -> UInt32 {
        let mixed = (address.high ^ 0x9E37_79B9_7F4A_7C15).foldedProduct(with: address.low ^ 0xBF58_476D_1CE4_E5B9)
        let slot = Int(truncatingIfNeeded: mixed) & 1023
        if ids[slot] != 0, addresses[slot] == address { return ids[slot] }
        let id = dictionary.address(address)
        addresses[slot] = address
        ids[slot] = id
        return id
    }
}
