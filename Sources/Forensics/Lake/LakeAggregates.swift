import ForensicsModel

/// Builds the aggregates of two windows from the rows of `window_activity` and `traced_connections`.
struct LakeAggregates {
    private(set) var before: WindowAggregate
    private(set) var during: WindowAggregate
    /// Lines of the days read that are none of this log, by reason.
    private(set) var rejected: [String: Int64] = [:]
    /// Every spelling of a client, by its canonical form.
    private(set) var spellings: [String: [String]] = [:]
    private let log: LakeLog
    private var sides = [Side(), Side()]

    private struct Side {
        var buckets: [Int64: TrafficTotals] = [:]
        var values: [Dimension: [String: WindowAggregate.DimensionValue]] = [:]
        var histograms: [DistributionMeasure: (counts: [UInt64], maximum: Int64)] = [:]
        var longs: [IPAddress: WindowAggregate.LongClient] = [:]
    }

    /// A bucket of a histogram beyond this cannot be one.
    private static let histogramLimit = LogLinearHistogram.index(of: .max) + 1

    /// The whole window counts as covered: nothing tells which objects were never delivered.
    init(
        _ rows: LakeRows, log: LakeLog, before: TimeWindow, during: TimeWindow, owners: OwnerTable,
        by measure: RankMeasure
    )
        throws(ForensicsError)
    {
        self.log = log
        self.before = WindowAggregate(window: before, exposure: before.length)
        self.during = WindowAggregate(window: during, exposure: during.length)
        let reader = try LakeRowReader(rows.columns)
        for row in rows.rows { try add(reader, row) }
        finish(&self.before, sides[0], owners, measure)
        finish(&self.during, sides[1], owners, measure)
    }

    // MARK: - Rows

    private mutating func add(_ reader: LakeRowReader, _ row: [String?]) throws(ForensicsError) {
        let section = try reader.text(row, "section")
        switch section {
        case "total": try addTotals(reader, row)
        case "opened":
            let side = try side(reader, row)
            sides[side].buckets[try minute(reader, row), default: TrafficTotals()].opened += try reader.number(
                row, "facts")
        case "long": try addLong(reader, row)
        case "rejected": rejected[try reader.text(row, "value")] = try reader.number(row, "facts")
        default:
            if let dimension = Dimension(name: section) {
                try addValue(reader, row, dimension)
            } else if let measure = DistributionMeasure.allCases.first(where: { $0.name == section }) {
                try addBucket(reader, row, measure)
            } else {
                throw LakeRowReader.malformed("section \(LakeText.shown(section))")
            }
        }
    }

    private func side(_ reader: LakeRowReader, _ row: [String?]) throws(ForensicsError) -> Int {
        let side = try reader.number(row, "side")
        guard side == 1 || side == 2 else { throw LakeRowReader.malformed("side \(side)") }
        return Int(side) - 1
    }

    /// Nanoseconds since the epoch.
    private func minute(_ reader: LakeRowReader, _ row: [String?]) throws(ForensicsError) -> Int64 {
        let minute = try reader.number(row, "minute")
        let (start, overflow) = minute.multipliedReportingOverflow(by: BucketKey.width)
        if overflow { throw LakeRowReader.malformed("minute \(minute)") }
        return start
    }

    private func activity(_ reader: LakeRowReader, _ row: [String?]) throws(ForensicsError) -> Activity {
        var activity = Activity()
        activity.requests = try reader.number(row, "requests")
        activity.connections = try reader.number(row, "connections")
        activity.bytes = try reader.number(row, "bytes")
        activity.errors = try reader.number(row, "errors")
        activity.longest = max(0, try reader.number(row, "longest_ns"))
        return activity
    }

    private mutating func addTotals(_ reader: LakeRowReader, _ row: [String?]) throws(ForensicsError) {
        var totals = TrafficTotals()
        totals.activity = try activity(reader, row)
        totals.clientErrors = try reader.number(row, "client_errors")
        totals.serverErrors = try reader.number(row, "server_errors")
        totals.timeouts = try reader.number(row, "timeouts")
        totals.long = try reader.number(row, "long_count")
        sides[try side(reader, row)].buckets[try minute(reader, row), default: TrafficTotals()].add(totals)
    }

    private mutating func addValue(
        _ reader: LakeRowReader, _ row: [String?], _ dimension: Dimension
    ) throws(ForensicsError) {
        let side = try side(reader, row)
        let raw = try reader.text(row, "value")
        let name = LakeValue.canonical(raw, dimension, log)
        let activity = try activity(reader, row)
        if dimension == .client, !(spellings[name]?.contains(raw) ?? false) { spellings[name, default: []].append(raw) }
        let start = BucketKey.minute(of: side == 0 ? before.window.start : during.window.start)
        let series = try reader.series(row, from: start)
        var value =
            sides[side].values[dimension]?[name]
            ?? WindowAggregate.DimensionValue(value: name, activity: Activity(), series: [])
        value.activity.add(activity)
        value.series = value.series.isEmpty ? series : LakeRowReader.merged(value.series, series)
        sides[side].values[dimension, default: [:]][name] = value
    }

