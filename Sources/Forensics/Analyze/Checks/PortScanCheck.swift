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
            + "minutes between, and at which nothing of the evidence was ever answered. At least 20 such ends of one public client, "
            + "or of one client with a private address and one server, below port 30000 (above are ports that hosts of "
            + "containers give out); else at least 20 of one server that public clients tried. One finding for the whole "
            + "evidence.",
        caveat:
            "many services of one server, or behind one client's gateway, failed at once and hardly anybody tried again.",
        unit: .none)

    /// An end that more attempts meet at once is told by itself.
    private static let most: UInt64 = 10
    /// Ends that make a scan.
    private static let fewest = 20
    /// Load balancers connect to ports from here on that hosts gave out, many of one host: node ports of Kubernetes, and what
    /// Linux gives out unasked (from 32768).
    private static let firstGivenPort: UInt16 = 30_000

    /// An end that was tried, and what is known of the attempts.
    private struct Tried {
        var end: Endpoint
        var attempts: ScanTable.Attempts
        var keys: [EpisodeTable.Key]
    }

    /// Who tried, and what: of a client with a private address a single server, as it may be a load balancer.
    private struct Walk: Hashable {
        var client: IPAddress
        var server: IPAddress?
    }

    /// Adds an attempt that was not answered, or refused.
    static func observe(_ connection: Connection, _ context: inout CheckContext) {
        context.scans.noteAttempt(connection)
    }

    /// Takes what belongs to scans out of the episodes of other checks, and tells it as one.
    static func finish(_ context: inout CheckContext) {
        let tried = tried(context)
        guard tried.count >= fewest else { return }
        var walks: [Walk: Int] = [:]
        for one in tried where !one.attempts.isPrivate || one.end.port < firstGivenPort {
            if let walk = walk(one) { walks[walk, default: 0] += 1 }
        }
        var byClient: [IPAddress: [Tried]] = [:]
        var byServer: [IPAddress: [Tried]] = [:]
        for one in tried {
            if let walk = walk(one), walks[walk] ?? 0 >= fewest {
                byClient[walk.client, default: []].append(one)
            } else if !one.attempts.isPrivate {
                byServer[one.end.address, default: []].append(one)
            }
        }
        for (client, ends) in byClient.sorted(by: { $0.key < $1.key }) { fold(ends, client, clients: 0, &context) }
        for (server, ends) in byServer.sorted(by: { $0.key < $1.key }) where ends.count >= fewest {
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
            if context.episodes.largestCount(key) > most { busy.insert(end) }
            keys[end, default: []].append(key)
        }
        return keys.sorted { $0.key < $1.key }.compactMap { end, keys in
            guard !busy.contains(end), !context.scans.mayAnswer(end), let attempts = context.scans.attempts[end] else {
                return nil
            }
            return Tried(end: end, attempts: attempts, keys: keys)
        }
    }

    private static func walk(_ tried: Tried) -> Walk? {
        if tried.attempts.isShared { return nil }
        let client = tried.attempts.client
        return Walk(client: client, server: client.isPrivate ? tried.end.address : nil)
    }

    /// - Parameter clients: how many there are at least; 0 where the subject is the only one.
    private static func fold(_ ends: [Tried], _ subject: IPAddress, clients: Int, _ context: inout CheckContext) {
        var whole: Episode?
        for key in ends.flatMap(\.keys) {
            for episode in context.takeEpisodes(key) {
                whole?.join(episode)
                if whole == nil { whole = episode }
            }
        }
        guard var whole else { return }
        whole.tags = tags(ends, clients: clients)
        context.add(whole, EpisodeTable.Key(check: .portScan, blame: .client, subject: Subject(subject)))
    }

    // MARK: - What the tags tell: three numbers of 20 bits

    private static let width = 20
    private static let limit = 1 << width - 1

    private static func tags(_ ends: [Tried], clients: Int) -> UInt64 {
        let ports = Set(ends.map(\.end.port)).count
        let servers = Set(ends.map(\.end.address)).count
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
