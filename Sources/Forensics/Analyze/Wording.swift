package import ForensicsModel

/// Numbers and units as the summaries of findings say them.
package enum Wording {
    /// A tag: 1 if the server sent nothing, 2 if it sent something, 0 where that is not told: bytes of flow logs are those of
    /// headers too.
    static func answered(_ connection: Connection) -> UInt64 {
        if case .vpcFlow = connection.kind { return 0 }
        return connection.bytesFromServer ?? 0 == 0 ? 1 : 2
    }

    /// `1 request`, `2 requests`.
    package static func count(_ number: UInt64, _ noun: String, _ plural: String? = nil) -> String {
        number == 1 ? "1 \(noun)" : "\(DecimalText.grouped(number)) \(plural ?? noun + "s")"
    }

    /// A client by its address, or a crowd of them as it is told (`ClientCrowds`, `EpisodeTable`), at the beginning of a sentence.
    package static func client(_ subject: String) -> String {
        if subject == Subject.otherName { return "Other clients, too many to be told apart," }
        return subject.hasSuffix(" clients") ? subject : "Client \(subject)"
    }

    /// Nanoseconds in the unit that suits: `840 ms`, `1.25 s`, `3 min 20 s`, `2 h 5 min`; from a minute on to the nearest second
    /// or minute, as tables round them.
    package static func duration(_ nanoseconds: Int64) -> String {
        let milliseconds = max(0, nanoseconds) / 1_000_000
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 {
            let hundredths = milliseconds % 1000 / 10
            let tail = hundredths == 0 ? "" : hundredths % 10 == 0 ? ".\(hundredths / 10)" : ".\(two(hundredths))"
            return "\(milliseconds / 1000)\(tail) s"
        }
        let seconds = (milliseconds + 500) / 1000
        if seconds < 3600 { return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s" }
        let minutes = (seconds + 30) / 60
        return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
    }

    /// ` within 3 min 20 s`, with when most records came, if that is a small part of it; or nothing for an episode of less than
    /// a millisecond.
    package static func within(_ episode: Episode) -> String {
        let length = episode.end.since(episode.start)
        guard length >= 1_000_000 else { return "" }
        guard let busy = episode.course.busiest else { return " within \(duration(length))" }
        return
            " within \(duration(length)) (\(DecimalText.grouped(busy.count)) of \(DecimalText.grouped(episode.count)) "
            + "\(span(busy.start, busy.end, in: episode)))"
    }

    /// `from 10:00 to 10:20 UTC`, with dates where the episode is not of one day.
    private static func span(_ start: Timestamp, _ end: Timestamp, in episode: Episode) -> String {
        func date(_ time: Timestamp) -> Substring { RFC3339.secondsString(time).prefix(10) }
        func clock(_ time: Timestamp) -> Substring { RFC3339.secondsString(time).dropFirst(11).prefix(5) }
        if date(episode.start) == date(episode.end) { return "from \(clock(start)) to \(clock(end)) UTC" }
        let last = date(start) == date(end) ? "" : "\(date(end)) "
        return "from \(date(start)) \(clock(start)) to \(last)\(clock(end)) UTC"
    }

    /// `up to 4.2 s` for several, `4.2 s` for one.
    package static func longest(_ episode: Episode) -> String {
        episode.count == 1 ? duration(episode.largestMeasure) : "up to \(duration(episode.largestMeasure))"
    }

    /// The statuses of a hundred that have bits of their own, by what is above the hundred, and their first bit: those of the
    /// registry, AWS's own (460 to 464, 560 to 564), and those of web servers and proxies (494 to 499, 598, 599).
    private static let bits: [(above: Range<UInt16>, first: UInt16)] = [(0..<52, 0), (60..<65, 52), (94..<100, 57)]
    /// Stands for all others.
    private static let otherBit: UInt64 = 63

    /// The statuses whose bits are set, of the hundred that begins with `base`: `502, 503`.
    package static func statuses(_ tags: UInt64, from base: UInt16) -> String {
        var texts: [String] = []
        for run in bits {
            for above in run.above where tags >> UInt64(run.first + above - run.above.lowerBound) & 1 != 0 {
                texts.append(String(base + above))
            }
        }
        if tags >> otherBit & 1 != 0 { texts.append("others") }
        return texts.joined(separator: ", ")
    }

    /// The bit of a status for `statuses`; 0 for one below `base`.
    package static func bit(_ status: UInt16?, from base: UInt16) -> UInt64 {
        guard let status, status >= base else { return 0 }
        for run in bits where run.above.contains(status - base) {
            return 1 << UInt64(run.first + (status - base) - run.above.lowerBound)
        }
        return 1 << otherBit
    }

    /// The first bit of `bit(_: HTTP2ErrorCode?)`: those below are the check's own.
    private static let firstCode: UInt64 = 8

    /// The bit of a code of HTTP/2 for `codes`; 0 for none.
    package static func bit(_ code: HTTP2ErrorCode?) -> UInt64 {
        code.map { 1 << (firstCode + UInt64($0.rawValue)) } ?? 0
    }

    /// The codes of HTTP/2 whose bits are set: ` (REFUSED_STREAM, ENHANCE_YOUR_CALM)`; nothing where none is.
    package static func codes(_ tags: UInt64) -> String {
        let names = HTTP2ErrorCode.allCases.filter { tags & bit($0) != 0 }.map(\.name)
        return names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
