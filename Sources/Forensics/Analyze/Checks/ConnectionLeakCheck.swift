import ForensicsModel

/// Connections are opened and never closed.
package enum ConnectionLeakCheck: Check {
    package static let description = CheckDescription(
        name: "connection-leak",
        severity: .warning,
        title: "Connections are opened and never closed",
        meaning:
            "Somebody opens connections, uses them and forgets them, so that their number rises until a limit is met: of a pool, of open "
            + "files, of ports, of what a database takes. Who has to close them is blamed: where nobody has, who opened them (look at "
            + "his pool: connections that are not given back); where the other side has closed its own, who has not (CLOSE_WAIT in ss).",
        method:
            "captured connections of TCP whose handshake was seen, that had not ended when the capture did, and on which no packet passed in "
            + "its last two minutes, by server and by which side has closed: at least 100, two in a hundred of all that were opened "
            + "to it (a fifth where the server has closed or nobody, and they are of more than eight addresses), that began over five minutes or more, a tenth of them in each quarter of that time. No health checks. The "
            + "measure is the duration.",
        caveat:
            "clients that stay connected and silent by design, or vanish without closing: devices, telephones; a pool that is being "
            + "filled and keeps its connections for longer than the capture.")

    private static let silence: Int64 = 120_000_000_000
    private static let shortest: Int64 = 300_000_000_000
    private static let fewest = 100
    /// One in so many of the server's connections: of many clients some always vanish without a word.
    private static let partOfMany: UInt64 = 5
    private static let partOfFew: UInt64 = 50
    /// So many addresses are pools, and hosts of an application.
    private static let few = 8
    private static let quarters: Int64 = 4
    /// One in so many of the leaked ones begins in each quarter at least.
    private static let partOfQuarter = 10
    /// The tag of a count that there may be more of.
    private static let atLeast: UInt64 = 4
    /// One client with more than this part of them is named; per cent.
    private static let nearlyAll = 80

    static func finish(_ context: inout CheckContext) {
        let leaks = context.leaks
        let servers = leaks.servers.sorted { $0.key < $1.key }
        // Who serves as well is the captured host, or a target.
        let serving = Set(servers.map(\.key.address))
        for (endpoint, server) in servers {
            for holder in LeakTable.Holder.allCases {
                let silent = server.open[Int(holder.rawValue)].filter { leaks.end.since($0.end) >= silence }
                guard silent.count >= fewest, isLarge(silent, of: server.opened, holder),
                    let counts = counts(of: silent)
                else { continue }
                tell(silent, of: endpoint, server.opened, holder, counts, serving, &context)
            }
        }
    }

    private static func isLarge(_ silent: [LeakTable.Open], of opened: UInt64, _ holder: LeakTable.Holder) -> Bool {
        // A server does not vanish.
        let isOfFew = holder == .server || Set(silent.map(\.client)).count <= few
        return UInt64(silent.count) * (isOfFew ? partOfFew : partOfMany) >= opened
    }

    /// How many had begun after each quarter of the time in which they began; `nil` where they do not rise steadily.
    private static func counts(of open: [LeakTable.Open]) -> [Int]? {
        let starts = open.map(\.start).sorted()
        let length = starts[starts.count - 1].since(starts[0])
        guard length >= shortest else { return nil }
        var begun = 0
        var counts: [Int] = []
        for quarter in 1...quarters {
            let limit = quarter == quarters ? length : length / quarters * quarter
            let count = starts.count { $0.since(starts[0]) <= limit }
            guard (count - begun) * partOfQuarter >= starts.count else { return nil }
            begun = count
            counts.append(count)
        }
        return counts
    }

    private static func tell(
        _ open: [LeakTable.Open], of server: Endpoint, _ opened: UInt64, _ holder: LeakTable.Holder, _ counts: [Int],
        _ serving: Set<IPAddress>, _ context: inout CheckContext
    ) {
        var clients: [IPAddress: Int] = [:]
        for one in open { clients[one.client, default: 0] += 1 }
        let most = clients.max { ($0.value, $1.key) < ($1.value, $0.key) }
        let client = most.flatMap { $0.value * 100 >= nearlyAll * open.count ? $0.key : nil }
        var episode = Episode(open[0].sighting)
        for one in open.dropFirst() { episode.note(one.sighting) }
        episode.start = open.map(\.start).min() ?? episode.start
        episode.sum = Int64(clamping: opened)
        episode.course.forget()
        var tags = holder.rawValue | (context.leaks.isFull ? atLeast : 0)
        for (index, count) in counts.dropLast().enumerated() {
            tags |= UInt64(count * 100 / open.count) << (8 * UInt64(index + 1))
        }
        episode.tags = tags
        let isPooled = open.allSatisfy { $0.role == .backend }
        let opener: Blame = isPooled ? .loadBalancer : client.map { serving.contains($0) } ?? false ? .target : .client
        context.add(
            episode, .connectionLeak, (client.map { "\($0) to " } ?? "") + "\(server)",
            blame: holder == .server ? .target : opener)
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let holder = LeakTable.Holder(rawValue: episode.tags & 3) ?? .opener
        let who =
            switch holder {
            case .opener: "neither side had closed at the end of the capture: who opened them keeps them"
            case .server:
                "the client had closed and the server had not at the end of the capture: the server keeps them (CLOSE_WAIT)"
            case .client:
                "the server had closed and the client had not at the end of the capture: the client keeps them (CLOSE_WAIT)"
            }
        let rise = (1...3).map { DecimalText.grouped(episode.count * (episode.tags >> (8 * UInt64($0)) & 0xFF) / 100) }
        let least = episode.tags & atLeast == 0 ? "" : "At least "
        return
            "\(least)\(Wording.count(episode.count, "connection")) \(subject.contains(" to ") ? "of" : "to") \(subject), of "
            + "\(DecimalText.grouped(UInt64(clamping: episode.sum))) opened, that had been silent for two minutes or more, \(who). Their "
            + "number rose steadily within \(Wording.duration(episode.end.since(episode.start))): about \(rise.joined(separator: ", ")) "
            + "and \(DecimalText.grouped(episode.count)) after each quarter of it."
    }
}
