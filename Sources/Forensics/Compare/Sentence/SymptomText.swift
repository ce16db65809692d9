import ForensicsModel

/// Says what broke: errors that make more of all there is, or fewer, bytes that move alone, phases that take longer, and who makes
/// them.
struct SymptomText {
    let result: ComparisonResult

    private static let named = 2
    /// A rise of a rate that is no share of what is counted has to be this large.
    private static let smallestRise = 1.2
    /// Up to this factor windows are equally long to a reader.
    private static let alike = 1.02
    /// By what factor the bytes of an event have to change.
    private static let smallestVolume = 1.5

    var sentences: [String] {
        var texts = failures
        if let vanished { texts.append(vanished) }
        if let volume { texts.append(volume) }
        if let slower { texts.append(slower) }
        var parts: [String] = []
        if !texts.isEmpty {
            let isAll = result.total.direction == .same && result.leading.isEmpty && result.total.ratio.hasInterval
            parts.append("\(isAll ? "But" : "Beside that,") \(SentenceWords.list(texts)).")
        }
        return parts
            + [errors, failedConnections, slowness, RetransmissionText(result: result).sentence].compactMap { $0 }
    }

    // MARK: - Errors

    /// What errors did, sort by sort; empty where they are the same part of everything as before.
    var failures: [String] {
        let statuses = ErrorShare.risenStatuses(in: result).prefix(Self.named).map { ErrorSort.status($0).name }
        var texts = (ErrorShare.sorts + statuses).compactMap(told)
        // Errors of a sort that has a name of its own are told by it.
        if texts.isEmpty, result.question.countedIn != RankMeasure.errors.rawValue, let all = told("errors") {
            texts = [all]
        }
        if let checks = result.changes.first(where: { $0.name == "failed_health_checks" }),
            checks.ratio.lower ?? 0 > Self.smallestRise
        {
            let size = checks.ratio.value.map { "rose \(NumberText.ratio($0))" }
            texts.append(
                "\(MeasureName.words(checks.name)) \(size ?? "appeared (\(NumberText.grouped(checks.during)))")")
        }
        return texts
    }

    private func told(_ name: String) -> String? {
        guard let share = ErrorShare(of: name, in: result), share.hasRisen || share.hasFallen else { return nil }
        let noun = noun(name) + (share.hasRisen ? commonest(of: name).map { " (nearly all \($0))" } ?? "" : "")
        let during = "\(NumberText.percent(share.during)) of \(share.base)"
        if share.change.before == 0 {
            return "\(noun) appeared (\(NumberText.grouped(share.change.during)), \(during))"
        }
        let moved = "\(noun) \(share.hasRisen ? "rose" : "fell") from \(NumberText.percent(share.before)) to \(during)"
        if share.change.during == 0 { return "\(moved) (from \(NumberText.grouped(share.change.before)) to none)" }
        return moved + (share.change.ratio.value.map { " (\(NumberText.ratio($0)))" } ?? "")
    }

    /// Nearly all of what became more has this part of it at least.
    private static let nearlyAll = 0.8

    /// The one or two statuses that nearly all 4xx or 5xx have that became more, and the one or two reasons of errors of other kinds:
    /// 403 and 404, 502 and 504, an expired certificate and an untrusted one have causes of their own.
    private func commonest(of name: String) -> String? {
        let classes = [ErrorSort.serverErrors.name: "5", ErrorSort.clientErrors.name: "4"]
        let digit = classes[name]
        guard digit != nil || name == "errors",
            let sum = result.changes.first(where: { $0.name == name }).map({
                Double($0.during) - Double($0.before) * result.during.exposureSeconds / result.before.exposureSeconds
            })
        else { return nil }
        let dimension = digit == nil ? Dimension.errorReason : .status
        let values = result.dimensions.first { $0.dimension == dimension.name }?.values ?? []
        let rises = values.filter { one in
            one.change > 0 && (digit.map { one.value.utf8.count == 3 && one.value.hasPrefix($0) } ?? true)
        }.sorted { $0.change != $1.change ? $0.change > $1.change : $0.value < $1.value }
        for count in 1...Self.named where rises.count >= count {
            let most = rises.prefix(count)
            guard most.reduce(0, { $0 + $1.change }) >= Self.nearlyAll * sum else { continue }
            return SentenceWords.list(most.map { SentenceWords.cut($0.value) })
        }
        return nil
    }

