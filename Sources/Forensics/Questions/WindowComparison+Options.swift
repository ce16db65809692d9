import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What the comparison of a group is to know of the question and of the evidence.
extension WindowComparison {
    /// Returns the options of a group, without what its windows tell.
    ///
    /// - Parameter isHidden: whether the connections of clients are hidden behind those of load balancers.
    func options(of group: EvidenceGroup, _ measure: RankMeasure, isHidden: Bool) -> CompareOptions {
        var options = CompareOptions()
        options.measure = measure
        options.dimensions = dimensions
        options.kind = group.kind
        options.vantage = group.vantage
        options.anchor = anchor.rawValue
        options.top = question.top
        options.longNanoseconds = long
        options.limit = question.limit ?? 10
        options.owners = session.owners
        options.sampleRate = group.sampleRate
        options.filters = filters(group)
        options.restrictsFacts = session.restrictions.leavesOutFacts || !session.filter.nodes.isEmpty
        options.restrictsClients = session.restrictions.namesClients
        options.untold = group.untold
        tellWhatIsKept(of: group, &options)
        if isHidden {
            // Who asks by way of the load balancer holds none of these connections: who does is ranked by them.
            if measure == .requests { options.activeLongMeasure = .connections }
            options.hiddenConnections =
                "\(group.name): it shows what load balancers send for many clients on connections of their own"
        }
        return options
    }

    /// What the rows that the case keeps of a group can tell of long connections, and what not.
    private func tellWhatIsKept(of group: EvidenceGroup, _ options: inout CompareOptions) {
        let rows = session.rows(of: group)
        // Of shorter connections no rows are kept, and roll-ups count those that are as long as that.
        let lacksShorter = rows == .notable && long < RowSelection.longConnection
        options.canShowLongBefore = canShowLong(sides.parts(of: group).before) && !lacksShorter
        options.lacksRows = rows == .none || lacksShorter || (rows == .notable && group.kind == .alb)
        options.countsLong = rows == .all || long == RowSelection.longConnection || (rows == .notable && !lacksShorter)
        // Of kinds with requests the longest of a minute may be one of several of a connection.
        options.countsLongMinutes =
            rows == .none && group.kind.told.isSuperset(of: [.connections, .connectionLengths])
            && !group.kind.told.contains(.requests)
        guard group.kind == .alb else { return }
        if rows != .all {
            options.hiddenConnections = "\(group.name), of which the case does not keep all rows"
        } else if !session.piecesConnections {
            options.canShowLongBefore = false
            options.hiddenConnections =
                "\(group.name): its connections are put together from all requests of a client, and only some are looked at"
        }
    }

    /// What to know of a capture in which the connections of clients are hidden.
    static func pooledConnections(_ group: EvidenceGroup) -> ComparisonResult.Caveat {
        ComparisonResult.Caveat(
            code: "pooled-connections",
            text: "The connections that \(group.name) shows are mostly those of load balancers, which carry "
                + "many clients: how long clients hold theirs is not in it.")
    }

    /// The filters in force; a capture point is named by the answer, and others that were asked for are not in its numbers.
    private func filters(_ group: EvidenceGroup) -> [String] {
        session.restrictions.description(without: group.vantage == nil ? [] : ["vantage"]).map { [$0] } ?? []
    }

    /// Whether a long connection that ended in a window could be seen: where connections are pieced together from packets or
    /// records, the evidence has to reach back so far.
    private func canShowLong(_ part: ComparedSides.Part) -> Bool {
        let kind = part.group.kind
        guard kind.isCapture || kind.joinsRecords else { return true }
        if kind.joinsRecords, question.lacksHistory { return false }
        if kind == .alb, session.rows(of: part.group) != .all { return false }
        let end = part.window.end
        let start = kind == .alb ? end.advanced(by: -PiecedConnections.reach) : Timestamp(nanoseconds: .min / 2)
        return part.group.exposure(of: TimeWindow(start: start, end: end)) > long
    }
}