    private mutating func addBucket(
        _ reader: LakeRowReader, _ row: [String?], _ measure: DistributionMeasure
    ) throws(ForensicsError) {
        let side = try side(reader, row)
        guard let index = Int(try reader.text(row, "value")), index >= 0, index < Self.histogramLimit else {
            throw LakeRowReader.malformed("bucket of \(measure.name)")
        }
        var entry = sides[side].histograms[measure] ?? ([], 0)
        if entry.counts.count <= index {
            entry.counts += [UInt64](repeating: 0, count: index + 1 - entry.counts.count)
        }
        entry.counts[index] &+= UInt64(max(0, try reader.number(row, "facts")))
        entry.maximum = max(entry.maximum, try reader.number(row, "maximum"))
        sides[side].histograms[measure] = entry
    }

    private mutating func addLong(_ reader: LakeRowReader, _ row: [String?]) throws(ForensicsError) {
        guard let client = IPAddress(try reader.text(row, "value")) else { return }
        for (side, name) in ["before", "during"].enumerated() {
            let long = try reader.number(row, "long_\(name)")
            let open = try reader.number(row, "open_\(name)")
            if long == 0, open == 0 { continue }
            addLong(
                WindowAggregate.LongClient(
                    client: client, long: long, longest: try reader.number(row, "longest_\(name)_ns"),
                    isCensored: false, openInWindow: open,
                    openEarlier: side == 1 ? try reader.number(row, "open_earlier") : 0,
                    longEarlier: side == 1 ? try reader.number(row, "long_earlier") : 0), side)
        }
    }

    private mutating func addLong(_ other: WindowAggregate.LongClient, _ side: Int) {
        guard var known = sides[side].longs[other.client] else {
            sides[side].longs[other.client] = other
            return
        }
        if other.longest > known.longest {
            known.isCensored = other.isCensored
        } else if other.longest == known.longest, other.longest > 0 {
            known.isCensored = known.isCensored || other.isCensored
        }
        known.longest = max(known.longest, other.longest)
        known.long += other.long
        known.openInWindow += other.openInWindow
        known.openEarlier += other.openEarlier
        known.longEarlier += other.longEarlier
        sides[side].longs[other.client] = known
    }

    // MARK: - Connections pieced from requests

    /// Adds the long connections that the requests of one trace id make. Those of some clients, they count in no total.
    mutating func addTraced(_ rows: LakeRows, long: Int64) throws(ForensicsError) {
        let reader = try LakeRowReader(rows.columns)
        for row in rows.rows {
            guard let client = IPAddress(try reader.text(row, "client")) else { continue }
            for (side, name) in ["before", "during"].enumerated() {
                guard reader.has(row, "\(name)_start_us"), reader.has(row, "\(name)_end_us") else { continue }
                let start = Timestamp(nanoseconds: try reader.number(row, "\(name)_start_us") &* 1000)
                let end = Timestamp(nanoseconds: try reader.number(row, "\(name)_end_us") &* 1000)
                let isWhole = try reader.number(row, "\(name)_upgraded") == 1
                addTraced(client, start, end, isCensored: !isWhole, side, long)
            }
        }
        before.longClients = sides[0].longs.values.sorted { $0.client < $1.client }
        during.longClients = sides[1].longs.values.sorted { $0.client < $1.client }
    }

    private mutating func addTraced(
        _ client: IPAddress, _ start: Timestamp, _ end: Timestamp, isCensored: Bool, _ side: Int, _ long: Int64
    ) {
        let window = side == 0 ? before.window : during.window
        let duration = end.since(start)
        let isOpen = window.overlaps(start, end)
        let isMember = window.contains(end)
        guard duration > long else {
            if side == 0, isMember, duration > 0 {
                addLong(
                    WindowAggregate.LongClient(
                        client: client, long: 0, longest: duration, isCensored: isCensored, openInWindow: 0), side)
            }
            return
        }
        guard isOpen || isMember else { return }
        let isEarlier = side == 1 && isMember && before.window.overlaps(start, end)
        addLong(
            WindowAggregate.LongClient(
                client: client, long: isMember ? 1 : 0, longest: isMember ? duration : 0,
                isCensored: isMember && isCensored, openInWindow: isOpen ? 1 : 0,
                openEarlier: isEarlier ? 1 : 0,
                longEarlier: isEarlier && before.window.end.since(start) > long ? 1 : 0), side)
    }

    // MARK: - Result

    private func finish(
        _ aggregate: inout WindowAggregate, _ side: Side, _ owners: OwnerTable, _ measure: RankMeasure
    ) {
        for (start, totals) in side.buckets.sorted(by: { $0.key < $1.key }) {
            aggregate.totals.add(totals)
            aggregate.buckets.append(WindowAggregate.Bucket(start: start, totals: totals))
        }
        for (measure, entry) in side.histograms {
            aggregate.distributions[measure] = LogLinearHistogram(
                counts: entry.counts, maximum: entry.maximum, sum: 0)
        }
        aggregate.longClients = side.longs.values.sorted { $0.client < $1.client }
        for (dimension, values) in side.values {
            aggregate.dimensions[dimension] = values.values.sorted { $0.value < $1.value }
        }
        var derived = DerivedDimensions(measure, owners, [:], includesNetworks: true)
        for value in aggregate.dimensions[.client] ?? [] {
            let address = IPAddress(value.value)
            if address != nil || value.value == ValueTable.otherName {
                derived.add(address, value.activity, value.series)
            }
        }
        derived.fill(&aggregate)
        aggregate.noteOverflow()
    }
}
