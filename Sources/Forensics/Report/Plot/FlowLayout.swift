/// Where the places and ways of a flow map stand: three columns, ways as bands whose width is what took them during.
///
/// A way keeps one height through the middle, so that the eye follows it from its origin to its target.
struct FlowLayout {
    /// A place: who, through what, to what.
    struct Node: Equatable {
        var name: String
        var before: Int64 = 0
        var during: Int64 = 0
        /// How many places it stands for.
        var places = 1
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
        var before: Int64
        var during: Int64
        /// The upper edge in each column.
        var tops: [Double] = [0, 0, 0]
        var width = 0.0
        /// The share of the width that is more than there was before.
        var grown = 0.0
    }

    private(set) var columns: [[Node]]
    private(set) var bands: [Band]
    private(set) var height = 0.0

    /// Places drawn of each column; the rest is one.
    private static let limits = [8, 4, 8]
    private static let full = 320.0
    /// The room that two lines of a name need.
    private static let room = 36.0
    private static let gap = 6.0
    /// Above each load balancer stands its name.
    private static let title = 24.0

    init(_ map: FlowMap) {
        let ways = map.ordered.filter { $0.count.during > 0 }
        let names: [(FlowMap.Path) -> String] = [{ $0.from }, { $0.through }, { $0.to }]
        columns = []
        var places: [[String: Int]] = []
        for (name, limit) in zip(names, Self.limits) {
            let (nodes, byName) = Self.nodes(map.ordered.map { (name($0.path), $0.count) }, limit: limit)
            columns.append(nodes)
            places.append(byName)
        }
        var sums: [[Int]: FlowMap.Count] = [:]
        for way in ways {
            let key = zip(names, places).map { name, byName in byName[name(way.path)] ?? 0 }
            sums[key, default: .init()].before += way.count.before
            sums[key, default: .init()].during += way.count.during
        }
        bands = sums.map { Band(places: $0.key, before: $0.value.before, during: $0.value.during) }
        let unit = Self.full / Double(max(1, map.total.during))
        for index in bands.indices {
            let during = Double(bands[index].during)
            bands[index].width = during * unit
            bands[index].grown = max(0, 1 - Double(bands[index].before) * map.scale / during)
        }
        place(unit)
    }

    /// The busiest places by name, then one for all others.
    private static func nodes(
        _ counts: [(name: String, count: FlowMap.Count)], limit: Int
    ) -> (nodes: [Node], places: [String: Int]) {
        var sums: [String: Node] = [:]
        for (name, count) in counts {
            sums[name, default: Node(name: name)].before += count.before
            sums[name, default: Node(name: name)].during += count.during
        }
        let sorted = sums.values.filter { $0.during > 0 }
            .sorted { $0.during != $1.during ? $0.during > $1.during : $0.name < $1.name }
        // One left over has a name as well.
        let shown = sorted.count <= limit + 1 ? sorted.count : limit
        var nodes = Array(sorted.prefix(shown))
        var places = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.name, $0) })
        let rest = sorted.dropFirst(shown)
        if !rest.isEmpty {
            var others = Node(name: "\(rest.count) others", places: rest.count)
            for one in rest {
                others.before += one.before
                others.during += one.during
                places[one.name] = shown
            }
            nodes.append(others)
        }
        return (nodes, places)
    }

    private mutating func place(_ unit: Double) {
        for column in columns.indices {
            var top = 0.0
            for index in columns[column].indices {
                let bar = Double(columns[column][index].during) * unit
                let isMiddle = column == 1
                columns[column][index].top = top
                columns[column][index].height = isMiddle ? bar + Self.title : max(Self.room, bar)
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
