import ForensicsModel

/// After which silences each side closed its connections: timers show as many that are alike.
///
/// At most `limit` silences are kept apart, a kilobyte each; those of further ones are refused.
struct IdleCloseTable: Sendable {
    static let limit = 8192

    /// Who closed: a server with its port, or a client.
    struct Closer: Hashable {
        var address: IPAddress
        /// `nil` of a client.
        var port: UInt16?
        /// Whether it is the server that closed, and not its clients.
        var isServer = true
    }

    /// A silence, as one of the steps of time that a timer may be set to.
    private struct Step: Hashable {
        var closer: Closer
        var middle: Int64
    }

    private var episodes: [Step: Episode] = [:]
    private var counts: [Closer: UInt64] = [:]

    /// Adds a sighting whose measure is the silence; `false` if there is no room.
    mutating func note(_ sighting: Sighting, by closer: Closer) -> Bool {
        let step = Step(closer: closer, middle: Self.middle(of: sighting.measure))
        if episodes[step] != nil {
            episodes[step]?.note(sighting)
        } else {
            guard episodes.count < Self.limit else { return false }
            episodes[step] = Episode(sighting)
        }
        counts[closer, default: 0] += 1
        return true
    }

    /// The timers of those who closed: silences that at least `fewest` connections share, half or more of all that the side
    /// closed, and three times as many as are a step shorter or longer.
    func timers(fewest: UInt64) -> [(closer: Closer, episode: Episode)] {
        episodes.compactMap { step, episode in
            guard episode.count >= fewest, 2 * episode.count >= counts[step.closer] ?? 0 else { return nil }
            let width = Self.width(at: step.middle)
            let beside = [step.middle - width, step.middle + width].reduce(UInt64(0)) {
                $0 + (episodes[Step(closer: step.closer, middle: $1)]?.count ?? 0)
            }
            return 3 * beside <= episode.count ? (step.closer, episode) : nil
        }
    }

    /// The nearest whole step: timers are set in whole seconds, and fire a little late.
    private static func middle(of silence: Int64) -> Int64 {
        let width = width(at: silence)
        return (silence + width / 2) / width * width
    }

    /// Nanoseconds: 0.2 s below 10 s, 1 s below 100 s, 5 s above.
    private static func width(at silence: Int64) -> Int64 {
        silence < 10_000_000_000 ? 200_000_000 : silence < 100_000_000_000 ? 1_000_000_000 : 5_000_000_000
    }
}
