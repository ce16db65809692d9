import ForensicsModel

/// Answers the founding question: which of the most active clients hold connections longer than the limit.
enum ActiveLongFinder {
    /// Returns them by rank during; ties in activity rank by address text.
    static func find(_ pair: WindowPair, total: ComparisonResult.Total) -> [ActiveLongClient] {
        let longBefore = table(pair.before)
        let longDuring = table(pair.during)
        let during = ranked(pair.during, pair.options.measure, longDuring)
        guard !during.isEmpty else { return [] }
        let before = ranked(pair.before, pair.options.measure, longBefore)
        let ranksBefore = Dictionary(
            before.enumerated().map { ($1.value, $0) }, uniquingKeysWith: { first, _ in first })
        // Of whoever was there before, whether or not by what is ranked by.
        let valuesBefore = Dictionary(
            (pair.before.dimensions[.client] ?? []).map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [ActiveLongClient] = []
        for (index, value) in during.prefix(max(0, pair.options.top)).enumerated() {
            guard let long = longDuring[value.value], long.long > 0, long.longest > pair.options.longNanoseconds
            else { continue }
            let rank = ranksBefore[value.value]
            found.append(
                client(
                    pair, total, (index + 1, value, long),
                    (rank.map { $0 + 1 }, valuesBefore[value.value], longBefore[value.value])))
        }
        return found
    }

    private typealias Now = (rank: Int, value: WindowAggregate.DimensionValue, long: WindowAggregate.LongClient)
    private typealias Then = (
        rank: Int?, value: WindowAggregate.DimensionValue?, long: WindowAggregate.LongClient?
    )

    private static func client(
        _ pair: WindowPair, _ total: ComparisonResult.Total, _ now: Now, _ then: Then
    ) -> ActiveLongClient {
        let activityBefore = then.value?.activity.value(of: pair.counted) ?? 0
        let activityDuring = now.value.activity.value(of: pair.counted)
        let change = pair.change(before: activityBefore, during: activityDuring)
        let count = then.long?.long ?? 0
        let open = then.long?.openInWindow ?? 0
        let isKnown = pair.options.canShowLongBefore && pair.options.isRecorded(now.value.value, .client)
        let isOpenKnown = isKnown && !pair.options.lacksRows
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
            shareOfChange: total.direction == .same || total.change == 0 ? nil : change / total.change,
            change: change, hadLongBefore: count > 0 ? .yes : isOpenKnown ? .no : .unknown,
            kind: pair.options.kind?.name, vantage: pair.options.vantage, countedIn: pair.counted.rawValue,
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
        let values = (window.dimensions[.client] ?? []).filter { $0.value != MergedValue.overflow }
        let amounts = values.map { value in
            let own = value.activity.value(of: measure)
            return measure == .duration ? max(own, long[value.value]?.longest ?? 0) : own
        }
        // Places are moved, not values, which hold texts.
        let order = values.indices.filter { amounts[$0] > 0 }.sorted { left, right in
            amounts[left] != amounts[right]
                ? amounts[left] > amounts[right] : values[left].value < values[right].value
        }
        return order.map { values[$0] }
    }

    private static func table(_ window: WindowAggregate) -> [String: WindowAggregate.LongClient] {
        Dictionary(window.longClients.map { ($0.client.description, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
