import ForensicsModel

/// Data segments of a capture by minute, and some of those that were sent again.
struct LossTable: Sendable {
    /// What one direction had in one minute.
    struct Cell: Sendable {
        var counts = SegmentCounts()
        /// The first retransmissions.
        fileprivate(set) var sightings: [Sighting] = []
        /// When the last of those that have an event was captured.
        fileprivate(set) var last = Timestamp(nanoseconds: .min)
        /// Who the clients of retransmissions were, of as many as there is room for.
        fileprivate(set) var clients: [IPAddress: UInt64] = [:]
    }

    /// Minutes that are followed: 45 days, some kilobytes each at most.
    private static let limit = 65_536
    private static let sightingLimit = 8
    static let clientLimit = 16

    private var minutes: [Int64: InlineArray<2, Cell>] = [:]

    /// Adds the counts of a minute, or of some of its connections.
    mutating func note(_ minute: SegmentMinute) {
        guard let place = place(of: minute.minute) else { return }
        minutes.values[place][0].counts.addOthers(minute.fromClients)
        minutes.values[place][1].counts.addOthers(minute.fromServers)
    }

    /// Adds a retransmission, which its minute's counts hold as well.
    mutating func note(_ sighting: Sighting, from side: Int, client: IPAddress) {
        guard let place = place(of: BucketKey.minute(of: sighting.time)) else { return }
        minutes.values[place][side].last = max(minutes.values[place][side].last, sighting.time)
        if minutes.values[place][side].sightings.count < Self.sightingLimit {
            minutes.values[place][side].sightings.append(sighting)
        }
        if minutes.values[place][side].clients.count < Self.clientLimit {
            minutes.values[place][side].clients[client, default: 0] += 1
        } else {
            minutes.values[place][side].clients[client]? += 1
        }
    }

    /// The minutes of a direction in order: 0 is what clients sent, 1 what servers sent.
    func ordered(_ side: Int) -> [(minute: Int64, cell: Cell)] {
        minutes.map { (minute: $0.key, cell: $0.value[side]) }.filter { $0.cell.counts.sent > 0 }
            .sorted { $0.minute < $1.minute }
    }

    private mutating func place(of minute: Int64) -> Dictionary<Int64, InlineArray<2, Cell>>.Index? {
        if let place = minutes.index(forKey: minute) { return place }
        guard minutes.count < Self.limit else { return nil }
        minutes[minute] = InlineArray(repeating: Cell())
        return minutes.index(forKey: minute)
    }
}
