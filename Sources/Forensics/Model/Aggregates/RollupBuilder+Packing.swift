extension RollupBuilder {
    /// Returns the counts in the form the case keeps, ordered by bucket, set and dimension (totals first).
    package func packed() -> [PackedRollup] {
        var settled = self
        settled.settle()
        return settled.packSettled()
    }

    private func packSettled() -> [PackedRollup] {
        var packed = totals.ordered.map { place in
            PackedRollup(
                minute: totals.buckets[place].minute, dimension: 0,
                healthChecks: totals.buckets[place].isHealthChecks, json: Self.json(totals.totals[place]))
        }
        var run = Run()
        let values = mapper.values
        activities.forEachInOrder(values) { entry in
            let dimension = values.dimension(of: entry.ordinal)
            if run.bucket != entry.bucket || run.dimension != dimension {
                run.close(values, into: &packed)
                run.begin(entry.bucket, dimension)
            }
            run.entries.append((entry.ordinal, entry.activity))
        }
        run.close(values, into: &packed)
        packed.sort {
            ($0.minute, $0.healthChecks ? 1 : 0, $0.dimension) < ($1.minute, $1.healthChecks ? 1 : 0, $1.dimension)
        }
        return packed
    }

    /// Returns what was counted so far and forgets it, if the tables have become so large that it had better be kept apart: what
    /// comes later is added to it (`PackedRollup.joined`). Else `nil`.
    ///
    /// Ask at places that do not depend on how the facts were divided into batches: of a bucket with more values than
    /// `PackedRollup.valueLimit` it depends on the portions which ones are named.
    package mutating func takePortion() -> RollupPortion? {
        guard isLarge(limits.portion) else { return nil }
        settle()
        // Joining alone may have made enough room.
        guard isLarge(limits.portion / 2) else { return nil }
        return takeSettled()
    }

    /// Returns what was counted since the last portion and forgets it.
    package mutating func takeRest() -> RollupPortion {
        settle()
        return takeSettled()
    }

    private mutating func takeSettled() -> RollupPortion {
        var portion = RollupPortion()
        portion.rollups = packSettled()
        portion.distributions = packedDistributions()
        portion.segments = segments.values.sorted { $0.minute < $1.minute }
        portion.follows = hasPortions
        hasPortions = true
        forget()
        return portion
    }

    private func isLarge(_ pairs: Int) -> Bool {
        activities.count > pairs || totals.buckets.count > limits.portion / 8
            || distributions.cellCount > limits.portion * 2
    }

    /// Returns the distributions in the form the case keeps, ordered by bucket, set and measure.
    package func packedDistributions() -> [PackedDistribution] {
        let cells = distributions.ordered
        var packed: [PackedDistribution] = []
        var start = 0
        while start < cells.count {
            var end = start
            while end < cells.count, cells[end].place == cells[start].place, cells[end].measure == cells[start].measure
            {
                end += 1
            }
            if let measure = DistributionMeasure(rawValue: cells[start].measure) {
                let pairs = cells[start..<end].map { ($0.index, $0.count) }
                let summary = distributions.summary(measure, at: cells[start].place)
                packed.append(Self.pack(pairs, summary, measure, totals.buckets[cells[start].place]))
            }
            start = end
        }
        packed.sort {
            ($0.minute, $0.healthChecks ? 1 : 0, $0.measure.rawValue)
                < ($1.minute, $1.healthChecks ? 1 : 0, $1.measure.rawValue)
        }
        return packed
    }

    /// The values of one bucket and dimension, in order.
    struct Run {
        /// At most so many values are named, a multiple of 8.
        var limit = PackedRollup.valueLimit
        var bucket = BucketKey(rawValue: .max)
        var dimension: UInt8 = 0
        var entries: [(ordinal: UInt32, activity: Activity)] = []

        mutating func begin(_ bucket: BucketKey, _ dimension: UInt8) {
            self.bucket = bucket
            self.dimension = dimension
            entries.removeAll(keepingCapacity: true)
        }

        func close(_ values: ValueTable, into packed: inout [PackedRollup]) {
            guard let json = json(values) else { return }
            packed.append(
                PackedRollup(
                    minute: bucket.minute, dimension: dimension, healthChecks: bucket.isHealthChecks, json: json))
        }

        /// The values in the form the case keeps; `nil` if there are none.
        func json(_ values: ValueTable) -> [UInt8]? {
            if entries.isEmpty { return nil }
            let (kept, other) = limited(values)
            var json: [UInt8] = [0x5B]
            json.reserveCapacity(kept.count * 40 + 2)
            for entry in kept {
                if json.count > 1 { json.append(0x2C) }
                var numbers = Self.numbers(entry.activity)
                if let client = values.jsonNumber(entry.ordinal) {
                    numbers.prepend(client)
                    numbers.prepend(0x5B as UInt8)
                } else {
                    json.append(0x5B)
                    values.appendJSON(entry.ordinal, to: &json)
                }
                numbers.append(to: &json)
            }
            if let other {
                if json.count > 1 { json.append(0x2C) }
                json.append(contentsOf: "[\"\(ValueTable.otherName)\"".utf8)
                Self.numbers(other).append(to: &json)
            }
            json.append(0x5D)
            return json
        }

        /// The values to name, still in order, and the sum of the others.
        private func limited(
            _ values: ValueTable
        ) -> (kept: [(ordinal: UInt32, activity: Activity)], other: Activity?) {
            var named = entries
            var other: Activity?
            if let last = named.last, values.isOther(last.ordinal) {
                other = last.activity
                named.removeLast()
            }
            guard named.count > limit else { return (named, other) }
            let isKept = Activity.foremost(limit, of: named.map(\.activity))
            var sum = other ?? Activity()
            for index in named.indices where !isKept[index] { sum.add(named[index].activity) }
            return (named.indices.filter { isKept[$0] }.map { named[$0] }, sum)
        }

        /// What stands behind the value of an entry.
        private static func numbers(_ activity: Activity) -> ReversedText {
            var text = ReversedText()
            text.prepend(0x5D as UInt8)
            prepend(activity.longest, &text)
            prepend(activity.errors, &text)
            prepend(activity.bytes, &text)
            prepend(activity.connections, &text)
            prepend(activity.requests, &text)
            return text
        }

        @inline(__always)
        private static func prepend(_ number: Int64, _ text: inout ReversedText) {
            text.prepend(number)
            text.prepend(0x2C as UInt8)
        }
    }

    static func json(_ totals: TrafficTotals) -> [UInt8] {
        var json: [UInt8] = [0x5B]
        for field in TotalsField.allCases {
            if field.rawValue > 0 { json.append(0x2C) }
            DecimalText.append(totals[field], to: &json)
        }
        json.append(0x5D)
        return json
    }

    static func pack(
        _ pairs: [(index: Int, count: UInt64)], _ summary: DistributionTable.Summary, _ measure: DistributionMeasure,
        _ bucket: BucketKey
    ) -> PackedDistribution {
        var json: [UInt8] = [0x5B]
        json.reserveCapacity(pairs.count * 12 + 2)
        for pair in pairs {
            if json.count > 1 { json.append(0x2C) }
            var text = ReversedText()
            text.prepend(0x5D as UInt8)
            text.prepend(pair.count)
            text.prepend(0x2C as UInt8)
            text.prepend(UInt64(pair.index))
            text.prepend(0x5B as UInt8)
            text.append(to: &json)
        }
        json.append(0x5D)
        let histogram = LogLinearHistogram(sparse: pairs, maximum: summary.maximum, sum: summary.sum)
        return PackedDistribution(
            minute: bucket.minute, measure: measure, healthChecks: bucket.isHealthChecks, count: summary.count,
            p50: histogram.quantile(0.5) ?? 0, p95: histogram.quantile(0.95) ?? 0,
            p99: histogram.quantile(0.99) ?? 0, maximum: summary.maximum, sum: summary.sum, json: json)
    }
}

