/// A TLS connection of a client to the Network Load Balancer.
struct NLBConnection {
    /// How the connection to the target goes, as the target sees it.
    enum Ending {
        case clientCloses, targetCloses, clientResets, targetResets
        /// The target does not answer the SYN.
        case unanswered
        /// TLS with the client failed; the target never hears of it.
        case noHandshake
    }

    var client: Client
    var clientPort: Int
    var node: Int
    var service: Int
    var target: Int
    var start: Instant
    var durationMilliseconds: Int
    var handshakeMilliseconds: Int
    var exchanges: [HTTPExchange]
    var ending: Ending
    var cipher: Int

    /// The record time: the end of the connection.
    var end: Instant { start + .milliseconds(durationMilliseconds) }
}

/// Makes every connection of the NLB, in the order of their ends.
struct NLBTraffic {
    var random: SeededGenerator
    private let population: ClientPopulation
    var connections: [NLBConnection] = []

    /// How long ordinary connections last, in milliseconds; the longest stay well under five minutes.
    private static let ordinaryDurations = [
        25, 60, 120, 250, 500, 900, 1600, 3000, 6000, 12_000, 30_000, 80_000, 232_000,
    ]

    init(seed: UInt64, population: ClientPopulation) {
        random = SeededGenerator(seed: seed, stream: "nlb")
        self.population = population
    }

    /// Makes the hour.
    mutating func run() {
        for minute in 0..<60 {
            let from = Scenario.start + .seconds(minute * 60)
            let steady = random.around(248, perCent: 9)
            for _ in 0..<steady { addOrdinary(service: random.weighted(Scenario.services.map(\.weight)), in: from) }
            addRetries(minute: minute, from: from)
            addMonitor(from: from)
        }
        for (index, quarter) in Scenario.quarters.enumerated() {
            addGateways(quarter)
            addHolders(quarter, index)
            for culprit in Scenario.culprits {
                if index == 2 { addCulprit(culprit, quarter) } else { addQuiet(culprit, quarter) }
            }
        }
        connections.sort { ($0.end, $0.client.text, $0.clientPort) < ($1.end, $1.client.text, $1.clientPort) }
    }

    // MARK: - Who comes

    private mutating func addOrdinary(service: Int, in minute: Instant) {
        let end = minute + .microseconds(random.below(60_000_000))
        let client = random.chance(40) ? random.pick(population.ipv6) : population.draw(&random)
        let failed = random.chance(5)
        add(
            client, service: service, endingAt: end, lasting: random.quantile(Self.ordinaryDurations),
            agent: random.pick(HTTPText.browsers), ending: failed ? .noHandshake : nil)
    }

    /// Clients of checkout try again while it answers slowly.
    private mutating func addRetries(minute: Int, from: Instant) {
        let shape = [70, 120, 160, 185, 190, 195, 200, 195, 190, 185, 180, 170, 150, 120, 90]
        guard (35..<50).contains(minute) else { return }
        for _ in 0..<random.around(shape[minute - 35], perCent: 6) {
            let end = from + .microseconds(random.below(60_000_000))
            add(
                population.drawEvenly(first: 1200, &random), service: Scenario.checkout, endingAt: end,
                lasting: random.quantile([200, 900, 2500, 5000, 9000, 20_000, 61_000]),
                agent: random.pick(HTTPText.browsers))
        }
    }

    private mutating func addMonitor(from: Instant) {
        for tick in 0..<12 {
            let end = from + .milliseconds(tick * 5000 + 700 + random.below(90))
            add(
                Scenario.monitor, service: (from.secondOfDay / 60 * 12 + tick) % Scenario.services.count,
                endingAt: end, lasting: random.between(22, 60), agent: HTTPText.monitorAgent)
        }
    }

    private mutating func addGateways(_ quarter: (from: Instant, to: Instant)) {
        for gateway in Scenario.gateways {
            let share = (quarter.to - quarter.from).milliseconds
            for _ in 0..<random.around(gateway.connections * share / 900_000, perCent: 2) {
                add(
                    gateway.client, service: random.weighted([6, 46, 32, 14, 2]), endingAt: drawn(quarter),
                    lasting: random.quantile(Self.ordinaryDurations), agent: random.pick(HTTPText.browsers))
            }
        }
    }

    private mutating func addHolders(_ quarter: (from: Instant, to: Instant), _ index: Int) {
        for number in 0..<6 {
            let service = number % 2 == 0 ? Scenario.api : Scenario.messageQueue
            let spread = (quarter.to - quarter.from).milliseconds / 6
            let end = quarter.from + .milliseconds(number * spread + random.between(spread / 2, spread - 1000))
            addHeld(Scenario.steadyHolder, service, end, random.between(318_000, 545_000), "harbor-sync/1.9", 25, 0)
        }
        for _ in 0..<random.around(132, perCent: 3) {
            add(
                Scenario.steadyHolder, service: random.pick([Scenario.api, Scenario.messageQueue]),
                endingAt: drawn(quarter), lasting: random.between(80, 9000), agent: "harbor-sync/1.9")
        }
        for (place, client) in Scenario.quietHolders.enumerated() {
            for _ in 0..<2 {
                let target = place < 2 ? 0 : random.between(1, 9)
                let longest = place < 2 ? 560_000 : 810_000
                addHeld(
                    client, 1, drawn(quarter), random.between(310_000, longest), "slowpoll/0.8", 150, target)
            }
            for _ in 0..<2 {
                add(
                    client, service: 1, endingAt: drawn(quarter), lasting: random.between(90, 3000),
                    agent: "slowpoll/0.8")
            }
        }
        guard index == 2 else { return }
        for client in Scenario.lateHolders {
            let end = Scenario.incidentStart + .milliseconds(random.between(420_000, 890_000))
            addHeld(
                client, Scenario.checkout, end, random.between(305_000, 410_000), "okhttp/4.12.0", 60,
                random.between(1, 9))
            add(
                client, service: Scenario.checkout, endingAt: drawn(quarter), lasting: random.between(300, 6000),
                agent: "okhttp/4.12.0")
        }
    }

    private mutating func addQuiet(_ culprit: Scenario.Culprit, _ quarter: (from: Instant, to: Instant)) {
        for _ in 0..<culprit.quietConnections {
            add(
                culprit.client, service: Scenario.checkout, endingAt: drawn(quarter),
                lasting: random.between(150, 14_000), agent: HTTPText.northwindAgent)
        }
    }

    /// Long connections start and end within the incident, so that none of them was open before it.
    private mutating func addCulprit(_ culprit: Scenario.Culprit, _ quarter: (from: Instant, to: Instant)) {
        for number in 0..<culprit.longConnections {
            let start = quarter.from + .milliseconds(random.between(12_000, 330_000))
            let room = (quarter.to - start).milliseconds - 8000
            let duration = random.between(306_000, min(720_000, room))
            addHeld(
                culprit.client, Scenario.checkout, start + .milliseconds(duration), duration,
                HTTPText.northwindAgent, 14, number < 3 ? 0 : number % 10)
        }
        for _ in 0..<(culprit.connections - culprit.longConnections) {
            let end = quarter.from + .milliseconds(random.between(25_000, 893_000))
            add(
                culprit.client, service: Scenario.checkout, endingAt: end, lasting: random.between(300, 19_000),
                agent: HTTPText.northwindAgent)
        }
    }

    private mutating func drawn(_ quarter: (from: Instant, to: Instant)) -> Instant {
        quarter.from + .milliseconds(random.below((quarter.to - quarter.from).milliseconds))
    }
}
