import ForensicsModel

/// Says which of the most active clients hold long connections.
struct ActiveLongText {
    let result: ComparisonResult
    let options: CompareOptions

    private static let namedClients = 8
    /// Clients that explain this part of what the first of them does explain it with that one.
    private static let alike = 1.0 / 3
    /// Less of a change is nothing to speak of.
    private static let smallestRest = 0.01

    /// Clients that have long connections and had none before.
    private var fresh: [ActiveLongClient] { result.activeLong.filter { $0.hadLongBefore == .no } }

    /// Those of them who are accused.
    var accused: [ActiveLongClient] { fresh.filter(\.isNews) }

    private var unknown: [ActiveLongClient] { result.activeLong.filter { $0.hadLongBefore == .unknown } }
    private var grown: [ActiveLongClient] {
        result.activeLong.filter { $0.hadLongBefore == .yes && $0.hasFarMoreLong }
    }

    /// Together they have this part of a change at least, or something else comes before them.
    private static let smallestPart = 0.05

    /// Whether the news of long connections may be what explains the change: who has no part in it is told after whoever has one.
    ///
    /// Where the total did not change long connections may be all that happened.
    var mayExplain: Bool {
        let shares = (accused + grown + unknown).map(\.shareOfChange)
        return shares.isEmpty || shares.contains(nil)
            || shares.reduce(0) { $0 + max(0, $1 ?? 0) } >= Self.smallestPart
    }

    /// Who has long connections and had none, or far fewer, before, or of whom that is unknown: what is read first.
    var news: [String] {
        var parts: [String] = []
        let (accused, grown) = (accused, grown)
        if !accused.isEmpty {
            parts.append(told(accused))
            parts += together(accused)
        }
        if !grown.isEmpty { parts.append(more(grown, isFirst: parts.isEmpty)) }
        let unknown = unknown
        if !unknown.isEmpty {
            parts.append(
                "\(SentenceWords.count(unknown.count, "client")) among the \(top) "
                    + "\(unknown.count == 1 ? "holds" : "hold") connections longer than \(limit): \(names(unknown)); "
                    + (options.lacksRows
                        ? "the case keeps too few rows to tell whether that is new."
                        : "the evidence before does not tell whether that is new."))
        }
        return parts
    }

    /// What is no news of long connections, or cannot be told.
    var background: [String] {
        // Request logs imply connections without counting them: their long ones are told, their absence is not.
        let countsConnections = result.changes.contains { $0.name == "connections" && $0.during > 0 }
        guard countsConnections || !result.activeLong.isEmpty || options.hiddenConnections != nil else { return [] }
        if result.activeLong.isEmpty, let reason = unseen {
            return ["Who holds connections longer than \(limit) cannot be told from \(reason)."]
        }
        let (fresh, accused, unknown, grown) = (fresh, accused, unknown, grown)
        let hasNews = !accused.isEmpty || !grown.isEmpty || !unknown.isEmpty
        let steady = result.activeLong.count - fresh.count - unknown.count - grown.count
        var parts: [String] = []
        if accused.count < fresh.count, let total = result.longTotal {
            parts.append(usual(fresh.count - accused.count, total, isFirst: !hasNews))
        }
        if let hidden = options.hiddenConnections {
            parts.append("Who else holds connections longer than \(limit) cannot be told from \(hidden).")
        } else if fresh.isEmpty, grown.isEmpty, unknown.isEmpty, options.tellsActiveLong {
            parts.append(
                "No client among the \(top) holds connections longer than \(limit) "
                    + "that it did not hold before.")
        }
        if steady > 0 {
            let who = SentenceWords.count(steady, "active client")
            let what = parts.isEmpty ? "connections longer than \(limit)" : "such connections"
            parts.append(
                parts.isEmpty && !hasNews
                    ? "\(who) \(steady == 1 ? "holds" : "hold") \(what), as before."
                    : "\(who) held \(what) before as well.")
        }
        return parts
    }

    /// The evidence that could not have shown a long connection, in words; `nil` where it could.
    private var unseen: String? {
        if let hidden = options.hiddenConnections { return hidden }
        let kind = result.question.kind.flatMap { EvidenceKind(name: $0) }
        if let kind, !kind.told.contains(.connectionLengths) {
            return "\(kind.name) logs: they do not write how long connections last"
        }
        if result.caveats.contains(where: { $0.code == "cut-connections" }) {
            return "captures that were read in parts, which cut what was open between them"
        }
        guard kind?.isCapture == true, result.during.exposureSeconds * 1000 <= result.question.longMilliseconds else {
            return nil
        }
        return "\(NumberText.duration(milliseconds: result.during.exposureSeconds * 1000)) of packets"
    }

    private var limit: String { NumberText.duration(milliseconds: result.question.longMilliseconds) }

    /// What the most active clients are most active by.
    private var top: String {
        let question = result.question
        if let measure = options.activeLongMeasure { return "\(question.top) with the most \(measure.rawValue)" }
        switch RankMeasure(rawValue: question.measure) {
        case .duration:
            return "\(question.top) with the longest \(question.ranksLongestRequests ? "requests" : "connections")"
        case .errors: return "\(question.top) with the most errors"
        case .bytes: return "\(question.top) with the most bytes"
        case .requests, .connections, nil: return "\(question.top) most active"
        }
    }

