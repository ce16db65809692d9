package import ForensicsModel

/// gRPC calls failed on the target's side.
package enum GRPCErrorsCheck: Check {
    package static let description = CheckDescription(
        name: "grpc-errors",
        severity: .warning,
        title: "gRPC calls failed",
        meaning:
            "The target ended calls with a status of gRPC that speaks of itself or of what it depends on: UNKNOWN, "
            + "DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. The "
            + "status of HTTP is 200 all the same.",
        method:
            "calls in clear-text HTTP/2 whose trailers hold such a grpc-status; error_reason of the request says which. "
            + "Statuses that speak of the call (NOT_FOUND, INVALID_ARGUMENT and the like) are errors of the client and "
            + "no finding. The measure is the total time.",
        caveat:
            "the service uses UNKNOWN or ABORTED for what its callers do wrong.")

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.cause == .grpcError, exchange.blame == .target else { return }
        context.note(
            Sighting(
                .grpcErrors, .target, context.target(exchange), exchange, measure: exchange.elapsed ?? 0, tags: 0))
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        "Target \(subject) ended \(Wording.count(episode.count, "call")) with an error of gRPC\(Wording.within(episode))."
    }
}
