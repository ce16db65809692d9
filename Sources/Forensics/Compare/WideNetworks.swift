import ForensicsModel

/// Finds the networks, wider than those that clients are told by, that gained or lost a part of everything as a whole: a flood of
/// thousands of addresses of one /16 is little in each /24.
///
/// Networks form a tree. One of them reaches as far as what happened does if the next wider one holds hardly more of it, and
/// neither half of it holds nearly all. Where such networks lie in each other the narrower ones are taken if they have most of what
/// the wider one has (hierarchical heavy hitters: Cormode, Korn, Muthukrishnan, Srivastava 2003).
struct WideNetworks {
    /// A network that is told has this part of all that moved the same way at least.
    private static let heavy = 0.1
    /// The next wider network holds more than so many times as much: then the narrower one is not where it ends.
    private static let hardlyMore = 1.25
    /// A half that has this part of a network is told instead of it, and several within it that have so much together.
    private static let nearlyAll = 0.9
    private static let most = 0.8
    /// The widest networks of IPv4 and IPv6: larger ones are nobody's.
    private static let widest = (v4: 96 + 8, v6: 20)
    /// It takes so many of the networks in it that did about as much, or fewer that are half of all there is room for: a few clients
    /// that have a wide network in common are told themselves.
    private static let fewest = 16.0
    private static let fewestNeighbours = 6.0
    private static let filledPart = 0.5

    private struct Leaf {
        let network: IPNetwork
        /// How far it moved, in the direction that is looked for.
        let shift: Double
    }

    private struct Found {
        let network: IPNetwork
        let shift: Double
    }

    private let leaves: [Leaf]
    /// Sums of the shifts, of those that are positive, and of their squares, before each leaf.
    private var sums = [0.0]
    private var positive = [0.0]
    private var squares = [0.0]

    /// Returns networks that may be told, ordered by address; none of them holds another.
    ///
    /// - Parameter shift: how far a value moved beyond what is nobody's doing.
    static func candidates(
        _ values: [MergedValue], total: ComparisonResult.Total, shift: (MergedValue) -> Double
    ) -> [IPNetwork] {
        let leaves = values.compactMap { value in
            IPNetwork(value.value).map { Leaf(network: $0, shift: shift(value)) }
        }.sorted { $0.network < $1.network }
        let directions =
            switch total.direction {
            case .rise: [1.0]
            case .fall: [-1.0]
            case .same: [1.0, -1.0]
            }
        let found = directions.flatMap { sign in
            WideNetworks(leaves.map { Leaf(network: $0.network, shift: sign * $0.shift) }).found
        }
        // What rose in what fell: neither is where it ends.
        return found.filter { one in !found.contains { $0 != one && ($0.holds(one) || one.holds($0)) } }.sorted()
    }

    private init(_ leaves: [Leaf]) {
        self.leaves = leaves
        for leaf in leaves {
            let gain = max(0, leaf.shift)
            sums.append((sums.last ?? 0) + leaf.shift)
            positive.append((positive.last ?? 0) + gain)
            squares.append((squares.last ?? 0) + gain * gain)
        }
    }

    private var found: [IPNetwork] {
        guard leaves.count > 1, positive[leaves.count] > 0 else { return [] }
        return visit(leaves.indices, outer: (length: -1, shift: sums[leaves.count])).map(\.network)
            .filter { !$0.isClientNetwork }
    }

    /// Returns what is told of the leaves in a range, which are all there are of a network.
    ///
    /// - Parameter outer: the length of the network around theirs that holds more leaves, and its shift.
    private func visit(_ range: Range<Int>, outer: (length: Int, shift: Double)) -> [Found] {
        let bar = Self.heavy * positive[leaves.count]
        guard sum(positive, range) >= bar, let first = range.first, let last = range.last else { return [] }
        let shift = sum(sums, range)
        let network = leaves[first].network.common(with: leaves[last].network)
        let endsHere =
            shift >= bar
            && (network.prefixLength > outer.length + 1 || outer.shift <= Self.hardlyMore * shift)
        guard first != last else { return endsHere ? [Found(network: network, shift: shift)] : [] }
        let middle = split(range, at: network.prefixLength)
        let halves = [range.lowerBound..<middle, middle..<range.upperBound]
        let inner = halves.flatMap { visit($0, outer: (network.prefixLength, shift)) }
        let isSplit = !halves.contains { sum(sums, $0) >= Self.nearlyAll * shift }
        let isTold = inner.reduce(0) { $0 + $1.shift } >= Self.most * shift
        guard endsHere, isSplit, !isTold, isNamed(network), isSpread(range, in: network) else { return inner }
        return [Found(network: network, shift: shift)]
    }

    private func sum(_ sums: [Double], _ range: Range<Int>) -> Double {
        sums[range.upperBound] - sums[range.lowerBound]
    }

    /// The first leaf of a range in the upper half of the network around them.
    private func split(_ range: Range<Int>, at length: Int) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if leaves[middle].network.address.bit(length) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func isNamed(_ network: IPNetwork) -> Bool {
        network.prefixLength >= (network.isV4 ? Self.widest.v4 : Self.widest.v6)
    }

    /// Whether many did about as much: the inverse of the sum of squared parts is their number if all did.
    private func isSpread(_ range: Range<Int>, in network: IPNetwork) -> Bool {
        let (all, square) = (sum(positive, range), sum(squares, range))
        guard all > 0, square > 0 else { return false }
        let count = all * all / square
        let width = leaves[range.lowerBound].network.prefixLength - network.prefixLength
        if count >= Self.fewest { return true }
        return count >= Self.fewestNeighbours && width < 16 && count >= Self.filledPart * Double(1 << width)
    }
}

extension IPNetwork {
    /// Whether it is no wider than the networks that clients are told by.
    var isClientNetwork: Bool { prefixLength >= IPNetwork(around: address).prefixLength }
}

extension IPAddress {
    /// A bit, counted from the first.
    fileprivate func bit(_ place: Int) -> Bool {
        place < 64 ? high >> UInt64(63 - place) & 1 != 0 : low >> UInt64(127 - place) & 1 != 0
    }
}

extension WindowAggregate {
    /// The same window with the clients' networks joined into wider ones, where these hold them.
    func joining(_ wide: [IPNetwork]) -> WindowAggregate {
        guard !wide.isEmpty, let values = dimensions[.clientNetwork] else { return self }
        var joined = wide.map { DimensionValue(value: $0.description, activity: Activity(), series: []) }
        var rest: [DimensionValue] = []
        for value in values {
            guard let network = IPNetwork(value.value), let place = wide.firstIndex(where: { $0.holds(network) }) else {
                rest.append(value)
                continue
            }
            joined[place].activity.add(value.activity)
            joined[place].series += value.series
        }
        for place in joined.indices { SeriesPoint.join(&joined[place].series) }
        var window = self
        window.dimensions[.clientNetwork] = rest + joined.filter { $0.activity != Activity() }
        return window
    }
}
