package import ForensicsModel

/// A client cancels requests of HTTP/2 as soon as it has made them.
package enum RapidResetCheck: Check {
    package static let description = CheckDescription(
        name: "rapid-reset",
        severity: .warning,
        title: "A client cancels requests of HTTP/2 as soon as it has made them",
        meaning:
            "Each request costs the server work, and a cancelled one leaves room for the next at once, so that no limit of open "
            + "streams holds: the attack of CVE-2023-44487. Patched servers close such connections; block the client, and look "
            + "at what the servers were busy with.",
        method:
            "requests of captured clear-text HTTP/2 that their client cancelled (RST_STREAM) within 50 ms and before their whole "
            + "answer: at least 100 of one client within one minute of the clock; such minutes less than five minutes apart are one "
            + "episode. The measure is the time from request to end.",
        caveat:
            "a client that cancels by design: searches while somebody types, calls of gRPC that are hedged. Behind a load balancer "
            + "that ends HTTP/2 such requests are not seen at all.")

    /// Who waits for longer gave up: `requests-cancelled`, or past a second `request-abandoned`.
    static let rapid: Int64 = 50_000_000

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.kind.isCapture, exchange.cause == .reset, exchange.flags.contains(.aborted),
            exchange.httpVersion == .http2, exchange.blame != .target,
            let elapsed = exchange.elapsed, elapsed <= rapid
        else { return }
        context.noteBurst(
            Sighting(
                .rapidReset, .client, Subject(exchange.client.address), exchange, measure: elapsed,
                tags: Wording.bit(context.http2Code(exchange))))
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.cancelledBurst
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let mean = episode.mean < 1_000_000 ? "less than 1 ms" : Wording.duration(episode.mean)
        return
            "Client \(subject) cancelled \(requests) of HTTP/2\(Wording.codes(episode.tags))\(Wording.within(episode)), on the average \(mean) after asking: a rapid "
            + "reset (CVE-2023-44487)."
    }
}
