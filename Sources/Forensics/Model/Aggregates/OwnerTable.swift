/// Whose addresses are whose, from the user's own list: the longest prefix wins.
package struct OwnerTable: Equatable, Sendable {
    private var namesByNetwork: [IPNetwork: String] = [:]
    /// The prefix lengths in use, longest first.
    private var lengths: [Int] = []

    package init() {}

    /// Adds a block; a later entry of the same block replaces the earlier.
    package mutating func add(_ network: IPNetwork, owner: String) {
        namesByNetwork[network] = owner
        if !lengths.contains(network.prefixLength) {
            lengths.append(network.prefixLength)
            lengths.sort(by: >)
        }
    }

    package var isEmpty: Bool { namesByNetwork.isEmpty }

    /// All entries, ordered by block.
    package var entries: [(network: IPNetwork, owner: String)] {
        namesByNetwork.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Returns the owner of an address, or `nil` if no block holds it.
    ///
    /// - Complexity: O(number of distinct prefix lengths).
    package func owner(of address: IPAddress) -> String? {
        for length in lengths {
            let base = length >= 96 && address.isV4 ? length - 96 : length
            if address.isV4 && length < 96 { continue }
            if let name = namesByNetwork[IPNetwork(address, length: base)] { return name }
        }
        return nil
    }

    /// Returns the owner of all addresses of a block, or `nil` if no entry holds it, or one inside of it names another.
    ///
    /// - Complexity: O(number of entries).
    package func owner(ofAll network: IPNetwork) -> String? {
        let around = namesByNetwork.filter { $0.key.holds(network) }.max { $0.key.prefixLength < $1.key.prefixLength }
        guard let name = around?.value else { return nil }
        return namesByNetwork.contains { network.holds($0.key) && $0.value != name } ? nil : name
    }
}
