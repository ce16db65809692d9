import ForensicsModel

/// Tells together what many clients have a few sightings of each: scanners, and what a public service meets all day; and devices
/// that hold a connection each all day long.
///
/// One finding each would bury the others. What a client has more of stays its own; and so that a time at which many clients
/// failed stays one, crowds of different hours of the clock are apart.
package enum ClientCrowds {
    typealias Keyed = (key: EpisodeTable.Key, episode: Episode)

    /// Who is a crowd.
    package struct Rule: Sendable {
        /// More clients in one hour are one.
        var fewest: Int
        /// The tags that keep crowds apart.
        var tags: UInt64 = 0
        /// A client that has more than this many times what half of the crowd have stays its own; 0 for more than `most` alone.
        var factor: UInt64 = 0

        /// Strangers that fail.
        static let ofFew = Rule(fewest: 10)
    }

    /// Sightings of one client in an episode that stay its own: more.
    private static let most: UInt64 = 5
    private static let hour: Int64 = 3_600_000_000_000

    private struct Crowd: Hashable {
        var check: CheckID
        var blame: Blame
        var hour: Int64
        var tags: UInt64

        init(_ one: Keyed, _ rule: Rule) {
            check = one.key.check
            blame = one.key.blame
            hour = one.episode.start.bucket(width: ClientCrowds.hour)
            tags = one.episode.tags & rule.tags
        }
    }

    /// Returns the episodes with those of crowds joined, in no particular order.
    static func joined(_ all: [Keyed]) -> [Keyed] {
        var kept: [Keyed] = []
        var crowds: [Crowd: [Keyed]] = [:]
        for one in all {
            if case .address = one.key.subject.form, let rule = CheckRegistry.check(one.key.check).crowds {
                crowds[Crowd(one, rule), default: []].append(one)
            } else {
                kept.append(one)
            }
        }
        for (crowd, members) in crowds {
            guard let rule = CheckRegistry.check(crowd.check).crowds else { continue }
            let limit = max(most, rule.factor * median(members))
            let small = members.filter { $0.episode.count <= limit }
            let clients = Set(small.map(\.key.subject)).count
            guard clients > rule.fewest, var whole = small.first?.episode else {
                kept += members
                continue
            }
            for one in small.dropFirst() { whole.join(one.episode) }
            let subject = Subject(clients: UInt64(clients))
            kept.append((EpisodeTable.Key(check: crowd.check, blame: crowd.blame, subject: subject), whole))
            kept += members.filter { $0.episode.count > limit }
        }
        return kept
    }

    /// How many sightings half of the episodes have at most.
    private static func median(_ members: [Keyed]) -> UInt64 {
        let counts = members.map(\.episode.count).sorted()
        return counts[(counts.count - 1) / 2]
    }
}
