/// Counts facts by which of a few values they have; what each combination of the values did follows from that.
///
/// A fact has a bit for each of the values. There are few distinct masks, whatever the number of facts, and a combination
/// counts what all masks count that hold its bits.
struct CombinationCounter: Sendable {
    /// Values that can be told apart.
    static let limit = 16
    /// Distinct values of all facts that are remembered; past it, what is remembered is begun anew.
    private static let memory = 1 << 18

    private struct Key: Hashable {
        var mask: UInt16
        var minute: Int32
    }

    private let parts: [WindowAggregate.CombinationValue.Part]
    private let addresses: [IPAddress?]
    private let dimensions: [Dimension]
    private let empty: DimensionMapper
    private var mapper: DimensionMapper
    /// By ordinal of the mapper: the bits of the value, and one more once it was looked at.
    private var bits: [UInt32] = []
    private var masks = [UInt16](repeating: 0, count: FactBlock.size)
    private var counts: [Key: Activity] = [:]
    private var scratch: [UInt8] = []
    private static let isKnown: UInt32 = 1 << 16

    /// - Parameter parts: values of counted dimensions; those past `limit` are left out.
    init(_ parts: [WindowAggregate.CombinationValue.Part], seed: UInt64) {
        self.parts = Array(parts.prefix(Self.limit))
        addresses = self.parts.map { $0.dimension == .client ? IPAddress($0.value) : nil }
        dimensions = DimensionMapper.counted.filter { dimension in parts.contains { $0.dimension == dimension } }
        empty = DimensionMapper(dimensions: dimensions, seed: seed)
        mapper = empty
    }

    /// Must be called before the facts of another batch.
    mutating func begin(_ texts: borrowing TextTable) {
        if mapper.values.count > Self.memory {
            mapper = empty
            bits.removeAll(keepingCapacity: true)
        }
        mapper.begin(texts)
    }

    /// Counts the exchanges of a block.
    mutating func add(_ exchanges: Span<Exchange>, _ block: FactBlock, _ texts: borrowing TextTable) {
        for index in block.rows.indices { masks[index] = 0 }
        for dimension in dimensions {
            mapper.fill(dimension, exchanges, block, texts)
            mark(dimension, block.rows.count)
        }
        count(block)
    }

    /// Counts the connections of a block.
    mutating func add(_ connections: Span<Connection>, _ block: FactBlock, _ texts: borrowing TextTable) {
        for index in block.rows.indices { masks[index] = 0 }
        for dimension in mapper.ofConnections {
            mapper.fill(dimension, connections, block, texts)
            mark(dimension, block.rows.count)
        }
        count(block)
    }

    private mutating func mark(_ dimension: Dimension, _ rows: Int) {
        for index in 0..<rows {
            let ordinal = mapper.ordinals[index]
            if ordinal == DimensionMapper.none { continue }
            while bits.count <= Int(ordinal) { bits.append(0) }
            if bits[Int(ordinal)] == 0 { bits[Int(ordinal)] = look(at: ordinal, dimension) }
            masks[index] |= UInt16(truncatingIfNeeded: bits[Int(ordinal)])
        }
    }

    private mutating func look(at ordinal: UInt32, _ dimension: Dimension) -> UInt32 {
        var found = Self.isKnown
        let address = dimension == .client ? mapper.values.address(ordinal) : nil
        let text = address == nil ? mapper.values.string(ordinal, scratch: &scratch) : ""
        for index in parts.indices where parts[index].dimension == dimension {
            let isSame = address != nil ? addresses[index] == address : parts[index].value == text
            if isSame { found |= 1 << UInt32(index) }
        }
        return found
    }

    private mutating func count(_ block: FactBlock) {
        for index in block.rows.indices where masks[index].nonzeroBitCount > 1 {
            counts[Key(mask: masks[index], minute: block.rows[index].period), default: Activity()].add(
                block.rows[index].activity)
        }
    }

    /// What each combination of two or three values of different dimensions did, if it did anything.
    func values(_ measure: RankMeasure) -> [WindowAggregate.CombinationValue] {
        let ordered = counts.sorted { ($0.key.minute, $0.key.mask) < ($1.key.minute, $1.key.mask) }
        return combinations().compactMap { indices in
            let mask = indices.reduce(UInt16(0)) { $0 | 1 << UInt16($1) }
            var activity = Activity()
            var series: [WindowAggregate.SeriesPoint] = []
            for (key, counted) in ordered where key.mask & mask == mask {
                activity.add(counted)
                let count = counted.value(of: measure)
                if series.last?.minute == key.minute {
                    series[series.count - 1].count = series[series.count - 1].count.addingSaturated(count)
                } else {
                    series.append(WindowAggregate.SeriesPoint(minute: key.minute, count: count))
                }
            }
            guard activity != Activity() else { return nil }
            return WindowAggregate.CombinationValue(
                parts: indices.map { parts[$0] }, activity: activity, series: series)
        }
    }

    private func combinations() -> [[Int]] {
        var all: [[Int]] = []
        for first in parts.indices {
            for second in parts.indices where second > first && differ([first, second]) {
                all.append([first, second])
                for third in parts.indices where third > second && differ([first, second, third]) {
                    all.append([first, second, third])
                }
            }
        }
        return all
    }

    private func differ(_ indices: [Int]) -> Bool {
        Set(indices.map { parts[$0].dimension }).count == indices.count
    }
}
