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
            + "minute of the clock, or 3 that point to the very address asked for with the same method. Redirects that "
            + "the target did not send blame the load balancer; where both sent some, nobody certain. The measure is 1 for "
            + "those that point to the address asked for, else 0.",
        caveat:
            "a client polls a path that redirects it elsewhere on purpose.",
        unit: .none)

    /// Redirects to the address itself that are enough.
    static let selfRedirects: UInt64 = 3

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard let status = exchange.status, (301...308).contains(status), ![304, 305, 306].contains(status) else {
            return
        }
        guard let subject = context.request(exchange) else { return context.refuse(1) }
        let isSelf = exchange.flags.contains(.redirectsToItself) && context.keepsMethod(exchange)
        // The two sides of one loop are one burst: whom it blames is told by who sent them.
        context.noteBurst(
            Sighting(
                .redirectLoop, .unknown, subject, exchange, measure: isSelf ? 1 : 0,
                tags: exchange.targetStatus != nil ? byTarget : byLoadBalancer))
    }

    private static let byTarget: UInt64 = 1
    private static let byLoadBalancer: UInt64 = 2

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.redirects || episode.sum >= Int64(selfRedirects)
    }

    package static func blame(_ episode: Episode, _ blame: Blame) -> Blame {
        switch episode.tags {
        case byTarget: .target
        case byLoadBalancer: .loadBalancer
        default: blame
        }
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let times = Wording.count(episode.count, "time")
        let selfTimes = UInt64(clamping: episode.sum)
        let itself =
            selfTimes == episode.count
            ? " to the same address"
            : selfTimes > 0 ? ", \(DecimalText.grouped(selfTimes)) of them to the same address" : ""
        let both = episode.tags == byTarget | byLoadBalancer ? ", by the load balancer and by the target" : ""
        return "Client and path \(subject) were redirected \(times)\(itself)\(Wording.within(episode))\(both)."
    }
}
