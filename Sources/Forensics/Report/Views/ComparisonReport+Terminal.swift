import ForensicsCompare

/// The whole answer for a terminal.
extension ComparisonReport {
    private static let listedValues = 8
    /// Values listed of a dimension in which all moved alike.
    private static let listedFollowers = 3
    private static let barColumns = 10

    func terminal(style: ReportStyle) -> [UInt8] {
        var page = TerminalPage(style: style)
        header(&page)
        page.paragraph(result.sentence, .strong)
        page.table(longView, title: longTitle, empty: "none")
        page.table(rateView, title: "What changed")
        page.table(shiftView, title: "Quantiles that moved", empty: result.shifts.isEmpty ? nil : "none")
        for dimension in result.dimensions where !dimension.values.isEmpty {
            let view = dimensionView(dimension)
            if !view.rows.isEmpty { page.table(view, title: "Who explains it: \(words(dimension.dimension))") }
        }
        if !result.combinations.isEmpty {
            page.table(combinationView, title: "Combinations that say more than their parts")
        }
        page.table(seenView(result.new, "first minute"), title: "New: seen only during")
        page.table(seenView(result.gone, "last minute"), title: "Gone: seen only before")
        if !result.caveats.isEmpty {
            page.heading("Caveats")
            for caveat in result.caveats { page.item(caveat.text) }
        }
        return page.bytes
    }

    private func header(_ page: inout TerminalPage) {
        let question = result.question
        page.fact("before", window(result.before))
        page.fact("during", window(result.during))
        let source = [question.kind, question.vantage].compactMap { $0 }.joined(separator: ", vantage ")
        let counted = question.countedIn == question.measure ? "" : " (shares of \(question.countedIn))"
        page.fact(
            "counting",
            "\(question.measure)\(counted)\(source.isEmpty ? "" : " in \(source)"); facts belong to the window "
                + "of their \(question.anchor == "record" ? "record time" : question.anchor)")
        if !question.filters.isEmpty { page.fact("filters", question.filters.joined(separator: " ")) }
        page.blank()
    }

    private func window(_ window: ComparisonResult.Window) -> String {
        let covered = NumberText.duration(milliseconds: window.exposureSeconds * 1000)
        let partly = window.coveredShare < 0.995 ? ", \(NumberText.percent(window.coveredShare)) covered" : ""
        return "[\(short(window.start)), \(short(window.end)))  \(covered)\(partly)"
    }

    private func short(_ time: String) -> String {
        time.hasSuffix(".000000000Z") ? time.dropLast(11) + "Z" : time
    }

    // MARK: - Active and long

    var longTitle: String {
        let limit = NumberText.duration(milliseconds: result.question.longMilliseconds)
        return "Active and long: the \(result.question.top) most active clients, connections over \(limit)"
    }

    var longView: ReportTable {
        let counted = result.question.activeLongCountedIn
        return ReportTable(
            name: "active_long",
            columns: [
                ReportColumn("rank", "rank", .identifier), ReportColumn("was", "was", .identifier, isSecondary: true),
                ReportColumn("client", "client", isKey: true), ReportColumn("owner", "owner"),
                ReportColumn("before", "\(counted)\nbefore", .count), ReportColumn("during", "during", .count),
                ReportColumn("share", "share of\nchange", .percent),
                ReportColumn("longest_before", "longest\nbefore", .milliseconds, isSecondary: true),
                ReportColumn("longest", "longest\nduring", .milliseconds),
                ReportColumn("long_before", "long\nbefore", .count, isSecondary: true),
                ReportColumn("long", "long\nduring", .count),
                ReportColumn("open", "open\nbefore", .count, isSecondary: true), ReportColumn("new", "new"),
            ],
            rows: result.activeLong.map { client in
                let isNew = client.hadLongBefore
                return ReportRow(
                    [
                        .integer(Int64(client.rankDuring)), .optional(client.rankBefore), .text(client.clientIP),
                        .optional(client.owner), .integer(client.activityBefore), .integer(client.activityDuring),
                        .optional(client.shareOfChange),
                        bounded(client.longestBeforeMilliseconds, client.isLongestBeforeCensored),
                        bounded(client.longestDuringMilliseconds, client.isLongestDuringCensored),
                        .optional(client.longBefore), .integer(client.longDuring),
                        .optional(client.longOpenInBefore),
                        .text(isNew == .no ? "yes" : isNew == .yes ? "no" : "unknown"),
                    ], emphasis: isNew == .no ? .critical : isNew == .unknown ? .warning : .none)
            })
    }

    private func bounded(_ value: Double?, _ isCensored: Bool) -> ReportCell {
        guard let value else { return .absent }
        return isCensored ? .atLeast(value) : .number(value)
    }

    // MARK: - What changed

