import ForensicsCompare
import ForensicsModel

/// The tables of a comparison for people, on a terminal and in the HTML file.
extension ComparisonReport {
    private static let listedValues = 8
    /// Values listed of a dimension in which all moved alike.
    private static let listedFollowers = 3
    private static let barColumns = 10

    /// The clients with long connections, under a title that says of whom they are: a table for each evidence that shows some.
    var longViews: [(title: String, table: ReportTable)] {
        var groups: [[ActiveLongClient]] = []
        for client in result.activeLong {
            if let last = groups.last?.last, (last.kind, last.vantage) == (client.kind, client.vantage) {
                groups[groups.count - 1].append(client)
            } else {
                groups.append([client])
            }
        }
        if groups.count < 2 { return [(longTitle(nil), longView(result.activeLong))] }
        return groups.map { (longTitle($0.first), longView($0)) }
    }

    /// - Parameter one: of several tables, a client of the one that is meant.
    private func longTitle(_ one: ActiveLongClient?) -> String {
        let limit = NumberText.duration(milliseconds: result.question.longMilliseconds)
        let question = result.question
        let isOwn = one.map { ($0.kind, $0.vantage) == (question.kind, question.vantage) } ?? true
        let isByDuration = isOwn && question.measure == RankMeasure.duration.rawValue
        let counted = one?.countedIn ?? question.activeLongCountedIn
        let longest = question.ranksLongestRequests ? "requests" : "connections"
        let most = isByDuration ? "the longest \(longest)" : "most \(counted)"
        let place = one.map { [$0.kind, $0.vantage].compactMap { $0 }.joined(separator: ", vantage ") } ?? ""
        return "Active and long\(place.isEmpty ? "" : " in \(place)"): of the \(question.top) clients with \(most), "
            + "those with connections over \(limit)"
    }

    private func longView(_ clients: [ActiveLongClient]) -> ReportTable {
        ReportTable(
            name: "active_long",
            columns: [
                ReportColumn("rank", "rank", .identifier, isMinor: true),
                ReportColumn("was", "was", .identifier, isMinor: true),
                ReportColumn("client", "client", isKey: true), ReportColumn("owner", "owner"),
                ReportColumn("before", "count\nbefore", .count, isSecondary: true),
                ReportColumn("during", "count\nduring", .count),
                ReportColumn("share", "share of\nchange", .percent, isMinor: true),
                ReportColumn("longest_before", "longest\nbefore", .milliseconds, isSecondary: true),
                ReportColumn("longest", "longest\nduring", .milliseconds, isPoint: true),
                ReportColumn("long_before", "long\nbefore", .count, isSecondary: true),
                ReportColumn("long", "long\nduring", .count, isPoint: true),
                ReportColumn("open", "open\nbefore", .count, isMinor: true),
                ReportColumn("new", "new", isPoint: true),
            ],
            rows: clients.map { client in
                return ReportRow(
                    [
                        .integer(Int64(client.rankDuring)), .optional(client.rankBefore), .text(client.clientIP),
                        .optional(client.owner), .integer(client.activityBefore), .integer(client.activityDuring),
                        .optional(client.shareOfChange),
                        bounded(client.longestBeforeMilliseconds, client.isLongestBeforeCensored),
                        bounded(client.longestDuringMilliseconds, client.isLongestDuringCensored),
                        counted(client.longBefore, client.areLongAtLeast),
                        counted(client.longDuring, client.areLongAtLeast),
                        .optional(client.longOpenInBefore),
                        .text(novelty(client)),
                    ], emphasis: client.isNews ? .critical : client.hadLongBefore == .unknown ? .warning : .none)
            })
    }

    /// Whether long connections are new of a client: of one that had some open before, partly.
    private func novelty(_ client: ActiveLongClient) -> String {
        switch client.hadLongBefore {
        case .yes: "no"
        case .no: client.longDuringOpenInBefore ?? 0 > 0 ? "partly" : "yes"
        case .unknown: "unknown"
        }
    }

    /// Where none was seen, there was none.
    private func counted(_ value: Int64?, _ isAtLeast: Bool) -> ReportCell {
        guard isAtLeast, let value, value > 0 else { return .optional(value) }
        return .atLeast(Double(value))
    }

    func bounded(_ value: Double?, _ isCensored: Bool) -> ReportCell {
        guard let value else { return .absent }
        return isCensored ? .atLeast(value) : .number(value)
    }

    // MARK: - What changed

