import ForensicsModel

/// Says a comparison in plain words. Values of the evidence stand in it as they are: whoever prints it escapes it.
enum SentenceComposer {
    private static let namedClients = 8
    private static let namedExplanations = 4
    private static let namedSlow = 2
    private static let longestValue = 80

    static func compose(_ result: ComparisonResult, tellsActiveLong: Bool) -> String {
        var parts = [headline(result)]
        if tellsActiveLong { parts.append(contentsOf: activeLong(result)) }
        parts.append(contentsOf: explanations(result))
        if let symptoms = symptoms(result) { parts.append(symptoms) }
        if let slow = slowness(result) { parts.append(slow) }
        return parts.joined(separator: " ")
    }

    // MARK: - The total

    private static func headline(_ result: ComparisonResult) -> String {
        let times = WindowText(result)
        let what = noun(result.question.countedIn)
        let total = result.total
        let level = NumberText.fixed(result.question.confidence * 100, 0)
        let lead = "Between \(times.during) \(what)"
        if total.before == 0, total.during == 0 { return "No \(what) were seen in either window." }
        if total.before == 0 {
            return "\(lead) went from none (\(times.before)) to \(NumberText.grouped(total.during))."
        }
        func rate(_ count: Int64, _ seconds: Double) -> String {
            let value = Double(count) / seconds
            return what == RankMeasure.bytes.rawValue ? NumberText.bytes(value) : NumberText.short(value)
        }
        let rates =
            "from \(rate(total.before, result.before.exposureSeconds)) to "
            + "\(rate(total.during, result.during.exposureSeconds)) per second"
        if total.during == 0 {
            return "\(lead) stopped; from \(times.before) there were \(NumberText.grouped(total.before))."
        }
        let ratio = NumberText.bound(total.ratio.value ?? 0)
        guard total.ratio.hasInterval else {
            return
                "\(lead) went \(rates) (\(ratio) against \(times.before)); the windows are too short to tell whether "
                + "that is more than their usual variation."
        }
        let interval = "\(level) % interval \(NumberText.interval(total.ratio) ?? "unknown")"
        switch total.direction {
        case .rise: return "\(lead) rose \(ratio) against \(times.before) (\(interval)), \(rates)."
        case .fall:
            let lost = NumberText.percent(1 - (total.ratio.value ?? 0))
            return "\(lead) fell by \(lost) against \(times.before) (\(ratio), \(interval)), \(rates)."
        case .same:
            return "\(lead) did not change beyond their usual variation against \(times.before) "
                + "(\(ratio), \(interval))."
        }
    }

    // MARK: - Active and long

    private static func activeLong(_ result: ComparisonResult) -> [String] {
        // Request logs imply connections without counting them: their long ones are told, their absence is not.
        let countsConnections = result.changes.contains { $0.name == "connections" && $0.during > 0 }
        guard countsConnections || !result.activeLong.isEmpty else { return [] }
        let limit = NumberText.duration(milliseconds: result.question.longMilliseconds)
        let top = "\(result.question.top) \(ranked(result.question))"
        let fresh = result.activeLong.filter { $0.hadLongBefore == .no }
        let unknown = result.activeLong.filter { $0.hadLongBefore == .unknown }
        let steady = result.activeLong.count - fresh.count - unknown.count
        var parts: [String] = []
        if !fresh.isEmpty {
            let one = fresh.count == 1
            let who = one ? "1 client, among" : "\(fresh.count) clients, all among"
            parts.append(
                "\(who) the \(top), \(one ? "holds" : "hold") connections longer than \(limit) that "
                    + "\(one ? "it" : "they") did not hold before: \(names(fresh)).")
            parts.append(contentsOf: together(fresh, result))
        }
        if !unknown.isEmpty {
            parts.append(
                "\(count(unknown.count, "client")) among the \(top) "
                    + "\(unknown.count == 1 ? "holds" : "hold") connections longer than \(limit): \(names(unknown)); "
                    + "the evidence before is too short to tell whether that is new.")
        }
        if fresh.isEmpty, unknown.isEmpty {
            parts.append(
                "No client among the \(top) holds connections longer than \(limit) "
                    + "that it did not hold before.")
        }
        if steady > 0 {
            parts.append("\(count(steady, "active client")) held such connections before as well.")
        }
        return parts
    }

    /// What the most active clients are most active by.
    private static func ranked(_ question: ComparisonResult.Question) -> String {
        question.measure == RankMeasure.duration.rawValue ? "with the longest connections" : "most active"
    }

