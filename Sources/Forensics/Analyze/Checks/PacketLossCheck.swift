package import ForensicsModel

/// Many packets were lost on many connections.
package enum PacketLossCheck: Check {
    package static let description = CheckDescription(
        name: "packet-loss",
        severity: .warning,
        title: "Many packets were lost, on many connections",
        meaning:
            "A larger part of the data segments had to be sent again than the network usually asks for: a link or an instance is past its "
            + "limit, a path fails. Each loss costs a round trip or more, so that requests become slow, and some time out. Up to 1 % "
            + "hardly anybody feels; inside of a VPC 0.1 % is much, toward clients on the Internet 1 to 2 % is ordinary. Whether the "
            + "capture has the first sending tells on which side of the capture point it was lost.",
        method:
            "captured TCP segments with payload (what segmentation offload joined counts as segments of 1,460 bytes; no keep-alives), "
            + "minute by minute, by who sent them: minutes in which at least 5, and at least 1 % and three times what a quiet quarter of the "
            + "minutes has, or 5 % whatever these have, had been sent before, without the connection that has most of them; where that "
            + "quarter has 3 %, all from 1 % on. Such minutes less than five minutes apart are one episode, if it has 30 in a second or "
            + "more, and as many times what the rest of the capture has. Where that cannot be told it is a notice. "
            + "The measure is the length of the segment.",
        caveat:
            "the capture has packets twice that are no copies of one another, or acknowledgments are late, so that segments are sent "
            + "again that had arrived.",
        unit: .none)

    private static let fewestOfMinute: UInt64 = 5
    private static let fewest: UInt64 = 30
    private static let leastShare = 0.01
    private static let factor = 3.0
    /// So much hurts whatever is usual.
    private static let largeShare = 0.05
    /// Where a quiet quarter of the minutes has so much, it is the whole capture that has it, in one.
    private static let steadyShare = 0.03
    /// A retransmission waits for a round trip at least: what comes within less is a capture that has packets twice.
    private static let shortest: Int64 = 1_000_000_000
    /// Minutes, and the rest of a capture, with fewer segments tell nothing usual.
    private static let fewestToTell: UInt64 = 50
    private static let fewestOfRest: UInt64 = 1000
    /// A client with more than this part of the retransmissions is named.
    private static let nearlyAll: UInt64 = 80

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        switch event.kind {
        case .retransmission, .fastRetransmission, .spuriousRetransmission: break
        default: return
        }
        let sighting = Sighting(.packetLoss, .network, .none, event, measure: event.value)
        context.losses.note(sighting, from: event.direction == .originator ? 0 : 1, client: event.client.address)
    }

    // MARK: - At the end

    static func finish(_ context: inout CheckContext) {
        for side in 0..<2 {
            let minutes = context.losses.ordered(side)
            let lossy = lossy(minutes)
            var rest = SegmentCounts()
            for (index, one) in minutes.enumerated() where !lossy.contains(index) { rest.add(one.cell.counts) }
            for stretch in stretches(lossy, minutes) { tell(stretch.map { minutes[$0] }, side, rest, &context) }
        }
    }

    /// The places of minutes in which much was lost.
    private static func lossy(_ minutes: [(minute: Int64, cell: LossTable.Cell)]) -> [Int] {
        let shares = minutes.map(\.cell.counts).filter { $0.sent >= fewestToTell }.map(\.share).sorted()
        let quiet = shares.isEmpty ? 0 : shares[shares.count / 4]
        let least = quiet < steadyShare ? min(max(leastShare, factor * quiet), largeShare) : leastShare
        return minutes.indices.filter { index in
            let counts = minutes[index].cell.counts
            return counts.ofOthers >= fewestOfMinute && Double(counts.ofOthers) >= least * Double(counts.sent)
        }
    }

    /// Lossy minutes with less than five minutes between, as runs of places that hold the minutes between as well.
    private static func stretches(
        _ lossy: [Int], _ minutes: [(minute: Int64, cell: LossTable.Cell)]
    ) -> [ClosedRange<Int>] {
        var stretches: [ClosedRange<Int>] = []
        for place in lossy {
            if let last = stretches.last,
                (minutes[place].minute - minutes[last.upperBound].minute) * 60_000_000_000 <= Episode.quiet
            {
                stretches[stretches.count - 1] = last.lowerBound...place
            } else {
                stretches.append(place...place)
            }
        }
        return stretches
    }

    private static func tell(
        _ minutes: [(minute: Int64, cell: LossTable.Cell)], _ side: Int, _ rest: SegmentCounts,
        _ context: inout CheckContext
    ) {
        var counts = SegmentCounts()
        var clients: [IPAddress: UInt64] = [:]
        for one in minutes {
            counts.add(one.cell.counts)
            clients.merge(one.cell.clients) { $0 + $1 }
        }
        let sightings = minutes.flatMap(\.cell.sightings)
        guard counts.resent >= fewest, let first = sightings.first,
            rest.sent < fewestOfRest || counts.share >= min(factor * rest.share, largeShare)
        else { return }
        var episode = Episode(first)
        for sighting in sightings.dropFirst() { episode.note(sighting) }
        episode.count = counts.resent
        episode.sum = Int64(clamping: counts.sent)
        episode.end = minutes.map(\.cell.last).max() ?? episode.end
        guard episode.end.since(episode.start) >= shortest else { return }
        episode.course.forget()
        let usual = rest.sent >= fewestOfRest ? UInt64((rest.share * 10_000).rounded()) : Told.unknown
        episode.tags =
            Told(
                isFromServers: side == 1, unseen: counts.unseen * 100 / counts.resent, usual: usual,
                clients: UInt64(min(clients.count, LossTable.clientLimit))
            ).tags
        let most = clients.max { ($0.value, $1.key) < ($1.value, $0.key) }
        let isOne = most.map { $0.value * 100 > nearlyAll * clients.values.reduce(0, +) } ?? false
        let name = isOne ? most.map { "\(side == 1 ? "toward" : "from") \($0.key)" } : nil
        context.add(episode, .packetLoss, name ?? way(side == 1), blame: .network)
    }

    // MARK: - In words

    /// What an episode tells beside its counts, as its tags.
    private struct Told {
        /// Of `usual`: the capture has too little else.
        static let unknown: UInt64 = 0x3FFF

        var isFromServers: Bool
        /// Of a hundred, those whose first sending was not captured.
        var unseen: UInt64
        /// The share in the rest of the capture, in hundredths of a per cent.
        var usual: UInt64
        var clients: UInt64

        init(isFromServers: Bool, unseen: UInt64, usual: UInt64, clients: UInt64) {
            (self.isFromServers, self.unseen, self.usual, self.clients) = (isFromServers, unseen, usual, clients)
        }

        init(_ tags: UInt64) {
            self.init(
                isFromServers: tags & 1 == 1, unseen: tags >> 1 & 0x7F, usual: tags >> 8 & Self.unknown,
                clients: tags >> 22 & 0x1F)
        }

        var tags: UInt64 { (isFromServers ? 1 : 0) | unseen << 1 | usual << 8 | clients << 22 }
    }

    private static func way(_ isFromServers: Bool) -> String { isFromServers ? "toward clients" : "toward servers" }

    package static func severity(_ episode: Episode) -> Severity {
        let usual = Told(episode.tags).usual
        let isContrast = usual != Told.unknown && Double(usual) / 10_000 * factor <= share(episode)
        return isContrast ? description.severity : min(.notice, description.severity)
    }

    private static func share(_ episode: Episode) -> Double { Double(episode.count) / Double(max(1, episode.sum)) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let told = Told(episode.tags)
        let way = way(told.isFromServers)
        let most = subject == way ? told.clients > 1 ? ", with \(addresses(told))" : "" : ", nearly all \(subject)"
        let usual = told.usual == Told.unknown ? "" : "; else \(percent(told.usual))"
        let part = percent(UInt64((share(episode) * 10_000).rounded()))
        return
            "\(part) of the data segments \(way) were sent again\(Wording.within(episode)) (\(DecimalText.grouped(episode.count)) of "
            + "\(DecimalText.grouped(UInt64(clamping: episode.sum)))\(most))\(usual): \(place(told))."
    }

    private static func addresses(_ told: Told) -> String {
        told.clients < UInt64(LossTable.clientLimit) ? "\(told.clients) addresses" : "\(told.clients) addresses or more"
    }

    /// Where they were lost.
    private static func place(_ told: Told) -> String {
        let (own, other) = told.isFromServers ? ("servers", "clients") : ("clients", "servers")
        switch LossPlace(unseen: told.unseen, of: 100) {
        case .behindCapture:
            return "most were captured before they were lost, on the way from the capture point to the \(other)"
        case .beforeCapture: return "most were lost before they came to the capture point, on the way from the \(own)"
        case .both: return "they were lost on both sides of the capture point"
        }
    }

    /// Hundredths of a per cent as per cent: `5.1 %`, `0.08 %`.
    private static func percent(_ hundredths: UInt64) -> String {
        if hundredths >= 1000 { return "\((hundredths + 50) / 100) %" }
        if hundredths >= 100 { return "\((hundredths + 5) / 100).\((hundredths + 5) / 10 % 10) %" }
        return hundredths == 0 ? "less than 0.01 %" : "0.\(hundredths < 10 ? "0" : "")\(hundredths) %"
    }
}
