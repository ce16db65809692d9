import ForensicsCompare
import ForensicsModel

/// The windows that `auto` stands for, and why.
struct ChosenWindows {
    var before: CompareQuestion.Side?
    var during: CompareQuestion.Side?
    /// What the windows are compared by, where the spike tells it and nobody asked for something else.
    var measure: RankMeasure?
    /// What was chosen and why, in words.
    var explanation: String?

    init() {}

    /// Chooses the strongest spike, and the quiet window that goes with what is looked at.
    ///
    /// - Parameter expressions: before and during, as the user wrote them.
    init(_ expressions: [WindowExpression], session: CaseSession, by: RankMeasure?) throws(ForensicsError) {
        let named = try Self.interval(expressions[1], "--during", session)
        var reading = try SpikeReading(session: session, by: by, around: named)
        var found = try reading.find(limit: SpikesQuestion.counted)
        var asked: EvidenceGroup?
        if named == nil, found.spikes.isEmpty, let (other, more) = try Self.elsewhere(reading) {
            asked = reading.group
            (reading, found) = (other, more)
        }
        let spikes = found.spikes
        if expressions[1] == .automatic {
            let quiet = try Self.interval(expressions[0], "--before", session)
            let place = spikes.firstIndex { spike in
                guard let quiet else { return spike.before != nil }
                return Self.window(spike).intersection(quiet) == nil
            }
            guard let place else { throw Self.nothing(session, "--during auto", reading, found.gaps) }
            let spike = spikes[place]
            during = CompareQuestion.Side(window: Self.window(spike), sources: nil)
            if expressions[0] == .automatic, let before = spike.before {
                during?.window.end = Timestamp(nanoseconds: before.duringEndNanoseconds)
            }
            explanation = SpikesReport.explanation(
                spike, passing: Array(spikes[..<place]), tellsBefore: expressions[0] == .automatic)
            if by == nil, spike.isOfBytes {
                measure = .bytes
                explanation? += " Bytes are compared, as they moved most."
            }
            if expressions[0] == .automatic { before = spike.before.map { Self.side($0) } }
            explanation? += try Self.notCompared(reading, more: spikes.count - 1)
        } else if expressions[0] == .automatic, let named {
            let chosen = SpikeDetector.before(
                named, span: reading.window, coverage: reading.group.coverage, spikes: spikes)
            guard let chosen else { throw Self.nothing(session, "--before auto", reading, []) }
            before = Self.side(chosen)
            explanation = SpikesReport.explanation(before: chosen)
        }
        if let asked { explanation? += " It stands out in \(reading.group.name); in \(asked.name) nothing does." }
        if let leftOut = reading.leftOut, explanation != nil { explanation? += " " + leftOut.sentence }
        if let late = found.late, explanation != nil { explanation? += " " + late.sentence }
    }

    /// The first of the other bodies of evidence in which something stands out.
    private static func elsewhere(
        _ reading: SpikeReading
    ) throws(ForensicsError) -> (reading: SpikeReading, found: SpikeReading.Found)? {
        for group in reading.chosen.others where !group.kind.told.isDisjoint(with: [.requests, .connections]) {
            guard let other = try reading.instead(group) else { continue }
            let found = try other.find(limit: SpikesQuestion.counted)
            if !found.spikes.isEmpty { return (other, found) }
        }
        return nil
    }

    /// Other bodies of evidence that are looked at for it.
    private static let lookedAt = 8

    /// What stands out as well, in the same evidence and in other: whoever reads one answer is to know that there are more.
    ///
    /// - Parameter more: how many other stretches of time stand out in the same evidence.
    private static func notCompared(_ reading: SpikeReading, more: Int) throws(ForensicsError) -> String {
        var parts: [String] = []
        if more > 0 {
            parts.append(
                "\(more) more \(more == 1 ? "stretch of time stands" : "stretches of time stand") out in \(reading.group.name)"
            )
        }
        let others = reading.chosen.others.filter { group in
            group != reading.group && !group.kind.told.isDisjoint(with: [.requests, .connections])
        }
        for group in others.prefix(lookedAt) {
            guard let found = try reading.instead(group)?.find(limit: SpikesQuestion.counted), !found.spikes.isEmpty
            else { continue }
            parts.append("\(group.name): \(found.words)")
        }
        return parts.isEmpty ? "" : " Not compared, and listed by `spikes`: \(parts.joined(separator: "; "))."
    }

    /// What time without evidence may be: nobody can compare it, and it may be what is looked for.
    private static func nothing(
        _ session: CaseSession, _ option: String, _ reading: SpikeReading, _ gaps: [TimeWindow]
    ) -> ForensicsError {
        var text =
            "\(session.restrictions.place): \(option): the evidence has no such window; name one, see `timeline`."
        if let gap = gaps.max(by: { $0.length < $1.length }) {
            text +=
                " No evidence from \(RFC3339.secondsString(gap.start)) to \(RFC3339.secondsString(gap.end)): no traffic, or "
                + "objects missing."
        }
        if let leftOut = reading.leftOut { text += " " + leftOut.sentence }
        return ForensicsError(.data, text)
    }

    private static func window(_ spike: Spike) -> TimeWindow {
        TimeWindow(
            start: Timestamp(nanoseconds: spike.startNanoseconds), end: Timestamp(nanoseconds: spike.endNanoseconds))
    }

    private static func side(_ before: Spike.Before) -> CompareQuestion.Side {
        let start = Timestamp(nanoseconds: before.startNanoseconds)
        return CompareQuestion.Side(
            window: TimeWindow(start: start, end: Timestamp(nanoseconds: before.endNanoseconds)), sources: nil)
    }

    private static func interval(
        _ expression: WindowExpression, _ option: String, _ session: CaseSession
    ) throws(ForensicsError) -> TimeWindow? {
        guard case .interval(let start, let end) = expression else { return nil }
        return try WindowExpression.resolve(start: start, end: end, option: option, in: session.times)
    }
}
