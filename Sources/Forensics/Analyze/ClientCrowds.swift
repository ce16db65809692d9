import ForensicsModel

/// Tells together what many clients have a few sightings of each: scanners, and what a public service meets all day.
///
/// One finding each would bury the others. What a client has more of stays its own; and so that a time at which many clients
/// failed stays one, crowds of different hours of the clock are apart.
enum ClientCrowds {
    typealias Keyed = (key: EpisodeTable.Key, episode: Episode)

    /// More clients in one hour are a crowd.
    private static let fewest = 10
    /// Sightings of one client in an episode that stay its own: more.
    private static let most: UInt64 = 5
    private static let hour: Int64 = 3_600_000_000_000

    private struct Crowd: Hashable {
        var check: CheckID
        var blame: Blame
        var hour: Int64

        init(_ one: Keyed) {
            check = one.key.check
            blame = one.key.blame
            hour = one.episode.start.bucket(width: ClientCrowds.hour)
        }
    }

    /// Returns the episodes with those of crowds joined, in no particular order.
    static func joined(_ all: [Keyed]) -> [Keyed] {
        var clients: [Crowd: Set<Subject>] = [:]
        for one in all where isOfCrowd(one) { clients[Crowd(one), default: []].insert(one.key.subject) }
        let crowds = clients.filter { $0.value.count > fewest }
        if crowds.isEmpty { return all }
        var kept: [Keyed] = []
        var whole: [Crowd: Episode] = [:]
        for one in all {
            let crowd = Crowd(one)
            if !isOfCrowd(one) || crowds[crowd] == nil {
                kept.append(one)
            } else if whole[crowd] != nil {
                whole[crowd]?.join(one.episode)
            } else {
                whole[crowd] = one.episode
            }
        }
        return kept
            + whole.map { crowd, episode in
                let subject = Subject(clients: UInt64(crowds[crowd]?.count ?? 0))
                return (EpisodeTable.Key(check: crowd.check, blame: crowd.blame, subject: subject), episode)
            }
    }

    private static func isOfCrowd(_ one: Keyed) -> Bool {
        guard case .address = one.key.subject.form, one.episode.count <= most else { return false }
        return CheckRegistry.check(one.key.check).tellsCrowds
    }
}
