import ForensicsCompare

/// The tables for machines. Their column names are a contract: columns are only added, at the end.
extension ComparisonReport {
    var activeLong: ReportTable {
        ReportTable(
            name: "active_long",
            columns: [
                ReportColumn("client_ip"), ReportColumn("owner"), ReportColumn("rank_before", nil, .identifier),
                ReportColumn("rank_during", nil, .identifier), ReportColumn("activity_before", nil, .count),
                ReportColumn("activity_during", nil, .count), ReportColumn("longest_before_ms", nil, .milliseconds),
                ReportColumn("longest_during_ms", nil, .milliseconds), ReportColumn("long_before", nil, .count),
                ReportColumn("long_during", nil, .count), ReportColumn("long_open_in_before", nil, .count),
                ReportColumn("share_of_change", nil, .percent), ReportColumn("change", nil, .number),
                ReportColumn("had_long_before"), ReportColumn("longest_before_censored", nil, .flag),
                ReportColumn("longest_during_censored", nil, .flag), ReportColumn("kind"), ReportColumn("vantage"),
                ReportColumn("counted_in"), ReportColumn("long_during_open_in_before", nil, .count),
                ReportColumn("long_at_least", nil, .flag),
            ],
            rows: result.activeLong.map { client in
                [
                    .text(client.clientIP), .optional(client.owner), .optional(client.rankBefore),
                    .integer(Int64(client.rankDuring)), .integer(client.activityBefore),
                    .integer(client.activityDuring),
                    bounded(client.longestBeforeMilliseconds, client.isLongestBeforeCensored),
                    bounded(client.longestDuringMilliseconds, client.isLongestDuringCensored),
                    .optional(client.longBefore),
                    .integer(client.longDuring), .optional(client.longOpenInBefore),
                    .rounded(client.shareOfChange), .rounded(client.change), .text(client.hadLongBefore.rawValue),
                    .flag(client.isLongestBeforeCensored), .flag(client.isLongestDuringCensored),
                    .optional(client.kind), .optional(client.vantage), .text(client.countedIn),
                    .optional(client.longDuringOpenInBefore), .flag(client.areLongAtLeast),
                ]
            })
    }

    var changes: ReportTable {
        let rates = result.changes.map { change -> ReportRow in
            [
                .text(change.name), .text("rate"), .absent, .integer(change.before), .integer(change.during),
                .rounded(change.beforePerSecond), .rounded(change.duringPerSecond), .rounded(change.ratio.value),
                .rounded(change.ratio.lower), .rounded(change.ratio.upper), .rounded(change.pValue),
                .flag(change.ratio.isRise || change.ratio.isFall),
            ]
        }
        let shifts = result.shifts.map { shift -> ReportRow in
            [
                .text(shift.measure), .text("quantile"), .number(shift.quantile), .integer(shift.countBefore),
                .integer(shift.countDuring), .rounded(shift.before), .rounded(shift.during),
                .rounded(shift.ratio.value), .rounded(shift.ratio.lower), .rounded(shift.ratio.upper),
                .rounded(shift.adjustedPValue), .flag(shift.isNotable),
            ]
        }
        let shares = result.retransmissions.map { one -> ReportRow in
            [
                .text("resent_by_\(one.sender)"), .text("share"), .absent, .integer(one.before.resent),
                .integer(one.during.resent), .rounded(one.before.share), .rounded(one.during.share), .absent, .absent,
                .absent, .absent, .flag(one.hasRisen || one.hasFallen),
            ]
        }
        return ReportTable(
            name: "changes",
            columns: [
                ReportColumn("measure"), ReportColumn("type"), ReportColumn("quantile", nil, .number),
                ReportColumn("count_before", nil, .count), ReportColumn("count_during", nil, .count),
                ReportColumn("before", nil, .number), ReportColumn("during", nil, .number),
                ReportColumn("ratio", nil, .ratio), ReportColumn("ratio_low", nil, .ratio),
                ReportColumn("ratio_high", nil, .ratio), ReportColumn("p_value", nil, .number),
                ReportColumn("notable", nil, .flag),
            ], rows: rates + shifts + shares)
    }