    /// What is left of a version is no more than this part of what there would be.
    private static let nothingLeft = 0.05

    /// A version of TLS that hardly any connection has any more while handshakes fail: those that fail have none, and may be its
    /// clients'.
    private var vanished: String? {
        guard noun("errors") == Self.handshakes, ErrorShare(of: "errors", in: result)?.hasRisen == true else {
            return nil
        }
        let versions = result.dimensions.first { $0.dimension == Dimension.tlsVersion.name }?.values ?? []
        let scale = result.during.exposureSeconds / result.before.exposureSeconds
        let gone = versions.filter { one in
            one.passesGate && one.change < 0 && Double(one.during) <= Self.nothingLeft * Double(one.before) * scale
        }
        let texts = gone.prefix(Self.named).map { one in
            let left = one.during == 0 ? "none" : NumberText.grouped(one.during)
            return "those of \(SentenceWords.cut(one.value)) went from \(NumberText.grouped(one.before)) to \(left)"
        }
        return texts.isEmpty ? nil : "of the connections that succeed \(SentenceWords.list(Array(texts)))"
    }

    private static let handshakes = "failed handshakes"

    /// What an error is in the evidence that was compared.
    private func noun(_ name: String) -> String {
        guard name == "errors" else { return MeasureName.words(name) }
        switch result.question.kind.flatMap({ EvidenceKind(name: $0) }) {
        case .albConnection, .nlb: return Self.handshakes
        case .vpcFlow: return "refused or reset connections"
        default: return MeasureName.words(name)
        }
    }

    private var errors: String? {
        guard let failures = result.failures else { return nil }
        let isMeasure = result.question.countedIn == RankMeasure.errors.rawValue
        // Who explains the rise of errors is told already.
        if isMeasure, result.total.before > 0, !result.leading.isEmpty { return nil }
        let reason = isMeasure ? commonest(of: "errors").map { ", nearly all \($0)," } ?? "" : ""
        let what = (isMeasure && result.total.before == 0 ? "them" : "the new \(noun(failures.sort))") + reason
        let makers = makers(failures.leading, verb: "make")
        if !makers.isEmpty { return "Of \(what) \(makers)." }
        return crowd(failures).map { "Of \(what) \($0)." }
    }

    /// Whose connections fail beside requests. A target that refuses or does not answer is often asked by one client alone: the
    /// failures are told as the target's, and whose all of them are.
    private var failedConnections: String? {
        guard let failures = result.failedConnections else { return nil }
        func isTarget(_ one: Explanation) -> Bool { one.dimension == Dimension.target.name }
        let targets = failures.leading.filter(isTarget)
        let told = failures.leading.filter { one in
            isTarget(one) || !targets.contains { LevelField.areSame($0, one) }
        }
        let makers = makers(told, verb: "make")
        guard let first = told.first, !makers.isEmpty else { return nil }
        let asker = failures.leading.first {
            $0.dimension == Dimension.client.name && isTarget(first) && LevelField.areSame($0, first)
        }
        let all = asker.map { ", all of them from \(SentenceWords.subject($0))" } ?? ""
        return "Of the new \(noun(failures.sort)) \(makers)\(all)."
    }

    /// How many make the errors where nothing that they have in common stands out.
    private func crowd(_ failures: Failures) -> String? {
        guard let makers = failures.makers, !result.isTentative else { return nil }
        let (count, all) = (NumberText.grouped(Int64(makers.clients)), NumberText.grouped(Int64(makers.all)))
        let does = makers.clients == 1 ? "makes" : "make"
        let list = failures.sort == "errors" ? " (top client --by errors lists them)" : ""
        return "\(count) of \(all) clients \(does) \(NumberText.percent(Failures.Makers.part)); nothing else that they "
            + "have in common stands out\(list)"
    }

    // MARK: - Bytes

