public import ForensicsCompare
package import ForensicsModel

/// The stretches that stand out, each with the window to compare it with.
public enum SpikesReport {
    /// What spikes were looked for in: what to say where there are none.
    package enum Evidence: Sendable, Equatable {
        /// Too little to have a usual course; nanoseconds.
        case tooShort(length: Int64, neededMinutes: Int)
        /// Nothing that the filters leave.
        case noRows
        /// Enough to see what differs by so much.
        case enough(ratio: Double)

        var words: String {
            switch self {
            case .tooShort(let length, let minutes):
                let covered = NumberText.duration(milliseconds: Double(length) / 1e6)
                return "\(covered) of evidence: too short to have a usual course, which needs \(minutes) whole minutes."
            case .noRows: return "No rows match: nothing to look at."
            case .enough(let ratio):
                return "Nothing stands out: nothing differs from its usual course by "
                    + "\(NumberText.ratio(ratio)) or more for longer than chance allows."
            }
        }
    }

    /// Returns one row per spike, in the order given, then one for each gap in the evidence.
    package static func table(_ spikes: [Spike], gaps: [TimeWindow] = []) -> ReportTable {
        ReportTable(
            name: "spikes",
            columns: [
                ReportColumn("start_time", "start", .time), ReportColumn("end_time", "end", .time),
                ReportColumn("length_ms", "length", .milliseconds), ReportColumn("strength", nil, .number),
                ReportColumn("reason", nil, isKey: true), ReportColumn("direction"),
                ReportColumn("usual_per_minute", "usual\nper minute", .number),
                ReportColumn("inside_per_minute", "inside\nper minute", .number), ReportColumn("unit"),
                ReportColumn("also"),
                ReportColumn("before_start", "compare with\nfrom", .time),
                ReportColumn("before_end", "compare with\nto", .time), ReportColumn("before_choice", "because"),
                ReportColumn("during_end", "compare\nup to", .time),
            ],
            rows: spikes.map(row) + gaps.map(row))
    }

    private static func row(_ gap: TimeWindow) -> ReportRow {
        let (start, end) = (gap.start.nanoseconds, gap.end.nanoseconds)
        return [
            .integer(start), .integer(end), .number(Double(gap.length) / 1e6), .absent, .text("no evidence"), .absent,
            .absent, .absent, .absent, .absent, .absent, .absent, .absent, .absent,
        ]
    }

    /// Returns the spikes as a terminal shows them: each with what moved, and the command that compares it.
    ///
    /// - Parameters:
    ///   - gaps: time without any evidence.
    ///   - evidence: what was looked at.
    ///   - options: what the command has beside the windows.
    package static func list(
        _ spikes: [Spike], gaps: [TimeWindow], evidence: Evidence, title: String, options: [String], style: ReportStyle
    ) -> String {
        var out = TerminalText.escaped(title) + "\n"
        if spikes.isEmpty, gaps.isEmpty { out += evidence.words + "\n" }
        for (index, spike) in spikes.enumerated() {
            let length = NumberText.duration(
                milliseconds: Double(spike.endNanoseconds - spike.startNanoseconds) / 1e6)
            let heading =
                "\(index + 1). \(TimeText.minute(spike.startNanoseconds)) to \(TimeText.minute(spike.endNanoseconds)), "
                + "\(length), strength \(NumberText.short(spike.strength))"
            out += "\n" + TerminalPaint.paint(heading, index == 0 ? .critical : .strong, style) + "\n"
            for one in spike.reasons.prefix(5) { out += "   " + TerminalText.escaped(reason(one)) + "\n" }
            if spike.reasons.count > 5 { out += "   and \(spike.reasons.count - 5) more\n" }
            guard let before = spike.before else {
                out += "   No quiet window of its length is in the evidence.\n"
                continue
            }
            func interval(_ start: Int64, _ end: Int64) -> String {
                "\(RFC3339.secondsString(Timestamp(nanoseconds: start)))/"
                    + RFC3339.secondsString(Timestamp(nanoseconds: end))
            }
            out += "   lbforensics compare --before \(interval(before.startNanoseconds, before.endNanoseconds)) "
            out += "--during \(interval(spike.startNanoseconds, before.duringEndNanoseconds))"
            let by = spike.isOfBytes && !options.contains("--by") ? ["--by", "bytes"] : []
            out += (options + by).map { " " + TerminalText.escaped(ShellText.word($0)) }.joined() + "\n"
            let part = NumberText.duration(
                milliseconds: Double(before.duringEndNanoseconds - spike.startNanoseconds) / 1e6)
            out += before.duringEndNanoseconds < spike.endNanoseconds ? "   its first \(part) " : "   "
            out += "compared with \(before.choice.rawValue)\n"
        }
        if !gaps.isEmpty { out += "\n" }
        for gap in gaps {
            let length = NumberText.duration(milliseconds: Double(gap.length) / 1e6)
            let (start, end) = (TimeText.minute(gap.start.nanoseconds), TimeText.minute(gap.end.nanoseconds))
            let text = "No evidence from \(start) to \(end), \(length): no traffic, or objects missing."
            out += TerminalPaint.paint(text, .warning, style) + "\n"
        }
        return out
    }

