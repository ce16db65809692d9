import ForensicsModel

/// The two windows of a comparison, as each body of evidence has them: where evidence was named in place of a window, its own
/// files of the kind and what those cover.
struct ComparedSides {
    let before: CompareQuestion.Side
    let during: CompareQuestion.Side

    /// A window of a body of evidence, which holds what was named for it alone.
    struct Part {
        var group: EvidenceGroup
        var window: TimeWindow

        var exposure: Int64 { group.exposure(of: window) }
    }

    /// Both windows as a group has them.
    func parts(of group: EvidenceGroup) -> (before: Part, during: Part) {
        var (first, second) = (part(before, group), part(during, group))
        if mayShareFacts(first, second) { Self.separate(&first, &second) }
        return (first, second)
    }

    /// What part a group covers of the window that it covers least. Named evidence has windows of its own, which it covers.
    func share(of group: EvidenceGroup) -> Double {
        let parts = parts(of: group)
        return zip([parts.before, parts.during], [before, during]).map { part, side in
            if side.sources != nil { return part.exposure > 0 ? 1 : 0 }
            return Double(part.exposure) / Double(max(1, part.window.length))
        }.min() ?? 0
    }

    /// Files that follow one another may have a record of the other's time: this much of it.
    private static let straggling = 60 * Timestamp.nanosecondsPerSecond

    /// Why the windows of a group cannot be compared: they are in part of the same time. `nil` where they can.
    func overlap(of group: EvidenceGroup) -> ForensicsError? {
        guard before.sources != nil || during.sources != nil else { return nil }
        let (first, second) = parts(of: group)
        let common = first.covered.reduce(Int64(0)) { sum, one in
            sum + second.covered.reduce(0) { $0 + (one.intersection($1)?.length ?? 0) }
        }
        guard common > (mayShareFacts(first, second) ? 0 : Self.straggling) else { return nil }
        let texts = [first, second].map {
            "\(RFC3339.secondsString($0.window.start)) to \(RFC3339.secondsString($0.window.end))"
        }
        return ForensicsError(
            .usage,
            "--before and --during overlap in \(group.name) (\(texts[0]) and \(texts[1])); choose evidence that does not, or "
                + "name times.")
    }

    /// Where the whole minutes of a window end that are counted where there are no rows: the later of two windows that may count
    /// the same begins there. `nil` for that one.
    func end(of part: Part, beside other: Part) -> Timestamp? {
        guard mayShareFacts(part, other), part.window.start < other.window.start else { return nil }
        return WindowReading.firstMinute(of: other.window)
    }

    /// Whether what one window counts may be what the other counts too, but for the time.
    private func mayShareFacts(_ part: Part, _ other: Part) -> Bool {
        !Set(part.group.sources).isDisjoint(with: other.group.sources)
    }

    private func part(_ side: CompareQuestion.Side, _ group: EvidenceGroup) -> Part {
        guard let sources = side.sources else { return Part(group: group, window: side.window) }
        var own = group
        own.sources = group.sources.filter { sources.contains($0) }
        own.coverage = covered(side, group)
        guard let first = own.coverage.first, let last = own.coverage.last else {
            return Part(group: own, window: side.window)
        }
        return Part(group: own, window: TimeWindow(start: first.start, end: last.end))
    }

    /// What the files cover that were named, in order. What a capture set lacks between two of its files the group tells.
    private func covered(_ side: CompareQuestion.Side, _ group: EvidenceGroup) -> [TimeWindow] {
        var own = EvidenceGroup.union(group.sources.flatMap { side.covered[$0] ?? [] })
        if group.kind == .pcap, let first = own.first, let last = own.last {
            own = [TimeWindow(start: first.start, end: last.end)]
        }
        return own.flatMap { window in group.coverage.compactMap { $0.intersection(window) } }
    }

    /// Ends the earlier of two windows where the later begins: files of one capture set, and flow logs, may overlap a little,
    /// by the packets of a rotation or by an interval.
    private static func separate(_ first: inout Part, _ second: inout Part) {
        if first.window.start < second.window.start, first.window.end <= second.window.end {
            first.window.end = min(first.window.end, second.window.start)
        } else if second.window.start < first.window.start, second.window.end <= first.window.end {
            second.window.end = min(second.window.end, first.window.start)
        }
    }
}

extension ComparedSides.Part {
    /// The covered parts of the window.
    fileprivate var covered: [TimeWindow] { group.coverage.compactMap { $0.intersection(window) } }
}
