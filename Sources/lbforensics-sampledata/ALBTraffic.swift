/// Makes every request of the ALB, in the order of their record times.
struct ALBTraffic {
    var random: SeededGenerator
    private let population: ClientPopulation
    var requests: [ALBRequest] = []

    static let checkout = "checkout.shop.example"
    static let www = "www.shop.example"
    static let api = "api.shop.example"
    static let media = "media.shop.example"
    static let beta = "beta.shop.example"

    init(seed: UInt64, population: ClientPopulation) {
        random = SeededGenerator(seed: seed, stream: "alb")
        self.population = population
    }

    /// Makes the hour.
    mutating func run() {
        for minute in 0..<60 {
            let from = Scenario.start + .seconds(minute * 60)
            addOrdinary(from: from)
            addRetries(minute: minute, from: from)
            addGateways(from: from)
            addMonitor(from: from)
            addScanner(from: from)
        }
        for (index, quarter) in Scenario.quarters.enumerated() {
            addWebSockets(quarter)
            for culprit in Scenario.culprits {
                if index == 2 { addCulprit(culprit, quarter) } else { addQuiet(culprit, quarter) }
            }
        }
        addMalformed(at: .at(9, 27, 41))
        requests.removeAll { $0.time < Scenario.start || $0.time >= Scenario.end }
        requests.sort { ($0.time, $0.connection.traceID, $0.trace) < ($1.time, $1.connection.traceID, $1.trace) }
    }

    // MARK: - Who comes

    private mutating func addOrdinary(from: Instant) {
        for _ in 0..<random.around(96, perCent: 8) {
            let client = random.chance(80) ? random.pick(population.ipv6) : population.draw(&random)
            let domain = [Self.www, Self.api, Self.checkout, Self.media, Self.beta][
                random.weighted([420, 250, 200, 120, 3])]
            session(
                client, domain: domain, from: from + .milliseconds(random.below(60_000)),
                count: random.pick([1, 1, 1, 2, 2, 3, 4, 5, 7]), agent: drawnAgent())
        }
    }

    private mutating func addRetries(minute: Int, from: Instant) {
        let shape = [30, 60, 90, 105, 110, 112, 115, 112, 110, 105, 100, 95, 80, 60, 40]
        guard (35..<50).contains(minute) else { return }
        for _ in 0..<random.around(shape[minute - 35], perCent: 6) {
            session(
                population.drawEvenly(first: 1200, &random), domain: Self.checkout,
                from: from + .milliseconds(random.below(60_000)), count: random.pick([1, 1, 2, 3]),
                agent: drawnAgent())
        }
    }

    private mutating func addGateways(from: Instant) {
        for (number, gateway) in Scenario.gateways.enumerated() {
            var left = random.around(gateway.requests / 15, perCent: 12)
            while left > 0 {
                let count = min(left, random.pick([1, 2, 3, 4]))
                left -= count
                session(
                    gateway.client, domain: random.pick([Self.www, Self.www, Self.api, Self.media]),
                    from: from + .milliseconds(random.below(60_000)), count: count,
                    agent: random.pick(HTTPText.browsers),
                    forwardedFor: number == 2 ? "10.44.\(random.below(8)).\(random.between(2, 250))" : nil)
            }
        }
    }

    private mutating func addMonitor(from: Instant) {
        for tick in 0..<6 {
            session(
                Scenario.monitor, domain: [Self.www, Self.api, Self.checkout][tick % 3],
                from: from + .milliseconds(tick * 10_000 + 300 + random.below(80)), count: 1,
                agent: HTTPText.monitorAgent)
        }
    }

    /// Somebody probes for holes, and the web ACL says no.
    private mutating func addScanner(from: Instant) {
        for _ in 0..<random.between(1, 4) {
            var connection = self.connection(of: Client(198, 19, 7, 66), domain: Self.www, isTLS: true)
            connection.isHTTP2 = false
            refuse(on: connection, at: from + .milliseconds(random.below(59_000)))
        }
    }

