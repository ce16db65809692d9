import ForensicsCompare

extension ComparisonReport {
    /// Everything as one JSON document with members in a fixed order.
    package var json: JSONValue {
        .object([
            ("schema_version", .integer(Int64(ComparisonResult.schemaVersion))),
            ("sentence", .string(result.sentence)),
            ("question", question),
            ("windows", .object([("before", window(result.before)), ("during", window(result.during))])),
            ("total", total(result.total)),
            (
                "changes",
                .object([("rates", rates), ("quantiles", quantiles), ("retransmissions", retransmissions)])
            ),
            ("tentative", .bool(result.isTentative)),
            ("leading", .array(result.leading.map { explanation($0) })),
            ("explanations", .array(result.dimensions.map { dimension($0) })),
            ("combinations", .array(result.combinations.map { combination($0) })),
            ("slowness", slowness),
            ("failures", failures(result.failures)),
            ("failed_connections", failures(result.failedConnections)),
            ("active_long", table(.activeLong).json),
            ("new", seen(result.new, "first_minute")),
            ("gone", seen(result.gone, "last_minute")),
            ("remainder", table(.remainder).json),
            (
                "caveats",
                .array(result.caveats.map { .object([("code", .string($0.code)), ("text", .string($0.text))]) })
            ),
        ])
    }

    private var question: JSONValue {
        let question = result.question
        return .object([
            ("kind", .optional(question.kind)), ("vantage", .optional(question.vantage)),
            ("measure", .string(question.measure)), ("counted_in", .string(question.countedIn)),
            ("active_long_counted_in", .string(question.activeLongCountedIn)),
            ("anchor", .string(question.anchor)), ("top", .integer(Int64(question.top))),
            ("long_ms", .number(question.longMilliseconds)), ("confidence", .number(question.confidence)),
            ("false_discovery_rate", number(question.falseDiscoveryRate)),
            ("filters", .array(question.filters.map { .string($0) })),
        ])
    }

    private func window(_ window: ComparisonResult.Window) -> JSONValue {
        .object([
            ("start", .string(window.start)), ("end", .string(window.end)),
            ("exposure_seconds", .number(window.exposureSeconds)), ("covered_share", number(window.coveredShare)),
            ("per_minute", .array(window.perMinute.map { .optional($0) })),
        ])
    }

    private var slowness: JSONValue {
        guard let slow = result.slowness else { return .null }
        return .object([
            ("measure", .string(slow.measure)), ("quantile", .number(slow.quantile)),
            ("limit_ms", number(slow.limitMilliseconds)), ("total", total(slow.total)),
            ("leading", .array(slow.leading.map { explanation($0) })),
            ("slowest", .array(slow.slowest.map { explanation($0) })),
        ])
    }

    private func failures(_ failures: Failures?) -> JSONValue {
        guard let failures else { return .null }
        return .object([
            ("sort", .string(failures.sort)), ("total", total(failures.total)),
            ("leading", .array(failures.leading.map { explanation($0) })),
            ("clients_making_most", .optional(failures.makers.map { Int64($0.clients) })),
            ("clients", .optional(failures.makers.map { Int64($0.all) })),
        ])
    }

    private func total(_ total: ComparisonResult.Total) -> JSONValue {
        .object([
            ("before", .integer(total.before)), ("during", .integer(total.during)), ("change", number(total.change)),
            ("ratio", ratio(total.ratio)), ("p_value", number(total.pValue)),
            ("direction", .string(total.direction.rawValue)), ("dispersion", number(total.dispersion)),
            ("everybody_moved", .bool(total.isUniform)),
        ])
    }

    private var rates: JSONValue {
        .array(
            result.changes.map { change in
                .object([
                    ("measure", .string(change.name)), ("before", .integer(change.before)),
                    ("during", .integer(change.during)), ("before_per_second", number(change.beforePerSecond)),
                    ("during_per_second", number(change.duringPerSecond)), ("ratio", ratio(change.ratio)),
                    ("p_value", number(change.pValue)), ("dispersion", number(change.dispersion)),
                ])
            })
    }

