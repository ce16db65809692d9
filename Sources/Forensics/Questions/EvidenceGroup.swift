import ForensicsModel

/// Sources of one kind that may be counted together: they never show the same traffic twice.
///
/// Logs of one kind are one group whatever load balancers wrote them: each row is another request. Each capture set is
/// a group of its own, because two capture points may see the same packets.
package struct EvidenceGroup: Sendable, Equatable {
    package var kind: EvidenceKind
    /// The capture point; `nil` for logs.
    package var vantage: String?
    /// Private ordinals of the sources.
    package var sources: [UInt32]
    /// What time the group covers, in order, without overlap.
    package var coverage: [TimeWindow]
    /// Requests and connections of the whole group: the larger of two capture points is preferred.
    package var requests: Int64
    package var connections: Int64
    /// One flow in so many was kept.
    package var sampleRate: Int64 = 1
    /// What the kind tells, and these sources do not.
    package var untold: EvidenceKind.Told = []

    /// - Parameter coverage: in any order; what overlaps is joined.
    package init(
        kind: EvidenceKind, vantage: String?, sources: [UInt32], coverage: [TimeWindow], requests: Int64,
        connections: Int64
    ) {
        self.kind = kind
        self.vantage = vantage
        self.sources = sources
        self.coverage = Self.union(coverage)
        self.requests = requests
        self.connections = connections
    }

    /// Nanoseconds of a window that the group covers.
    package func exposure(of window: TimeWindow) -> Int64 {
        coverage.reduce(0) { $0 + ($1.intersection(window)?.length ?? 0) }
    }

    /// What part of the window that it covers least the group covers; all where none is asked for.
    func coveredShare(of windows: [TimeWindow]) -> Double {
        windows.map { Double(exposure(of: $0)) / Double(max(1, $0.length)) }.min() ?? 1
    }

    /// How the group is named in an answer: `nlb`, or `pcap, vantage target.pcap`.
    package var name: String { EvidenceClock(kind: kind, vantage: vantage).name }

    /// Takes some intervals out of others.
    package static func subtract(_ lost: [TimeWindow], from windows: [TimeWindow]) -> [TimeWindow] {
        let holes = union(lost)
        return union(windows).flatMap { window -> [TimeWindow] in
            var parts: [TimeWindow] = []
            var start = window.start
            for hole in holes where hole.start < window.end && hole.end > window.start {
                if hole.start > start { parts.append(TimeWindow(start: start, end: hole.start)) }
                start = max(start, hole.end)
            }
            if start < window.end { parts.append(TimeWindow(start: start, end: window.end)) }
            return parts
        }
    }

    /// Joins intervals that touch or overlap.
    package static func union(_ windows: [TimeWindow]) -> [TimeWindow] {
        var result: [TimeWindow] = []
        for window in windows.sorted(by: { $0.start != $1.start ? $0.start < $1.start : $0.end < $1.end }) {
            if let last = result.last, window.start <= last.end {
                result[result.count - 1].end = max(last.end, window.end)
            } else if !window.isEmpty {
                result.append(window)
            }
        }
        return result
    }
}

extension EvidenceKind {
    /// Whether a connection is pieced together from records that may lie in several logs.
    var joinsRecords: Bool { self == .alb || self == .vpcFlow }
}

