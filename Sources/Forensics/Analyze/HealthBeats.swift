import ForensicsModel

/// The beats of the checks that one address makes of one target: one, or several where more than one checker stands behind the
/// address, each of which keeps the same interval.
///
/// A beat allows for checks that the capture missed and for some jitter: of checks that are told by their pace alone a fifth
/// of the interval, but a second at least; of HTTP checks, beside which the same address sends its clients' connections, a
/// twentieth, from a quarter of a second to a second, and for what only failed no more than four times what the known checks
/// were off, but 50 ms at least. Several beats share that, so that never more than two fifths of all time are on a beat.
struct HealthBeats: Sendable {
    /// Beats that are told apart.
    static let limit = 8

    private static let second: Int64 = 1_000_000_000
    /// The intervals that target groups take.
    private static let shortest = 5 * second
    private static let longest = 300 * second
    /// Checks in a row that may be missing.
    private static let missed: Int64 = 4
    /// The time in which checks can prove each other.
    static let memory = 4 * (longest + second)

    /// The interval of connections that come round, and by how much they were off.
    struct Pace {
        var interval: Int64
        var jitter: Int64
    }

    private struct Beat {
        var last: Timestamp
        var pace: Pace
    }

    /// Whether the beats are those of HTTP checks, which are known without them.
    private let isHTTP: Bool
    private var beats: [Beat] = []

    init(isHTTP: Bool) { self.isHTTP = isHTTP }

    var isEmpty: Bool { beats.isEmpty }

    /// Returns whether a connection begins on a beat, and moves that beat on: the one that it fits best.
    ///
    /// - Parameter isKnown: whether it is a check without that. One that is off the beat of the only checker moves it: a checker may
    ///   count its interval from the time-out of the check before.
    mutating func take(_ time: Timestamp, isKnown: Bool) -> Bool {
        beats.removeAll { time.since($0.last) > (Self.missed + 2) * $0.pace.interval }
        var best = -1
        var least = Int64.max
        for index in beats.indices {
            let interval = beats[index].pace.interval
            let distance = time.since(beats[index].last)
            // One that comes late, as its connection ended late, may lie before others.
            guard abs(distance / 2) <= (Self.missed + 2) * interval else { continue }
            let count = (abs(distance) + interval / 2) / interval
            guard count >= 1, count <= Self.missed + 1 else { continue }
            let deviation = abs(abs(distance) - count * interval)
            if deviation <= tolerance(beats[index].pace, isKnown: isKnown), deviation < least {
                best = index
                least = deviation
            }
        }
        guard best >= 0 else {
            if isKnown, beats.count == 1 { beats[0].last = max(beats[0].last, time) }
            return false
        }
        beats[best].last = max(beats[best].last, time)
        if isKnown { beats[best].pace.jitter = max(beats[best].pace.jitter, least) }
        return true
    }

    /// Adds beats that were found; where there are too many the ones that were silent longest are forgotten.
    mutating func add(_ times: ArraySlice<Timestamp>, _ pace: Pace) {
        beats.removeAll { times.contains($0.last) }
        for time in times { beats.append(Beat(last: time, pace: pace)) }
        while beats.count > Self.limit {
            var oldest = 0
            for index in beats.indices where beats[index].last < beats[oldest].last { oldest = index }
            beats.remove(at: oldest)
        }
    }

    /// How many connections prove so many beats.
    static func needed(_ count: Int) -> Int { count == 1 ? 3 : max(12, 4 * count) }

    /// Returns the pace at which connections come round, or `nil` where they keep none that load balancers have.
    ///
    /// - Parameters:
    ///   - times: of `needed(count)` connections in order.
    ///   - count: how many beats they would be: each connection is followed by the next of its beat so many places on.
    func pace(_ times: ArraySlice<Timestamp>, beats count: Int) -> Pace? {
        let first = times.startIndex
        guard count >= 1, times.count > count else { return nil }
        let usual = times[first + count].since(times[first])
        guard usual >= Self.shortest - Self.second, usual <= Self.longest + Self.second else { return nil }
        let slack = tolerance(usual, among: count)
        var jitter: Int64 = 0
        for index in first + 1..<times.endIndex - count {
            jitter = max(jitter, abs(times[index + count].since(times[index]) - usual))
            if jitter > slack { return nil }
        }
        let last = times.endIndex - 1
        let rounds = (times.count - 1) / count
        let interval = times[last].since(times[last - rounds * count]) / Int64(rounds)
        return Pace(interval: interval, jitter: jitter)
    }

    private func tolerance(_ pace: Pace, isKnown: Bool) -> Int64 {
        let most = tolerance(pace.interval, among: beats.count)
        return isHTTP && !isKnown ? min(most, max(4 * pace.jitter, Self.second / 20)) : most
    }

    private func tolerance(_ interval: Int64, among count: Int) -> Int64 {
        let whole =
            isHTTP
            ? min(max(interval / 20, Self.second / 4), Self.second)
            : max(interval / 5, Self.second)
        return whole / Int64(max(1, count))
    }
}
