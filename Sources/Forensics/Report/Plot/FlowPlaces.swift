import ForensicsModel

/// The places of one column of a flow map, each with a number, and what went through them.
///
/// Number 0 is everybody who has none of their own.
package struct FlowPlaces: Sendable {
    /// By number; that of a forgotten place is empty.
    private(set) var names = [FlowMap.rest]
    private var numbers: [String: UInt32] = [:]
    /// What was added of each place since it has its number.
    private var counts = [FlowMap.Count()]
    /// What `shrink` took from the weight of each.
    private var taken = [0.0]
    private var free: [UInt32] = []
    /// Whether some have lost their number.
    private(set) var isCut = false
    /// Whether no place gets a number any more.
    private var isClosed = false

    /// How many have a number.
    var count: Int { numbers.count }

    /// Returns the number of a place; a new one unless the column is closed.
    package mutating func number(_ name: String) -> UInt32 {
        if let known = numbers[name] { return known }
        if isClosed { return 0 }
        let number: UInt32
        if let old = free.popLast() {
            number = old
            names[Int(old)] = name
        } else {
            number = UInt32(names.count)
            names.append(name)
            counts.append(.init())
            taken.append(0)
        }
        numbers[name] = number
        return number
    }

    mutating func add(_ number: UInt32, _ count: FlowMap.Count) { counts[Int(number)].add(count) }

    /// Forgets the places that took least until at most so many are left, once there are twice as many.
    ///
    /// All lose as much weight as the first that has to go (Misra and Gries), so that who comes late loses no more than who
    /// came early: a place that takes more than that part of everything always stays.
    ///
    /// - Parameter scale: how much longer the window during was than the one before.
    mutating func shrink(to limit: Int, scale: Double) {
        guard count > 2 * limit else { return }
        let held = numbers.values.map { (number: $0, weight: weight($0, scale)) }
        let least = held.map(\.weight).sorted(by: >)[limit]
        for (number, weight) in held.sorted(by: { $0.number < $1.number }) {
            if weight > least { taken[Int(number)] += least } else { forget(number) }
        }
    }

    private func weight(_ number: UInt32, _ scale: Double) -> Double {
        let count = counts[Int(number)]
        return Double(count.before) * scale + Double(count.during) - taken[Int(number)]
    }

    private mutating func forget(_ number: UInt32) {
        numbers[names[Int(number)]] = nil
        names[Int(number)] = ""
        counts[Int(number)] = .init()
        taken[Int(number)] = 0
        free.append(number)
        isCut = true
    }

    /// Keeps the places that took most in either window, at most so many; all others are number 0 from now on.
    mutating func close(keeping limit: Int, scale: Double) {
        let busiest = numbers.map { (name: $0.key, size: counts[Int($0.value)].larger(scale)) }
            .sorted { $0.size != $1.size ? $0.size > $1.size : $0.name < $1.name }
        var kept = FlowPlaces()
        for (name, _) in busiest.prefix(limit) { _ = kept.number(name) }
        kept.isCut = isCut || busiest.count > limit
        kept.isClosed = true
        self = kept
    }
}