    var explanations: ReportTable {
        explanations(result.dimensions.flatMap(\.values) + result.combinations.map(\.explanation), name: "explanations")
    }

    var combinations: ReportTable { explanations(result.combinations.map(\.explanation), name: "combinations") }

    func explanations(_ values: [Explanation], name: String) -> ReportTable {
        ReportTable(
            name: name,
            columns: [
                ReportColumn("dimension"), ReportColumn("value"), ReportColumn("owner"),
                ReportColumn("before", nil, .count), ReportColumn("during", nil, .count),
                ReportColumn("before_per_second", nil, .rate), ReportColumn("during_per_second", nil, .rate),
                ReportColumn("ratio", nil, .ratio), ReportColumn("ratio_low", nil, .ratio),
                ReportColumn("ratio_high", nil, .ratio), ReportColumn("share_before", nil, .percent),
                ReportColumn("share_during", nil, .percent), ReportColumn("share_ratio", nil, .ratio),
                ReportColumn("change", nil, .number), ReportColumn("share_of_change", nil, .percent),
                ReportColumn("p_value", nil, .number), ReportColumn("adjusted_p_value", nil, .number),
                ReportColumn("passes_gate", nil, .flag), ReportColumn("stands_out", nil, .flag),
                ReportColumn("share_ratio_low", nil, .ratio), ReportColumn("share_ratio_high", nil, .ratio),
                ReportColumn("is_recorded", nil, .flag),
            ],
            rows: values.map { one in
                [
                    .text(one.dimension), .text(one.value), .optional(one.owner), .integer(one.before),
                    .integer(one.during), .rounded(one.beforePerSecond), .rounded(one.duringPerSecond),
                    .rounded(one.ratio.value), .rounded(one.ratio.lower), .rounded(one.ratio.upper),
                    .rounded(one.shareBefore), .rounded(one.shareDuring), .rounded(one.shareRatio.value),
                    .rounded(one.change), .rounded(one.shareOfChange), .rounded(one.pValue),
                    .rounded(one.adjustedPValue), .flag(one.passesGate), .flag(one.standsOut),
                    .rounded(one.shareRatio.lower), .rounded(one.shareRatio.upper), .flag(one.isRecorded),
                ]
            })
    }

    var newGone: ReportTable {
        func rows(_ values: [SeenOnce], _ kind: String) -> [ReportRow] {
            values.map { one in
                [
                    .text(kind), .text(one.dimension), .text(one.value), .optional(one.owner), .integer(one.count),
                    .rounded(one.share), .optional(one.minuteNanoseconds),
                ]
            }
        }
        return ReportTable(
            name: "new_gone",
            columns: [
                ReportColumn("seen"), ReportColumn("dimension"), ReportColumn("value"), ReportColumn("owner"),
                ReportColumn("count", nil, .count), ReportColumn("share", nil, .percent),
                ReportColumn("minute", nil, .time),
            ], rows: rows(result.new, "during") + rows(result.gone, "before"))
    }

    var remainder: ReportTable {
        func row(_ dimension: String, _ name: String, _ part: DimensionExplanation.Part) -> ReportRow {
            [
                .text(dimension), .text(name), .integer(Int64(part.values)), .integer(part.before),
                .integer(part.during), .rounded(part.change), .rounded(part.shareOfChange),
            ]
        }
        return ReportTable(
            name: "remainder",
            columns: [
                ReportColumn("dimension"), ReportColumn("part"), ReportColumn("values", nil, .count),
                ReportColumn("before", nil, .count), ReportColumn("during", nil, .count),
                ReportColumn("change", nil, .number), ReportColumn("share_of_change", nil, .percent),
            ],
            rows: result.dimensions.flatMap { one in
                [
                    row(one.dimension, "explained", one.explained), row(one.dimension, "unexplained", one.unexplained),
                    row(one.dimension, "without", one.without),
                ]
            })
    }
}

extension ReportCell {
    /// Six significant digits are more than any statistic here is worth, and read well.
    static func rounded(_ value: Double?) -> ReportCell {
        value.map { .number(NumberText.rounded($0, 6)) } ?? .absent
    }
}
