import ForensicsModel

/// Answers the founding question: which of the most active clients hold connections longer than the limit.
struct ActiveLongFinder {
    private let pair: WindowPair
    private let longBefore: [String: WindowAggregate.LongClient]
    private let longDuring: [String: WindowAggregate.LongClient]
    /// The clients of each window, the most active first; ties in activity rank by address text.
    private let before: [WindowAggregate.DimensionValue]
    private let during: [WindowAggregate.DimensionValue]

    init(_ pair: WindowPair) {
        self.pair = pair
        longBefore = Self.table(pair.before)
        longDuring = Self.table(pair.during)
        let measure = pair.options.activeLongMeasure ?? pair.options.measure
        before = Self.ranked(pair.before, measure, longBefore)
        during = Self.ranked(pair.during, measure, longDuring)
    }

    /// Returns them by rank during.
    ///
    /// - Parameter usual: the long connections of the most active clients of each window.
    func clients(_ total: ComparisonResult.Total, usual: ComparisonResult.LongTotal?) -> [ActiveLongClient] {
        let ranksBefore = Dictionary(
            before.enumerated().map { ($1.value, $0) }, uniquingKeysWith: { first, _ in first })
        // Of whoever was there before, whether or not by what is ranked by.
        let valuesBefore = Dictionary(
            (pair.before.dimensions[.client] ?? []).map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [ActiveLongClient] = []
        for (index, value) in leaders(during).enumerated() {
            guard let long = longDuring[value.value], long.long > 0, long.longest > pair.options.longNanoseconds
            else { continue }
            let rank = ranksBefore[value.value]
            var one = Self.client(
                pair, total, (index + 1, value, long),
                (rank.map { $0 + 1 }, valuesBefore[value.value], longBefore[value.value]))
            one.isNews = one.hadLongBefore == .no && (one.hasFarMoreLong || Self.isNews(long, usual))
            found.append(one)
        }
        return found
    }

    /// Where fewer of the most active clients' long connections ended before, hardly anybody had any.
    private static let rare: Int64 = 5
    /// Where long connections are common, and became more, a client may have none in one window and fewer than these in the next.
    private static let several: Int64 = 4

    /// Whether it is news that a client has these and had none before, though they are not far more than none.
    private static func isNews(_ long: WindowAggregate.LongClient, _ usual: ComparisonResult.LongTotal?) -> Bool {
        guard let usual else { return true }
        return !usual.isUsual && (usual.before < rare || long.long - long.longEarlier >= several)
    }

    private func leaders(_ ranked: [WindowAggregate.DimensionValue]) -> ArraySlice<WindowAggregate.DimensionValue> {
        ranked.prefix(max(0, pair.options.top))
    }

    /// The long connections of the most active clients of each window, which tell whether they are news: whoever has long
    /// sessions in a window is active in it, so that some are among the most active of any. Clients that have far more of them
    /// than before are left out.
    var usual: ComparisonResult.LongTotal? {
        let options = pair.options
        guard options.canShowLongBefore, !options.lacksRows, !options.countsLongMinutes,
            options.hiddenConnections == nil, options.recordedValues == nil
        else { return nil }
        func ordinary(
            _ ranked: [WindowAggregate.DimensionValue], _ long: [String: WindowAggregate.LongClient]
        ) -> [WindowAggregate.LongClient] {
            leaders(ranked).compactMap { value in
                let name = value.value
                return Self.hasFarMore(pair, longBefore[name], longDuring[name]) ? nil : long[name]
            }
        }
        func sum(_ clients: [WindowAggregate.LongClient], _ count: (WindowAggregate.LongClient) -> Int64) -> Int64 {
            clients.reduce(0) { $0.addingSaturated(count($1)) }
        }
        let count = sum(ordinary(before, longBefore), \.long)
        let now = ordinary(during, longDuring)
        let (long, earlier) = (sum(now, \.long), sum(now, \.longEarlier))
        return ComparisonResult.LongTotal(
            before: count, during: long, longEarlier: earlier,
            ratio: Self.ratio(pair, before: count, during: long - earlier, confidence: options.confidence))
    }

    /// How two counts of long connections compare if they were independent of each other.
    private static func ratio(
        _ pair: WindowPair, before: Int64, during: Int64, confidence: Double
    ) -> RateRatio {
        let dispersion = Dispersion(factor: Double(max(1, pair.options.sampleRate)), degrees: .infinity)
        return RateComparison.compare(
            before: RateComparison.Count(Double(before), exposure: pair.secondsBefore),
            during: RateComparison.Count(Double(during), exposure: pair.secondsDuring), dispersion: dispersion,
            confidence: confidence
        ).ratio
    }

    /// The confidence at which one of some thirty clients has more long connections than before, and by which factor at least.
    private static let farMoreConfidence = 0.998
    private static let farMore = 1.5

    private static func hasFarMore(
        _ pair: WindowPair, _ before: WindowAggregate.LongClient?, _ during: WindowAggregate.LongClient?
    ) -> Bool {
        guard let during, !pair.options.countsLongMinutes else { return false }
        let ratio = Self.ratio(
            pair, before: before?.long ?? 0, during: during.long - during.longEarlier, confidence: farMoreConfidence)
        return ratio.lower ?? 0 >= farMore
    }

    private typealias Now = (rank: Int, value: WindowAggregate.DimensionValue, long: WindowAggregate.LongClient)
    private typealias Then = (
        rank: Int?, value: WindowAggregate.DimensionValue?, long: WindowAggregate.LongClient?
    )

    private static func client(
        _ pair: WindowPair, _ total: ComparisonResult.Total, _ now: Now, _ then: Then
    ) -> ActiveLongClient {
        let counted = pair.activeLongCounted
        let activityBefore = then.value?.activity.value(of: counted) ?? 0
        let activityDuring = now.value.activity.value(of: counted)
        let change = pair.change(before: activityBefore, during: activityDuring)
        let count = then.long?.long ?? 0
        let open = then.long?.openInWindow ?? 0
        let isKnown = pair.options.canShowLongBefore && pair.options.isRecorded(now.value.value, .client)
        let isOpenKnown = isKnown && !pair.options.lacksRows
        // What was as long already is nothing new, though it ended only now.
        let wasLong = count > 0 || (now.long.longEarlier > 0 && now.long.longEarlier >= now.long.long)
        let longest = max(then.long?.longest ?? 0, then.value.map(longestConnection) ?? 0)
        return ActiveLongClient(
            clientIP: now.value.value, owner: pair.options.owners.owner(of: now.long.client), rankBefore: then.rank,
            rankDuring: now.rank, activityBefore: activityBefore, activityDuring: activityDuring,
            longestBeforeMilliseconds: longest > 0 ? Double(longest) / 1e6 : nil,
            longestDuringMilliseconds: Double(now.long.longest) / 1e6, isLongestDuringCensored: now.long.isCensored,
            isLongestBeforeCensored: then.long?.isCensored ?? false, longBefore: count > 0 || isKnown ? count : nil,
            longDuring: now.long.long,
            longOpenInBefore: !pair.options.lacksRows && (open > 0 || isKnown) ? open : nil,
            longDuringOpenInBefore: pair.options.lacksRows ? nil : now.long.openEarlier,
            shareOfChange: total.direction == .same || total.change == 0 || counted != pair.counted
                ? nil : change / total.change,
            change: change, hadLongBefore: wasLong ? .yes : isOpenKnown ? .no : .unknown,
            hasFarMoreLong: hasFarMore(pair, then.long, now.long),
            isNews: false,
            kind: pair.options.kind?.name, vantage: pair.options.vantage, countedIn: counted.rawValue,
            areLongAtLeast: pair.options.countsLongMinutes)
    }

    /// The longest connection of a client's activity; of requests alone that is the longest request, which is none.
    private static func longestConnection(_ value: WindowAggregate.DimensionValue) -> Int64 {
        value.activity.connections > 0 ? value.activity.longest : 0
    }

    /// Clients with any activity, the most active first. By duration the longest connection counts, whichever tells more of
    /// it: what a log's records last alone, or what was put together from several.
    private static func ranked(
        _ window: WindowAggregate, _ measure: RankMeasure, _ long: [String: WindowAggregate.LongClient]
    ) -> [WindowAggregate.DimensionValue] {
        let values = window.dimensions[.client] ?? []
        let names = values.map(\.value)
        let amounts = values.indices.map { place in
            let own = values[place].activity.value(of: measure)
            return measure == .duration ? max(own, long[names[place]]?.longest ?? 0) : own
        }
        // Places are moved, not values, which hold texts.
        let order = values.indices.filter { amounts[$0] > 0 && names[$0] != MergedValue.overflow }.sorted {
            left, right in
            amounts[left] != amounts[right] ? amounts[left] > amounts[right] : names[left] < names[right]
        }
        return order.map { values[$0] }
    }

    private static func table(_ window: WindowAggregate) -> [String: WindowAggregate.LongClient] {
        Dictionary(window.longClients.map { ($0.client.description, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
