package import ForensicsModel

/// What checks share while they observe: options, the texts of the batch, and where sightings go.
package struct CheckContext: Sendable {
    package let options: CheckOptions
    /// The texts of the batch that is being observed.
    package private(set) var texts = TextTable()
    package private(set) var subjects = SubjectTexts()
    package private(set) var episodes: EpisodeTable
    package private(set) var bursts: BurstTable
    /// What the logs to be joined hold; `nil` where nothing was looked at before.
    private var expectedBursts: BurstSketch?
    var loadBalancers = LoadBalancerEvidence()
    var idleGaps = IdleGapTable()
    var idleCloses = IdleCloseTable()
    var idleResets = IdleCloseTable()
    var spokenGaps = SpokenGapTable()
    var healthStates = HealthStateTable()
    var targetLives = TargetLives()
    var stalls = StallTable()
    var tlsFailures = TLSFailureTable()
    var scans = ScanTable()
    var losses = LossTable()
    var leaks = LeakTable()
    /// Sightings whose subject there was no room to name.
    private var unnamed: UInt64 = 0
    /// By `TextID` of the batch: 0 not asked yet, else 1 + whether the forwarded chain repeats an address.
    private var repeatingChains: [UInt8] = []

    /// Begins with empty tables, whose bounds the options give.
    package init(options: CheckOptions) {
        self.options = options
        episodes = EpisodeTable(limit: options.episodeLimit, reserve: options.episodeReserve)
        bursts = BurstTable(options: options)
    }

    mutating func begin(_ texts: TextTable) {
        self.texts = texts
        subjects.begin(texts)
        repeatingChains = [UInt8](repeating: 0, count: texts.count + 1)
    }

    mutating func end() { texts = TextTable() }

    /// Whether events told what is of use once their connections are known.
    var awaitsConnections: Bool { !stalls.isEmpty || !tlsFailures.isEmpty }

    mutating func note(_ sighting: Sighting) { episodes.note(sighting) }

    /// Notes a sighting that counts only in a minute that holds enough of its kind.
    mutating func noteBurst(_ sighting: Sighting) { bursts.note(sighting) }

    /// Adds an episode whose subject is a name that no record holds.
    mutating func add(_ episode: Episode, _ check: CheckID, _ name: String, blame: Blame = .none) {
        let subject = subject(subjects.number(Array(name.utf8), as: .name))
        episodes.add(episode, EpisodeTable.Key(check: check, blame: blame, subject: subject))
    }

    /// Adds an episode of another log.
    mutating func add(_ episode: Episode, _ key: EpisodeTable.Key) { episodes.add(episode, key) }

    /// Takes out all episodes of a key.
    mutating func takeEpisodes(_ key: EpisodeTable.Key) -> [Episode] { episodes.remove(key) }

    /// Notes sightings of one minute of a log that will be added.
    mutating func expectBurst(_ count: UInt64, at time: Timestamp, _ key: EpisodeTable.Key) {
        if expectedBursts == nil { expectedBursts = BurstSketch() }
        expectedBursts?.add(key, BucketKey.minute(of: time), count: count)
    }

    /// Whether all logs together may hold enough sightings of a minute.
    func mayBeBurst(at time: Timestamp, _ key: EpisodeTable.Key) -> Bool {
        let fewest = min(
            options.clientErrorBurst, options.redirects, RedirectLoopCheck.selfRedirects, options.halfOpenBurst)
        return expectedBursts?.mayHave(fewest, key, BucketKey.minute(of: time)) ?? true
    }

    /// Adds the sightings of one minute of another log.
    mutating func addBurst(_ episode: Episode, _ key: EpisodeTable.Key) { bursts.add(episode, key) }

    /// Sightings that there was no room for, or none for the names of their subjects.
    var refusedSightings: UInt64 {
        bursts.refused + unnamed + idleGaps.refused + spokenGaps.refused + tlsFailures.refused
    }

    /// Counts sightings whose subject there is no room to name.
    mutating func refuse(_ count: UInt64) { unnamed += count }

    mutating func flushBursts() { bursts.flush(into: &episodes) }

    /// The subject of a text of the batch.
    mutating func subject(_ id: TextID) -> Subject { subject(subjects.number(id, texts, as: .name)) }

    private func subject(_ number: UInt32?) -> Subject { number.map { Subject(text: $0) } ?? .other }

    /// The number of a text that the subjects of another log kept; `nil` where there is no room.
    mutating func number(kept text: [UInt8], as sort: SubjectTexts.Sort) -> UInt32? {
        subjects.number(kept: text, as: sort)
    }

    /// The number of a name of the batch; 0 for an absent one, and where there is no room.
    mutating func number(_ id: TextID) -> UInt32 { subjects.number(id, texts, as: .name) ?? 0 }

    /// The client, domain and whole path of an exchange: a client that asks for many things of one kind asks for each
    /// once. `nil` where there is no room for the texts.
    mutating func request(_ exchange: Exchange) -> Subject? {
        guard let domain = subjects.number(exchange.domain, texts, as: .request),
            let template = subjects.number(exchange.pathTemplate, texts, as: .request)
        else { return nil }
        let argument: UInt64 =
            switch exchange.pathArgument {
            case .none: 0
            case .number(let number): UInt64(bitPattern: number) << 1 | 1
            case .text(let text), .whole(let text): texts.digest(text) << 1
            }
        return Subject(
            exchange.client.address, domain: domain, Subject.Path(template: template, argument: argument))
    }

    /// Whether who follows a redirect of this request asks the same again: what is posted is asked for with GET after a 303,
    /// and by clients' custom after 301 and 302 (RFC 9110, section 15.4).
    func keepsMethod(_ exchange: Exchange) -> Bool {
        let method = texts.bytes(exchange.method)
        let isReading = method.isEmpty || method == Array("GET".utf8) || method == Array("HEAD".utf8)
        switch exchange.status {
        case 303: return isReading
        case 301, 302: return method != Array("POST".utf8)
        default: return true
        }
    }

    /// The target of a health check.
    mutating func target(_ probe: HealthCheck) -> Subject {
        if let target = probe.target { return Subject(target) }
        return subject(probe.targetName.isNone ? probe.targetGroup : probe.targetName)
    }

    /// Whom a health check is one of, and by whom.
    mutating func checks(of probe: HealthCheck) -> HealthStateTable.Key {
        HealthStateTable.Key(
            target: target(probe), checker: probe.checker, node: number(probe.node),
            targetGroup: number(probe.targetGroup))
    }

    /// The code with which a stream of HTTP/2, or its connection, was given up; `nil` where nothing tells it.
    func http2Code(_ exchange: Exchange) -> HTTP2ErrorCode? {
        guard !exchange.errorReason.isNone else { return nil }
        return HTTP2ErrorCode(reason: texts.bytes(exchange.errorReason))
    }

    /// 2 for a request classified Severe, 1 for Ambiguous, else 0.
    func desyncSeverity(_ classification: TextID) -> Int64 {
        if classification.isNone { return 0 }
        let text = texts.bytes(classification)
        return text.starts(with: "Severe".utf8) ? 2 : text.starts(with: "Ambiguous".utf8) ? 1 : 0
    }

    /// The target of an exchange, or what else names it best.
    mutating func target(_ exchange: Exchange) -> Subject {
        if let target = exchange.target { return Subject(target) }
        if !exchange.targetGroup.isNone { return subject(exchange.targetGroup) }
        return loadBalancer(exchange)
    }

    /// The load balancer of an exchange, or its domain.
    mutating func loadBalancer(_ exchange: Exchange) -> Subject {
        subject(exchange.loadBalancer.isNone ? exchange.domain : exchange.loadBalancer)
    }

    /// Whether a forwarded chain names an address at least three times; asked once per distinct text.
    mutating func repeatsAddress(_ id: TextID) -> Bool {
        if id.isNone { return false }
        if repeatingChains[Int(id.rawValue)] == 0 {
            repeatingChains[Int(id.rawValue)] = ForwardedChain.repeatsAddress(texts.bytes(id)) ? 2 : 1
        }
        return repeatingChains[Int(id.rawValue)] == 2
    }
}

extension Exchange {
    /// The load balancer that made a captured answer itself. Its answers pass between it and its client only, so that what the
    /// packets show as the server is the load balancer, and no target.
    var answeringLoadBalancer: Endpoint? { kind.isCapture && status != nil && targetStatus == nil ? target : nil }

    /// Whether the load balancer made a captured 403 itself: WAF refused the request, or a rule that answers so.
    var isRefusedByLoadBalancer: Bool { status == 403 && targetStatus == nil && kind.isCapture }
}