    private var retransmissions: JSONValue {
        .array(
            result.retransmissions.map { one in
                .object([
                    ("sent_by", .string(one.sender)), ("segments_before", .integer(one.before.segments)),
                    ("segments_during", .integer(one.during.segments)), ("resent_before", .integer(one.before.resent)),
                    ("resent_during", .integer(one.during.resent)), ("share_before", number(one.before.share)),
                    ("share_during", number(one.during.share)), ("first_unseen_before", .integer(one.before.unseen)),
                    ("first_unseen_during", .integer(one.during.unseen)),
                    ("notable", .bool(one.hasRisen || one.hasFallen)),
                ])
            })
    }

    private var quantiles: JSONValue {
        .array(
            result.shifts.map { shift in
                .object([
                    ("measure", .string(shift.measure)), ("quantile", .number(shift.quantile)),
                    ("count_before", .integer(shift.countBefore)), ("count_during", .integer(shift.countDuring)),
                    ("before", number(shift.before)), ("during", number(shift.during)),
                    ("ratio", ratio(shift.ratio)), ("p_value", number(shift.pValue)),
                    ("adjusted_p_value", number(shift.adjustedPValue)), ("notable", .bool(shift.isNotable)),
                ])
            })
    }

    private func dimension(_ dimension: DimensionExplanation) -> JSONValue {
        .object([
            ("dimension", .string(dimension.dimension)),
            ("values", .array(dimension.values.map { explanation($0) })),
            ("value_count", .integer(Int64(dimension.valueCount))),
            ("candidate_count", .integer(Int64(dimension.candidateCount))),
            ("folded_values", .integer(dimension.overflow)),
        ])
    }

    private func explanation(_ one: Explanation) -> JSONValue {
        .object([
            ("dimension", .string(one.dimension)), ("value", .string(one.value)), ("owner", .optional(one.owner)),
            ("before", .integer(one.before)), ("during", .integer(one.during)),
            ("before_per_second", number(one.beforePerSecond)), ("during_per_second", number(one.duringPerSecond)),
            ("ratio", ratio(one.ratio)), ("share_before", number(one.shareBefore)),
            ("share_during", number(one.shareDuring)), ("share_ratio", number(one.shareRatio.value)),
            ("share_ratio_low", number(one.shareRatio.lower)), ("share_ratio_high", number(one.shareRatio.upper)),
            ("odds_ratio", ratio(one.mix)),
            ("odds_ratio_p_value", number(one.dispersion.isFinite ? one.mixPValue : nil)),
            ("change", number(one.change)),
            ("share_of_change", number(one.shareOfChange)), ("excess_share", number(one.excessShare)),
            ("p_value", number(one.pValue)), ("adjusted_p_value", number(one.adjustedPValue)),
            ("dispersion", number(one.dispersion)), ("passes_gate", .bool(one.passesGate)),
            ("stands_out", .bool(one.standsOut)), ("is_recorded", .bool(one.isRecorded)),
        ])
    }

    private func combination(_ one: Combination) -> JSONValue {
        let parts = one.parts.map { part in
            JSONValue.object([("dimension", .string(part.dimension)), ("value", .string(part.value))])
        }
        return .object([("parts", .array(parts)), ("explanation", explanation(one.explanation))])
    }

    private func seen(_ values: [SeenOnce], _ minute: String) -> JSONValue {
        .array(
            values.map { one in
                let time = ReportColumn(minute, nil, .time)
                return .object([
                    ("dimension", .string(one.dimension)), ("value", .string(one.value)),
                    ("owner", .optional(one.owner)), ("count", .integer(one.count)), ("share", number(one.share)),
                    (minute, CellText.json(.optional(one.minuteNanoseconds), time)),
                ])
            })
    }

    private func ratio(_ ratio: RateRatio) -> JSONValue {
        .object([("value", number(ratio.value)), ("low", number(ratio.lower)), ("high", number(ratio.upper))])
    }

    private func number(_ value: Double?) -> JSONValue { .optional(value.map { NumberText.rounded($0, 6) }) }
}