extension TrafficTotals {
    /// The number at a place of packed totals.
    package subscript(field: TotalsField) -> Int64 {
        get {
            switch field {
            case .requests: activity.requests
            case .connections: activity.connections
            case .bytes: activity.bytes
            case .errors: activity.errors
            case .longest: activity.longest
            case .opened: opened
            case .clientErrors: clientErrors
            case .serverErrors: serverErrors
            case .timeouts: timeouts
            case .resets: resets
            case .long: long
            case .healthChecks: healthChecks
            case .failedHealthChecks: failedHealthChecks
            }
        }
        set {
            switch field {
            case .requests: activity.requests = newValue
            case .connections: activity.connections = newValue
            case .bytes: activity.bytes = newValue
            case .errors: activity.errors = newValue
            case .longest: activity.longest = newValue
            case .opened: opened = newValue
            case .clientErrors: clientErrors = newValue
            case .serverErrors: serverErrors = newValue
            case .timeouts: timeouts = newValue
            case .resets: resets = newValue
            case .long: long = newValue
            case .healthChecks: healthChecks = newValue
            case .failedHealthChecks: failedHealthChecks = newValue
            }
        }
    }
}

extension LogLinearHistogram {
    /// Creates a histogram from its non-empty buckets; indices past the largest possible are left out.
    package init(sparse pairs: [(index: Int, count: UInt64)], maximum: Int64, sum: Int64) {
        let largest = Self.index(of: .max)
        var counts: [UInt64] = []
        for pair in pairs where pair.index >= 0 && pair.index <= largest {
            if pair.index >= counts.count {
                counts.append(contentsOf: repeatElement(0, count: pair.index + 1 - counts.count))
            }
            counts[pair.index] = min(counts[pair.index] &+ pair.count, UInt64(UInt32.max))
        }
        self.init(counts: counts, maximum: maximum, sum: sum)
    }
}
