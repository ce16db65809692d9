package import ForensicsModel

/// Requests that proxies may read differently.
package enum DesyncCheck: Check {
    package static let description = CheckDescription(
        name: "desync",
        severity: .warning,
        title: "Requests that proxies may read differently",
        meaning:
            "Malformed requests of the kind that request smuggling uses. Severe ones are refused in defensive "
            + "mode; ambiguous ones pass, and both connections are closed after them.",
        method:
            "rows classified Ambiguous or Severe by the desync mitigation, by client. The measure is 2 for "
            + "severe, 1 for ambiguous.",
        caveat:
            "an old or careless client library sends them in good faith.",
        unit: .none)

    package static let crowds: ClientCrowds.Rule? = .ofFew

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        let severity = context.desyncSeverity(exchange.classification)
        guard severity > 0 else { return }
        context.note(
            Sighting(
                .desync, .client, Subject(exchange.client.address), exchange, measure: severity,
                tags: severity == 2 ? 2 : 1))
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let kind = episode.tags == 3 ? "ambiguous or severe" : episode.tags == 2 ? "severe" : "ambiguous"
        return
            "Desync mitigation classified \(requests) of \(subject) as \(kind)\(Wording.within(episode))."
    }
}