/// Chooses whose view of the traffic answers a question: one vantage at a time.
package enum EvidenceChooser {
    /// What a question counts.
    package enum Subject: Sendable {
        case requests
        case connections
        /// How long connections last: of kinds that tell it, else how long requests took.
        case lengths

        /// What a measure asks about; `nil` where it does not tell.
        init?(_ measure: RankMeasure?) {
            switch measure {
            case .requests: self = .requests
            case .connections: self = .connections
            case .duration: self = .lengths
            case .bytes, .errors, nil: return nil
            }
        }

        /// Kinds that can answer, best first.
        var kinds: [EvidenceKind] {
            switch self {
            case .requests: [.alb, .clb, .pcap, .live]
            case .connections: [.nlb, .albConnection, .pcap, .live, .vpcFlow, .clb, .alb]
            case .lengths: [.nlb, .pcap, .live, .vpcFlow, .alb, .clb]
            }
        }

        /// What is counted.
        var measure: RankMeasure { self == .requests ? .requests : .connections }

        /// What other evidence counts.
        var counterpart: Subject { self == .connections ? .requests : .connections }

        /// Whether a kind counts what is asked, rather than something that stands for it.
        func isCounted(by kind: EvidenceKind) -> Bool {
            switch self {
            case .requests: kind.told.contains(.requests)
            case .connections: kind.told.contains(.connections)
            case .lengths: kinds.contains(kind)
            }
        }

        func amount(_ group: EvidenceGroup) -> Int64 {
            switch self {
            case .requests: group.requests
            case .connections: group.kind == .alb ? max(group.connections, group.requests) : group.connections
            case .lengths:
                group.kind == .alb || group.kind == .clb ? max(group.connections, group.requests) : group.connections
            }
        }
    }

    /// The group that answers, and the others that could have.
    package struct Choice: Sendable {
        /// The group that answers.
        package var group: EvidenceGroup
        /// Groups of the same question that could have answered.
        package var others: [EvidenceGroup]
        /// Those of the others that are as good but for how much they hold: captures of the same time.
        package var peers: [EvidenceGroup] = []

        /// Takes the one that holds most of what is asked for, where several are as good.
        mutating func takeLargest(_ amount: (EvidenceGroup) throws(ForensicsError) -> Int64) throws(ForensicsError) {
            guard !peers.isEmpty else { return }
            var best = (group: group, amount: try amount(group))
            for peer in peers {
                let size = try amount(peer)
                if size > best.amount { best = (peer, size) }
            }
            guard best.group != group else { return }
            if let place = others.firstIndex(of: best.group) { others[place] = group }
            group = best.group
        }
    }

    /// Evidence that covers less than this part of what some other covers is only taken where there is no other.
    private static let nearlyAll = 0.9

    /// Returns the first kind that covers nearly as much as any, and of that kind the group that has most.
    ///
    /// - Parameter windows: empty to ask for the whole evidence.
    package static func choose(_ groups: [EvidenceGroup], for subject: Subject, windows: [TimeWindow]) -> Choice? {
        choose(groups, for: subject) { $0.coveredShare(of: windows) }
    }

    /// - Parameter share: what part of the windows a group covers, of the one that it covers least; 0 where it cannot answer.
    static func choose(
        _ groups: [EvidenceGroup], for subject: Subject, share: (EvidenceGroup) -> Double
    ) -> Choice? {
        let able = groups.filter { subject.kinds.contains($0.kind) && subject.amount($0) > 0 }.map { ($0, share($0)) }
            .filter { $0.1 > 0 }
        let least = Self.nearlyAll * (able.map(\.1).max() ?? 0)
        let rank = { (group: EvidenceGroup) in subject.kinds.firstIndex(of: group.kind) ?? subject.kinds.count }
        let sorted = able.sorted { left, right in
            if (left.1 >= least) != (right.1 >= least) { return left.1 >= least }
            let (left, right) = (left.0, right.0)
            if rank(left) != rank(right) { return rank(left) < rank(right) }
            let amounts = (subject.amount(left), subject.amount(right))
            return amounts.0 != amounts.1 ? amounts.0 > amounts.1 : (left.vantage ?? "") < (right.vantage ?? "")
        }
        guard let first = sorted.first?.0 else { return nil }
        let others = sorted.dropFirst()
        return Choice(
            group: first, others: others.map(\.0),
            peers: others.filter { $0.1 >= least && $0.0.kind == first.kind }.map(\.0))
    }

    /// What counts requests has to cover this part of what counts connections covers, to be asked first.
    private static let half = 0.5

    /// The subject that the default measure counts: requests where some group has them in every window.
    package static func defaultSubject(_ groups: [EvidenceGroup], windows: [TimeWindow]) -> Subject {
        defaultSubject(groups) { $0.coveredShare(of: windows) }
    }

    static func defaultSubject(_ groups: [EvidenceGroup], share: (EvidenceGroup) -> Double) -> Subject {
        func best(_ subject: Subject) -> Double {
            choose(groups, for: subject, share: share).map { share($0.group) } ?? 0
        }
        let requests = best(.requests)
        return requests > 0 && requests >= Self.half * best(.connections) ? .requests : .connections
    }

    /// Puts capture sets together that stand for one capture point: one was named for before, the other for during.
    ///
    /// Sets of one name belong together, as `quiet/web-1.pcap` and `bad/web-1.pcap` do; where no names agree, the largest
    /// of either side. Other groups come out as they are.
    ///
    /// - Parameters:
    ///   - before: the sources that were named for the window before, by their public ids.
    ///   - during: those for the window during.
    package static func paired(
        _ groups: [EvidenceGroup], before: Set<UInt32>, during: Set<UInt32>
    ) -> [EvidenceGroup] {
        var result = groups
        for kind in [EvidenceKind.pcap, .live] {
            let apart = groups.filter { $0.kind == kind }
            let first = apart.filter { before.isSuperset(of: $0.sources) && during.isDisjoint(with: $0.sources) }
            let second = apart.filter { during.isSuperset(of: $0.sources) && before.isDisjoint(with: $0.sources) }
            var pairs = first.compactMap { left in
                second.first { $0.stem == left.stem && $0.sampleRate == left.sampleRate }.map { (left, $0) }
            }
            if pairs.isEmpty, let left = largest(first),
                let right = largest(second.filter { $0.sampleRate == left.sampleRate })
            {
                pairs = [(left, right)]
            }
            for (left, right) in pairs {
                result.removeAll { $0 == left || $0 == right }
                result.append(left.joined(with: right))
            }
        }
        return result
    }

    private static func largest(_ groups: [EvidenceGroup]) -> EvidenceGroup? {
        groups.max { left, right in
            let amounts = (left.requests + left.connections, right.requests + right.connections)
            return amounts.0 != amounts.1 ? amounts.0 < amounts.1 : (left.vantage ?? "") > (right.vantage ?? "")
        }
    }
}

extension EvidenceGroup {
    /// Whether records tell what a measure adds up: sums of nothing would be taken for an answer.
    func tells(_ measure: RankMeasure?) -> Bool { measure != .bytes || kind.told.contains(.bytes) }
}

extension EvidenceGroup {
    /// The vantage without its folders.
    fileprivate var stem: Substring { (vantage ?? "").split(separator: "/").last ?? "" }

    /// Two capture sets as one body of evidence.
    fileprivate func joined(with other: EvidenceGroup) -> EvidenceGroup {
        let names = [vantage, other.vantage].compactMap { $0 }
        var group = EvidenceGroup(
            kind: kind, vantage: names.isEmpty ? nil : names.joined(separator: " and "),
            sources: sources + other.sources, coverage: coverage + other.coverage,
            requests: requests + other.requests, connections: connections + other.connections)
        group.sampleRate = sampleRate
        return group
    }
}
