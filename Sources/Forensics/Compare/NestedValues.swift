import ForensicsModel

/// What is told twice where a client stands beside its network or owner: each change is told by one of them.
enum NestedValues {
    /// What makes so much of a wider value is told instead of it.
    private static let nearlyAll = 0.8
    /// So many clients are told instead of their network, as many as a sentence names, each with this part of it at least.
    private static let few = 3
    private static let smallestPart = 0.1

    /// Dimensions of the client, from the narrowest to the widest.
    private static let widening = [
        Dimension.client.name, Dimension.clientNetwork.name, Dimension.owner.name, Dimension.asn.name,
        Dimension.country.name,
    ]

    /// Returns explanations in their order without wider values that few narrower ones make, and without narrower values
    /// that are known to be part of a wider one which is left.
    ///
    /// - Parameter all: what may make a wider value, listed or not.
    static func once(_ listed: [Explanation], among all: [Explanation]) -> [Explanation] {
        let clients = all.filter { widening.contains($0.dimension) }
        let left = listed.filter { !isMadeByFew($0, of: clients) }
        let wider = left.filter { width($0) > 0 }
        return left.filter { one in !wider.contains { isPart(one, of: $0) && holds($0, one) == true } }
    }

    private static func width(_ one: Explanation) -> Int { widening.firstIndex(of: one.dimension) ?? -1 }

    /// Whether a narrower value makes nearly all of this one's change, or of what it has beyond growing as the rest; of a
    /// network also a few clients together.
    private static func isMadeByFew(_ wide: Explanation, of all: [Explanation]) -> Bool {
        guard width(wide) > 0 else { return false }
        let parts = all.filter { one in
            isPart(one, of: wide) && abs(one.change) >= smallestPart * abs(wide.change) && holds(wide, one) != false
        }
        let isOne = parts.contains { one in
            abs(one.change) >= nearlyAll * abs(wide.change)
                || (holds(wide, one) == true && one.shift >= nearlyAll * wide.shift)
        }
        guard !isOne, wide.dimension == Dimension.clientNetwork.name else { return isOne }
        let largest = parts.map { abs($0.change) }.sorted(by: >).prefix(few)
        return largest.reduce(0, +) >= nearlyAll * abs(wide.change)
    }

    /// Whether a value is narrower and moved the same way.
    private static func isPart(_ narrow: Explanation, of wide: Explanation) -> Bool {
        (0..<width(wide)).contains(width(narrow)) && (narrow.change > 0) == (wide.change > 0)
    }

    /// Whether the wider value holds the narrower one; `nil` where nothing tells (country, say).
    private static func holds(_ wide: Explanation, _ narrow: Explanation) -> Bool? {
        if wide.dimension == Dimension.owner.name { return narrow.owner.map { $0 == wide.value } }
        guard wide.dimension == Dimension.clientNetwork.name, let network = IPNetwork(wide.value),
            let address = IPAddress(narrow.value)
        else { return nil }
        return network.contains(address)
    }
}

extension Explanation {
    /// How far the value's share of everything moved: the part of the change beyond growing with the rest.
    var shift: Double { abs(shareDuring - shareBefore) }
}