    var rateView: ReportTable {
        let shares = result.retransmissions.filter { $0.before.resent > 0 || $0.during.resent > 0 }.map { one in
            func amount(_ count: Retransmissions.Count) -> ReportCell {
                .words(count.share.map(NumberText.percent) ?? "–", order: count.share ?? 0)
            }
            return ReportRow(
                [
                    .text("resent by \(one.sender)"), amount(one.before), amount(one.during), .absent, .absent, .absent,
                    .absent,
                ], emphasis: one.hasRisen || one.hasFallen ? .strong : .none)
        }
        return ReportTable(
            name: "changes",
            columns: [
                ReportColumn("rate", "rate", isKey: true), ReportColumn("before", "before", .count),
                ReportColumn("during", "during", .count),
                ReportColumn("before_rate", "per second\nbefore", .rate, isSecondary: true),
                ReportColumn("during_rate", "per second\nduring", .rate, isSecondary: true),
                ReportColumn("ratio", "ratio", .ratio),
                ReportColumn("interval", interval, alignment: .right),
            ],
            rows: result.changes.filter { $0.before > 0 || $0.during > 0 }.map { change in
                let isBytes = change.name == "bytes"
                func amount(_ value: Double) -> ReportCell {
                    isBytes ? .words(NumberText.bytes(value), order: value) : .number(value)
                }
                return ReportRow(
                    [
                        .text(MeasureName.words(change.name)), amount(Double(change.before)),
                        amount(Double(change.during)), amount(change.beforePerSecond),
                        amount(change.duringPerSecond), ratio(change.ratio), bounds(change.ratio),
                    ], emphasis: change.ratio.isRise || change.ratio.isFall ? .strong : .none)
            } + shares)
    }

    var shiftView: ReportTable {
        ReportTable(
            name: "shifts",
            columns: [
                ReportColumn("measure", "measure"), ReportColumn("quantile", "quantile"),
                ReportColumn("before", "before", alignment: .right),
                ReportColumn("during", "during", alignment: .right),
                ReportColumn("ratio", "ratio", .ratio), ReportColumn("interval", interval, alignment: .right),
            ],
            rows: result.shifts.filter(\.isNotable).map { shift in
                [
                    .text(MeasureName.words(shift.measure)), .text("p\(NumberText.fixed(shift.quantile * 100, 0))"),
                    .text(amount(shift.before, shift)), .text(amount(shift.during, shift)), ratio(shift.ratio),
                    bounds(shift.ratio),
                ]
            })
    }

    private func amount(_ value: Double, _ shift: QuantileShift) -> String {
        shift.isTime ? NumberText.duration(milliseconds: value) : NumberText.bytes(value)
    }

    // MARK: - Who explains it

    func dimensionView(_ dimension: DimensionExplanation) -> ReportTable {
        let standsOut = dimension.values.contains(where: \.standsOut)
        let limit = standsOut ? Self.listedValues : Self.listedFollowers
        let shows = dimension.values.filter(\.passesGate).prefix(limit)
        let hasOwners = shows.contains { $0.owner != nil }
        var columns = [ReportColumn("value", MeasureName.words(dimension.dimension), isKey: true)]
        if hasOwners { columns.append(ReportColumn("owner", "owner")) }
        let rows = shows.map { one in
            let owner: [ReportCell] = hasOwners ? [.optional(one.owner)] : []
            return ReportRow([.text(one.value)] + owner + cells(one), emphasis: one.standsOut ? .strong : .none)
        }
        return ReportTable(
            name: dimension.dimension, columns: columns + explanationColumns, rows: rows,
            note: note(dimension, shows.count))
    }

    var combinationView: ReportTable {
        ReportTable(
            name: "combinations", columns: [ReportColumn("value", "together", isKey: true)] + explanationColumns,
            rows: result.combinations.prefix(Self.listedValues).map { combination in
                let values = combination.parts.map { "\(MeasureName.words($0.dimension)) \($0.value)" }
                return ReportRow([.text(values.joined(separator: ", "))] + cells(combination.explanation))
            })
    }

    /// What every explanation is told by. No ratio without its interval: what else says the same goes first.
    private var explanationColumns: [ReportColumn] {
        [
            ReportColumn("before", "before", .count, isSecondary: true), ReportColumn("during", "during", .count),
            ReportColumn("ratio", "ratio", .ratio, isPoint: true),
            ReportColumn("interval", interval, alignment: .right, isPoint: true),
            ReportColumn("change", "change", .count, isMinor: true),
            ReportColumn("share", "share of\nchange", .percent, isPoint: true),
            ReportColumn("bar", "", .bar(Self.barColumns), isSecondary: true),
        ]
    }

