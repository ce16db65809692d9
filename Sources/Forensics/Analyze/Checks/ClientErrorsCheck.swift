package import ForensicsModel

/// A client got many 4xx answers.
package enum ClientErrorsCheck: Check {
    package static let description = CheckDescription(
        name: "http-4xx",
        severity: .notice,
        title: "A client got many 4xx answers",
        meaning:
            "One client asks for things that do not exist or that it may not have: a scanner, a broken "
            + "release, expired credentials.",
        method:
            "at least 20 answers 4xx to one client within one minute of the clock; such minutes less than five minutes "
            + "apart are one episode. More than 100 clients whose episodes began in the same hour of the clock are one finding, but "
            + "those that got more than four times what half of them did. What waf-blocked and request-abandoned tell is not counted "
            + "here. The measure is the status.",
        caveat:
            "many people share the address: a corporate proxy or carrier NAT.",
        unit: .none)

    /// A scan from everywhere, or a release that breaks for everybody.
    package static let crowds: ClientCrowds.Rule? = ClientCrowds.Rule(fewest: 100, factor: 4)

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.isClientError, exchange.cause != .wafBlocked, !exchange.isRefusedByLoadBalancer,
            !RequestAbandonedCheck.tells(exchange, context.options), let status = exchange.status
        else { return }
        context.noteBurst(
            Sighting(
                .clientErrors, .client, Subject(exchange.client.address), exchange, measure: Int64(status),
                tags: Wording.bit(status, from: 400)))
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.clientErrorBurst
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let answers = Wording.count(episode.count, "answer")
        let statuses = Wording.statuses(episode.tags, from: 400)
        let who = Wording.client(subject)
        return "\(who) got \(answers) with status \(statuses)\(Wording.within(episode))."
    }
}
