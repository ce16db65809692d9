import ForensicsModel

/// Where the places and ways of a flow map stand: three columns, ways as bands whose width is what took them, in the
/// window where that was more.
///
/// A way keeps one height through the middle, so that the eye follows it from its origin to its target. What went before
/// and is gone has its width as well: a place that lost everything is a cause as often as one that is new.
struct FlowLayout {
    /// A place: who, through what, to what.
    struct Node: Equatable {
        var name: String
        var count = FlowMap.Count()
        /// The room of its name.
        var top = 0.0
        var height = 0.0
        /// Its bar.
        var barTop = 0.0
        var barHeight = 0.0
    }

    /// A way, or several whose ends are drawn as one.
    struct Band: Equatable {
        /// The place in each column.
        var places: [Int]
        var count: FlowMap.Count
        /// The upper edge in each column.
        var tops: [Double] = [0, 0, 0]
        /// As much as in the same time before.
        var kept = 0.0
        /// More than before.
        var grown = 0.0
        /// What came before and no longer.
        var gone = 0.0

        var width: Double { kept + grown + gone }
    }

    private(set) var columns: [[Node]]
    private(set) var bands: [Band]
    private(set) var height = 0.0

    /// Places drawn of each column; the rest is one, or two where some of it came before only.
    private static let limits = [8, 4, 8]
    private static let full = 320.0
    /// The room that a name of one line and its shares need, and that of each further line.
    private static let room = 36.0
    private static let line = 15.0
    /// Letters that a line of a phone holds, and lines before a name is cut.
    private static let letters = 16
    private static let lines = 3
    private static let gap = 6.0
    /// Above each load balancer stands its name.
    private static let title = 24.0

    init(_ map: FlowMap) {
        let ways = map.ordered
        let names: [(FlowMap.Path) -> String] = [{ $0.from }, { $0.through }, { $0.to }]
        columns = []
        var places: [[String: Int]] = []
        for (name, limit) in zip(names, Self.limits) {
            let (nodes, byName) = Self.nodes(ways.map { (name($0.path), $0.count) }, limit, map.scale)
            columns.append(nodes)
            places.append(byName)
        }
        var sums: [[Int]: FlowMap.Count] = [:]
        for way in ways {
            let key = zip(names, places).map { name, byName in byName[name(way.path)] ?? 0 }
            sums[key, default: .init()].add(way.count)
        }
        // In an order of their own, as sums of fractions depend on it.
        bands = sums.map { Band(places: $0.key, count: $0.value) }.sorted { left, right in
            left.places.lexicographicallyPrecedes(right.places)
        }
        measure(map.scale)
        place()
    }

    /// The busiest places of either window by name, then one for all others, and one for others that are gone.
    private static func nodes(
        _ counts: [(name: String, count: FlowMap.Count)], _ limit: Int, _ scale: Double
    ) -> (nodes: [Node], places: [String: Int]) {
        var sums: [String: FlowMap.Count] = [:]
        for (name, count) in counts { sums[name, default: .init()].add(count) }
        let unnamed = sums.removeValue(forKey: FlowMap.rest).map { Node(name: FlowMap.rest, count: $0) }
        let ranked = sums.map { Node(name: $0.key, count: $0.value) }.sorted { left, right in
            let (a, b) = (left.count.larger(scale), right.count.larger(scale))
            return a != b ? a > b : precedes(left, right)
        }
        // One left over has a name as well.
        let shown = ranked.count + (unnamed == nil ? 0 : 1) <= limit + 1 ? ranked.count : min(limit, ranked.count)
        let rest = ranked.dropFirst(shown) + (unnamed.map { [$0] } ?? [])
        var groups = ranked.prefix(shown).sorted(by: precedes).map { [$0] }
        groups.append(rest.filter { $0.count.during > 0 })
        groups.append(rest.filter { $0.count.during == 0 })
        var nodes: [Node] = []
        var places: [String: Int] = [:]
        for group in groups {
            guard var node = group.first else { continue }
            for one in group { places[one.name] = nodes.count }
            for one in group.dropFirst() { node.count.add(one.count) }
            let word = node.count.during > 0 ? "others" : "gone"
            if group.contains(where: { $0.name == FlowMap.rest }) {
                // How many these are was not counted.
                node.name = "all \(word)"
            } else if group.count > 1 {
                node.name = "\(group.count) \(word)"
            }
            nodes.append(node)
        }
        return (nodes, places)
    }

    private static func precedes(_ left: Node, _ right: Node) -> Bool {
        if left.count.during != right.count.during { return left.count.during > right.count.during }
        if left.count.before != right.count.before { return left.count.before > right.count.before }
        return left.name < right.name
    }

    /// Gives the bands their widths: all of them fill the height together.
    private mutating func measure(_ scale: Double) {
        let whole = bands.reduce(0) { $0 + $1.count.larger(scale) }
        let unit = Self.full / max(1, whole)
        for index in bands.indices {
            let before = Double(bands[index].count.before) * scale
            let during = Double(bands[index].count.during)
            bands[index].kept = min(before, during) * unit
            bands[index].grown = max(0, during - before) * unit
            bands[index].gone = max(0, before - during) * unit
        }
    }

    private mutating func place() {
        for column in columns.indices {
            var top = 0.0
            for index in columns[column].indices {
                let bar = bands.reduce(0) { $1.places[column] == index ? $0 + $1.width : $0 }
                let isMiddle = column == 1
                columns[column][index].top = top
                let room = Self.room(columns[column][index].name)
                columns[column][index].height = isMiddle ? bar + Self.title : max(room, bar)
                let free = columns[column][index].height - bar
                columns[column][index].barTop = top + (isMiddle ? free : free / 2)
                columns[column][index].barHeight = bar
                top += columns[column][index].height + Self.gap
            }
            height = max(height, top - Self.gap)
        }
        for column in columns.indices { center(column) }
        order([1, 2, 0], at: 0)
        order([0, 2, 1], at: 1)
        order([1, 0, 2], at: 2)
        bands.sort { ($0.places[0], $0.places[1], $0.places[2]) < ($1.places[0], $1.places[1], $1.places[2]) }
    }

    private static func room(_ name: String) -> Double {
        let more = min(Self.lines, max(1, (name.count + Self.letters - 1) / Self.letters)) - 1
        return Self.room + Double(more) * Self.line
    }

    private mutating func center(_ column: Int) {
        guard let last = columns[column].last else { return }
        let shift = max(0, (height - last.top - last.height) / 2)
        for index in columns[column].indices {
            columns[column][index].top += shift
            columns[column][index].barTop += shift
        }
    }

    /// Stacks the bands of each place of a column in the order of the places they come from or go to.
    private mutating func order(_ by: [Int], at column: Int) {
        bands.sort { left, right in
            let (a, b) = (by.map { left.places[$0] }, by.map { right.places[$0] })
            return a.lexicographicallyPrecedes(b)
        }
        var used = columns[column].map(\.barTop)
        for index in bands.indices {
            let place = bands[index].places[column]
            bands[index].tops[column] = used[place]
            used[place] += bands[index].width
        }
    }
}