    /// Who has long connections and had none before.
    ///
    /// A connection counts where it ends: one that was open before already is no new behaviour, and is not said to be.
    private func told(_ fresh: [ActiveLongClient]) -> String {
        let one = fresh.count == 1
        let who = who(fresh)
        if fresh.contains(where: { $0.longDuringOpenInBefore ?? 0 > 0 }) {
            return "\(who) the \(top), had connections longer than \(limit) end in this window and none before: "
                + "\(names(fresh))."
        }
        return "\(who) the \(top), \(one ? "holds" : "hold") connections longer than \(limit) that "
            + "\(one ? "it" : "they") did not hold before: \(names(fresh))."
    }

    private func who(_ clients: [ActiveLongClient]) -> String {
        let all = clients.count == 2 ? "both" : "all"
        return clients.count == 1 ? "1 client, among" : "\(clients.count) clients, \(all) among"
    }

    private func names(_ clients: [ActiveLongClient]) -> String {
        let owners = Set(clients.map(\.owner))
        let common = clients.count > 1 && owners.count == 1 ? owners.first ?? nil : nil
        var named = clients.prefix(Self.namedClients).map { client in
            common == nil
                ? client.clientIP + (client.owner.map { " (\(SentenceWords.cut($0)))" } ?? "") : client.clientIP
        }
        if clients.count > Self.namedClients { named.append("\(clients.count - Self.namedClients) more") }
        let all = clients.count == 2 ? "both" : "all"
        return SentenceWords.list(named) + (common.map { " (\(all) of \(SentenceWords.cut($0)))" } ?? "")
    }

    private func together(_ clients: [ActiveLongClient]) -> [String] {
        let open = clients.reduce(0) { $0 + ($1.longDuringOpenInBefore ?? 0) }
        var parts = explained(clients)
        if open > 0 {
            parts.append(
                "Of those connections \(NumberText.grouped(open)) \(open == 1 ? "was" : "were") open already in the "
                    + "window before.")
        }
        return parts
    }

    /// How much of the change they explain.
    private func explained(_ clients: [ActiveLongClient]) -> [String] {
        let shares = clients.compactMap(\.shareOfChange)
        guard shares.count == clients.count, let largest = shares.max() else { return [] }
        let one = clients.count == 1
        let share = shares.reduce(0, +)
        let change = SentenceWords.change(result.total)
        if share < 0 {
            // What they do moved the other way: without them the change would be larger by so much.
            return [
                "\(one ? "It does" : "They do") not explain the \(change), which would be larger by "
                    + "\(NumberText.percent(-share)) without \(one ? "it" : "them")."
            ]
        }
        if share < Self.smallestRest { return ["\(one ? "It has" : "They have") no part in the \(change)."] }
        // Most of them may have been there beside the one that made the change, and have no part in it.
        let makers = clients.filter { $0.shareOfChange ?? 0 >= Self.alike * largest }
        if 2 * makers.count > clients.count {
            return ["\(one ? "It explains" : "Together they explain") \(NumberText.percent(share)) of the \(change)."]
        }
        let made = makers.reduce(0) { $0 + ($1.shareOfChange ?? 0) }
        let how = makers.count == 1 ? "alone explains" : "together explain"
        let rest = share - made
        let others = rest < Self.smallestRest ? "" : ", the others \(NumberText.percent(rest))"
        return ["Of them \(names(makers)) \(how) \(NumberText.percent(made)) of the \(change)\(others)."]
    }

    /// Who had long connections before and has far more of them.
    private func more(_ clients: [ActiveLongClient], isFirst: Bool) -> String {
        let what = isFirst ? "connections longer than \(limit)" : "of them"
        let counts = clients.prefix(Self.namedClients).map { client in
            "\(names([client])) (\(NumberText.grouped(client.longBefore ?? 0)), then \(NumberText.grouped(client.longDuring)))"
        }
        let rest = clients.count - counts.count
        return "\(who(clients)) the \(top), had far more \(what) end in this window than before: "
            + "\(SentenceWords.list(counts + (rest > 0 ? ["\(rest) more"] : [])))."
    }

    /// That some have long connections and had none before is no news where there are no more of them than before.
    private func usual(_ count: Int, _ total: ComparisonResult.LongTotal, isFirst: Bool) -> String {
        let already =
            total.longEarlier == 0
            ? "" : " (\(NumberText.grouped(total.longEarlier)) of them were that long before already)"
        let what = "\(isFirst ? "Connections" : "Other connections") longer than \(limit)"
        let ended =
            "of the \(top) of each window \(NumberText.grouped(total.before)) ended in the one before and "
            + "\(NumberText.grouped(total.during)) in this one\(already)"
        let alone = "\(SentenceWords.count(count, "client")) had some end in this one alone"
        return total.isUsual
            ? "\(what) are about as many as before: \(ended); \(alone)."
            : "\(what) are more than before: \(ended); \(alone), too few of each to be news."
    }
}
