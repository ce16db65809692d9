import ForensicsCompare
import ForensicsModel

/// Where the time of one request went: the phases of the load balancer's log, and within its wait for the target what the
/// capture behind it saw.
///
/// Each part is the difference of two times of one clock, so that clocks that are apart play no part.
struct RequestPhases {
    private(set) var phases: [ExplainReport.Phase] = []
    /// What both tell together, a sentence each.
    private(set) var conclusions: [String] = []

    /// A difference that says something: the log tells whole milliseconds.
    private static let noticeable: Int64 = 50_000_000

    /// - Parameter facts: those of one request; of several rows of a log, or captures, the first of each counts.
    init(_ facts: [JoinedFact]) {
        let requests = facts.compactMap { fact in fact.request.map { (fact.clock, $0) } }
        let log = requests.first { $0.0.kind == .alb || $0.0.kind == .clb }
        let capture = requests.filter { $0.0.kind.isCapture }.max { ($0.1.targetTime ?? 0) > ($1.1.targetTime ?? 0) }
        if let (clock, exchange) = log { add(log: exchange, clock) }
        if let (clock, exchange) = capture { add(capture: exchange, clock, isInside: log?.1.targetTime != nil) }
        guard let log, let capture else { return }
        compare(log, capture)
    }

    private mutating func add(log exchange: Exchange, _ clock: EvidenceClock) {
        add("request", "from the client, until it was sent to the target", exchange.requestTime, clock)
        add("target", "waiting for the target's answer to begin", exchange.targetTime, clock)
        add("response", "the answer to the client", exchange.responseTime, clock)
        // What no phase has is what was waited in vain: the log writes -1 for it.
        guard exchange.targetTime == nil, let total = exchange.totalTime else { return }
        let words =
            exchange.requestTime == nil
            ? "never sent to a target, until it ended" : "sent to the target, which had not answered when it ended"
        let rest = total - (exchange.requestTime ?? 0)
        add("unanswered", words, rest > 0 ? rest : nil, clock)
    }

    private mutating func add(capture exchange: Exchange, _ clock: EvidenceClock, isInside: Bool) {
        let inside = isInside ? ", of the wait for the target" : ""
        add(
            "target-request", "the request came in, from its first byte to its last\(inside)", exchange.requestTime,
            clock)
        add("target-wait", "the target answered, from then to its first byte\(inside)", exchange.targetTime, clock)
        add("target-response", "the answer left", exchange.responseTime, clock)
    }

    private mutating func add(_ name: String, _ words: String, _ duration: Int64?, _ clock: EvidenceClock) {
        guard let duration else { return }
        phases.append(ExplainReport.Phase(name: name, words: words, duration: duration, seenBy: clock.name))
    }

    private mutating func compare(
        _ log: (clock: EvidenceClock, exchange: Exchange), _ capture: (clock: EvidenceClock, exchange: Exchange)
    ) {
        if let told = log.exchange.status {
            if let answered = capture.exchange.status, told != answered {
                conclusions.append(
                    "The load balancer told the client \(told), where the target had answered \(answered).")
            } else if capture.exchange.status == nil, let cause = capture.exchange.cause.name {
                let side = capture.exchange.blame.name.map { " by the \($0)" } ?? ""
                conclusions.append(
                    "The load balancer told the client \(told): at the target the request ended without an answer (\(cause)\(side))."
                )
            }
        }
        guard let waited = log.exchange.targetTime, let answered = capture.exchange.targetTime else { return }
        let inside = answered + (capture.exchange.requestTime ?? 0)
        let between = max(0, waited - inside)
        phases.append(
            ExplainReport.Phase(
                name: "between", words: "between load balancer and target: connecting, network, queues",
                duration: between, seenBy: "\(log.clock.name) less \(capture.clock.name)"))
        let target = capture.exchange.target.map { " \($0)" } ?? ""
        let whole = Self.text(waited)
        if between >= Self.noticeable, 2 * between >= waited {
            conclusions.append(
                "The load balancer waited \(whole) for the target\(target), which answered \(Self.text(inside)) after the "
                    + "request's first byte reached it: \(Self.text(between)) passed between them, in connecting, on the network or in queues."
            )
        } else if inside >= Self.noticeable {
            conclusions.append(
                "The target\(target) itself took \(Self.text(inside)) of the \(whole) that the load balancer waited for it."
            )
        }
    }

    private static func text(_ nanoseconds: Int64) -> String {
        NumberText.duration(milliseconds: Double(nanoseconds) / 1e6)
    }
}