    private mutating func addQuiet(_ culprit: Scenario.Culprit, _ quarter: (from: Instant, to: Instant)) {
        for _ in 0..<(culprit.quietConnections / 2) {
            let from = quarter.from + .milliseconds(random.below((quarter.to - quarter.from).milliseconds - 30_000))
            session(culprit.client, domain: Self.checkout, from: from, count: 1, agent: HTTPText.northwindAgent)
        }
    }

    private mutating func addCulprit(_ culprit: Scenario.Culprit, _ quarter: (from: Instant, to: Instant)) {
        for _ in 0..<culprit.longSessions {
            let from = quarter.from + .milliseconds(random.between(20_000, 270_000))
            let connection = self.connection(of: culprit.client, domain: Self.checkout, isTLS: true)
            let until = from + .milliseconds(random.between(325_000, 560_000))
            var at = from
            while at < until {
                forward(on: connection, at: at, agent: HTTPText.northwindAgent, outcome: .answered, healthy: true)
                at = at + .milliseconds(random.between(8000, 14_000))
            }
        }
        for _ in 0..<culprit.otherRequests {
            let from = quarter.from + .milliseconds(random.between(10_000, 820_000))
            session(culprit.client, domain: Self.checkout, from: from, count: 1, agent: HTTPText.northwindAgent)
        }
    }

    /// Web sockets of dashboards and of the steady holder, one after the other, each over five minutes.
    private mutating func addWebSockets(_ quarter: (from: Instant, to: Instant)) {
        for client in Scenario.dashboards {
            let end = quarter.from + .milliseconds(random.below((quarter.to - quarter.from).milliseconds))
            webSocket(client, until: end, lasting: random.between(310_000, 1_500_000))
        }
        for _ in 0..<3 {
            let end = quarter.from + .milliseconds(random.below((quarter.to - quarter.from).milliseconds))
            webSocket(Scenario.steadyHolder, until: end, lasting: random.between(330_000, 700_000))
        }
        for _ in 0..<random.around(45, perCent: 4) {
            let from = quarter.from + .milliseconds(random.below((quarter.to - quarter.from).milliseconds - 60_000))
            session(Scenario.steadyHolder, domain: Self.api, from: from, count: 2, agent: "harbor-sync/1.9")
        }
    }

    private mutating func drawnAgent() -> String {
        random.chance(12) ? HTTPText.quotingAgent : random.pick(HTTPText.browsers)
    }

    // MARK: - One client connection

    /// Adds the requests of one client connection, which lasts well under five minutes.
    private mutating func session(
        _ client: Client, domain: String, from: Instant, count: Int, agent: String, forwardedFor: String? = nil
    ) {
        let isTLS = agent == HTTPText.monitorAgent || agent == HTTPText.northwindAgent || !random.chance(60)
        var connection = self.connection(of: client, domain: domain, isTLS: isTLS)
        connection.forwardedFor = forwardedFor
        if agent == HTTPText.monitorAgent { connection.isHTTP2 = false }
        var at = from
        for _ in 0..<count {
            let last = isTLS ? forward(on: connection, at: at, agent: agent) : redirect(on: connection, at: at, agent)
            guard let last else { return }
            at = last + .milliseconds(random.quantile([30, 120, 400, 1500, 6000, 24_000]))
            guard (at - from) < .milliseconds(180_000) else { return }
        }
    }

    mutating func connection(of client: Client, domain: String, isTLS: Bool) -> ALBClientConnection {
        ALBClientConnection(
            client: client, port: random.between(1024, 65_500), node: random.below(2),
            traceID: "TID_\(random.hex(32))", domain: domain, isTLS: isTLS, isHTTP2: isTLS && random.chance(600),
            cipher: random.weighted([70, 30]), sessionReused: random.chance(280))
    }
}
