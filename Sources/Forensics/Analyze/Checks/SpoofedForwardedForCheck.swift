package import ForensicsModel

/// Claimed client addresses cannot be true.
package enum SpoofedForwardedForCheck: Check {
    package static let description = CheckDescription(
        name: "spoofed-forwarded-for",
        severity: .notice,
        title: "Claimed client addresses cannot be true",
        meaning:
            "X-Forwarded-For names a private or reserved address as the client, or comes from a peer that has "
            + "no business to set it: somebody pretends to be another client, or a proxy inside adds itself.",
        method:
            "requests whose left-most forwarded entry is private or reserved, or whose peer is neither "
            + "private nor a named load balancer. The peer or believed client is the subject. The measure is 1 "
            + "per request.",
        caveat:
            "a trusted proxy is not named with --trusted-proxy.",
        unit: .none)

    package static let crowds: ClientCrowds.Rule? = .ofFew

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        // Raw values: a set literal of another module is built at run time, and this is asked of every request.
        let flags = exchange.flags.rawValue
        guard flags & (ExchangeFlags.clientUntrusted.rawValue | ExchangeFlags.forwardedPrivate.rawValue) != 0 else {
            return
        }
        // A head that was not captured whole claims nothing.
        if flags & ExchangeFlags.forwardedPrivate.rawValue == 0, exchange.forwardedFor.isNone { return }
        context.note(
            Sighting(
                .spoofedForwardedFor, .client, Subject(exchange.client.address), exchange, measure: 1,
                tags: (exchange.flags.contains(.forwardedPrivate) ? 1 : 0)
                    | (exchange.flags.contains(.clientUntrusted) ? 2 : 0)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let how =
            switch episode.tags & 3 {
            case 1: "claim a private address as their client"
            case 2: "carry forwarded addresses that cannot be believed"
            default: "carry forwarded addresses that are private or cannot be believed"
            }
        return "\(requests) of \(subject) \(how)\(Wording.within(episode))."
    }
}