    private static func names(_ clients: [ActiveLongClient]) -> String {
        let owners = Set(clients.map(\.owner))
        let common = clients.count > 1 && owners.count == 1 ? owners.first ?? nil : nil
        var named = clients.prefix(namedClients).map { client in
            common == nil ? client.clientIP + (client.owner.map { " (\(cut($0)))" } ?? "") : client.clientIP
        }
        if clients.count > namedClients { named.append("\(clients.count - namedClients) more") }
        return list(named) + (common.map { " (all of \(cut($0)))" } ?? "")
    }

    private static func together(_ clients: [ActiveLongClient], _ result: ComparisonResult) -> [String] {
        let one = clients.count == 1
        let open = clients.reduce(0) { $0 + ($1.longOpenInBefore ?? 0) }
        var parts: [String] = []
        let shares = clients.compactMap(\.shareOfChange)
        if shares.count == clients.count, !shares.isEmpty {
            let share = shares.reduce(0, +)
            let change = result.total.direction == .fall ? "decrease" : "increase"
            if share >= 0 {
                parts.append(
                    "\(one ? "It explains" : "Together they explain") \(NumberText.percent(share)) of the \(change).")
            } else {
                // What they do moved the other way: without them the change would be larger by so much.
                parts.append(
                    "\(one ? "It does" : "They do") not explain the \(change), which would be larger by "
                        + "\(NumberText.percent(-share)) without \(one ? "it" : "them").")
            }
        }
        if open > 0 {
            parts.append("Of those connections \(NumberText.grouped(open)) were open already in the window before.")
        }
        return parts
    }

    // MARK: - Who explains it

    private static func explanations(_ result: ComparisonResult) -> [String] {
        let total = result.total
        if !total.ratio.hasInterval, total.before > 0 { return [] }
        if total.direction == .same { return mixOnly(result) }
        if total.isUniform { return [uniform(result)] }
        let fresh = Set(result.activeLong.filter { $0.hadLongBefore == .no }.map(\.clientIP))
        let named = strongest(
            result.leading.filter { $0.dimension != Dimension.client.name || !fresh.contains($0.value) },
            limit: namedExplanations)
        guard !named.isEmpty else { return [] }
        let change = total.direction == .fall ? "decrease" : "increase"
        let texts = named.enumerated().map { index, explanation in
            let share = NumberText.percent(explanation.shareOfChange ?? 0)
            let verb = index == 0 ? "explains \(share) of the \(change)" : share
            return "\(subject(explanation)) \(verb) (\(moved(explanation)))"
        }
        return [capitalized(list(texts)) + "."] + combination(result)
    }

    /// The strongest value of each dimension, without those that are the same facts by another name: a port and its target
    /// group, say.
    private static func strongest(_ explanations: [Explanation], limit: Int) -> [Explanation] {
        var named: [Explanation] = []
        for one in explanations where named.count < limit {
            let isTold = named.contains {
                $0.dimension == one.dimension || ($0.before == one.before && $0.during == one.during)
            }
            if !isTold { named.append(one) }
        }
        return named
    }

    /// A combination of which this much of the change is made is told.
    private static let toldShare = 0.25

    private static func combination(_ result: ComparisonResult) -> [String] {
        guard let one = result.combinations.first, let share = one.explanation.shareOfChange, share >= toldShare else {
            return []
        }
        let values = list(one.parts.map { "\(MeasureName.words($0.dimension)) \(cut($0.value))" })
        let change = result.total.direction == .fall ? "decrease" : "increase"
        return [
            "What has \(values) together is \(NumberText.percent(share)) of the \(change) (\(moved(one.explanation)))."
        ]
    }

    private static func mixOnly(_ result: ComparisonResult) -> [String] {
        guard !result.leading.isEmpty else { return ["Nothing stands out in the mix either."] }
        let isBytes = noun(result.question.countedIn) == RankMeasure.bytes.rawValue
        let texts = result.leading.prefix(namedExplanations).map { explanation in
            let sign = explanation.change < 0 ? "−" : "+"
            let size = abs(explanation.change)
            let amount = isBytes ? NumberText.bytes(size) : NumberText.grouped(Int64(size.rounded()))
            return "\(subject(explanation)) \(sign)\(amount)"
        }
        return ["Only the mix moved: \(list(Array(texts)))\(isBytes ? "" : " \(noun(result.question.countedIn))")."]
    }

