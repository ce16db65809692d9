import ForensicsModel

/// Ports are tried out.
package enum PortScanCheck: Check {
    package static let description = CheckDescription(
        name: "port-scan",
        severity: .notice,
        title: "Ports are tried out",
        meaning:
            "A client tries ports or servers one after the other and finds nothing: a scanner, as every public address meets, or "
            + "an inventory of one's own network. The servers are not at fault. These attempts are told here once instead of "
            + "as syn-timeout or connection-refused of each end.",
        method:
            "ends (address and port) with attempts that were not answered, or refused, at most 10 of them without five quiet "
            + "minutes between, or at most two a minute of public clients seven in ten of which came once, and at which nothing of the "
            + "evidence was ever answered. At least 20 such ends of one public client, "
            + "or of one client with a private address and one server, below port 30000 (above are ports that hosts of "
            + "containers give out); else at least 20 of one server that public clients tried. One finding for the whole "
            + "evidence.",
        caveat:
            "many services of one server, or behind one client's gateway, failed at once and hardly anybody tried again.",
        unit: .none)

    /// An end that more attempts meet at once is told by itself, unless strangers come there one after the other, as they do to
    /// the ports that the whole Internet is asked for (22, 23, 445).
    private static let most: UInt64 = 10
    private static let mostAMinute = 2.0
    private static let fewestStrangers = 0.7
    /// Ends that make a scan.
    private static let fewest = 20

    /// An end that was tried, and what is known of the attempts.
    private struct Tried {
        var end: Endpoint
        var attempts: ScanTable.Attempts
        var keys: [EpisodeTable.Key]

        /// Of whose walk it is, if one client alone tried it.
        var walk: ScanTable.Walk? {
            attempts.isShared ? nil : ScanTable.Walk(client: attempts.client, server: end.address)
        }
    }

    /// Adds an attempt that was not answered, or refused, and returns whether it is told here beyond doubt.
    static func observe(_ connection: Connection, _ context: inout CheckContext) -> Bool {
        guard context.scans.noteAttempt(connection) else { return false }
        context.note(Sighting(.portScan, .client, Subject(connection.client.address), connection, measure: 0))
        return true
    }

    /// Takes what belongs to scans out of the episodes of other checks, and tells it as one.
    static func finish(_ context: inout CheckContext) {
        let tried = tried(context)
        var walks: [ScanTable.Walk: Int] = [:]
        for one in tried where ScanTable.counts(one.end.port, one.attempts.client) {
            if let walk = one.walk { walks[walk, default: 0] += 1 }
        }
        // Those of which some are here already.
        let proven = Set(context.episodes.keys.compactMap { $0.check == .portScan ? $0.subject.address : nil })
        var byClient = Dictionary(uniqueKeysWithValues: proven.map { ($0, [Tried]()) })
        var byServer: [IPAddress: [Tried]] = [:]
        for one in tried {
            if let walk = one.walk, walks[walk] ?? 0 >= fewest || proven.contains(walk.client) {
                byClient[walk.client, default: []].append(one)
            } else if !one.attempts.isPrivate {
                byServer[one.end.address, default: []].append(one)
            }
        }
        for (client, ends) in byClient.sorted(by: { $0.key < $1.key }) { fold(ends, client, clients: 0, &context) }
        for (server, ends) in byServer.sorted(by: { $0.key < $1.key })
        where ends.count >= fewest && byClient[server] == nil {
            let known = Set(ends.map(\.attempts.client)).count
            fold(ends, server, clients: max(known, ends.contains { $0.attempts.isShared } ? 2 : 1), &context)
        }
    }

    /// The ends at which nothing was ever answered and few attempts met, in order.
    private static func tried(_ context: CheckContext) -> [Tried] {
        var keys: [Endpoint: [EpisodeTable.Key]] = [:]
        var busy: Set<Endpoint> = []
        for key in context.episodes.keys where key.check == .synTimeout || key.check == .connectionRefused {
            guard let end = key.subject.endpoint else { continue }
            if isBusy(key, context.scans.attempts[end], context) { busy.insert(end) }
            keys[end, default: []].append(key)
        }
        return keys.sorted { $0.key < $1.key }.compactMap { end, keys in
            guard !busy.contains(end), !context.scans.mayAnswer(end), let attempts = context.scans.attempts[end] else {
                return nil
            }
            return Tried(end: end, attempts: attempts, keys: keys)
        }
    }

    private static func isBusy(
        _ key: EpisodeTable.Key, _ attempts: ScanTable.Attempts?, _ context: CheckContext
    ) -> Bool {
        guard let largest = context.episodes.largest(key), largest.count > most else { return false }
        guard let attempts, !attempts.isPrivate else { return true }
        let minutes = Double(largest.end.since(largest.start)) / 60e9
        return Double(largest.count) > mostAMinute * minutes
            || Double(attempts.strangers) < fewestStrangers * Double(attempts.count)
    }

    /// - Parameters:
    ///   - subject: the client, or the server that several tried.
    ///   - clients: how many there are at least; 0 where the subject is the only one.
    private static func fold(_ ends: [Tried], _ subject: IPAddress, clients: Int, _ context: inout CheckContext) {
        let key = EpisodeTable.Key(check: .portScan, blame: .client, subject: Subject(subject))
        let told = context.takeEpisodes(key)
        let episodes = told + ends.flatMap(\.keys).flatMap { context.takeEpisodes($0) }
        guard var whole = episodes.first else { return }
        for episode in episodes.dropFirst() { whole.join(episode) }
        whole.tags = tags(told.isEmpty ? ends.map(\.end) : context.scans.ends(of: subject), clients: clients)
        context.add(whole, key)
    }

    // MARK: - What the tags tell: three numbers of 20 bits

    private static let width = 20
    private static let limit = 1 << width - 1

    private static func tags(_ ends: [Endpoint], clients: Int) -> UInt64 {
        let ports = Set(ends.map(\.port)).count
        let servers = Set(ends.map(\.address)).count
        return [ports, servers, clients].enumerated().reduce(0) {
            $0 | UInt64(min($1.element, limit)) << UInt64($1.offset * width)
        }
    }

    private static func number(_ index: Int, _ tags: UInt64) -> UInt64 {
        tags >> UInt64(index * width) & UInt64(limit)
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let ports = Wording.count(number(0, episode.tags), "port")
        let clients = number(2, episode.tags)
        let attempts = "\(Wording.count(episode.count, "attempt"))\(Wording.within(episode))"
        if clients > 0 {
            let whose = clients > 1 ? "At least \(clients) addresses" : "One address"
            return "\(whose) tried \(ports) of \(subject) in vain: \(attempts)."
        }
        let servers = number(1, episode.tags)
        let whose = servers == 1 ? "one server" : Wording.count(servers, "server")
        return "\(subject) tried \(ports) of \(whose) in vain: \(attempts)."
    }
}
