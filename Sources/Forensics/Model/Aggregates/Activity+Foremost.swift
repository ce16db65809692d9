extension Activity {
    /// Which of several values to name: half of them for how often they came, the others for what else they did. In a flood of
    /// addresses that come once each, one connection may carry most bytes, or last longest.
    ///
    /// - Parameter limit: how many, a multiple of 8.
    static func foremost(_ limit: Int, of activities: [Activity]) -> [Bool] {
        var isKept = [Bool](repeating: false, count: activities.count)
        let measures: [(share: Int, value: (Activity) -> Int64)] = [
            (limit / 2, { $0.requests.addingSaturated($0.connections) }), (limit / 4, \.bytes),
            (limit / 8, \.errors), (limit / 8, \.longest),
        ]
        for measure in measures {
            let rest = activities.indices.filter { !isKept[$0] }
            // The largest first, and of equal ones the first.
            let order = RadixOrder.order(rest.map { ~UInt64(clamping: measure.value(activities[$0])) })
            for place in order.prefix(measure.share) { isKept[rest[Int(place)]] = true }
        }
        return isKept
    }
}