    /// Returns what `compare --during auto --before auto` chose and why, in words; values of the evidence as they are.
    ///
    /// - Parameters:
    ///   - stronger: spikes that could not be taken.
    ///   - tellsBefore: whether the window to compare with was chosen as well.
    public static func explanation(
        _ spike: Spike, passing stronger: [Spike] = [], tellsBefore: Bool = true
    ) -> String {
        func words(_ spike: Spike) -> String {
            "from \(TimeText.minute(spike.startNanoseconds)) to \(TimeText.minute(spike.endNanoseconds)): "
                + spike.reasons.prefix(3).map(reason).joined(separator: ", ")
        }
        var text = "The strongest spike is \(words(stronger.first ?? spike))."
        if !stronger.isEmpty {
            let isOne = stronger.count == 1
            let why =
                tellsBefore
                ? "no quiet window to compare with is in the evidence"
                : "\(isOne ? "it overlaps" : "they overlap") the window before"
            let which = isOne ? "It was passed over" : "It and \(stronger.count - 1) more were passed over"
            text += " \(which), because \(why). What is compared is \(words(spike))."
        }
        guard tellsBefore else { return text }
        guard let before = spike.before else { return text + " No quiet window of its length is in the evidence." }
        let part =
            before.duringEndNanoseconds < spike.endNanoseconds
            ? " The time up to \(TimeText.minute(before.duringEndNanoseconds))" : " It"
        return text
            + "\(part) is compared with \(TimeText.minute(before.startNanoseconds)) to "
            + "\(TimeText.minute(before.endNanoseconds)), \(before.choice.rawValue)."
    }

    /// Returns what `compare --before auto` chose for a window that the user named.
    public static func explanation(before: Spike.Before) -> String {
        "The window is compared with \(TimeText.minute(before.startNanoseconds)) to "
            + "\(TimeText.minute(before.endNanoseconds)), \(before.choice.rawValue)."
    }

    private static func row(_ spike: Spike) -> ReportRow {
        let lead = spike.reasons.first
        let others = spike.reasons.dropFirst().prefix(4).map { "\($0.name) \($0.isRise ? "up" : "down")" }
        return [
            .integer(spike.startNanoseconds), .integer(spike.endNanoseconds),
            .number(Double(spike.endNanoseconds - spike.startNanoseconds) / 1e6), .rounded(spike.strength),
            .optional(lead?.name), .optional(lead.map { $0.isRise ? "up" : "down" }), .rounded(lead?.usual),
            .rounded(lead?.inside), .optional(lead.map { $0.isCount ? "per minute" : "ms" }),
            .text(others.joined(separator: ", ")),
            .optional(spike.before?.startNanoseconds), .optional(spike.before?.endNanoseconds),
            .optional(spike.before?.choice.rawValue), .optional(spike.before?.duringEndNanoseconds),
        ]
    }

    private static func reason(_ reason: Spike.Reason) -> String {
        func amount(_ value: Double) -> String {
            guard reason.isCount else { return NumberText.duration(milliseconds: value) }
            return reason.isOfBytes ? NumberText.bytes(value) : NumberText.short(value)
        }
        return "\(reason.name) \(reason.isRise ? "up" : "down") from \(amount(reason.usual)) to "
            + amount(reason.inside) + (reason.isCount ? " per minute" : "")
    }
}

extension Spike {
    /// Whether bytes are what moved most: then a comparison by bytes tells whose.
    package var isOfBytes: Bool { reasons.first?.isOfBytes ?? false }
}

extension Spike.Reason {
    fileprivate var isOfBytes: Bool { name.split(separator: " ").first == "bytes" }
}