    /// Bytes that moved clearly otherwise than what is counted; who moved them takes a comparison by bytes.
    var volume: String? {
        guard result.question.countedIn != RankMeasure.bytes.rawValue, let counted = result.total.ratio.value,
            let bytes = result.changes.first(where: { $0.name == "bytes" }), let ratio = bytes.ratio.value,
            counted > 0, ratio > 0
        else { return nil }
        let isMore =
            ratio / counted >= Self.smallestVolume && bytes.ratio.isRise
            && Self.isBeyond(bytes.ratio, result.total.ratio)
        let isLess =
            counted / ratio >= Self.smallestVolume && bytes.ratio.isFall
            && Self.isBeyond(result.total.ratio, bytes.ratio)
        guard isMore || isLess else { return nil }
        let rates = "from \(NumberText.bytes(bytes.beforePerSecond)) to \(NumberText.bytes(bytes.duringPerSecond))"
        let moved = isMore ? "rose \(NumberText.ratio(ratio))" : "fell by \(NumberText.percent(1 - ratio))"
        return "bytes \(moved), \(rates) per second (--by bytes tells whose)"
    }

    /// Whether a ratio lies above another beyond doubt: their logarithms are further apart than both are uncertain together. Bytes
    /// move with what carries them, so that this is on the cautious side.
    private static func isBeyond(_ one: RateRatio, _ other: RateRatio) -> Bool {
        guard let high = one.value, let low = other.value, let lower = one.lower, let upper = other.upper, low > 0,
            lower > 0, high > low
        else { return false }
        let (own, others) = (ElementaryFunctions.log(high / lower), ElementaryFunctions.log(upper / low))
        return ElementaryFunctions.log(high / low) > (own * own + others * others).squareRoot()
    }

    // MARK: - Times

    private var slower: String? {
        let slower = result.shifts.filter { $0.isNotable && $0.isTime && $0.during > $0.before && $0.before > 0 }
        guard let worst = slower.max(by: { $0.during / $0.before < $1.during / $1.before }) else { return nil }
        let before = NumberText.duration(milliseconds: worst.before)
        let during = NumberText.duration(milliseconds: worst.during)
        return "p\(NumberText.fixed(worst.quantile * 100, 0)) of the \(MeasureName.words(worst.measure)) went from "
            + "\(before) to \(during)"
    }

    private var slowness: String? {
        guard let slow = result.slowness, slow.total.direction == .rise || !slow.leading.isEmpty else { return nil }
        let what = SentenceWords.capitalized(SentenceWords.noun(result.question.countedIn))
        let limit = NumberText.duration(milliseconds: slow.limitMilliseconds)
        let counts =
            "from \(slowCount(slow.total.before, in: result.before)) to \(slowCount(slow.total.during, in: result.during))"
        let lead = "\(what) over \(limit) (\(MeasureName.words(slow.measure))) went \(counts)"
        let makers = makers(slow.leading, verb: "explain")
        if !makers.isEmpty { return "\(lead): \(makers)." }
        let slowest = self.makers(slow.slowest, verb: "make")
        return slowest.isEmpty
            ? "\(lead); nobody makes clearly more of them than of all."
            : "\(lead): \(slowest), as of those that took longest before."
    }

    /// Counts, or events a minute where the windows are not equally long.
    private func slowCount(_ count: Int64, in window: ComparisonResult.Window) -> String {
        let seconds = [result.before.exposureSeconds, result.during.exposureSeconds]
        guard let longest = seconds.max(), let shortest = seconds.min(), longest > Self.alike * shortest else {
            return NumberText.grouped(count)
        }
        return "\(NumberText.short(Double(count) * 60 / window.exposureSeconds)) a minute"
    }

    /// Who makes what became more; below ten whole minutes a candidate.
    private func makers(_ leading: [Explanation], verb: String) -> String {
        let named = LevelField.named(leading, limit: Self.named).enumerated().map { index, one in
            let field = LevelField(of: one, among: leading)
            // More than all where others made fewer.
            let share = NumberText.percent(min(1, field.share))
            if result.isTentative { return "\(field.subject) (\(share))" }
            let of = verb == "explain" ? " of that" : ""
            let does = field.members.count == 1 ? "\(verb)s" : verb
            return "\(field.subject) \(index == 0 ? "\(does) \(share)\(of)" : share)"
        }
        guard !named.isEmpty else { return "" }
        let isOne = named.count == 1
        return (result.isTentative ? "\(isOne ? "a candidate is" : "candidates are") " : "") + SentenceWords.list(named)
    }
}