    private static func uniform(_ result: ComparisonResult) -> String {
        let verb = result.total.direction == .fall ? "fell" : "rose"
        let dimensions = result.dimensions.filter { $0.candidateCount > 1 }.map { MeasureName.words($0.dimension) }
        let none = list(Array(dimensions.prefix(6)), "or")
        return "Everybody \(verb) about alike: no single \(none) stands out from the rest."
    }

    private static func moved(_ explanation: Explanation) -> String {
        if explanation.before == 0 { return "not seen before" }
        if explanation.during == 0 { return "gone" }
        return NumberText.ratio(explanation.ratio.value ?? 0)
    }

    private static func subject(_ explanation: Explanation) -> String {
        let owner = explanation.owner.map { " (\(cut($0)))" } ?? ""
        return "\(MeasureName.words(explanation.dimension)) \(cut(explanation.value))\(owner)"
    }

    // MARK: - What broke

    private static let symptomRates = ["status_5xx", "status_4xx", "timeouts", "resets", "failed_health_checks"]

    private static func symptoms(_ result: ComparisonResult) -> String? {
        let growth = max(1.2, result.total.ratio.upper ?? 1.2)
        var texts: [String] = []
        for rate in symptomRates {
            guard let change = result.changes.first(where: { $0.name == rate }), let lower = change.ratio.lower,
                lower > growth
            else { continue }
            let size = change.ratio.value.map { "rose \(NumberText.ratio($0))" }
            texts.append("\(MeasureName.words(rate)) \(size ?? "appeared (\(NumberText.grouped(change.during)))")")
        }
        let slower = result.shifts.filter { $0.isNotable && $0.isTime && $0.during > $0.before && $0.before > 0 }
        if let worst = slower.max(by: { $0.during / $0.before < $1.during / $1.before }) {
            let before = NumberText.duration(milliseconds: worst.before)
            let during = NumberText.duration(milliseconds: worst.during)
            let name = MeasureName.words(worst.measure)
            texts.append(
                "p\(NumberText.fixed(worst.quantile * 100, 0)) of the \(name) went from \(before) to \(during)")
        }
        let isAll = result.total.direction == .same && result.leading.isEmpty && result.total.ratio.hasInterval
        return texts.isEmpty ? nil : "\(isAll ? "But" : "Beside that,") \(list(texts))."
    }

    private static func slowness(_ result: ComparisonResult) -> String? {
        guard let slow = result.slowness, slow.total.direction == .rise else { return nil }
        let what = noun(result.question.countedIn)
        let limit = NumberText.duration(milliseconds: slow.limitMilliseconds)
        let counts = "from \(NumberText.grouped(slow.total.before)) to \(NumberText.grouped(slow.total.during))"
        let lead = "\(capitalized(what)) over \(limit) (\(MeasureName.words(slow.measure))) went \(counts)"
        let named = strongest(slow.leading, limit: namedSlow).enumerated().map { index, one in
            let share = NumberText.percent(one.shareOfChange ?? 0)
            return "\(subject(one)) \(index == 0 ? "explains \(share) of that" : share)"
        }
        return named.isEmpty ? "\(lead), in all parts alike." : "\(lead): \(list(named))."
    }

    // MARK: - Words

    private static func noun(_ measure: String) -> String {
        measure == RankMeasure.requests.rawValue || measure == RankMeasure.connections.rawValue
            || measure == RankMeasure.errors.rawValue ? measure : "bytes"
    }

    private static func count(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    private static func list(_ items: [String], _ word: String = "and") -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) " + last
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private static func cut(_ text: String) -> String {
        text.count <= longestValue ? text : text.prefix(longestValue - 1) + "…"
    }
}

/// The two windows in words: the date once where one will do.
struct WindowText {
    let before: String
    let during: String

    init(_ result: ComparisonResult) {
        let days = [result.before.start, result.before.end, result.during.start, result.during.end].map {
            String($0.prefix(10))
        }
        let sameDay = Set(days).count == 1
        func time(_ nanoseconds: Int64) -> String {
            let text = RFC3339.format(Timestamp(nanoseconds: nanoseconds), decimals: 3)
            var clock = String(text.dropFirst(11).dropLast(1))
            if clock.hasSuffix(".000") { clock.removeLast(4) }
            if clock.count == 8, clock.hasSuffix(":00") { clock.removeLast(3) }
            return sameDay ? clock : "\(text.prefix(10)) \(clock)"
        }
        let date = sameDay ? " UTC on \(days[0])" : " UTC"
        during = "\(time(result.during.startNanoseconds)) and \(time(result.during.endNanoseconds))\(date)"
        before = "\(time(result.before.startNanoseconds)) to \(time(result.before.endNanoseconds))"
    }
}
