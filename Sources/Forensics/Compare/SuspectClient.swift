import ForensicsModel

/// Names the client that makes nearly all of what a value of another dimension changed, where the client does not stand out itself.
///
/// One of hundreds of clients has to show more than a user agent or a path, of which there are few, and a client that calls in a
/// loop now and then is restless. What the value showed is known beyond statistics to be the client's once rows tell that nearly
/// all of it is of both.
enum SuspectClient {
    /// The part of a value's change that has to be the client's.
    private static let nearlyAll = 0.8

    /// Returns the client that may be behind a value that leads: counting tells.
    static func candidate(in result: ComparisonResult) -> Explanation? {
        let clients = result.dimensions.first { $0.dimension == Dimension.client.name }?.values ?? []
        let most = clients.filter { !$0.passesGate }.max { left, right in
            let (a, b) = (abs(left.change), abs(right.change))
            return a != b ? a < b : left.value > right.value
        }
        guard let most, result.leading.contains(where: { mayBe($0, most) }) else { return nil }
        return most
    }

    /// Adds the client to those that lead, before the value that it makes nearly all of.
    ///
    /// - Parameter combined: both windows, with the counts of combinations.
    static func tell(in result: inout ComparisonResult, combined: WindowPair) {
        guard let client = candidate(in: result) else { return }
        let place = result.leading.firstIndex { one in
            guard mayBe(one, client) else { return false }
            let change = combined.change(
                before: count(client, one, combined.before, combined.counted),
                during: count(client, one, combined.during, combined.counted))
            return (change > 0) == (one.change > 0) && abs(change) >= nearlyAll * abs(one.change)
        }
        if let place { result.leading.insert(client, at: place) }
    }

    private static func mayBe(_ leader: Explanation, _ client: Explanation) -> Bool {
        leader.dimension != client.dimension && (leader.change > 0) == (client.change > 0)
            && abs(client.change) >= nearlyAll * abs(leader.change)
    }

    private static func count(
        _ client: Explanation, _ other: Explanation, _ window: WindowAggregate, _ measure: RankMeasure
    ) -> Int64 {
        window.combinations.first { one in
            one.parts.count == 2
                && [client, other].allSatisfy { value in
                    one.parts.contains { $0.dimension.name == value.dimension && $0.value == value.value }
                }
        }?.activity.value(of: measure) ?? 0
    }
}
