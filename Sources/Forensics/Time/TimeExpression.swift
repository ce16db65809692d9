package import ForensicsModel
package import Foundation

/// A point in time as the command line writes it, before the evidence gives it a date.
package enum TimeExpression: Equatable, Sendable {
    /// RFC 3339, with a zone.
    case absolute(Timestamp)
    /// A date and time without a zone, as seconds of the zone's own clock.
    case local(days: Int64, nanoseconds: Int64)
    /// `14:05` or `14:05:30`: nanoseconds since midnight.
    case timeOfDay(Int64)
    /// `-30m`: nanoseconds before the end of the evidence, rounded down to the minute, or second, that it is given in.
    case beforeEnd(Int64)

    /// Creates an expression from its text, or returns `nil` if it has none of the forms.
    package init?(_ text: String) {
        if text.hasPrefix("-") {
            guard let duration = DurationText.parse(String(text.dropFirst())) else { return nil }
            self = .beforeEnd(duration)
            return
        }
        if let time = Self.timeOfDay(text) {
            self = .timeOfDay(time)
            return
        }
        guard let time = RFC3339.parse(text) else { return nil }
        let hasZone =
            text.hasSuffix("Z") || text.hasSuffix("z") || text.dropFirst(19).contains { $0 == "+" || $0 == "-" }
        if hasZone {
            self = .absolute(time)
        } else {
            let day = Int64(86_400_000_000_000)
            let start = time.bucket(width: day)
            self = .local(days: start / day, nanoseconds: time.nanoseconds - start)
        }
    }

    private static func timeOfDay(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3,
            parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { return nil }
        let numbers = parts.compactMap { Int64($0) }
        guard numbers[0] < 24, numbers[1] < 60, numbers.count == 2 || numbers[2] < 60 else { return nil }
        return (numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)) * 1_000_000_000
    }
}

/// What gives time expressions their meaning: the span of the evidence and the zone of the user's clock.
package struct TimeContext: Sendable {
    /// First and last record time of the evidence; `nil` for an empty case.
    package var evidence: (first: Timestamp, last: Timestamp)?
    /// The zone of times that name none.
    package var zone: TimeZone

    /// - Parameter zoneName: a name like `Europe/Berlin` or an offset like `+02:00`; UTC where it is `nil`.
    /// - Throws: a usage error for a name of no zone.
    package init(evidence: (first: Timestamp, last: Timestamp)?, zoneName: String?) throws(ForensicsError) {
        self.evidence = evidence
        guard let name = zoneName else {
            zone = .gmt
            return
        }
        guard let zone = TimeZone(identifier: name) ?? Self.fixedZone(name) else {
            throw ForensicsError(.usage, "--tz \(name): is no time zone; use a name like Europe/Berlin or +02:00.")
        }
        self.zone = zone
    }

    /// Returns the instant that an expression means.
    package func resolve(_ text: String, option: String) throws(ForensicsError) -> Timestamp {
        guard let expression = TimeExpression(text) else {
            throw ForensicsError(
                .usage,
                "\(option) \(text): is no time; use 2026-03-17T14:05:00Z, 14:05 (the evidence gives the date) or -30m.")
        }
        switch expression {
        case .absolute(let time): return time
        case .local(let days, let nanoseconds):
            let instants = instants(days: days, nanoseconds: nanoseconds)
            if instants.count == 1 { return instants[0] }
            let times = instants.map(RFC3339.secondsString).joined(separator: " or ")
            throw ForensicsError(
                .usage,
                instants.isEmpty
                    ? "\(option) \(text): the clock of \(zone.identifier) was put forward past that time; give one in UTC."
                    : "\(option) \(text): the clock of \(zone.identifier) was put back over that time, it is \(times); give it in UTC."
            )
        case .beforeEnd(let nanoseconds):
            guard let evidence else { throw Self.noEvidence(option, text) }
            return Self.even(evidence.last.advanced(by: -nanoseconds), nanoseconds)
        case .timeOfDay(let nanoseconds):
            guard let evidence else { throw Self.noEvidence(option, text) }
            return try date(of: nanoseconds, evidence, "\(option) \(text)")
        }
    }

    private static let minute: Int64 = 60_000_000_000

    /// Rounds down to the minute what is minutes before the end, and to the second what is seconds: a window that begins
    /// within a minute has two minutes that are cut, and those tell nothing of how traffic varies.
    private static func even(_ time: Timestamp, _ ago: Int64) -> Timestamp {
        Timestamp(nanoseconds: time.bucket(width: ago % minute == 0 ? minute : minute / 60))
    }

    /// Whether an expression can be resolved; `resolve` says what is wrong with one that is none.
    package func canResolve(_ text: String) -> Bool {
        switch TimeExpression(text) {
        case .timeOfDay, .beforeEnd: evidence != nil
        case .absolute, .local, nil: true
        }
    }

    private static func noEvidence(_ option: String, _ text: String) -> ForensicsError {
        ForensicsError(.usage, "\(option) \(text): the case holds no evidence to take the date from; give a full time.")
    }

    private func date(
        of nanoseconds: Int64, _ evidence: (first: Timestamp, last: Timestamp), _ what: String
    ) throws(ForensicsError) -> Timestamp {
        let day = Int64(86_400_000_000_000)
        let first = evidence.first.bucket(width: day) / day - 1
        let last = evidence.last.bucket(width: day) / day + 1
        let all = (first...last).flatMap { instants(days: $0, nanoseconds: nanoseconds) }
        let inside = all.filter { $0 >= evidence.first && $0 <= evidence.last }
        if inside.count == 1 { return inside[0] }
        if inside.isEmpty, let nearest = all.min(by: { distance($0, evidence) < distance($1, evidence) }),
            distance(nearest, evidence) < day / 2
        {
            return nearest
        }
        let span = "\(RFC3339.secondsString(evidence.first)) to \(RFC3339.secondsString(evidence.last))"
        throw ForensicsError(
            .usage, "\(what): is ambiguous, the evidence spans \(span); give the date too.")
    }

    private func distance(_ time: Timestamp, _ evidence: (first: Timestamp, last: Timestamp)) -> Int64 {
        time < evidence.first ? evidence.first.since(time) : time > evidence.last ? time.since(evidence.last) : 0
    }

    /// The instants at which the zone's clock shows a date and time, in order: none that it was put forward past, two where it
    /// was put back.
    private func instants(days: Int64, nanoseconds: Int64) -> [Timestamp] {
        let seconds = days * 86_400 + nanoseconds / 1_000_000_000
        func offset(at seconds: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
        }
        // No clock changes twice within two days.
        let offsets = Set([offset(at: seconds - 86_400), offset(at: seconds + 86_400)]).sorted(by: >)
        return offsets.filter { offset(at: seconds - $0) == $0 }.compactMap {
            Timestamp(seconds: seconds - $0, nanoseconds: nanoseconds % 1_000_000_000)
        }
    }

    private static func fixedZone(_ name: String) -> TimeZone? {
        guard let sign = name.first, sign == "+" || sign == "-" else { return name == "Z" ? .gmt : nil }
        let parts = name.dropFirst().split(separator: ":")
        guard let hours = parts.first.flatMap({ Int($0) }), hours < 15 else { return nil }
        let minutes = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let seconds = hours * 3600 + minutes * 60
        return TimeZone(secondsFromGMT: sign == "+" ? seconds : -seconds)
    }
}