    private func cells(_ one: Explanation) -> [ReportCell] {
        [
            .integer(one.before), .integer(one.during), ratio(one.ratio, isRecorded: one.isRecorded), bounds(one.ratio),
            .number(one.change),
            .optional(one.shareOfChange), .optional(one.shareOfChange),
        ]
    }

    // MARK: - Who makes it slow

    var slownessTitle: String {
        guard let slow = result.slowness else { return "" }
        let limit = NumberText.duration(milliseconds: slow.limitMilliseconds)
        return "Who makes it slow: \(result.question.countedIn) over \(limit) (\(MeasureName.words(slow.measure)))"
    }

    var slownessView: ReportTable { makers(result.slowness?.leading ?? [], name: "slowness") }

    // MARK: - Who makes the errors

    var failuresView: ReportTable { makers(result.failures?.leading ?? [], name: "failures") }

    static let failedConnectionsTitle = "Whose connections fail"

    var failedConnectionsView: ReportTable {
        makers(result.failedConnections?.leading ?? [], name: "failed-connections")
    }

    /// Values of several dimensions that make what became more.
    private func makers(_ leading: [Explanation], name: String) -> ReportTable {
        ReportTable(
            name: name,
            // A target group is told from a target port by its whole name.
            columns: [ReportColumn("dimension", isKey: true), ReportColumn("value", isKey: true)] + explanationColumns,
            rows: leading.prefix(Self.listedValues).map {
                ReportRow([.text(MeasureName.words($0.dimension)), .text($0.value)] + cells($0))
            })
    }

    // MARK: - What is left

    private func note(_ dimension: DimensionExplanation, _ shown: Int) -> String {
        let more = dimension.explained.values - shown
        var parts: [String] = []
        if !dimension.values.contains(where: \.standsOut) {
            parts.append(
                result.isTentative
                    ? "no value can be told to stand out from so few minutes" : "no value stands out from the rest")
        }
        if more > 0 { parts.append("\(more) more pass the gate of this dimension") }
        let left = dimension.valueCount - dimension.explained.values
        if left > 0 {
            let amount =
                dimension.unexplained.shareOfChange.map { NumberText.percent($0) + " of the change" }
                ?? NumberText.grouped(Int64(dimension.unexplained.change.rounded()))
            parts.append("\(NumberText.grouped(Int64(left))) \(left == 1 ? "other" : "others"): \(amount)")
        }
        // A malformed request or two is not worth a word.
        if abs(dimension.without.change) >= 0.001 * abs(result.total.change), dimension.without.change != 0 {
            let amount =
                dimension.without.shareOfChange.map { NumberText.percent($0) + " of the change" }
                ?? NumberText.grouped(Int64(dimension.without.change.rounded()))
            parts.append("without a value: \(amount)")
        }
        return parts.joined(separator: "; ")
    }

    func seenView(_ values: [SeenOnce], _ minute: String) -> ReportTable {
        ReportTable(
            name: "seen",
            columns: [
                ReportColumn("dimension", "dimension"), ReportColumn("value", "value", isKey: true),
                ReportColumn("owner", "owner"), ReportColumn("count", "count", .count),
                ReportColumn("share", "share", .percent), ReportColumn("minute", minute, .time),
            ],
            rows: strongest(values).map { one in
                [
                    .text(MeasureName.words(one.dimension)), .text(one.value), .optional(one.owner),
                    .integer(one.count),
                    .number(one.share), .optional(one.minuteNanoseconds),
                ]
            })
    }

    /// The three strongest values of each dimension: the tables for machines hold the rest.
    private func strongest(_ values: [SeenOnce]) -> [SeenOnce] {
        var kept: [SeenOnce] = []
        for one in values where one.share >= 0.001 {
            if kept.reversed().prefix(3).filter({ $0.dimension == one.dimension }).count < 3 { kept.append(one) }
        }
        return kept
    }

    // MARK: - Words

    private func ratio(_ ratio: RateRatio, isRecorded: Bool = true) -> ReportCell {
        if let value = ratio.value { return .number(value) }
        return ratio.lower == nil ? .absent : .words(isRecorded ? "new" : "unrecorded", order: .infinity)
    }

    private var interval: String { NumberText.fixed(result.question.confidence * 100, 0) + " % interval" }

    private func bounds(_ ratio: RateRatio) -> ReportCell {
        guard let lower = ratio.lower, let words = NumberText.interval(ratio, to: " – ", atLeast: "≥ ") else {
            return .absent
        }
        return .words(words, order: lower)
    }
}
