/// Adding packed counts to packed counts: what a running capture stores grows from checkpoint to checkpoint.
extension PackedRollup {
    /// Returns the counts of this and another roll-up of the same place, or `nil` if either is not the packed form.
    package func joined(with other: PackedRollup) -> PackedRollup? {
        var joined = self
        if dimension == 0 {
            guard var totals = RollupReader.totals(json.span), let more = RollupReader.totals(other.json.span) else {
                return nil
            }
            totals.add(more)
            joined.json = totals.packed
            return joined
        }
        var entries = Entries()
        guard entries.add(json), entries.add(other.json) else { return nil }
        joined.json = entries.packed
        return joined
    }

    /// The entries of a dimension by value.
    private struct Entries {
        private var activities: [[UInt8]: Activity] = [:]
        private static let other = Array("\"\(ValueTable.otherName)\"".utf8)

        /// Returns `false` for what is not the packed form.
        mutating func add(_ json: [UInt8]) -> Bool {
            var reader = RollupReader()
            while let entry = reader.next(json.span) {
                var key: [UInt8] = []
                switch entry.value {
                case .v4(let number): DecimalText.append(UInt64(number), to: &key)
                case .text(let range): key = [0x22] + json[range] + [0x22]
                case .unescaped: JSONText.append(reader.scratch.span, 0..<reader.scratch.count, to: &key)
                }
                activities[key, default: Activity()].add(entry.activity)
            }
            return reader.isComplete
        }

        /// Numbers by value, texts by bytes, `(other)` last, at most `PackedRollup.valueLimit` besides it.
        var packed: [UInt8] {
            var named = activities.filter { $0.key != Self.other }.sorted { Self.precedes($0.key, $1.key) }
            var rest = activities[Self.other]
            if named.count > PackedRollup.valueLimit {
                let order = named.indices.sorted { left, right in
                    let (first, second) = (Self.size(named[left].value), Self.size(named[right].value))
                    return first != second ? first > second : left < right
                }
                for index in order[PackedRollup.valueLimit...] {
                    rest = rest ?? Activity()
                    rest?.add(named[index].value)
                }
                named = order[..<PackedRollup.valueLimit].sorted().map { named[$0] }
            }
            var json: [UInt8] = [0x5B]
            for (key, activity) in named { Self.append(key, activity, to: &json) }
            if let rest { Self.append(Self.other, rest, to: &json) }
            json.append(0x5D)
            return json
        }

        private static func size(_ activity: Activity) -> Int64 {
            activity.requests.addingSaturated(activity.connections)
        }

        private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
            let isText = (left.first == 0x22, right.first == 0x22)
            if isText.0 != isText.1 { return isText.1 }
            if !isText.0, left.count != right.count { return left.count < right.count }
            return left.lexicographicallyPrecedes(right)
        }

        private static func append(_ key: [UInt8], _ activity: Activity, to json: inout [UInt8]) {
            if json.count > 1 { json.append(0x2C) }
            json.append(0x5B)
            json += key
            for number in [
                activity.requests, activity.connections, activity.bytes, activity.errors, activity.longest,
            ] {
                json.append(0x2C)
                DecimalText.append(number, to: &json)
            }
            json.append(0x5D)
        }
    }
}

extension TrafficTotals {
    /// The packed form.
    fileprivate var packed: [UInt8] {
        var json: [UInt8] = [0x5B]
        for field in TotalsField.allCases {
            if field.rawValue > 0 { json.append(0x2C) }
            DecimalText.append(self[field], to: &json)
        }
        json.append(0x5D)
        return json
    }
}

extension PackedDistribution {
    /// Returns the distribution of the values of both, or `nil` if either is not the packed form.
    package func joined(with other: PackedDistribution) -> PackedDistribution? {
        guard var cells = Self.cells(json), let more = Self.cells(other.json) else { return nil }
        for (index, count) in more { cells[index, default: 0] += count }
        let pairs = cells.sorted { $0.key < $1.key }.map { (index: $0.key, count: $0.value) }
        var joined = self
        joined.count = count + other.count
        joined.maximum = max(maximum, other.maximum)
        joined.sum = sum.addingSaturated(other.sum)
        let histogram = LogLinearHistogram(sparse: pairs, maximum: joined.maximum, sum: joined.sum)
        joined.p50 = histogram.quantile(0.5) ?? 0
        joined.p95 = histogram.quantile(0.95) ?? 0
        joined.p99 = histogram.quantile(0.99) ?? 0
        joined.json = [0x5B]
        for pair in pairs {
            if joined.json.count > 1 { joined.json.append(0x2C) }
            joined.json.append(0x5B)
            DecimalText.append(UInt64(pair.index), to: &joined.json)
            joined.json.append(0x2C)
            DecimalText.append(pair.count, to: &joined.json)
            joined.json.append(0x5D)
        }
        joined.json.append(0x5D)
        return joined
    }

    private static func cells(_ json: [UInt8]) -> [Int: UInt64]? {
        var cells: [Int: UInt64] = [:]
        var reader = RollupReader()
        while let cell = reader.nextCell(json.span) { cells[cell.index, default: 0] += cell.count }
        return reader.isComplete ? cells : nil
    }
}
