package import ForensicsModel

/// A client is redirected in a circle.
package enum RedirectLoopCheck: Check {
    package static let description = CheckDescription(
        name: "redirect-loop",
        severity: .warning,
        title: "A client is redirected in a circle",
        meaning:
            "The same client asks for the same path again and again and is redirected each time: redirect "
            + "rules of load balancer and application contradict each other (http to https, with and without "
            + "www or slash).",
        method:
            "at least 10 redirects (301, 302, 303, 307, 308) of one client, domain and whole path within one "
            + "minute of the clock, or 3 that point to the very address asked for. Redirects that the target did not send "
            + "blame the load balancer. The measure is the status.",
        caveat:
            "a client polls a path that redirects it elsewhere on purpose.",
        unit: .none)

    /// Redirects to the address itself that are enough.
    static let selfRedirects: UInt64 = 3

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard let status = exchange.status, (301...308).contains(status), ![304, 305, 306].contains(status) else {
            return
        }
        let domain = context.number(exchange.domain)
        let path = context.path(exchange)
        let isSelf = exchange.flags.contains(.redirectsToItself)
        let isTarget = exchange.targetStatus != nil
        context.noteBurst(
            Sighting(
                .redirectLoop, isTarget ? .target : .loadBalancer,
                Subject(exchange.client.address, domain: domain, path), exchange, measure: Int64(status),
                tags: isSelf ? 1 : 0))
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.redirects || (episode.tags & 1 != 0 && episode.count >= selfRedirects)
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let times = Wording.count(episode.count, "time")
        let itself = episode.tags & 1 != 0 ? " to the same address" : ""
        return "Client and path \(subject) were redirected \(times)\(itself)\(Wording.within(episode))."
    }
}
