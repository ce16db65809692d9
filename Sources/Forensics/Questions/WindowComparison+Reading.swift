import ForensicsCompare
import ForensicsModel

extension WindowComparison {
    /// Both windows of a group, with the long connections that an access log's requests imply.
    func gather(
        _ group: EvidenceGroup, _ measure: RankMeasure, _ caveats: inout [ComparisonResult.Caveat]
    ) throws(ForensicsError) -> (before: Side, during: Side) {
        let (first, second) = sides.parts(of: group)
        var readings = [
            try reading(first, measure, beside: second), try reading(second, measure, beside: first),
        ]
        readings[1].earlier = first.window
        var gathered = [try readings[0].gather(first.window), try readings[1].gather(second.window)]
        if group.kind == .alb, session.rows(of: group) == .all, session.piecesConnections {
            var pieced = PiecedConnections(session: session, group: group)
            (pieced.top, pieced.measure, pieced.long) = (question.top, measure, long)
            pieced.covered = [first.group.coverage, second.group.coverage]
            let refused = try pieced.add(to: &gathered)
            if refused > 0 {
                caveats.append(
                    .init(
                        code: "pieced-limit",
                        text: PiecedConnections.refusal(refused)))
            }
        }
        return (
            Side(aggregate: readings[0].finish(gathered[0]), isWidened: gathered[0].isWidened),
            Side(aggregate: readings[1].finish(gathered[1]), isWidened: gathered[1].isWidened)
        )
    }

    /// What a window holds.
    struct Side {
        var aggregate: WindowAggregate
        /// Whether it had to be counted in whole minutes.
        var isWidened: Bool
    }

    /// What reads one window of a group.
    ///
    /// - Parameter other: the other window of the comparison.
    func reading(
        _ part: ComparedSides.Part, _ measure: RankMeasure, beside other: ComparedSides.Part
    ) throws(ForensicsError) -> WindowReading {
        if question.stop.isRequested { throw NamedEvidence.interrupted }
        var reading = WindowReading(session: session, group: part.group, measure: measure)
        reading.long = long
        reading.dimensions = Comparison.alwaysRead.union(dimensions).sorted()
        reading.anchor = anchor
        reading.end = sides.end(of: part, beside: other)
        return reading
    }

    /// The values that were seen by the interfaces of a flow log that recorded all of both windows, by dimension; `nil` where
    /// all did, and where no rows tell which interface saw what.
    func recordedValues(
        _ group: EvidenceGroup, _ measure: RankMeasure
    ) throws(ForensicsError) -> [Dimension: Set<String>]? {
        let (first, second) = sides.parts(of: group)
        let skipping = CoverageCaveats(session: session, group: group).skippingNodes(in: [first.window, second.window])
        guard !skipping.isEmpty, session.rows(of: group) == .all else { return nil }
        // It may have been any.
        if skipping.contains("") { return [:] }
        var recorded: [Dimension: Set<String>] = [:]
        for (part, other) in [(first, second), (second, first)] {
            var reading = try reading(part, measure, beside: other)
            reading.withoutNodes = skipping
            reading.includesLong = false
            reading.includesDistributions = false
            reading.includesSeries = false
            for (dimension, values) in try reading.aggregate(part.window).aggregate.dimensions {
                recorded[dimension, default: []].formUnion(values.map(\.value))
            }
        }
        return recorded
    }
}