    var rateView: ReportTable {
        ReportTable(
            name: "changes",
            columns: [
                ReportColumn("rate", "rate", isKey: true), ReportColumn("before", "before", .count),
                ReportColumn("during", "during", .count), ReportColumn("before_rate", "per second\nbefore", .rate),
                ReportColumn("during_rate", "during", .rate), ReportColumn("ratio", "ratio", .ratio),
                ReportColumn("interval", interval, alignment: .right),
            ],
            rows: result.changes.filter { $0.before + $0.during > 0 }.map { change in
                let isBytes = change.name == "bytes"
                func amount(_ value: Double) -> ReportCell {
                    isBytes ? .text(NumberText.bytes(value)) : .number(value)
                }
                return ReportRow(
                    [
                        .text(MeasureName.words(change.name)), amount(Double(change.before)),
                        amount(Double(change.during)), amount(change.beforePerSecond),
                        amount(change.duringPerSecond), ratio(change.ratio), .text(bounds(change.ratio)),
                    ], emphasis: change.ratio.isRise || change.ratio.isFall ? .strong : .none)
            })
    }

    private var shiftView: ReportTable {
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
                    .text(bounds(shift.ratio)),
                ]
            })
    }

    private func amount(_ value: Double, _ shift: QuantileShift) -> String {
        shift.isTime ? NumberText.duration(milliseconds: value) : NumberText.bytes(value)
    }

    // MARK: - Who explains it

    private func dimensionView(_ dimension: DimensionExplanation) -> ReportTable {
        let standsOut = dimension.values.contains(where: \.standsOut)
        let limit = standsOut ? Self.listedValues : Self.listedFollowers
        let shows = dimension.values.filter(\.passesGate).prefix(limit)
        let hasOwners = shows.contains { $0.owner != nil }
        var columns = [ReportColumn("value", words(dimension.dimension), isKey: true)]
        if hasOwners { columns.append(ReportColumn("owner", "owner")) }
        columns += [
            ReportColumn("before", "before", .count), ReportColumn("during", "during", .count),
            ReportColumn("ratio", "ratio", .ratio), ReportColumn("interval", interval, alignment: .right),
            ReportColumn("change", "change", .count), ReportColumn("share", "share of\nchange", .percent),
            ReportColumn("bar", ""),
        ]
        let rows = shows.map { one in
            let owner: [ReportCell] = hasOwners ? [.optional(one.owner)] : []
            return ReportRow(
                [.text(one.value)] + owner + [
                    .integer(one.before), .integer(one.during), ratio(one.ratio), .text(bounds(one.ratio)),
                    .number(one.change), .optional(one.shareOfChange),
                    .text(BarPlot.bar(one.shareOfChange ?? 0, columns: Self.barColumns)),
                ], emphasis: one.standsOut ? .strong : .none)
        }
        return ReportTable(name: dimension.dimension, columns: columns, rows: rows, note: note(dimension, shows.count))
    }

    var combinationView: ReportTable {
        ReportTable(
            name: "combinations",
            columns: [
                ReportColumn("value", "together"), ReportColumn("before", "before", .count),
                ReportColumn("during", "during", .count), ReportColumn("ratio", "ratio", .ratio),
                ReportColumn("interval", interval, alignment: .right), ReportColumn("change", "change", .count),
                ReportColumn("share", "share of\nchange", .percent), ReportColumn("bar", ""),
            ],
            rows: result.combinations.prefix(Self.listedValues).map { combination in
                let one = combination.explanation
                return [
                    .text(combination.parts.map { "\(words($0.dimension)) \($0.value)" }.joined(separator: ", ")),
                    .integer(one.before), .integer(one.during), ratio(one.ratio), .text(bounds(one.ratio)),
                    .number(one.change), .optional(one.shareOfChange),
                    .text(BarPlot.bar(one.shareOfChange ?? 0, columns: Self.barColumns)),
                ]
            })
    }

    private func note(_ dimension: DimensionExplanation, _ shown: Int) -> String {
        let more = dimension.explained.values - shown
        var parts: [String] = []
        if !dimension.values.contains(where: \.standsOut) { parts.append("no value stands out from the rest") }
        if more > 0 { parts.append("\(more) more pass the gate") }
        let left = dimension.valueCount - dimension.explained.values
        if left > 0 {
            let amount =
                dimension.unexplained.shareOfChange.map { NumberText.percent($0) + " of the change" }
                ?? NumberText.grouped(Int64(dimension.unexplained.change.rounded()))
            parts.append("\(NumberText.grouped(Int64(left))) others: \(amount)")
        }
        if dimension.without.before + dimension.without.during > 0 {
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
                    .text(words(one.dimension)), .text(one.value), .optional(one.owner), .integer(one.count),
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

    private func ratio(_ ratio: RateRatio) -> ReportCell {
        if let value = ratio.value { return .number(value) }
        return ratio.lower == nil ? .absent : .text("new")
    }

    private var interval: String { NumberText.fixed(result.question.confidence * 100, 0) + " % interval" }

    private func bounds(_ ratio: RateRatio) -> String {
        guard let lower = ratio.lower else { return "" }
        // An upper bound past this says only that the data set no limit.
        guard let upper = ratio.upper, upper < 10_000 else { return "≥ \(NumberText.ratio(lower))" }
        return "\(NumberText.ratio(lower)) – \(NumberText.ratio(upper))"
    }

    private func words(_ name: String) -> String { String(name.map { $0 == "_" || $0 == "-" ? " " : $0 }) }
}
